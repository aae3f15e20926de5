"""Known bugs, to be planted in the kernel or its SQL: the simulation must find each. Those it has found are last."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from kernel.application import Application
from kernel.consumer import Consumer
from kernel.embedded import Tail
from kernel.feed import LANES, REFERENCE_LANE
from kernel.kafka import feed as kafka_feed
from kernel.kafka.feed import KafkaFeed
from kernel.kafka.wire import Progress, link_of
from kernel.log import Log
from kernel.positions import Positions
from kernel.problems import NotYet, Problem
from kernel.timers import Timers
from tests.kernel_example import START
from tests.simulation import statements
from tests.simulation.database import Database
from tests.simulation.plan import Plan, brief
from tests.simulation.statements import Batch, Schema

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Plant:
    """A bug, in what histories it shows, and with how many seeds it must be found."""

    set: Callable[[Patch], None]
    changes: dict[str, Any]
    first: int = 1
    within: int = 30

    def plan(self, seed: int) -> Plan:
        return replace(brief(seed), **self.changes)


def skipped_position(patch: Patch) -> None:
    """A tail takes what its own process has appended for all that follows."""
    patch.setattr(Tail, "offer", lambda self, _after, units, head: self._extend(units, head))


def mark_past_unfinished(patch: Patch) -> None:
    """A mark stands where was read, not where was finished."""
    patch.setattr(Positions, "reached", lambda self, log: [self.read(log)] * LANES)


def marks_per_partition(patch: Patch) -> None:
    """A consumer marks how far it has come in each partition of Kafka, whatever lies in it."""

    def accept_one(self: KafkaFeed, record: Any) -> Any:
        if record.topic == self._topics.progress:
            told, lasts = Progress.read(record.value), [0] * LANES
            count = len(self._cases.partitions_for_topic(self._topics.cases) or "-") if self._cases else 1
            for lane, last in enumerate(told.lasts):
                index = lane if lane == REFERENCE_LANE else lane % count
                lasts[index] = max(lasts[index], last)
            return self._lanes.progressed(told._replace(lasts=lasts), START)
        link = link_of(record)._replace(lane=record.partition, follows=0)
        if record.topic == self._topics.reference:
            link = link._replace(lane=REFERENCE_LANE)
        return self._lanes.accept(link, partial(kafka_feed._event, link, record))

    def lanes_of_partitions(self: KafkaFeed) -> frozenset[int]:
        return frozenset({REFERENCE_LANE, *(each.partition for each in self._cases.assignment())})

    patch.setattr(KafkaFeed, "_accept_one", accept_one)
    patch.setattr(KafkaFeed, "_lanes_of_partitions", lanes_of_partitions)


def acknowledged_before_durable(patch: Patch) -> None:
    """A log's commits are not flushed before they are answered."""
    patch.setattr(Database, "asynchronous", frozenset({"append_batch"}))


def in_batch_conflict_acknowledged(patch: Patch) -> None:
    """Two commands of a batch want the same version; ON CONFLICT DO NOTHING, and both are told that they are stored."""
    judge = statements.append_batch

    def next_batch(self: Log) -> tuple[list[Any], list[Any]]:
        batch = [request for request in self._waiting if not request.done.done()]
        self._waiting.clear()
        return batch, []

    def append_batch(schema: Schema, args: Any) -> Any:
        batch, seen, owners = Batch(*args), set[Any](), set[int]()
        for owner, *version in zip(batch.owners, batch.ids, batch.versions, strict=True):
            if tuple(version) in seen:
                owners.add(owner)
            seen.add(tuple(version))
        for n, name in enumerate(batch.command_ids, 1):
            if name in batch.command_ids[: n - 1]:
                owners.add(n)
        kept = [columns for columns in zip(*args[6:], strict=True) if columns[0] not in owners]
        fresh = [f"{name}#{n}" if n in owners else name for n, name in enumerate(batch.command_ids, 1)]
        counts = [0 if n in owners else count for n, count in enumerate(batch.counts, 1)]
        columns = list(map(list, zip(*kept, strict=True))) or [[]] * 6
        return judge(schema, (args[0], fresh, *args[2:5], counts, *columns))

    patch.setattr(Log, "_next_batch", next_batch)
    patch.setattr(statements, "append_batch", append_batch)


def lock_released_too_early(patch: Patch) -> None:
    """The lock of a log ends before its commit is visible; positions are drawn from a sequence."""
    judge = statements.append_batch
    drawn: dict[int, int] = {}

    def append_batch(schema: Schema, args: Any) -> Any:
        head = schema.head
        schema.head = max(head, drawn.get(id(schema), 0))
        try:
            outcomes, effect = _without_stamp(judge, schema, args, head)
        finally:
            drawn[id(schema)] = max([schema.head, *(last for _, last, _ in outcomes)])
            schema.head = head
        return outcomes, effect

    patch.setattr(Database, "releases_early", True)
    patch.setattr(statements, "append_batch", append_batch)


def _without_stamp(judge: Any, schema: Schema, args: Any, head: int) -> Any:
    """As the function does it, where the row at the head of the sequence is not there yet."""
    if head and schema.head not in schema.events:
        schema.events[schema.head] = schema.events[head]
        try:
            return judge(schema, args)
        finally:
            del schema.events[schema.head]
    if not head and schema.head:
        start, schema.head = schema.head, 0
        outcomes, effect = judge(schema, args)
        assert start
        return outcomes, effect
    return judge(schema, args)


def effect_and_id_apart(patch: Patch) -> None:
    """The ids of commands are stored by a transaction after that of their events."""
    store, crash = statements.store, Database.crash
    waiting: list[tuple[Schema, dict[str, Any]]] = []

    def store_apart(schema: Schema, rows: Any, answers: dict[str, Any]) -> Any:
        for of_schema, ids in waiting:
            of_schema.commands.update(ids)
        waiting[:] = [(schema, answers)]
        return store(schema, rows, {})

    def forget(self: Database) -> None:
        waiting.clear()
        crash(self)

    patch.setattr(statements, "store", store_apart)
    patch.setattr(Database, "crash", forget)


def ids_pruned_above_the_mark(patch: Patch) -> None:
    """With every mark that is stored, the ids of all reactions so far are forgotten."""
    store_marks = statements.store_marks

    def prune(schema: Schema, args: Any) -> Any:
        found, effect = store_marks(schema, args)

        def change() -> Callable[[], None]:
            schema.commands = {name: kept for name, kept in schema.commands.items() if name.startswith("c")}
            return effect()

        return found, change

    patch.setattr(statements, "store_marks", prune)


def decision_on_a_stale_cache(patch: Patch) -> None:
    """What is remembered of an aggregate is believed, also for a refusal, whatever another process has changed."""
    attempt, load = Application._attempt, Application._load
    believes: ContextVar[bool] = ContextVar("believes", default=False)

    async def decide(self: Application, *args: Any, fresh: bool) -> Any:
        token = believes.set(not fresh)
        try:
            return await attempt(self, *args, fresh=True)
        finally:
            believes.reset(token)

    async def believe(self: Application, kind: Any, key: str, fresh: bool) -> Any:
        return await load(self, kind, key, fresh and not believes.get())

    patch.setattr(Application, "_attempt", decide)
    patch.setattr(Application, "_load", believe)


def timer_lost_over_a_restart(patch: Patch) -> None:
    """A timer counts as fired before its command is carried out."""
    fire = Timers._fire

    async def fired_first(self: Timers, app: Any, row: Any, *rest: Any) -> str:
        await self._pool.execute(f"UPDATE {self._schema}.timers SET outcome = $2 WHERE id = $1", row["id"], "done")
        return await fire(self, app, row, *rest)

    patch.setattr(Timers, "_fire", fired_first)


# -- found by the simulation


def marks_outlive_a_crash(patch: Patch) -> None:
    """A process stores marks of what it did before the database crashed, though that was not flushed."""
    patch.setattr(Schema, "ended", property(lambda _: 0, lambda _, __: None), raising=False)


def released_and_lost(patch: Patch) -> None:
    """A released event is only deleted; the fact that it became was not flushed when the database crashed."""

    def released(schema: Schema, args: Any) -> Any:
        return [], lambda: schema.parked.pop(args[0], None)

    patch.setattr(statements, "released", released)


def reaction_cut_off(patch: Patch) -> None:
    """A reaction whose database went away after its command counts as done; its timer is never set."""

    async def do(self: Consumer, call: Any, event: Any, reaction: Any, item: str) -> None:
        try:
            await reaction.do(self._app, call, event, item)
        except (NotYet, Problem):
            if await self._app.answered(call) is None:
                raise

    patch.setattr(Consumer, "_do", do)


LONG = {"twins": False, "clients": 2, "commands": 200, "fault_every_s": 0.5}
LONG_POISONED = {**LONG, "clients": 1, "commands": 300, "small": 0.2, "poison": 3, "fault_every_s": 1.0}
ONE_BATCH = {"faults": (), "clients": 24, "together": True, "twins": False}
PLANTS = {
    "skipped position": Plant(skipped_position, {"twins": True, "faults": ()}),
    "mark past an unfinished event": Plant(mark_past_unfinished, {"faults": ("restart", "slow_disk")}),
    "marks kept per Kafka partition": Plant(marks_per_partition, {"kafka": True, "faults": ("topics_anew", "kill")}),
    "acknowledged before durable": Plant(acknowledged_before_durable, {"faults": ("crash_database",)}),
    "in-batch conflict acknowledged": Plant(in_batch_conflict_acknowledged, ONE_BATCH),
    "lock released too early": Plant(lock_released_too_early, {"twins": True, "faults": ()}),
    "effect and id stored apart": Plant(effect_and_id_apart, {"faults": ("lose_answers", "kill")}),
    "ids pruned above the mark": Plant(ids_pruned_above_the_mark, {"faults": ("kill",), "fault_every_s": 0.7}),
    "decision on a stale cache": Plant(decision_on_a_stale_cache, {"twins": True, "faults": ()}),
    "timer lost over a restart": Plant(
        timer_lost_over_a_restart, {**LONG, "small": 0.0, "faults": ("slow_disk", "kill")}
    ),
    "marks outlive a crash of the database": Plant(marks_outlive_a_crash, {"faults": ("crash_unflushed",)}),
    "released event lost": Plant(released_and_lost, {**LONG_POISONED, "faults": ("crash_unflushed",)}, first=13),
    "reaction cut off half-way": Plant(reaction_cut_off, {**LONG, "faults": ("lose_answers", "slow_disk")}),
}
