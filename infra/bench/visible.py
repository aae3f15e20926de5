"""How soon what was committed can be seen in supervision's read model, while commands come at a steady rate.

One process hosts the services; over Kafka supervision has a process of its own. The workers note when each position was
committed, and when the rows that follow from it were, by the machine's one clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson

from infra.bench.load import Round, run_round
from infra.bench.visible_worker import LOG, NO_KAFKA
from infra.bench.worker import CASES, filed
from infra.bench.workers import worker
from infra.bench.write import receipts
from kernel.clock import MachineClock
from kernel.database import open_pool
from kernel.log import Log, LogReader, Row

RATES = (1_000, 500, 250, 100)
CONNECTIONS = 32
TOGETHER = (("funds", "intake", "supervision"),)
APART = (("funds", "intake"), ("supervision",))
OPENED = "SELECT count(*) FROM funds.events WHERE topic = 'funds:AccountOpened.1'"
TAKEN = f"SELECT min(m) FROM supervision.marks, unnest(by_slot) AS m WHERE log = '{LOG}'"


@dataclass(frozen=True)
class Visible:
    """At one rate: commands a second, wanted and answered; milliseconds from commit to visible."""

    wanted_per_s: int
    per_s: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Paced:
    """One round: the commands at these positions of the log, which came at a steady rate."""

    wanted_per_s: int
    round: Round
    positions: range


async def measure(
    folder: Path, dsn: str, seconds: float, kafka: str = NO_KAFKA, rates: Sequence[int] = RATES
) -> list[Visible]:
    """In an empty database. Raises AssertionError where a command failed, or what it did never became visible."""
    hosted = TOGETHER if kafka == NO_KAFKA else APART
    async with open_pool(dsn) as pool, contextlib.AsyncExitStack() as stack:
        await _file_cases(pool)
        at_work = [
            await stack.enter_async_context(worker(folder, "infra.bench.visible_worker", dsn, kafka, *names))
            for names in hosted
        ]
        await _until(pool, OPENED, CASES)
        rounds: list[Paced] = []
        for rate in rates:
            first = await LogReader(pool, LOG).head() + 1
            paid = receipts(at_work[0], f"rate{rate}", f"/{LOG}")
            measured = await run_round(at_work[0].port, paid, CONNECTIONS, seconds, rate)
            assert measured.failures == 0, f"{measured.failures} of {measured.answers} commands failed"
            head = await LogReader(pool, LOG).head()
            assert head == first + measured.answers - 1
            await _until(pool, TAKEN, head)
            rounds.append(Paced(rate, measured, range(first, head + 1)))
    noted = [orjson.loads((folder / f"{'-'.join(names)}.json").read_bytes()) for names in hosted]
    return _visible(rounds, dict(noted[0][0]), dict(noted[-1][1]))


def ratios(seen: Sequence[Visible], wanted_ms: float) -> dict[str, float]:
    """How far the p99 at the first rate is below what is wanted, and the most commands a second at which it is."""
    within = [each.wanted_per_s for each in seen if each.p99_ms <= wanted_ms]
    return {"wanted_over_p99": round(wanted_ms / seen[0].p99_ms, 3), "commands_a_second_within": max(within, default=0)}


async def _file_cases(pool: asyncpg.Pool) -> None:
    """As intake tells of them: funds opens an account for each."""
    clock = MachineClock()
    async with Log(pool, "intake", clock, b"bench").open() as intake:
        told = [orjson.dumps([filed(n, clock.now()).envelope]) for n in range(CASES)]
        rows = [Row(f"bench/{n}", 1, "bench:CaseFiled.1", b"{}", each) for n, each in enumerate(told)]
        await intake.append("filed", b"", 200, b"{}", rows)


async def _until(pool: asyncpg.Pool, query: str, reached: int) -> None:
    async with asyncio.timeout(120):
        while (await _value(pool, query) or 0) < reached:  # noqa: ASYNC110 (another process does it)
            await asyncio.sleep(0.05)


async def _value(pool: asyncpg.Pool, query: str) -> int | None:
    try:
        return await pool.fetchval(query)
    except asyncpg.UndefinedTableError:
        return None  # the service has yet to make it


def _visible(rounds: list[Paced], committed: dict[int, float], visible: dict[int, float]) -> list[Visible]:
    found: list[Visible] = []
    for paced in rounds:
        took = [visible[position] - committed[position] for position in paced.positions]
        percentiles = statistics.quantiles(took, n=100)
        found.append(Visible(paced.wanted_per_s, paced.round.per_s, percentiles[49] * 1e3, percentiles[98] * 1e3))
    return found
