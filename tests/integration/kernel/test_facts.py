"""Facts: the set of a subject's events, whole at every decision, the service's own at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from kernel import facts as kernel_facts
from kernel.clock import SimulatedClock
from kernel.facts import CaseFacts, Known
from kernel.problems import Invalid, Unavailable, WrongState
from tests.kernel_example import COURT, LOG, START, Account, Example, call, example
from tests.services import installation


@pytest.fixture
async def one(database: str) -> AsyncIterator[Example]:
    async with example(database, courts=installation().courts) as one:
        yield one


async def received(facts: CaseFacts, key: str = "a") -> list[int]:
    found = await facts.of(COURT, f"case/{key}")
    return sorted(f.data["amount_fen"] for f in found if f.type == "FundsReceived")


@pytest.mark.parametrize("asked_before", [True, False], ids=["remembered subject", "subject nobody asked for"])
async def test_the_services_own_facts_count_in_its_next_decision(one: Example, asked_before: bool) -> None:
    facts = one.running.parts.facts
    await one.till.open(call(), "a")
    await one.settled()
    if asked_before:
        await facts.of(COURT, "case/a")
    async with one.log.pool.acquire() as holder, holder.transaction():
        await holder.execute(f"LOCK TABLE {LOG}.facts IN SHARE MODE")  # the feed brings nothing
        await one.till.receive(call(), "a", 100)
        known: list[Known] = []
        await one.till.change(call(), Account, "a", lambda a, k: known.append(k) or a.receive("p", 1), knowing="case/a")
        assert [f.type for f in known[-1].facts] == ["AccountOpened", "FundsReceived"]
        assert await received(facts) == [1, 100]
    await one.settled()
    assert await received(facts) == [1, 100]


async def test_a_cancelled_commands_facts_count_too(one: Example) -> None:
    await one.till.open(call(), "a")
    async with one.log.pool.acquire() as holder, holder.transaction():
        await holder.execute(f"LOCK TABLE {LOG}.events IN SHARE MODE")
        task = asyncio.create_task(one.till.receive(call(), "a", 100))
        while not one.log._arrived.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await one.till.receive(call(), "a", 7)
    assert await received(one.running.parts.facts) == [7, 100]


class SlowReading:
    """The pool, whose readings end only when they are let."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.execute, self._pool = pool.execute, pool
        self.read, self.end = asyncio.Event(), asyncio.Event()

    async def fetch(self, *arguments: object) -> list[asyncpg.Record]:
        found = await self._pool.fetch(*arguments)
        self.read.set()
        await self.end.wait()
        return found


@pytest.mark.parametrize("dropped", [False, True], ids=["remembered", "dropped from memory meanwhile"])
async def test_what_arrives_while_a_subject_is_read_is_not_missed(
    one: Example, monkeypatch: pytest.MonkeyPatch, dropped: bool
) -> None:
    """The reading began before, the adding ended before, the reading ended after."""
    slow = SlowReading(one.host.pool)
    facts = CaseFacts(slow, LOG, one.host.courts, one.host.clock)
    await one.till.open(call(), "a")
    await one.settled()
    reading = asyncio.create_task(received(facts))
    await slow.read.wait()
    if dropped:
        monkeypatch.setattr(kernel_facts, "MAX_CACHED_SUBJECTS", 1)
        asyncio.create_task(received(facts, "b"))  # noqa: RUF006
        await asyncio.sleep(0)
    await one.till.receive(call(), "a", 7)
    units, _ = await one.host.tails.tails[LOG].read(1, 10)
    await facts.add([e for u in units for e in u.events])
    slow.end.set()
    assert await reading == [7]
    assert await received(facts) == [7]


async def test_facts_are_a_set(one: Example) -> None:
    await one.till.open(call(), "a")
    for n in range(1, 6):
        await one.till.receive(call(), "a", n)
    await one.settled()
    units, _ = await one.host.tails.tails[LOG].read(0, 100)
    events = [e for u in units for e in u.events]
    facts = one.running.parts.facts
    await facts.add(events[::-1])
    await facts.add(events[::2])
    assert await received(facts) == [1, 2, 3, 4, 5]
    fresh = CaseFacts(one.host.pool, LOG, one.host.courts, one.host.clock)
    assert await received(fresh) == [1, 2, 3, 4, 5]


async def test_a_decision_records_how_far_it_had_seen(one: Example) -> None:
    await one.till.open(call(), "a")
    await one.settled()
    await one.till.change(call("x"), Account, "a", lambda a, _: a.receive("p", 1), knowing="case/a")
    _, state = (await one.log.stream("example/a"))[-1]
    assert b'"facts_up_to":{"funds":1}' in state


async def test_what_is_known_is_folded_under_the_courts_policy_of_the_day(database: str) -> None:
    clock = SimulatedClock(START)
    async with example(database, courts=installation().courts, clock=clock) as one:
        await one.till.open(call(), "a")
        await one.settled()
        before = await one.till.known(COURT, "case/a")
        assert before.view.team == one.host.courts.policy(COURT, START).court.initial_holder
        assert before.subject == "case/a"
        clock.move_to(START + timedelta(days=1))
        later = await one.till.known(COURT, "case/a")
        assert later.now == clock.now()
        assert later.view is before.view, "nothing has come: the fold stands"
        await one.till.receive(call(), "a", 100)
        assert (await one.till.known(COURT, "case/a")).view.held_fen == 100


async def test_before_the_first_rules_nothing_can_be_decided(database: str) -> None:
    early = SimulatedClock(START.replace(year=1991))
    async with example(database, courts=installation().courts, clock=early) as one:
        with pytest.raises(Invalid):
            await one.till.known(COURT, "case/a")


async def test_the_cache_is_bounded(one: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_facts, "MAX_CACHED_SUBJECTS", 3)
    facts = one.running.parts.facts
    for key in "abcdef":
        await one.till.open(call(), key)
        await one.till.receive(call(), key, 1)
    assert [await received(facts, key) for key in "abcdef"] == [[1]] * 6
    assert len(facts._cache) == 3
    found = await asyncio.gather(*(received(facts, key) for key in "abcdef" * 3))
    assert found == [[1]] * 18


async def test_a_service_far_ahead_of_its_own_feed_refuses_until_it_has_caught_up(
    one: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_facts, "MAX_AHEAD", 5)
    await one.till.open(call(), "a")
    await one.settled()
    async with one.log.pool.acquire() as holder, holder.transaction():
        await holder.execute(f"LOCK TABLE {LOG}.facts IN SHARE MODE")
        for _ in range(6):
            await one.till.receive(call(), "a", 1)
        with pytest.raises(Unavailable, match="have yet to come back"):
            await one.till.receive(call(), "a", 1)
    await one.settled()
    await one.till.receive(call(), "a", 1)


async def test_a_parked_subject_takes_no_decision_but_what_was_decided_is_answered_as_before(one: Example) -> None:
    await one.till.open(call(), "a")

    async def receive(command: str) -> object:
        by = call(command)
        return await one.till.change(by, Account, "a", lambda a, _: a.receive(by.mint("payment"), 1), knowing="case/a")

    first = await receive("r")
    await one.settled()
    units, _ = await one.host.tails.tails[LOG].read(0, 1)
    await one.running.parts.backlog.park(units[0].events[0], "planted")
    assert await receive("r") == first
    with pytest.raises(WrongState, match="stands still"):
        await receive("s")
