"""`bench write`: a durable command over HTTP against an endpoint that does nothing, and against the library as shown.

Rounds alternate between the targets, ratios are taken round by round, their median is told. What was answered must be
in the log, once; the sums in the accounts must be those of the answers.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson

from infra.bench.load import Round, post, run_round
from infra.bench.worker import CASES, case_id
from infra.bench.workers import Worker, worker

CONNECTIONS = 64
GOALS = {"against_nothing": 0.60, "against_library": 10.0, "p99_library_over_ours": 10.0}
TARGETS = {"ours": "/funds", "nothing": "/trivial", "library": "/library"}


@dataclass(frozen=True)
class Result:
    rounds: dict[str, list[Round]]
    ratios: dict[str, float]


async def measure(folder: Path, dsn: str, socket_folder: str, rounds: int, seconds: float) -> Result:
    """Raises AssertionError where an answer failed, or the log does not hold what was answered."""
    async with worker(folder, "infra.bench.worker", dsn, socket_folder) as at_work:
        await _open_accounts(at_work)
        found: dict[str, list[Round]] = {name: [] for name in TARGETS}
        for n, (name, prefix) in itertools.product(range(rounds + 1), TARGETS.items()):
            result = await run_round(at_work.port, receipts(at_work, f"{name}{n}", prefix), CONNECTIONS, seconds)
            assert result.failures == 0, f"{name}: {result.failures} of {result.answers} requests failed"
            found[name].append(result)
        await _verify(dsn, found)
    counted = {name: measured[1:] for name, measured in found.items()}  # the first round of each warms up
    return Result(counted, _ratios(counted))


def receipts(at_work: Worker, run: str, prefix: str) -> Callable[[int], Iterator[bytes]]:
    """For each connection payments without end, to all cases in turn."""

    def of_connection(connection: int) -> Iterator[bytes]:
        for n in itertools.count():
            key = f"{run}-{connection}-{n}"
            body = {
                "payment_id": f"yiyang-{key}",
                "into": "case_account",
                "amount_fen": 100 + n % 7,
                "purpose": "performance",
                "payer": "debtor",
            }
            path = f"{prefix}/cases/{case_id(connection * 7 + n)}/receipts"
            yield post(path, at_work.token, key, orjson.dumps(body))

    return of_connection


async def _open_accounts(at_work: Worker) -> None:
    """Both stores begin with the same accounts; one connection opens them in turn."""
    for prefix in (TARGETS["ours"], TARGETS["library"]):
        requests = [
            post(f"{prefix}/cases/{case_id(n)}/account", at_work.token, f"open{n}", b"{}") for n in range(CASES)
        ]
        opened = await run_round(at_work.port, lambda _, made=requests: iter(made), 1, 60)
        assert (opened.answers, opened.failures) == (CASES, 0)


async def _verify(dsn: str, found: dict[str, list[Round]]) -> None:
    answered = sum(r.answers for r in found["ours"])
    connection = await asyncpg.connect(dsn)
    try:
        stored = await connection.fetchval("SELECT count(*) FROM funds.events WHERE topic = 'funds:FundsReceived.1'")
        published = await connection.fetchval("SELECT count(published) FROM funds.events")
        commands = await connection.fetchval("SELECT count(*) FROM funds.commands")
        library = await connection.fetchval("SELECT count(*) FROM accounts_events")
    finally:
        await connection.close()
    assert stored == answered, f"{answered} receipts were answered, {stored} are in the log"
    assert published == commands == answered + CASES
    assert library == sum(r.answers for r in found["library"]) + CASES


def _ratios(found: dict[str, list[Round]]) -> dict[str, float]:
    def median(ratio: Callable[[Round, Round], float], other: str) -> float:
        return round(statistics.median(map(ratio, found["ours"], found[other])), 3)

    return {
        "against_nothing": median(lambda a, b: a.per_s / b.per_s, "nothing"),
        "against_library": median(lambda a, b: a.per_s / b.per_s, "library"),
        "p99_library_over_ours": median(lambda a, b: b.p99_ms / a.p99_ms, "library"),
    }
