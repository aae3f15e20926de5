"""`./zhixing log`: the heads of the logs, to be noted elsewhere, and whether the logs stand as they were written."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import ValidationError

from infra import show
from infra.evidence.verifying import Connection, Fault, Head, Verdict, head_of, verify
from infra.run import database
from infra.supervise.command import progress
from kernel.chain import first_link
from kernel.feed import SERVICES

BROKEN = 1
TOLD = {
    "changed": "row {position} is not what was recorded",
    "moved": "row {position} was recorded as row {recorded_as}",
    "removed": "row {position} is gone",
    "added": "row {position} was never recorded, or its link is gone",
    "chain": "the link of rows {position} to {last} is gone, changed, or does not follow from the one before",
    "rewritten": "rows were made anew with their chain, the first of them between {position} and {last}",
}
"""What is wrong, by the kind of fault."""


class Unverifiable(Exception):
    """There is nothing to verify with; the message says what is missing."""


async def heads(folder: Path) -> list[Head]:
    """Of every log as it stands now."""
    async with _reading(folder) as (connection, logs):
        return [await head_of(connection, log) for log in logs]


async def verdicts(folder: Path, noted: Sequence[Head], *, since: bool) -> list[Verdict]:
    """Of every log, also while services write them. Noted heads must lie on the chains; `since`: only what came after
    the last of them is read. Unverifiable: a log has no chain yet."""
    async with _reading(folder) as (connection, logs):
        found = [await _verdict(connection, log, [h for h in noted if h.log == log], since) for log in logs]
        return [*found, *(_gone(head) for head in noted if head.log not in logs)]


async def _verdict(connection: Connection, log: str, noted: Sequence[Head], since: bool) -> Verdict:
    begin = max(noted, key=lambda head: head.position) if since and noted else None
    now = await head_of(connection, log)
    with progress(f"verifying {log}", now.position - (begin.position if begin else 0)) as advance:
        return await verify(connection, log, advance, since=begin, noted=() if begin else noted)


def _gone(head: Head) -> Verdict:
    """A head was noted of a log that is not there."""
    fault = Fault("removed", 1, head.position)
    return Verdict(Head(log=head.log, position=0, link=first_link(head.log).hex()), 0, 0, fault, None, None)


@contextlib.asynccontextmanager
async def _reading(folder: Path) -> AsyncGenerator[tuple[Connection, list[str]]]:
    """The logs that are there, in one state."""
    async with database(folder) as dsn:
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection, [log for log in SERVICES if await _is_chained(connection, log)]
        finally:
            await connection.close()


async def _is_chained(connection: Connection, log: str) -> bool:
    """Raises Unverifiable of a log that was written before there were chains."""
    tables = f"SELECT to_regclass('{log}.events') IS NULL, to_regclass('{log}.chain') IS NULL"
    no_events, no_chain = await connection.fetchrow(tables) or (True, True)
    if no_chain and not no_events:
        raise Unverifiable(f"the log {log} has no chain: it gets one as its service next starts")
    return not no_events


def read_heads(file: Path) -> list[Head]:
    """A head a line, as `log head` writes them; any number for a log. Raises Unverifiable."""
    found: list[Head] = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        try:
            found.append(Head.model_validate_json(line))
        except ValidationError:
            raise Unverifiable(f"{file.name}:{number}: this is no head, as `log head` writes them") from None
    return found


def run_head(folder: Path) -> None:
    """A line for each log, on standard output."""
    for head in asyncio.run(heads(folder)):
        print(head.model_dump_json())


def run_verify(folder: Path, noted: Path | None, since: Path | None, *, json: bool) -> int:
    """The exit code: 1 where a log does not stand as it was written."""
    file = since or noted
    found = asyncio.run(verdicts(folder, read_heads(file) if file else [], since=since is not None))
    show.as_json([as_json(each) for each in found]) if json else print_verdicts(found)
    return BROKEN if any(each.fault for each in found) else 0


def as_json(verdict: Verdict) -> dict[str, Any]:
    fault = verdict.fault and {
        **verdict.fault._asdict(), "stream": verdict.stream, "version": verdict.version, "told": _told(verdict.fault),
    }  # fmt: skip
    begin = {"since": verdict.since, "chained_later": verdict.chained_later}
    return {**verdict.head.model_dump(), **begin, "intact": fault is None, "fault": fault}


def _told(fault: Fault) -> str:
    return TOLD[fault.kind].format_map(fault._asdict())


def print_verdicts(found: Sequence[Verdict]) -> None:
    rows = ("rows 行数",)
    made = show.table("", "log 日志", *rows, "head 链首", "verdict 结论", right=rows)
    for each in found:
        made.add_row(each.head.log, f"{each.head.position - each.since:,}", each.head.link[:16], _verdict_told(each))
    show.console.print(made)
    for each in found:
        if each.chained_later > each.since:
            show.console.print(f"{each.head.log}: rows 1 to {each.chained_later} are older than the chain")


def _verdict_told(verdict: Verdict) -> str:
    if verdict.fault is None:
        return "intact 完好"
    where = f" ({verdict.stream}, version {verdict.version})" if verdict.stream else ""
    return f"BROKEN 被改动: {_told(verdict.fault)}{where}"
