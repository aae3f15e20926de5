"""Benchmarks: every figure is a ratio against a baseline of the same run; counts and equal output are asserted."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson

from infra import show
from infra.bench import write
from infra.embedded_postgres import EmbeddedPostgres

GOALS = {"write": write.GOALS}


async def command(name: str, seconds: float, rounds: int, *, json: bool) -> None:
    """Raises AssertionError where a fast answer would be a wrong one."""
    with (
        tempfile.TemporaryDirectory(prefix="zhixing-bench-") as folder,
        EmbeddedPostgres(Path(folder) / "pg") as server,
    ):
        result = await write.measure(Path(folder), server.dsn(), server.socket_folder, rounds, seconds)
    if not json:
        show.console.print(_table(result))
        for ratio, value in result.ratios.items():
            show.console.print(f"{ratio}: {value} (goal: at least {GOALS[name][ratio]})")
        return
    print(orjson.dumps({"name": name, "ratios": result.ratios, "goals": GOALS[name]}).decode())


def _table(result: write.Result) -> show.Table:
    columns = ("requests/s", "p50 ms", "p99 ms")
    made = show.table(f"{write.CONNECTIONS} connections, each round of each target", "target", *columns, right=columns)
    for name, rounds in result.rounds.items():
        for each in rounds:
            made.add_row(name, f"{each.per_s:,.0f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}")
    return made
