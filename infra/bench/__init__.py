"""Benchmarks: every figure is a ratio against a baseline of the same run; counts and equal output are asserted."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import orjson

from infra import show
from infra.balance import figures as balance
from infra.bench import deadlines, feed, kafka, supervise, tracing, visible, write
from infra.embedded_postgres import EmbeddedPostgres
from infra.kafka.broker import LocalKafka
from kernel.telemetry import configure_logs

GOALS = {
    "write": write.GOALS, "deadlines": deadlines.GOALS, "supervise": supervise.GOALS, "assignment": balance.GOALS,
    "tracing": tracing.GOALS, "feed": feed.GOALS, "kafka": kafka.GOALS,
}  # fmt: skip


async def command(name: str, seconds: float, rounds: int, *, json: bool) -> None:
    """Raises AssertionError where a fast answer would be a wrong one."""
    ratios, table = await _measured(name, seconds, rounds)
    if not json:
        show.console.print(table)
        for ratio, value in ratios.items():
            goal = GOALS[name].get(ratio)
            show.console.print(f"{ratio}: {value}" + (f" (goal: at least {goal})" if goal else ""))
        return
    print(orjson.dumps({"name": name, "ratios": ratios, "goals": GOALS[name]}).decode())


async def _measured(name: str, seconds: float, rounds: int) -> tuple[dict[str, float], show.Table]:
    match name:
        case "write":
            return await _write(seconds, rounds)
        case "deadlines":
            return _deadlines(seconds, rounds)
        case "supervise":
            return _supervise(rounds)
        case "tracing":
            return await _tracing(rounds)
        case "feed":
            return await _feed(seconds, rounds)
        case "kafka":
            return await _kafka(seconds, rounds)
        case _:
            return _assignment(rounds)


def _deadlines(seconds: float, rounds: int) -> tuple[dict[str, float], show.Table]:
    result = deadlines.measure(rounds, seconds)
    made = show.table(f"{deadlines.N} working days", "way, each round", "ns a term", right=("ns a term",))
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each:,.1f}")
    return result.ratios, made


def _supervise(rounds: int) -> tuple[dict[str, float], show.Table]:
    with tempfile.TemporaryDirectory(prefix="zhixing-bench-") as folder:
        result = supervise.measure(Path(folder), rounds)
    made = show.table(f"a log of {supervise.EVENTS:,} events", "way, each round", "seconds", right=("seconds",))
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each:.2f}")
    return result.ratios, made


async def _write(seconds: float, rounds: int) -> tuple[dict[str, float], show.Table]:
    with _postgres() as (folder, server):
        result = await write.measure(folder, server.dsn(), server.socket_folder, rounds, seconds)
    columns = ("requests/s", "p50 ms", "p99 ms")
    made = show.table(f"{write.CONNECTIONS} connections, each round of each target", "target", *columns, right=columns)
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each.per_s:,.0f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}")
    return result.ratios, made


async def _tracing(rounds: int) -> tuple[dict[str, float], show.Table]:
    with _postgres() as (folder, server):
        configure_logs((folder / "log").open("wb"))
        result = await tracing.measure(folder, server.dsn(), rounds)
    made = show.table("tracing", "way, each round", "µs a command", right=("µs a command",))
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each:,.1f}")
    return result.ratios, made


async def _feed(seconds: float, rounds: int) -> tuple[dict[str, float], show.Table]:
    with _postgres() as (folder, server):
        result = await feed.measure(folder, server.dsn(), rounds, seconds)
    return result.ratios, _carried(result.rounds, result.visible)


async def _kafka(seconds: float, rounds: int) -> tuple[dict[str, float], show.Table]:
    with _postgres() as (folder, server), LocalKafka(folder / "kafka") as broker:
        result = await kafka.measure(folder, server.dsn(), broker.bootstrap, rounds, seconds)
    return result.ratios, _carried(result.rounds, result.visible)


def _carried(rounds: Mapping[str, list[float]], seen: Sequence[visible.Visible]) -> show.Table:
    columns = ("events or commands/s", "visible p50 ms", "visible p99 ms")
    made = show.table("each round of each way; then commands at a steady rate", "way", *columns, right=columns)
    for name, measured in rounds.items():
        for each in measured:
            made.add_row(name, f"{each:,.0f}", "", "")
    for each in seen:
        made.add_row(f"{each.wanted_per_s} a second", f"{each.per_s:,.0f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}")
    return made


@contextlib.contextmanager
def _postgres() -> Generator[tuple[Path, EmbeddedPostgres]]:
    with (
        tempfile.TemporaryDirectory(prefix="zhixing-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg") as server,
    ):
        yield Path(folder), server


def _assignment(seeds: int) -> tuple[dict[str, float], show.Table]:
    rows = balance.measure(range(1, seeds + 1))
    columns = ("cases a year", "spread %", "worst %")
    made = show.table(f"workload over a year, {seeds} seeds", "court", "track", "shared out", *columns, right=columns)
    for row in rows:
        made.add_row(row.court, row.track, row.way, f"{row.cases:.0f}", f"{row.spread.mean:.1f}", f"{row.worst:.0f}")
    return balance.ratios(rows), made
