"""Benchmarks: every figure is a ratio against a baseline of the same run; counts and equal output are asserted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson

from infra import show
from infra.balance import figures as balance
from infra.bench import deadlines, supervise, tracing, write
from infra.embedded_postgres import EmbeddedPostgres
from kernel.telemetry import configure_logs

GOALS = {
    "write": write.GOALS, "deadlines": deadlines.GOALS, "supervise": supervise.GOALS, "assignment": balance.GOALS,
    "tracing": tracing.GOALS,
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
    with (
        tempfile.TemporaryDirectory(prefix="zhixing-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg") as server,
    ):
        result = await write.measure(Path(folder), server.dsn(), server.socket_folder, rounds, seconds)
    columns = ("requests/s", "p50 ms", "p99 ms")
    made = show.table(f"{write.CONNECTIONS} connections, each round of each target", "target", *columns, right=columns)
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each.per_s:,.0f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}")
    return result.ratios, made


async def _tracing(rounds: int) -> tuple[dict[str, float], show.Table]:
    with (
        tempfile.TemporaryDirectory(prefix="zhixing-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg") as server,
    ):
        configure_logs((Path(folder) / "log").open("wb"))
        result = await tracing.measure(Path(folder), server.dsn(), rounds)
    made = show.table("tracing", "way, each round", "µs a command", right=("µs a command",))
    for name, measured in result.rounds.items():
        for each in measured:
            made.add_row(name, f"{each:,.1f}")
    return result.ratios, made


def _assignment(seeds: int) -> tuple[dict[str, float], show.Table]:
    rows = balance.measure(range(1, seeds + 1))
    columns = ("cases a year", "spread %", "worst %")
    made = show.table(f"workload over a year, {seeds} seeds", "court", "track", "shared out", *columns, right=columns)
    for row in rows:
        made.add_row(row.court, row.track, row.way, f"{row.cases:.0f}", f"{row.spread.mean:.1f}", f"{row.worst:.0f}")
    return balance.ratios(rows), made
