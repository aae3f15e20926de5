"""The simulated database does what PostgreSQL does: the same operations of the kernel, the same results.

Each test runs twice: on the real server, and simulated.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import asyncpg
import pytest

from kernel.database import LOST_CONNECTION, open_pool
from kernel.log import STATEMENTS, channel, lock_key
from kernel.positions import Marks
from tests.kernel_example import START
from tests.proxy import proxy
from tests.simulation.database import Database
from tests.simulation.loop import SimulatedLoop
from tests.simulation.operations import LOG, Operations
from tests.simulation.process import Machine
from tests.simulation.wire import Pool

Moment = Literal["before", "after"]
OPERATIONS = 300
SOON_S = 0.3
LOCK = "SELECT pg_advisory_xact_lock($1)"
TRY_LOCK = "SELECT pg_try_advisory_lock($1)"
PARK = f"INSERT INTO {LOG}.parked VALUES ($1, $2, $3, $4, $5, $6)\nON CONFLICT (event_id) DO NOTHING"


@dataclass
class Server:
    """A database. `lose` breaks the connection on which a statement with this parameter is sent next."""

    pool: Any
    lose: Callable[[Moment, str], None]


Body = Callable[[Server], Awaitable[Any]]
Run = Callable[[Body], Any]


def on_postgresql(dsn: str, body: Body) -> Any:
    async def run() -> Any:
        async with proxy(dsn) as wire, open_pool(wire.dsn, min_size=1, max_size=6) as pool:
            return await body(Server(pool, lambda moment, text: wire.lose(moment, text.encode())))

    return asyncio.run(run())


def simulated(body: Body) -> Any:
    loop = SimulatedLoop(Random(1))
    loop.on_failure.append(_raised)
    pool = LosingPool(Database(loop, Random(2)), Machine(loop, Random(3)).network, loop.call_soon)
    return loop.run(body(Server(pool, pool.lose)))


def _raised(error: BaseException) -> None:
    raise error


class LosingPool(Pool):
    """Loses a connection as the next statement with a parameter is sent, or answered."""

    plan: tuple[Moment, str] | None = None

    def lose(self, moment: Moment, text: str) -> None:
        self.plan = (moment, text)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        if self.plan is None or self.plan[1] not in str(args):
            return await super().fetch(sql, *args)
        moment, self.plan = self.plan[0], None
        if moment == "before":
            self.lose_all()
            raise asyncpg.ConnectionDoesNotExistError
        self.network.loses_answers = 1.0
        try:
            return await super().fetch(sql, *args)
        finally:
            self.network.loses_answers = 0.0


@pytest.fixture(params=["postgresql", "simulated"])
def run(request: pytest.FixtureRequest) -> Run:
    if request.param == "simulated":
        return simulated
    dsn = request.getfixturevalue("database")
    return lambda body: on_postgresql(dsn, body)


def prepared(body: Callable[[Server, Operations], Awaitable[Any]]) -> Body:
    """With the kernel's tables."""

    async def whole(server: Server) -> Any:
        operations = Operations(server.pool, 1)
        await operations.run(0)
        return await body(server, operations)

    return whole


@pytest.mark.parametrize("seed", range(4))
def test_the_same_operations_give_the_same_results(database: str, seed: int) -> None:
    def body(server: Server) -> Awaitable[Any]:
        return Operations(server.pool, seed).run(OPERATIONS)

    expected = on_postgresql(database, body)
    assert simulated(body) == expected
    assert len({str(outcome) for outcome in expected}) > OPERATIONS / 4, "they meet each other"


async def append(server: Server, command: str, stream: str, version: int = 1) -> Any:
    rows = [[1], [stream], [version], ["example:Nothing.1"], [b"{}"], [None]]
    found = await server.pool.fetch(
        STATEMENTS["append"].format(schema=LOG), START, [command], [b"hash"], [200], [b"{}"], [1], *rows
    )
    return tuple(found[0])[:2]


def test_an_append_waits_for_the_lock_of_its_log_and_sees_what_was_committed_under_it(run: Run) -> None:
    async def body(server: Server, _: Operations) -> None:
        async with server.pool.acquire() as other:
            async with other.transaction():
                await other.fetchval(LOCK, lock_key(LOG))
                waiting = [asyncio.create_task(append(server, f"c{n}", f"s/{n}")) for n in range(3)]
                await asyncio.sleep(SOON_S)
                assert not any(task.done() for task in waiting)
            found = await asyncio.gather(*waiting)
        assert sorted(found) == [("stored", 1), ("stored", 2), ("stored", 3)]

    run(prepared(body))


def test_nothing_is_visible_before_its_commit_and_what_is_rolled_back_never_was(run: Run) -> None:
    async def body(server: Server, operations: Operations) -> None:
        async with server.pool.acquire() as other:
            async with other.transaction():
                await other.execute(PARK, "e1", "yiyang", "case/a", LOG, "broken", b"{}")
                assert await operations.backlog.parked("yiyang") == []
            assert len(await operations.backlog.parked("yiyang")) == 1
            with contextlib.suppress(ZeroDivisionError):
                async with other.transaction():
                    await other.execute(PARK, "e2", "yiyang", "case/a", LOG, "broken", b"{}")
                    raise ZeroDivisionError
            assert len(await operations.backlog.parked("yiyang")) == 1

    run(prepared(body))


def test_a_transaction_that_loses_its_connection_never_was_and_holds_no_lock(run: Run) -> None:
    async def body(server: Server, operations: Operations) -> None:
        async with server.pool.acquire() as other:
            with contextlib.suppress(*LOST_CONNECTION):
                async with other.transaction():
                    await other.fetchval(LOCK, lock_key(LOG))
                    await other.execute(PARK, "e1", "yiyang", "case/a", LOG, "broken", b"{}")
                    other.terminate()
        assert await append(server, "c1", "s/1") == ("stored", 1)
        assert await operations.backlog.parked("yiyang") == []

    run(prepared(body))


def test_a_lock_of_a_session_ends_with_it(run: Run) -> None:
    async def body(server: Server) -> None:
        async with server.pool.acquire() as one, server.pool.acquire() as other:
            assert await one.fetchval(TRY_LOCK, 7)
            assert not await other.fetchval(TRY_LOCK, 7)
            await one.close()
            async with asyncio.timeout(30):
                while not await other.fetchval(TRY_LOCK, 7):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)

    run(body)


def test_a_session_that_is_silent_for_too_long_ends_and_its_lock_with_it(run: Run) -> None:
    async def body(server: Server) -> None:
        async with server.pool.acquire() as one, server.pool.acquire() as other:
            await one.execute("SELECT set_config('idle_session_timeout', $1, false)", "1s")
            assert await one.fetchval(TRY_LOCK, 7)
            assert not await other.fetchval(TRY_LOCK, 7)
            async with asyncio.timeout(30):
                while not await other.fetchval(TRY_LOCK, 7):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            with pytest.raises(LOST_CONNECTION):
                await one.fetchval("SELECT true")

    run(body)


@pytest.mark.parametrize(("moment", "expected"), [("before", "stored"), ("after", "known")])
def test_a_lost_connection_does_not_tell_whether_it_was_committed(run: Run, moment: Moment, expected: str) -> None:
    async def body(server: Server, _: Operations) -> None:
        server.lose(moment, "command-x")
        with pytest.raises(LOST_CONNECTION):
            await append(server, "command-x", "s/1")
        assert (await append(server, "command-x", "s/1"))[0] == expected
        assert await append(server, "command-y", "s/2") == ("stored", 2)

    run(prepared(body))


def test_two_of_one_version_in_one_batch_fail_whole(run: Run) -> None:
    """The writer must never send them."""

    async def body(server: Server, operations: Operations) -> None:
        with pytest.raises(asyncpg.UniqueViolationError):
            await server.pool.fetch(
                STATEMENTS["append"].format(schema=LOG), START, ["c1", "c2"], [b"hash"] * 2, [200] * 2, [b"{}"] * 2,
                [1, 1], [1, 2], ["s/1"] * 2, [1, 1], ["example:Nothing.1"] * 2, [b"{}"] * 2, [None] * 2,
            )  # fmt: skip
        assert await operations.reader.after(0, 10) == []

    run(prepared(body))


def test_listeners_are_told_after_the_commit(run: Run) -> None:
    async def body(server: Server) -> None:
        heard: asyncio.Queue[str] = asyncio.Queue()
        async with server.pool.acquire() as connection:
            await connection.add_listener(channel(LOG), lambda _, __, ___, payload: heard.put_nowait(payload))
            for text in ("1", "2"):
                await server.pool.execute("SELECT pg_notify($1, $2)", channel(LOG), text)
            async with asyncio.timeout(30):
                assert [await heard.get(), await heard.get()] == ["1", "2"]
            await connection.close()

    run(body)


def test_a_table_that_is_not_there_is_no_lost_connection(run: Run) -> None:
    async def body(server: Server) -> None:
        with pytest.raises(asyncpg.UndefinedTableError):
            await server.pool.fetchval(STATEMENTS["head"].format(schema="nobody"))

    run(body)


def test_marks_of_two_processes_never_go_back(run: Run) -> None:
    async def body(server: Server, operations: Operations) -> None:
        others = Marks(server.pool, LOG)
        await others.prepare()
        lanes = len(others.by_log["intake"])
        assert await operations.marks.store({"intake": [5] + [0] * (lanes - 1)})
        assert await others.store({"intake": [3] + [4] * (lanes - 1)})
        await operations.marks.read()
        assert operations.marks.by_log["intake"][:2] == [5, 4]

    run(prepared(body))
