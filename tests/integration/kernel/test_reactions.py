"""Reactions: one of four outcomes each, once each, in order for each subject, and nothing stalls everyone."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from contracts import catalogue
from contracts.examples import examples
from kernel.call import Call
from kernel.clock import SimulatedClock
from kernel.consumer import Reaction, reaction_call
from kernel.domain import encode
from kernel.feed import Event, event_of
from kernel.log import Log, Row
from kernel.principals import Principal
from kernel.problems import NotYet, Refused, WrongState
from kernel.publishing import envelopes, leaving
from rules.fact import Fact
from tests.kernel_example import (
    COURT,
    LOG,
    PUBLISHED,
    SECRET,
    START,
    Account,
    Example,
    FundsReceived,
    Till,
    call,
    contracts,
    example,
    until,
)
from tests.services import installation


class Behaviour:
    """What the test's reaction does, and what it has seen: payment ids, in order."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.seen: list[str] = []

    async def do(self, till: Till, by: Call, event: Event, item: str) -> None:
        self.seen.append(event.data.payment_id)
        if self.raises is not None:
            raise self.raises
        await till.receive(by, "effects", 1)


def reaction(behaviour: Behaviour, **more: Any) -> Reaction:
    return Reaction(contracts.FundsReceived, "count", behaviour.do, **{"when": is_cause, **more})


def is_cause(event: contracts.FundsReceived) -> bool:
    """Effects are payments of one fen: they cause no others."""
    return event.amount_fen > 1


async def accounts(one: Example, *keys: str) -> None:
    for key in ("effects", *keys):
        await one.till.open(call(), key)
    await one.settled()


async def pay(one: Example, key: str, payment_id: str) -> None:
    await one.till.receive(call(), key, 100, payment_id)
    await one.settled()


async def effects(one: Example) -> int:
    return await one.till.balance_fen("effects")


async def visible(one: Example) -> list[tuple[str, str]]:
    items = await one.running.parts.backlog.visible(COURT, one.host.clock.now())
    return [(item["state"], item["reason"]) for item in items]


async def parked(one: Example) -> list[tuple[str, str]]:
    found = await one.running.parts.backlog.parked(COURT)
    return sorted((item["subject"], item["reason"]) for item in found)


async def test_each_reaction_leaves_a_line_in_the_log(database: str) -> None:
    """With its outcome, its command's id and the trace, and nothing of what was said."""
    behaviour = Behaviour()
    with capture_logs() as lines:
        async with example(database, reactions=[reaction(behaviour)]) as one:
            await accounts(one, "a")
            await pay(one, "a", "p1")
            behaviour.raises = NotYet("later")
            await pay(one, "a", "p2")
    told = [line for line in lines if line["event"] == "reaction" and line["outcome"] == "done"]
    assert [set(line) for line in told] == [
        {"event", "log_level", "reaction", "outcome", "subject", "command_id", "trace"}
    ]
    assert {line["outcome"] for line in lines if line["event"] == "reaction"} == {"done", "not yet"}


async def test_done(database: str) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        assert (behaviour.seen, await effects(one)) == (["p1"], 1)


async def test_nothing_to_do(database: str) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour, when=lambda _: False)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        assert (behaviour.seen, await effects(one), await visible(one)) == ([], 0, [])


@pytest.mark.parametrize(
    "refusal",
    [WrongState("not now"), Refused("not now", act="count", rule="example.2", wanted_by="chief")],
    ids=["not recorded", "recorded"],
)
async def test_refused_is_an_item_for_a_person(database: str, refusal: Exception) -> None:
    behaviour = Behaviour()
    behaviour.raises = refusal
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        behaviour.raises = None
        await pay(one, "a", "p2")

        assert await visible(one) == [("refused", "not now")]
        assert (behaviour.seen, await effects(one)) == (["p1", "p2"], 1)
        assert await parked(one) == []


async def test_a_refusal_stays_one_when_its_event_comes_again(database: str) -> None:
    """The crash was between the refusal's record in the log and the item for the person."""

    async def refuse(till: Till, by: Call, event: Event, _: str) -> None:
        await till.refuse(by, "a", event.data.payment_id)

    table = [Reaction(contracts.FundsReceived, "refuse", refuse)]
    async with example(database, reactions=table) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        assert await visible(one) == [("refused", "more is needed")]
        await one.log.pool.execute(f"DELETE FROM {LOG}.work_items")
        await forget_marks(one)
    async with example(database, reactions=table) as one:
        await one.settled()
        assert await visible(one) == [("refused", "more is needed")]
        assert await one.log.pool.fetchval(f"SELECT count(*) FROM {LOG}.events WHERE topic LIKE '%ActRefused%'") == 1


async def test_not_yet_waits_for_the_subjects_next_event(database: str) -> None:
    behaviour, clock = Behaviour(), SimulatedClock(START)
    behaviour.raises = NotYet("no account")
    async with example(database, clock=clock, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await pay(one, "a", "p1")
        assert await visible(one) == [], "for ten minutes nobody is bothered"
        clock.move_to(START + timedelta(minutes=10))
        assert await visible(one) == [("waiting", "no account")]

        behaviour.raises = None
        await pay(one, "b", "q1")
        assert behaviour.seen == ["p1", "q1"], "another subject's event does not wake it"
        await pay(one, "a", "p2")

        assert behaviour.seen == ["p1", "q1", "p1", "p2"]
        assert (await effects(one), await visible(one)) == (3, [])
        await pay(one, "a", "p3")
        assert behaviour.seen[4:] == ["p3"]


async def test_what_waits_is_not_forgotten_at_a_restart(database: str) -> None:
    behaviour = Behaviour()
    behaviour.raises = NotYet("no account")
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
    behaviour.raises = None
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await pay(one, "a", "p2")
        assert (behaviour.seen, await effects(one)) == (["p1", "p1", "p2"], 2)


async def test_a_waiting_reaction_that_is_there_no_more_is_an_item_for_a_person(database: str) -> None:
    behaviour = Behaviour()
    behaviour.raises = NotYet("no account")
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
    async with example(database) as one:
        await pay(one, "a", "p2")
        assert await visible(one) == [("refused", "there is no such reaction now")]
        assert await parked(one) == []


async def test_one_event_causes_a_command_for_each_item(database: str) -> None:
    items: list[str] = []

    async def note(till: Till, by: Call, event: Event, item: str) -> None:
        items.append(item)
        await till.receive(by, "effects", 1)

    each = Reaction(
        contracts.FundsReceived, "each", note, when=is_cause, each=lambda e: [f"{e.payment_id}-{n}" for n in "xy"]
    )
    async with example(database, reactions=[each]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        assert (items, await effects(one)) == (["p1-x", "p1-y"], 2)


async def test_a_service_that_reacts_to_its_own_effects_comes_to_rest(database: str) -> None:
    """The effect is named by what caused it, so that the same cause does nothing the second time."""

    async def double(till: Till, by: Call, event: Event, _: str) -> None:
        await till.receive(by, "effects", 1, f"{event.data.payment_id[:2]}-doubled")

    async with example(database, reactions=[Reaction(contracts.FundsReceived, "double", double)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        await pay(one, "a", "p2")
        assert await effects(one) == 2


async def forget_marks(one: Example) -> None:
    """As after a crash before the marks were stored: every event comes again."""
    await one.log.pool.execute(f"TRUNCATE {LOG}.marks")
    one.running._feed._positions._read.clear()


async def test_an_event_that_comes_again_has_no_second_effect(database: str) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        for n in range(5):
            await pay(one, "a", f"p{n}")
        await forget_marks(one)
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await one.settled()
        assert len(behaviour.seen) == 10, "the crash was between the effects and the mark"
        assert await effects(one) == 5
        facts = await one.log.pool.fetchval(f"SELECT count(*) FROM {LOG}.facts")
        assert facts == await one.log.pool.fetchval(f"SELECT count(published) FROM {LOG}.events")


async def test_a_check_in_front_of_a_command_does_not_turn_what_was_done_into_a_refusal(database: str) -> None:
    async def once(till: Till, by: Call, event: Event, _: str) -> None:
        if await till.balance_fen("effects"):
            raise WrongState("done already")
        await till.receive(by, "effects", 1)

    table = [Reaction(contracts.FundsReceived, "once", once, when=is_cause)]
    async with example(database, reactions=table) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        await forget_marks(one)
    async with example(database, reactions=table) as one:
        await one.settled()
        assert (await effects(one), await visible(one)) == (1, [])


async def test_a_restart_goes_on_from_the_marks(database: str) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await pay(one, "a", "p2")
    assert behaviour.seen == ["p1", "p2"]


async def test_a_subjects_events_stay_in_order(database: str) -> None:
    seen: dict[str, list[int]] = {key: [] for key in "abcdefgh"}

    async def note(till: Till, by: Call, event: Event, _: str) -> None:
        await asyncio.sleep(0.001 * (event.position % 3))
        seen[event.case_id].append(int(event.data.payment_id))

    async with example(database, reactions=[Reaction(contracts.FundsReceived, "note", note)]) as one:
        await accounts(one, *seen)
        for n in range(20):
            await asyncio.gather(*(one.till.receive(call(), key, 2, str(n)) for key in seen))
        await one.settled()
        assert set(map(tuple, seen.values())) == {tuple(range(20))}


async def test_a_failing_reaction_parks_its_subject_and_no_other(database: str) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        behaviour.raises = ZeroDivisionError()
        await pay(one, "a", "p1")
        behaviour.raises = None
        await pay(one, "a", "p2")
        await pay(one, "b", "q1")
        assert behaviour.seen == ["p1", "q1"]
        assert await parked(one) == [
            ("case/a", "follows a parked event"),
            ("case/a", "reaction count: ZeroDivisionError"),
        ]

        assert await one.running.http.state.release(COURT, "case/a") == 2

        assert behaviour.seen == ["p1", "q1", "p1", "p2"]
        assert (await effects(one), await parked(one)) == (3, [])
        await pay(one, "a", "p3")
        assert behaviour.seen[4:] == ["p3"]


@pytest.mark.parametrize("where", ["when", "each"])
async def test_a_table_that_fails_parks_the_subject(database: str, where: str) -> None:
    def fails(_: object) -> bool:
        raise AttributeError

    async with example(database, reactions=[reaction(Behaviour(), **{where: fails})]) as one:
        await accounts(one, "a", "b")
        await pay(one, "a", "p1")
        assert await parked(one) == [("case/a", "reaction count: AttributeError")]


async def test_a_release_before_the_fix_changes_nothing(database: str) -> None:
    behaviour = Behaviour()
    behaviour.raises = ZeroDivisionError()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        await pay(one, "a", "p2")
        before = await parked(one)

        assert await one.running.http.state.release(COURT, "case/a") == 0

        assert await parked(one) == before
        await pay(one, "a", "p3")
        assert behaviour.seen == ["p1", "p1"]


async def test_parked_subjects_stay_so_across_a_restart_and_are_released_in_order(database: str) -> None:
    """Also when what came before the parked event comes again, because the marks were lost."""
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await pay(one, "a", "p0")
        behaviour.raises = ZeroDivisionError()
        await pay(one, "a", "p1")
        await forget_marks(one)
    behaviour.raises = None
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await pay(one, "a", "p2")
        assert behaviour.seen == ["p0", "p1"]
        await one.running.http.state.release(COURT, "case/a")
        assert behaviour.seen == ["p0", "p1", "p0", "p1", "p2"]
        assert await effects(one) == 3


async def append_odd(one: Example, key: str, change: dict[str, Any]) -> None:
    """Another process of the service, of another version, stores an event that this one cannot read."""
    account = (await one.till.read(Account, key)).draft(call().by)
    account.receive(f"odd-{key}", 100)
    event = account.pending_events[0]
    [envelope] = orjson.loads(envelopes(event, leaving(event, PUBLISHED), LOG))
    row = Row(
        event.originator_id, event.originator_version, event.TOPIC, encode(event), orjson.dumps([envelope | change])
    )
    async with Log(one.host.pool, LOG, one.host.clock, SECRET).open() as other:
        await other.append(event.by.command_id, b"", 200, b"{}", [row])
    await one.settled()


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zhixing.Unheard.v1"},
        {"data": {"payment_id": 7}},
        {"slot": 999},
        {"team": "Not a code"},
        {"more": 1},
        {"type": "zhixing.MemberPosted.v1", "data": examples()["MemberPosted"]},
    ],
    ids=["type", "data", "slot", "team", "attribute", "subject of another kind"],
)
async def test_an_event_that_cannot_be_decoded_parks_its_subject(database: str, change: dict[str, Any]) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "a", change)
        await pay(one, "a", "p1")
        await pay(one, "b", "q1")
        assert behaviour.seen == ["q1"]
        assert [subject for subject, _ in await parked(one)] == ["case/a"] * 2


async def test_a_kind_that_no_pack_of_the_court_has_parks_its_case(database: str) -> None:
    def noted(mark: str) -> dict[str, Any]:
        return {"type": "zhixing.CaseNoted.v1", "data": {"marks": {mark: True}}}

    async with example(database, courts=installation().courts) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "a", noted("unheard_of"))
        await append_odd(one, "b", noted("willing_to_perform"))
        assert await parked(one) == [("case/a", "marks.*: none of the marks")]


@pytest.mark.parametrize(
    "change",
    [{"subject": None}, {"subject": "nothing"}, {"court": 7}, {"id": [1]}, {"subject": "case/\0"}],
    ids=["no subject", "odd subject", "odd court", "odd id", "NUL byte"],
)
async def test_an_event_whose_subject_cannot_be_read_stands_alone(database: str, change: dict[str, Any]) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "b", change)
        await pay(one, "a", "p1")
        assert behaviour.seen == ["p1"]
        assert [subject for subject, _ in await parked(one)] == ["unreadable/funds-4"]


async def test_what_could_not_be_read_is_released_to_the_subject_it_turns_out_to_have(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        # given an event whose subject cannot be read
        await accounts(one, "b")
        await append_odd(one, "b", {"subject": "of another version"})
        [(unreadable, _)] = await parked(one)

        # when a director has it released after the fix
        def read_anew(log: str, envelope: dict[str, Any]) -> Event:
            return event_of(log, envelope | {"subject": "case/b"})

        monkeypatch.setattr("kernel.backlog.event_of", read_anew)
        answer = await released(one, unreadable)

        # then its case has it, and nothing is parked any more
        assert answer == {"released": 1}
        assert behaviour.seen == ["odd-b"]
        assert await parked(one) == []
        assert await one.running.parts.backlog.parked_events("", unreadable) == []


async def released(one: Example, subject: str) -> Any:
    token = one.host.issuer.token(Principal(f"{COURT}-d", COURT, ("director",)))
    door = httpx.ASGITransport(one.running.http)
    async with httpx.AsyncClient(transport=door, base_url="http://z") as http:
        answer = await http.post(f"/parked/{subject}/release", headers={"authorization": f"Bearer {token}"})
    return answer.json()


async def test_an_event_is_released_once_the_service_knows_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        await append_odd(one, "a", {"type": "zhixing.Unheard.v1"})
        await pay(one, "a", "p1")
        assert await one.running.http.state.release(COURT, "case/a") == 0

        monkeypatch.setitem(catalogue.EVENTS, "zhixing.Unheard.v1", contracts.FundsReceived)
        assert await one.running.http.state.release(COURT, "case/a") == 2
        assert await parked(one) == []
        facts = await one.running.parts.facts.of(COURT, "case/a")
        assert sorted(f.type for f in facts) == ["AccountOpened", "FundsReceived", "Unheard"]


async def test_a_failing_projection_parks_the_subject_it_fails_for(database: str) -> None:
    fails_for = {"case/a"}
    projected: list[str] = []

    async def project(events: list[Event]) -> None:
        paid = [e.subject for e in events if e.name == "FundsReceived"]
        if fails_for.intersection(paid):
            raise KeyError
        projected.extend(paid)

    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)], projections=[project]) as one:
        await accounts(one, "a", "b")
        await asyncio.gather(*(one.till.receive(call(), key, 100, f"{key}1") for key in "ab"))
        await one.settled()
        assert await parked(one) == [("case/a", "projection: KeyError")]
        fails_for.clear()
        assert await one.running.http.state.release(COURT, "case/a") == 1
        assert sorted(set(projected)) == ["case/a", "case/b", "case/effects"]
        assert sorted(behaviour.seen) == ["a1", "b1"]


def test_the_command_of_a_reaction_has_the_same_id_every_time() -> None:
    fact = Fact("e-1", LOG, "FundsReceived", COURT, "case/a", START, START, 1, {}, correlation_id="c-1")
    event = Event(LOG, {"position": 1}, fact=fact)
    first, again = (reaction_call("funds", event, "count", "x", START + timedelta(days=n)).by for n in range(2))
    assert first.command_id == again.command_id
    others = [("triage", "count", "x"), ("funds", "other", "x"), ("funds", "count", "y")]
    ids = {reaction_call(service, event, name, item, START).by.command_id for service, name, item in others}
    assert len(ids | {first.command_id}) == 4
    assert (first.causation_id, first.correlation_id, first.happened_at) == ("e-1", "c-1", None)


async def test_events_of_one_position_are_one_unit(database: str) -> None:
    """A row from which several events leave: after a crash between them, all come again and count once."""

    def twice(event: FundsReceived) -> list[tuple[str, contracts.FundsReceived]]:
        data = {name: getattr(event, name) for name in contracts.FundsReceived.model_fields}
        return [(subject, contracts.FundsReceived(**data)) for subject in (event.subject, "case/other")]

    behaviour = Behaviour()
    async with example(database, reactions=[reaction(behaviour)]) as one:
        one.till._published[FundsReceived] = twice
        await accounts(one, "a", "other")
        behaviour.raises = asyncio.CancelledError()  # the process goes away in the midst of the unit
        await one.till.receive(call(), "a", 100, "p1")
        await until(lambda: behaviour.seen)
        assert one.running.seen() == {LOG: 3}, "the mark does not pass an unfinished unit"
    behaviour.raises = None
    async with example(database, reactions=[reaction(behaviour)]) as one:
        await one.settled()
        assert await effects(one) == 2
        assert one.running.seen()[LOG] == await one.log.head()
