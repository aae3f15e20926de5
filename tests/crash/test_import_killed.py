"""SIGKILL of `./zhixing import` in the middle: run again, the court has every case once, as if nothing had happened."""

import asyncio
import contextlib
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from families.history import Past
from infra.caseload.line import owner_of
from infra.run import database
from kernel.call import HISTORY
from kernel.feed import SERVICES
from kernel.log import LogReader
from kernel.publishing import finished
from tests.caseload import OldCase, write
from tests.commands import PATIENCE_S, Commands, Process

APPLIED = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=40)
CASES = [OldCase(number, APPLIED).filed().enquired().frozen().notified().assigned().paid() for number in range(1, 141)]
OF_THE_RUN = ("position", "recordedat", "traceparent")
KILLS = 3
NOT_THERE = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
CLOCKS = "SELECT subject, rule, occurrence, state FROM supervision.clocks WHERE subject LIKE 'case/%'"


class State(NamedTuple):
    """What a court has: every event by its id, and every clock."""

    events: dict[str, dict[str, Any]]
    clocks: set[tuple[str, ...]]

    def parts(self) -> Mapping[str, Counter[str]]:
        """subject -> log -> how many events of its history are there."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for event in self.events.values():
            if event["causationid"].startswith(HISTORY):
                found[event["subject"]][event["source"].rpartition("/")[2]] += 1
        return found


@contextlib.asynccontextmanager
async def reading(home: Path) -> AsyncIterator[asyncpg.Pool]:
    async with database(home / "data") as dsn, asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
        yield pool


async def state(pool: asyncpg.Pool) -> State:
    events: dict[str, dict[str, Any]] = {}
    for log in SERVICES:
        for position, recorded_at, published in await LogReader(pool, log).after(0, 100_000):
            for event in finished(published, position, recorded_at) if published else ():
                assert event["id"] not in events
                has_a_past = event["time"] != event["recordedat"]
                left_out = OF_THE_RUN if has_a_past else (*OF_THE_RUN, "time")
                events[event["id"]] = {name: value for name, value in event.items() if name not in left_out}
    return State(events, {tuple(row) for row in await pool.fetch(CLOCKS)})


async def brought_in(pool: asyncpg.Pool) -> int:
    """How many parts of cases are there."""
    found = 0
    for log in SERVICES:
        with contextlib.suppress(*NOT_THERE):
            found += await pool.fetchval(f"SELECT count(*) FROM {log}.events WHERE originator_id LIKE 'import/%'")
    return found


async def kill(process: Process, pool: asyncpg.Pool, parts: int) -> None:
    """As soon as so many parts have come in, by this process the last; it must not be done before."""
    parts = max(parts, await brought_in(pool) + 1)
    async with asyncio.timeout(PATIENCE_S):
        while await brought_in(pool) < parts:
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(0.002)
    process.kill()
    process.communicate()


def require_none_by_halves(found: State) -> None:
    """A service has all of its part of a case or nothing; and a case that is filed is whole."""
    parts = found.parts()
    for case in CASES:
        there, whole = parts[case.subject], parts_of(case)
        assert all(count == whole[service] for service, count in there.items())
        assert "intake" not in there or there == whole


def parts_of(case: OldCase) -> Mapping[str, int]:
    return Counter(owner_of(Past.model_validate(past)) for past in case.history)


def kept_from(other: Path, home: Path) -> Commands:
    """Commands on a folder of their own, with the other's secret, so that what is hashed with it is the same."""
    (home / "data").mkdir(parents=True)
    (home / "data" / "secret").write_bytes((other / "data" / "secret").read_bytes())
    return Commands(home)


async def test_an_import_that_is_killed_and_run_again_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    file = write(tmp_path / "cases.jsonl", [case.line() for case in CASES])
    with Commands(tmp_path / "at once") as zhixing:
        assert zhixing.ask("import", file, "--data", "data")["imported"] == len(CASES)
        async with reading(zhixing.home) as pool:
            wanted, whole = await state(pool), await brought_in(pool)
    moments = sorted(random.Random(5).sample(range(1, whole * 3 // 4), KILLS))
    async with contextlib.AsyncExitStack() as stack:
        zhixing = stack.enter_context(kept_from(tmp_path / "at once", tmp_path / "killed"))
        pool = await stack.enter_async_context(reading(zhixing.home))
        for moment in moments:
            await kill(zhixing.start("import", file, "--data", "data"), pool, moment)
            require_none_by_halves(await state(pool))
        report = await asyncio.to_thread(zhixing.ask, "import", file, "--data", "data")
        assert report["imported"] + report["skipped"] == len(CASES)
        assert await state(pool) == wanted
