"""SIGKILL at any moment: every acknowledged command is there once, none is half there, and what was derived is right.

The short forms belong to every test run; `-m crash` runs the long ones.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from infra.embedded_postgres import EmbeddedPostgres
from kernel.clock import MachineClock
from kernel.database import until_available
from kernel.publishing import finished
from tests.crash.worker import ACCOUNTS, CLIENTS, COUNTER, REACTIONS, client, open_accounts
from tests.kernel_example import LOG, Account, Example, example, folded, until
from tests.processes import of_postgres, send

ACKNOWLEDGED = 300  # by each process, before it is killed


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.crash)])
async def test_the_process_is_killed_under_load(database: str, kills: int) -> None:
    acknowledged: list[str] = []
    for run in range(kills):
        acknowledged += await killed_after(database, str(run), ACKNOWLEDGED + 37 * run)
    async with example(database, clock=MachineClock(), reactions=REACTIONS) as one:
        await one.settled()
        await require_whole(one, acknowledged)


@pytest.mark.parametrize("outages", [pytest.param(1), pytest.param(3, marks=pytest.mark.crash)])
async def test_the_database_is_killed_under_load(tmp_path: Path, outages: int) -> None:
    """The service lives through it: its callers wait, or try again with the same key."""
    with EmbeddedPostgres(tmp_path) as server:
        async with loaded(server.dsn()) as (one, acknowledged):
            for _ in range(outages):
                await grown(acknowledged, ACKNOWLEDGED)
                send(signal.SIGKILL, of_postgres(tmp_path))
                await asyncio.to_thread(server.start)
            await grown(acknowledged, ACKNOWLEDGED)
        async with example(server.dsn(), clock=MachineClock(), reactions=REACTIONS) as one:
            await one.settled()
            await require_whole(one, acknowledged)


async def test_what_the_database_had_not_flushed_is_done_again(tmp_path: Path) -> None:
    """Facts are not flushed by themselves. The service lives on, and must not hold for done what the crash undid."""
    with EmbeddedPostgres(tmp_path) as server:
        async with example(server.dsn(), clock=MachineClock(), reactions=REACTIONS) as one:
            await one.log.pool.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            await one.log.pool.execute("SELECT pg_reload_conf()")
            await open_accounts(one)
            await one.settled()
            await until(lambda: are_known(one))
            send(signal.SIGKILL, of_postgres(tmp_path))
            await asyncio.to_thread(server.start)
            await until(lambda: are_known(one))


async def are_known(one: Example) -> bool:
    """Every event of the log is a fact."""
    count = "SELECT (SELECT count(*) FROM {log}.facts) = (SELECT count(*) FROM {log}.events)"
    return await until_available(lambda: one.log.pool.fetchval(count.format(log=LOG)))


async def killed_after(dsn: str, run: str, count: int) -> list[str]:
    """The commands a process acknowledged before it was killed; the last line may be cut short."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crash.worker", dsn, run, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(count)]
    os.kill(process.pid, signal.SIGKILL)
    lines += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    return [line.decode().strip() for line in lines if line.endswith(b"\n")]


@contextlib.asynccontextmanager
async def loaded(dsn: str) -> AsyncIterator[tuple[Example, list[str]]]:
    """The service in this process, under the load of the worker; commands are listed once acknowledged."""
    acknowledged: list[str] = []
    async with example(dsn, clock=MachineClock(), reactions=REACTIONS) as one:
        await open_accounts(one)
        clients = [asyncio.create_task(client(one, "0", n, acknowledged.append)) for n in range(CLIENTS)]
        try:
            yield one, acknowledged
        finally:
            for each in clients:
                each.cancel()
            assert {type(e) for e in await asyncio.gather(*clients, return_exceptions=True)} == {asyncio.CancelledError}


async def grown(acknowledged: list[str], by: int) -> None:
    before = len(acknowledged)
    async with asyncio.timeout(60):
        while len(acknowledged) < before + by:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def require_whole(one: Example, acknowledged: list[str]) -> None:
    events = await one.log.pool.fetch(
        f"SELECT originator_id, convert_from(state, 'UTF8')::json->'by'->>'command_id' FROM {LOG}.events"
    )
    by_command = Counter(command for _, command in events)
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= by_command.keys(), "every acknowledged command is there"
    halves = {c: n for c, n in by_command.items() if n != (2 if c.startswith("move") else 1)}
    assert halves == {}, "every command is there once, and whole"
    remembered = await one.log.pool.fetch(f"SELECT command_id FROM {LOG}.commands")
    assert {r[0] for r in remembered} == by_command.keys()
    await require_derived(one)


async def require_derived(one: Example) -> None:
    """Caches, facts and effects of reactions are what a fold from scratch gives."""
    accounts = [await folded(one.log, str(n)) for n in range(ACCOUNTS)]
    assert [(await one.till.read(Account, a.key)).balance_fen for a in accounts] == [a.balance_fen for a in accounts]
    counts = await one.log.pool.fetch(
        f"SELECT topic, count(*) FROM {LOG}.events WHERE originator_id <> $1 GROUP BY topic", f"example/{COUNTER}"
    )
    received = dict(counts)["example:FundsReceived.1"]
    assert (await folded(one.log, COUNTER)).balance_fen == received, "each event had its effect once"
    rows = await one.log.after(0, 10**6)
    scratch = [
        e for position, recorded_at, published in rows for e in finished(published or b"[]", position, recorded_at)
    ]
    facts = await one.log.pool.fetch(f"SELECT event_id, envelope FROM {LOG}.facts")
    assert {r[0]: orjson.loads(r[1]) for r in facts} == {e["id"]: e for e in scratch}
    assert [position for position, *_ in rows] == list(range(1, len(rows) + 1))
