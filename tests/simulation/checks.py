"""What must be true once everything has settled. Each check tells what it finds wrong."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

import orjson

from funds.cashbook import movements_of
from kernel.call import Answer
from kernel.corrections import evolve
from kernel.feed import fact_of
from kernel.log import Log
from kernel.problems import NotFound, WrongState
from kernel.publishing import finished
from tests.kernel_example import Account
from tests.simulation.bureau import ASSETS, FUNDS, LOGS, Watch
from tests.simulation.clients import Told
from tests.simulation.statements import Schema, Stored
from tests.simulation.world import World


def acknowledged_is_durable(world: World) -> Iterator[str]:
    """What somebody was told is stored, whole and once, where he was told it is; what was refused is not."""
    schema = world.database.schemas[FUNDS]
    stored: dict[str, list[Stored]] = defaultdict(list)
    for position in sorted(schema.events):
        stored[schema.events[position].command_id].append(schema.events[position])
    told: dict[str, list[Told]] = defaultdict(list)
    for each in (each for client in world.clients for each in client.told):
        told[each.asked.id].append(each)
    for id, of_one in told.items():
        answered = [each for each in of_one if isinstance(each.outcome, Answer)]
        if answered:
            yield from _as_answered(answered, schema, stored[id])
        elif stored[id] and not any(0 in each.asked.events for each in of_one) and not _is_open(world, id):
            yield f"{id} was refused and is {len(stored[id])} events"


def _is_open(world: World, id: str) -> bool:
    """Somebody never got an answer."""
    return any(id in client.unsure for client in world.clients)


def _as_answered(answered: Sequence[Told], schema: Schema, rows: Sequence[Stored]) -> Iterator[str]:
    id, events, answer = answered[0].asked.id, answered[0].asked.events, cast(Answer, answered[0].outcome)
    remembered = schema.commands.get(id)
    for told in answered:
        if remembered is None or told.outcome != Answer(*remembered[:3]):
            yield f"{id} was told {told.outcome}, remembered is {remembered}"
        if told.asked.keys != answered[0].asked.keys:
            yield f"{id} was carried out for {answered[0].asked.keys} and for {told.asked.keys}"
    if len(rows) not in events:
        yield f"{id} is {len(rows)} events, not one of {events}"
    elif rows and [row.position for row in rows] != list(range(answer.position - len(rows) + 1, answer.position + 1)):
        yield f"{id} stands at {[row.position for row in rows]}, told was {answer.position}"


def refusals_were_right(world: World) -> Iterator[str]:
    """At some moment between question and answer it was as the refusal says."""
    for told in (told for client in world.clients for told in client.told):
        if isinstance(told.outcome, NotFound):
            right = any(None in _moments(world, key, told) for key in told.asked.keys)
        elif isinstance(told.outcome, WrongState):
            moments = _moments(world, told.asked.keys[0], told)
            right = any(fen is None or fen < told.asked.needs_fen for fen in moments)
        else:
            continue
        if not right:
            yield f"{told.asked.id} was refused ({told.outcome}) between {told.before} and {told.after}"


def _moments(world: World, key: str, told: Told) -> list[int | None]:
    """What the account held, one value after another; None before it was there."""
    balances = world.watcher.balances.get(key, [])
    first = bisect_right(balances, told.before, key=lambda b: b.position) - 1
    later = [balance.fen for balance in balances[max(first, 0) :] if balance.position <= told.after]
    return [None, *later] if first < 0 else later


def everything_arrived(world: World) -> Iterator[str]:
    """Every consumer has every fact of every log as it left, and no other; all its effects are there."""
    whole = {envelope["id"]: envelope for envelope in _envelopes(world)}
    for service in LOGS:
        schema = world.database.schemas[service]
        known = {id: envelope for of_subject in schema.facts.values() for id, envelope in of_subject.items()}
        for id, envelope in known.items():
            if whole.get(id) != orjson.loads(envelope):
                yield f"{service} holds {id} otherwise than it left"
        for event in (event for log in LOGS for event in world.watcher.left[log]):
            for lacking in world.watcher.lacks(service, event):
                yield f"{service}: {event.name} at {event.log} {event.position}: {lacking}"
        if schema.parked:
            yield f"{service}: {len(schema.parked)} events are parked"
        yield from _nothing_waits(service, schema)


def _envelopes(world: World) -> Iterator[dict[str, Any]]:
    for log in LOGS:
        for row in world.database.schemas[log].events.values():
            yield from finished(row.published or b"[]", row.position, row.recorded_at)


def _nothing_waits(service: str, schema: Schema) -> Iterator[str]:
    for row in schema.work_items.values():
        if row["state"] == "waiting":
            yield f"{service}: {row['reaction']} of {row['event_id']} still waits: {row['reason']}"


def effects_came_once(world: World) -> Iterator[str]:
    """Each command of a reaction or timer has at most its one event, and nothing comes of nothing."""
    due = {told.asked.id for client in world.clients for told in client.told}
    due |= {id for client in world.clients for id in client.unsure}
    caused: set[str] = set()
    for event in (event for log in LOGS for event in world.watcher.left[log]):
        caused.update(command for service in LOGS for _, command in event.commands[service])
        caused.add(f"timer-{event.id}")
    for log in LOGS:
        done = Counter(row.command_id for row in world.database.schemas[log].events.values())
        for command, count in done.items():
            if command in caused and count > 1:
                yield f"{log}: the effect {command} came {count} times"
            elif command not in caused and command not in due:
                yield f"{log}: nothing is the cause of {command}"


def timers_fired(world: World) -> Iterator[str]:
    """What was registered was released, once."""
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for event in world.watcher.left[ASSETS]:
        states[event.data["asset_id"]][event.data["state"]] += 1
    for payment, counted in states.items():
        if counted != {"registered": 1, "released": 1}:
            yield f"payment {payment} was {dict(counted)}"


def money_adds_up(world: World) -> Iterator[str]:
    """What came in less what went out is what the accounts hold; the cash book has all that came in."""
    came = went = 0
    for row in world.database.schemas[FUNDS].events.values():
        state = orjson.loads(row.state)
        came += state["amount_fen"] if "Received" in row.topic else 0
        went += state["amount_fen"] if "PaidOut" in row.topic else 0
    held = sum(of_account[-1].fen for of_account in world.watcher.balances.values())
    if came - went != held:
        yield f"{came} fen came, {went} went, {held} are held"
    booked = sum(amount_fen for *_, amount_fen, _, _ in world.database.schemas[FUNDS].cashbook.values())
    if came != booked:
        yield f"{came} fen came, {booked} are in the cash book"


def cash_book_is_a_fold(world: World) -> Iterator[str]:
    """Of all that happened, from scratch."""
    kept = world.database.schemas[FUNDS].cashbook
    moved = [(fact.court, *m) for fact in map(fact_of, _envelopes(world)) for m in movements_of(fact)]
    scratch = {row[:3]: list(row) for row in moved}
    for key in kept.keys() | scratch.keys():
        if kept.get(key) != scratch.get(key):
            yield f"the cash book has {kept.get(key)}, folded is {scratch.get(key)}"


CHECKS = (
    acknowledged_is_durable,
    refusals_were_right,
    everything_arrived,
    effects_came_once,
    timers_fired,
    money_adds_up,
    cash_book_is_a_fold,
)


async def caches_are_folds(world: World) -> AsyncIterator[str]:
    """Every process reads what a fold from scratch gives, and holds no fact less than the database."""
    for process in world.processes:
        for log, running in process.running.items():
            for name in list(world.database.schemas[log].streams):
                kind = {Account.KIND: Account, Watch.KIND: Watch}.get(name.partition("/")[0])
                if kind is not None:
                    key = name.partition("/")[2]
                    read = await process.spawn(running.parts.application.read(kind, key))
                    scratch = await process.spawn(_folded(running.log, kind, key))
                    if vars(read) != vars(scratch):
                        yield f"{log}: {name} reads {vars(read)}, folded is {vars(scratch)}"


async def _folded(log: Log, kind: Any, key: str) -> Any:
    return evolve(kind.empty(key), await log.stream(f"{kind.KIND}/{key}"))
