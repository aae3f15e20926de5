"""What every carrier promises a consumer."""

import asyncio
import gc
from collections import Counter
from typing import Any

import pytest

from contracts.examples import examples
from kernel import embedded
from kernel.consumer import Reaction
from kernel.feed import Event, Lag
from tests.contract.feed.world import MakesCarrier, World, by_subject, envelope, is_in_order, take_all, taking
from tests.integration.kernel.test_reactions import (
    Behaviour,
    accounts,
    append_odd,
    effects,
    parked,
    pay,
    reaction,
)
from tests.kernel_example import COURT, LOG, START, Till, contracts, example, until


async def test_every_event_comes_once_and_in_order_for_each_subject(w: World) -> None:
    async with w.both() as (one, other):
        await asyncio.gather(w.publish("intake", 400), w.publish("triage", 240))
        heads = await w.heads()
        for taken in await asyncio.gather(take_all(one, heads), take_all(other, heads)):
            assert sorted(taken.positions("intake")) == list(range(1, 401))
            assert sorted(taken.positions("triage")) == list(range(1, 241))
            assert is_in_order(taken.events)
            assert len(by_subject(taken.events)) == 20
        assert {log: one.seen()[log] for log in heads} == heads


async def test_a_restart_goes_on_where_it_was(w: World) -> None:
    async with w.both() as (_, feed):
        await w.publish("intake", 96)
        await take_all(feed, await w.heads())
    async with w.both() as (_, feed):
        await w.publish("intake", 24)
        again = await take_all(feed, await w.heads())
    assert sorted(again.positions("intake")) == list(range(97, 121))


async def test_what_was_not_finished_comes_again(w: World) -> None:
    async with w.both() as (_, feed):
        await w.publish("intake", 80)
        taken = 0
        while taken < 80:
            units = await feed.take(500)
            taken += len(units)
            await feed.finished([unit for unit in units if unit.position != 40])
    async with w.both() as (_, feed):
        again = await take_all(feed, await w.heads())
    assert 40 in again.positions("intake")


async def test_the_events_of_one_position_are_not_passed_before_all_are_finished(w: World) -> None:
    """The consumer goes away between two of them: what is not finished comes again, whole for its subject."""
    async with w.both() as (_, feed):
        position = await w.append("intake", envelope("case/a"), envelope("case/a"), envelope("case/b"))
        units = list(await feed.take(500))
        while sum(len(unit.events) for unit in units) < 3:
            units += await feed.take(500)
        assert feed.seen()["intake"] < position
        await feed.finished([unit for unit in units if unit.events[0].subject == "case/b" and len(unit.events) == 1])
    async with w.both() as (_, feed):
        again = await take_all(feed, await w.heads())
        assert [event.subject for event in again.events].count("case/a") == 2
        assert feed.seen()["intake"] == position


async def test_a_feed_tells_which_slots_are_behind_by_how_much_and_since_when(w: World) -> None:
    async with w.both() as (_, feed):
        await w.publish("intake", 20)
        await take_all(feed, await w.heads())
        assert list(feed.lagging()) == []
        told = envelope("case/a")
        position = await w.append("intake", told)
        units = await feed.take(500)
        assert list(feed.lagging()) == [Lag("intake", told["slot"], position - 20, START)]
        await feed.finished(units)
        assert list(feed.lagging()) == []


async def test_reference_data_come_to_every_consumer(w: World) -> None:
    posted = [envelope(f"member/{COURT}-m{n}", "MemberPosted", data=examples()["MemberPosted"]) for n in range(30)]
    async with w.both() as (one, other):
        for each in posted:
            await w.append("triage", each)
        heads = await w.heads()
        for taken in await asyncio.gather(take_all(one, heads), take_all(other, heads)):
            assert [event.id for event in taken.events] == [each["id"] for each in posted]


async def test_a_slow_consumer_keeps_little_in_memory(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MAX_KEPT_UNITS", 500)  # by each of two tails
    async with w.both() as (_, feed), taking(feed) as taker:
        taker.may_go_on.clear()
        await w.publish("intake", 4_000)
        await until(lambda: taker.is_held_up)
        gc.collect()
        assert sum(isinstance(each, Event) for each in gc.get_objects()) < 2_000
        taker.may_go_on.set()
        heads = await w.heads()
        await until(lambda: taker.has_seen(heads))
        assert sorted(taker.positions("intake")) == list(range(1, 4_001))


async def test_an_event_of_the_greatest_size_comes_through(w: World) -> None:
    large = envelope("case/large", data={"text": "执" * 400_000})
    async with w.both() as (_, feed):
        await w.append("intake", large)
        await w.append("intake", envelope("case/small"))
        taken = await take_all(feed, await w.heads())
    assert {event.subject: event.envelope["data"] for event in taken.events}["case/large"] == large["data"]
    assert len(taken.events) == 2


# -- with what a service does of it


async def test_what_comes_again_has_no_second_effect(database: str, carrier: MakesCarrier) -> None:
    behaviour = Behaviour()
    async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a")
        for n in range(5):
            await pay(one, "a", f"p{n}")
    async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
        await pay(one, "a", "p5")
        await one.log.pool.execute(f"TRUNCATE {LOG}.marks")  # as after a crash before they were stored
    # all that was handled comes again, and the rest once
    async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
        await one.settled()
        assert Counter(behaviour.seen).keys() == {f"p{n}" for n in range(6)}
        assert await effects(one) == 6


async def test_poison_parks_its_subject_and_is_released_in_order_after_a_fix(
    database: str, carrier: MakesCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contracts import catalogue

    behaviour = Behaviour()
    async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "a", {"type": "zhixing.Unheard.v1"})
        await pay(one, "a", "p1")
        await pay(one, "a", "p2")
        await pay(one, "b", "q1")
        # all others went on
        assert behaviour.seen == ["q1"]
        assert [subject for subject, _ in await parked(one)] == ["case/a"] * 3
        # and after the fix it is done in its order
        monkeypatch.setitem(catalogue.EVENTS, "zhixing.Unheard.v1", contracts.FundsReceived)
        assert await one.running.http.state.release(COURT, "case/a") == 3
        assert (behaviour.seen, await parked(one)) == (["q1", "p1", "p2"], [])


@pytest.mark.parametrize("change", [{"subject": None}, {"court": 7}, {"id": [1]}], ids=["subject", "court", "id"])
async def test_an_event_of_which_nothing_can_be_trusted_stands_alone(
    database: str, carrier: MakesCarrier, change: dict[str, Any]
) -> None:
    behaviour = Behaviour()
    async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
        await accounts(one, "a", "b")
        await append_odd(one, "b", change)
        await pay(one, "a", "p1")
        assert behaviour.seen == ["p1"]
        assert [subject for subject, _ in await parked(one)] == ["unreadable/funds-4"]


async def test_a_service_that_reacts_to_its_own_effects_comes_to_rest(database: str, carrier: MakesCarrier) -> None:
    async def double(till: Till, by: Any, event: Event, _: str) -> None:
        await till.receive(by, "effects", 1, f"{event.data.payment_id[:2]}-doubled")

    table = [Reaction(contracts.FundsReceived, "double", double)]
    async with example(database, carrier=carrier, reactions=table) as one:
        await accounts(one, "a")
        await pay(one, "a", "p1")
        await pay(one, "a", "p2")
        assert await effects(one) == 2


async def test_a_service_that_ends_has_stored_how_far_it_came(database: str, carrier: MakesCarrier) -> None:
    behaviour = Behaviour()
    for n in range(3):
        async with example(database, carrier=carrier, reactions=[reaction(behaviour)]) as one:
            if n == 0:
                await accounts(one, "a")
            await pay(one, "a", f"p{n}")
    assert behaviour.seen == ["p0", "p1", "p2"]
