"""The embedded carrier: every event of every log reaches every consumer, in order for each subject, none is missed."""

import asyncio
import contextlib
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest

from contracts.envelope import SLOTS
from kernel import embedded
from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.embedded import EmbeddedFeed, Tails
from kernel.feed import Unit
from kernel.log import Log, LogReader
from kernel.positions import Positions
from tests.kernel_example import SECRET, START, call, example, until
from tests.log_writer import client

LOGS = ("intake", "triage")


class Carrier:
    """Logs with a writer each, tails of this process, and as many consumers as are asked for."""

    def __init__(self, pool: asyncpg.Pool, tails: Tails, logs: dict[str, Log]) -> None:
        self.pool, self.tails, self.logs = pool, tails, logs
        self.commands = 0

    async def publish(self, log: str, events: int) -> None:
        self.commands += 1
        await client(self.logs[log], f"w{self.commands}", events)

    async def consumer(self, name: str = "one") -> tuple[EmbeddedFeed, Positions]:
        await self.pool.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        positions = Positions(self.pool, name)
        await positions.prepare()
        return EmbeddedFeed(self.tails, positions), positions


@contextlib.asynccontextmanager
async def carrying(dsn: str, logs: Sequence[str] = LOGS) -> AsyncIterator[Carrier]:
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, max_size=12))
        opened = {
            name: await stack.enter_async_context(Log(pool, name, SimulatedClock(START), SECRET).open())
            for name in logs
        }
        tails = Tails(pool, logs)
        following = asyncio.create_task(tails.run())
        try:
            yield Carrier(pool, tails, opened)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
async def carrier(database: str) -> AsyncIterator[Carrier]:
    async with carrying(database) as carrier:
        yield carrier


async def take(feed: EmbeddedFeed, count: int, limit: int = 500) -> list[Unit]:
    """That many units, finished as they come."""
    taken: list[Unit] = []
    async with asyncio.timeout(60):
        while len(taken) < count:
            units = await feed.take(limit)
            await feed.finished(units)
            taken += units
    return taken


def of(units: Sequence[Unit], log: str) -> list[int]:
    return [unit.position for unit in units if unit.log == log]


async def test_every_consumer_gets_every_event_of_every_log(carrier: Carrier) -> None:
    feeds = [(await carrier.consumer(name))[0] for name in ("one", "two")]
    await asyncio.gather(carrier.publish("intake", 300), carrier.publish("triage", 200))
    for units in await asyncio.gather(*(take(feed, 500, 64) for feed in feeds)):
        assert of(units, "intake") == list(range(1, 301))
        assert of(units, "triage") == list(range(1, 201))
    assert feeds[0].seen() == {"intake": 300, "triage": 200}


async def test_a_consumer_that_lags_behind_reads_the_log_itself(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "MAX_KEPT_UNITS", 50)
    feed, _ = await carrier.consumer()
    await carrier.publish("intake", 300)
    await until(lambda: carrier.tails.tails["intake"].head == 300)
    assert len(carrier.tails.tails["intake"]._units) == 50
    assert of(await take(feed, 300, 40), "intake") == list(range(1, 301))


async def test_a_busy_log_leaves_room_for_the_others(carrier: Carrier) -> None:
    feed, _ = await carrier.consumer()
    await carrier.publish("intake", 400)
    await carrier.publish("triage", 3)
    await until(lambda: carrier.tails.tails["triage"].head == 3)
    first = [await feed.take(100) for _ in range(3)]
    assert "triage" in {units[0].log for units in first}


async def test_a_page_without_anything_for_the_consumer_does_not_stop_it(carrier: Carrier) -> None:
    feed, _ = await carrier.consumer()
    await carrier.publish("intake", 100)
    await take(feed, 100)
    await feed.store_marks()
    await carrier.pool.execute("UPDATE one.marks SET by_slot[1] = 0")
    again, _ = await carrier.consumer()
    await carrier.publish("intake", 1)
    units = await take(again, 1, limit=10)
    assert of(units, "intake")[-1] == 101


async def test_marks_never_pass_an_unfinished_unit(carrier: Carrier) -> None:
    """The units are finished in an order of their own; the consumer crashes after any of them."""
    feed, positions = await carrier.consumer()
    await carrier.publish("intake", 60)
    units: list[Unit] = []
    while len(units) < 60:
        units += await feed.take(500)
    open_units = {u.position: u for u in units}
    for position in sorted(open_units, key=lambda p: p * 37 % 61):
        positions.finished(open_units.pop(position))
        await positions.store()
        restarted = Positions(carrier.pool, "one")
        await restarted.prepare()
        passed = [p for p, u in open_units.items() if all(restarted.is_done("intake", e.lane, p) for e in u.events)]
        assert passed == []
        assert restarted.start("intake") < min(open_units, default=61)
        assert positions.seen("intake") == min(open_units, default=61) - 1
    assert [restarted.is_done("intake", slot, 60) for slot in range(SLOTS)] == [True] * SLOTS


async def test_a_restart_goes_on_after_the_marks(carrier: Carrier) -> None:
    feed, _ = await carrier.consumer()
    await carrier.publish("intake", 100)
    await take(feed, 100)
    await feed.store_marks()
    await carrier.publish("intake", 20)
    again, _ = await carrier.consumer()
    assert again.seen() == {"intake": 100, "triage": 0}
    assert of(await take(again, 20), "intake") == list(range(101, 121))


async def test_marks_of_two_processes_never_go_back(carrier: Carrier) -> None:
    (fast, _), (slow, slow_positions) = await carrier.consumer(), await carrier.consumer()
    await carrier.publish("intake", 50)
    await take(fast, 50)
    await fast.store_marks()
    slow_positions.took("intake", [], 10)
    await slow.store_marks()
    assert (await carrier.consumer())[1].start("intake") == 50


async def test_growth_is_told_without_being_asked_for(carrier: Carrier) -> None:
    tail = carrier.tails.tails["intake"]
    loop = asyncio.get_running_loop()
    await tail.grown(0, loop.time() + 0.05)
    waiting = asyncio.create_task(tail.grown(0, loop.time() + 30))
    await carrier.publish("intake", 1)
    await waiting
    assert tail.head == 1


async def test_what_another_process_appends_is_hinted_at(carrier: Carrier, database: str) -> None:
    """By NOTIFY: long before the tail would look by itself."""
    tail = carrier.tails.tails["intake"]
    embedded_poll = embedded.POLL_S
    async with open_pool(database) as pool, Log(pool, "intake", SimulatedClock(START), SECRET).open() as other:
        await until(lambda: _listens(carrier))
        embedded.POLL_S = 3600
        try:
            await client(other, "one", 1)
            await until(lambda: tail.head == 1)
            await client(other, "two", 1)
            await until(lambda: tail.head == 2)
        finally:
            embedded.POLL_S = embedded_poll


async def _listens(carrier: Carrier) -> bool:
    return await carrier.pool.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'") > 0


async def test_what_this_process_appends_is_not_read_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with example(database) as one:
        await one.till.open(call(), "a")
        await one.settled()

        async def refuses(*_: object) -> Any:
            raise AssertionError("the log was read")

        monkeypatch.setattr(one.host.tails.tails["funds"]._reader, "after", refuses)
        for _ in range(10):
            await one.till.receive(call(), "a", 1)
        await until(lambda: one.running.has_seen({"funds": 11}))


async def test_appending_from_several_sides_leaves_no_gap_in_the_tail(database: str) -> None:
    """Some of it is handed over in the process, some is read: together it is everything, once, in order."""
    async with example(database) as one, example(database) as other:
        await one.till.open(call(), "a")
        await other.till.open(call(), "b")
        await asyncio.gather(
            *(x.till.receive(call(), key, 1) for _ in range(150) for x, key in ((one, "a"), (other, "b")))
        )
        await one.settled()
        await other.settled()
        for each in (one, other):
            kept = [u.position for u in each.host.tails.tails["funds"]._units]
            assert kept == list(range(kept[0], 303))


async def written(dsn: str, writers: int, events: int) -> None:
    """Processes that append to one log at once."""
    command = [sys.executable, "-m", "tests.log_writer", dsn, "funds"]
    processes = [await asyncio.create_subprocess_exec(*command, f"w{n}", str(events)) for n in range(writers)]
    assert [await process.wait() for process in processes] == [0] * writers


async def read_on(reader: LogReader, count: int) -> list[int]:
    """A plain tailing reader: from where it is to wherever the log has come."""
    positions: list[int] = []
    while len(positions) < count:
        rows = await reader.after(positions[-1] if positions else 0, 1000)
        positions += [position for position, *_ in rows]
        if not rows:
            await asyncio.sleep(0.01)
    return positions


@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.crash)])
async def test_a_tailing_reader_misses_none_while_processes_write(database: str, count: int) -> None:
    async with carrying(database, ["funds"]) as carrier:
        feed, _ = await carrier.consumer()
        positions, units, _ = await asyncio.gather(
            read_on(LogReader(carrier.pool, "funds"), count), take_all(feed, count), written(database, 4, count // 4)
        )

        assert positions == list(range(1, count + 1))
        assert of(units, "funds") == positions
        by_case: dict[str, list[int]] = defaultdict(list)
        for unit in units:
            by_case[unit.events[0].subject].append(unit.events[0].fact.data["amount_fen"])
        assert all(amounts == sorted(amounts) for amounts in by_case.values())
        assert sum(map(len, by_case.values())) == await carrier.logs["funds"].head() == count


async def take_all(feed: EmbeddedFeed, count: int) -> list[Unit]:
    taken: list[Unit] = []
    while len(taken) < count:
        units = await feed.take(500)
        await feed.finished(units)
        taken += units
    return taken
