"""The log: what was appended stands there once, whole, numbered without gaps, whatever happens on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kernel import log as kernel_log
from kernel.clock import MachineClock, SimulatedClock
from kernel.database import open_pool
from kernel.log import Log, LogReader, Row, Taken, WrongLog
from kernel.problems import KeyReused, Unavailable
from tests.kernel_example import SECRET, START, until

HASH = b"h" * 32


@contextlib.asynccontextmanager
async def opened(dsn: str, schema: str = "one", clock: object = None, patience_s: float = 10) -> AsyncIterator[Log]:
    async with (
        open_pool(dsn, min_size=2, max_size=8) as pool,
        Log(pool, schema, clock or SimulatedClock(START), SECRET, patience_s=patience_s).open() as log,
    ):
        yield log


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with opened(database) as log:
        yield log


def row(stream: str, version: int = 1, state: bytes = b"{}") -> Row:
    return Row(stream, version, "example:Nothing.1", state, None)


async def append(log: Log, command: str, *rows: Row) -> int:
    return (await log.append(command, HASH, 200, b"{}", rows)).position


async def outcome(log: Log, command: str, *rows: Row) -> object:
    """The position, or the exception."""
    return (await asyncio.gather(append(log, command, *rows), return_exceptions=True))[0]


async def stored(log: Log) -> list[tuple[str, int, int]]:
    found = await log.pool.fetch(
        f"SELECT originator_id, originator_version, notification_id FROM {log.schema}.events ORDER BY notification_id"
    )
    return [tuple(r) for r in found]


class Batches:
    """Counts what the writer sends."""

    def __init__(self, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sizes: list[int] = []
        self._write = log._write
        monkeypatch.setattr(log, "_write", self.write)

    async def write(self, batch: list[Any]) -> None:
        self.sizes.append(len(batch))
        await self._write(batch)


@pytest.fixture
def batches(log: Log, monkeypatch: pytest.MonkeyPatch) -> Batches:
    return Batches(log, monkeypatch)


async def test_positions_have_no_gaps_and_rows_of_a_command_stand_together(log: Log) -> None:
    positions = await asyncio.gather(
        *(append(log, f"c{n}", row(f"a/{n}"), row(f"b/{n}"), row(f"a/{n}", 2)) for n in range(40))
    )

    found = await stored(log)
    assert [position for *_, position in found] == list(range(1, 121))
    assert sorted(positions) == list(range(3, 121, 3))
    for last in positions:
        together = [name for name, _, position in found if last - 3 < position <= last]
        assert len({name.split("/")[1] for name in together}) == 1


async def test_commands_that_come_together_share_a_batch(log: Log, batches: Batches) -> None:
    await asyncio.gather(*(append(log, f"c{n}", row(f"a/{n}")) for n in range(200)))

    assert batches.sizes == [200]


async def test_one_version_wanted_by_two_commands_of_one_batch_is_given_once(log: Log, batches: Batches) -> None:
    outcomes = await asyncio.gather(*(outcome(log, f"c{n}", row("a/1", 1, b"%d" % n)) for n in range(5)))

    assert [type(o) for o in outcomes] == [int, Taken, Taken, Taken, Taken]
    assert await log.stream("a/1") == [("example:Nothing.1", b"0")]
    assert len({id(o) for o in outcomes}) == 5, "every loser gets an exception of its own"
    assert batches.sizes == [1]


async def test_one_command_twice_in_a_batch_is_stored_once(log: Log, batches: Batches) -> None:
    outcomes = await asyncio.gather(*(outcome(log, "c", row("a/1")) for _ in range(2)))

    assert [type(o) for o in outcomes] == [int, Taken]
    assert batches.sizes == [1]


async def test_a_duplicate_does_not_send_its_neighbours_one_by_one(log: Log, batches: Batches) -> None:
    """It shares their batch, whether its id, or its version, is there already."""
    await append(log, "known", row("a/known"))

    outcomes = await asyncio.gather(
        *(outcome(log, f"c{n}", row(f"a/{n}")) for n in range(50)),
        outcome(log, "known", row("a/other")),
        outcome(log, "late", row("a/known")),
        *(outcome(log, f"d{n}", row(f"b/{n}")) for n in range(50)),
    )

    assert [type(o) for o in outcomes] == [int] * 50 + [Taken] * 2 + [int] * 50
    assert batches.sizes == [1, 102]
    assert [position for *_, position in await stored(log)] == list(range(1, 102))


async def test_all_rows_of_a_command_are_stored_or_none(log: Log) -> None:
    await append(log, "first", row("a/1"))

    assert isinstance(await outcome(log, "second", row("b/1"), row("a/1")), Taken)

    assert [name for name, *_ in await stored(log)] == ["a/1"]
    assert await log.remembered("second", HASH) is None


@pytest.mark.parametrize(
    "bad",
    [
        Row("a/\0", 1, "t", b"", None),
        Row("a/x", 2**63, "t", b"", None),
        Row("a/x", 1, "t", "text, not bytes", None),  # pyright: ignore
        Row("a/\ud800", 1, "t", b"", None),
    ],
    ids=["NUL byte", "number too large", "wrong type", "lone surrogate"],
)
async def test_a_command_that_cannot_be_stored_leaves_writer_and_neighbours_alive(log: Log, bad: Row) -> None:
    outcomes = await asyncio.gather(
        *(outcome(log, f"c{n}", row(f"a/{n}")) for n in range(10)),
        outcome(log, "bad", bad),
        *(outcome(log, f"d{n}", row(f"b/{n}")) for n in range(10)),
    )

    assert [type(o) for o in outcomes[:10] + outcomes[11:]] == [int] * 20
    assert isinstance(outcomes[10], Exception)
    assert not isinstance(outcomes[10], Taken | Unavailable)
    assert log.ready
    assert await append(log, "after", row("c/1")) == 21


async def test_a_cancelled_command_is_stored_whole_or_not_at_all_and_hinders_nobody(log: Log) -> None:
    tasks = [asyncio.create_task(append(log, f"c{n}", row(f"a/{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(o, int) for o in outcomes[1::2])
    await append(log, "after", row("b/1"))
    names = [name for name, *_ in await stored(log)]
    assert set(names) >= {f"a/{n}" for n in range(1, 20, 2)}
    assert len(names) == len(set(names)) == await log.pool.fetchval("SELECT count(*) FROM one.commands")


async def test_a_full_queue_refuses_at_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_log, "MAX_WAITING_COMMANDS", 5)
    async with log.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT pg_advisory_xact_lock($1)", kernel_log.lock_key("one"))
        under_way = asyncio.create_task(append(log, "c", row("a/0")))
        await asyncio.sleep(0)
        await until(lambda: not log._waiting)
        waiting = [asyncio.create_task(append(log, f"c{n}", row(f"a/{n}"))) for n in range(1, 6)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="5 commands wait already"):
            await append(log, "c6", row("a/6"))
    assert sorted(await asyncio.gather(under_way, *waiting)) == [1, 2, 3, 4, 5, 6]


async def test_a_graceful_stop_writes_what_waits_and_takes_nothing_more(database: str) -> None:
    async with opened(database) as log:
        tasks = [asyncio.create_task(append(log, f"c{n}", row(f"a/{n}"))) for n in range(700)]
        await asyncio.sleep(0)
    assert sorted(await asyncio.gather(*tasks)) == list(range(1, 701))
    assert not log.ready
    with pytest.raises(Unavailable):
        await append(log, "late", row("a/late"))


async def test_recorded_at_never_falls(log: Log, database: str) -> None:
    """Neither when the clock goes back, nor across a restart on a machine whose clock is behind."""
    hour = timedelta(hours=1)
    instants = [START, START + hour, START - hour, START + 2 * hour]
    for n, instant in enumerate(instants):
        async with opened(database, clock=SimulatedClock(instant)) as again:
            await append(again, f"c{n}", row(f"a/{n}"))

    recorded = [r[1] for r in await log.after(0, 10)]
    assert recorded == [START, START + hour, START + hour, START + 2 * hour]


def test_the_machine_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class SetBack(datetime):
        times = iter([START, START - timedelta(hours=1), START + timedelta(hours=1)])

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return next(cls.times)

    clock = MachineClock()
    monkeypatch.setattr("kernel.clock.datetime", SetBack)
    assert [clock.now() for _ in range(3)] == [START, START, START + timedelta(hours=1)]


async def test_time_comes_from_the_clock(database: str) -> None:
    """All rows of a command bear the one instant of the clock that was passed in."""
    clock = SimulatedClock(datetime(2031, 1, 1, tzinfo=UTC))
    async with opened(database, clock=clock) as log:
        await append(log, "c", row("a/1"), row("b/1"))
        assert [r[1] for r in await log.after(0, 10)] == [clock.now()] * 2


async def test_a_log_belongs_to_one_kind_of_clock(database: str) -> None:
    async with opened(database) as log:
        await append(log, "c", row("a/1"))
    with pytest.raises(WrongLog, match="simulated"):
        async with opened(database, clock=MachineClock()):
            pass
    async with opened(database, schema="two", clock=MachineClock()):
        pass


async def test_logs_of_several_services_share_a_database(database: str) -> None:
    async with opened(database) as one, opened(database, schema="two") as two:
        assert await append(one, "c", row("a/1")) == 1
        assert await append(two, "c", row("a/1")) == 1
    with pytest.raises(ValueError, match="identifier"):
        LogReader(one.pool, "one; DROP TABLE")


async def test_vacuum_and_analyze_stop_nobody(log: Log) -> None:
    """While they run, they hold a SHARE UPDATE EXCLUSIVE lock: here it is held for good."""
    await append(log, "c", row("a/1"))
    async with log.pool.acquire() as vacuum, vacuum.transaction():
        await vacuum.execute("LOCK TABLE one.events, one.commands IN SHARE UPDATE EXCLUSIVE MODE")
        async with asyncio.timeout(20):
            await asyncio.gather(*(append(log, f"c{n}", row(f"b/{n}")) for n in range(100)))


async def test_commands_go_on_through_vacuum_and_analyze(log: Log) -> None:
    done = asyncio.Event()

    async def load(client: int) -> int:
        count = 0
        while not done.is_set():
            await append(log, f"{client}-{count}", row(f"a/{client}-{count}"))
            count += 1
        return count

    clients = [asyncio.create_task(load(n)) for n in range(8)]
    for _ in range(5):
        before = await log.head()
        await log.pool.execute("VACUUM (ANALYZE) one.events, one.commands")
        await until(lambda before=before: _grown(log, before))
    done.set()
    assert sum(await asyncio.gather(*clients)) == await log.head()


async def _grown(log: Log, before: int) -> bool:
    return await log.head() > before


async def test_the_cost_of_a_batch_does_not_grow_with_the_log(log: Log) -> None:
    """The plan is made while the tables are empty and kept: it must use the indexes all the same."""
    for n in range(20):
        await asyncio.gather(*(append(log, f"{n}-{m}", row(f"a/{n}-{m}")) for m in range(100)))

    before = await whole_readings(log)
    await append(log, "last", row("a/last"))
    assert await whole_readings(log) == before


async def whole_readings(log: Log) -> int:
    """How often one of the tables was read from end to end; the writer's connection tells what it has counted."""
    assert log._connection is not None
    await log._connection.execute("SELECT pg_stat_force_next_flush()")
    return await log._connection.fetchval(
        "SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('events', 'commands')"
    )


async def test_a_body_is_remembered_by_a_keyed_hash(log: Log) -> None:
    body_hash = log.body_hash(b"body")
    await log.append("c", body_hash, 200, b"{}", [])

    assert (await log.remembered("c", body_hash)) is not None
    with pytest.raises(KeyReused):
        await log.remembered("c", log.body_hash(b"other"))
    assert Log(log.pool, "one", log.clock, b"another secret").body_hash(b"body") != body_hash


@pytest.mark.parametrize("where", ["_next_batch", "_settle"])
async def test_a_dead_writer_is_not_ready_and_leaves_nobody_waiting(
    database: str, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    class Fatal(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Fatal

    async def outcomes_of_death() -> None:
        async with opened(database) as log:
            monkeypatch.setattr(log, where, dies)
            outcomes = await asyncio.gather(*(outcome(log, f"c{n}", row(f"a/{n}")) for n in range(3)))
            assert not log.ready
            seen.extend([*outcomes, await outcome(log, "c4", row("a/4"))])

    seen: list[object] = []
    with pytest.raises(Fatal):
        await outcomes_of_death()
    assert [type(o) for o in seen] == [Unavailable] * 4


async def test_two_processes_on_one_log_number_it_together(database: str) -> None:
    async with opened(database) as one, opened(database) as other:
        await asyncio.gather(
            *(
                append(log, f"{name}{n}", row(f"{name}/{n}"))
                for name, log in (("a", one), ("b", other))
                for n in range(300)
            )
        )
        assert [position for *_, position in await stored(one)] == list(range(1, 601))


async def test_the_tables_are_made_once_by_however_many_begin(database: str) -> None:
    async with contextlib.AsyncExitStack() as stack:
        logs = await asyncio.gather(*(stack.enter_async_context(opened(database)) for _ in range(4)))
        await asyncio.gather(*(append(log, f"c{n}", row(f"a/{n}")) for n, log in enumerate(logs)))
        assert await logs[0].head() == 4
