"""Durable timers: (due, command) rows, polled by the clock. A timer fires once, also across a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson
import structlog

from kernel.call import Call, system_call
from kernel.clock import Clock
from kernel.database import is_away, until_available
from kernel.domain import Circumstances
from kernel.problems import Problem

POLL_S = 1.0
BATCH = 200
log = structlog.get_logger()

SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.timers (
    id text PRIMARY KEY, due timestamptz NOT NULL, court text NOT NULL, command text NOT NULL, data bytea NOT NULL,
    correlation_id text NOT NULL, causation_id text NOT NULL, outcome text);
CREATE INDEX IF NOT EXISTS timers_due ON {schema}.timers (due) WHERE outcome IS NULL;
"""
TimerCommand = Callable[[Any, Call, dict[str, Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timer:
    """`command` names a line of the service's TIMERS table; `id` makes setting it twice the same as once."""

    id: str
    due: datetime
    command: str
    data: dict[str, Any]


class Timers:
    """The timers of one service."""

    def __init__(self, pool: asyncpg.Pool, schema: str, clock: Clock, commands: Mapping[str, TimerCommand]) -> None:
        self._pool, self._schema, self._clock, self._commands = pool, schema, clock, commands

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))

    async def again(self, command: str) -> None:
        """Every timer of this command fires once more: for what a restored backup of something else has undone."""
        await self._pool.execute(f"UPDATE {self._schema}.timers SET outcome = NULL WHERE command = $1", command)

    async def set(self, timer: Timer, by: Circumstances) -> None:
        """Idempotent by the timer's id; called from reactions."""
        if timer.command not in self._commands:
            raise ValueError(f"no timer command is called {timer.command}")
        await self._pool.execute(
            f"INSERT INTO {self._schema}.timers VALUES ($1, $2, $3, $4, $5, $6, $7, NULL) ON CONFLICT DO NOTHING",
            timer.id,
            timer.due,
            by.court,
            timer.command,
            orjson.dumps(timer.data),
            by.correlation_id,
            by.causation_id,
        )

    async def drop(self, prefix: str) -> None:
        """What was to come, by how its ids begin, is no longer wanted; a timer that has fired stays as it is."""
        await self._pool.execute(
            f"UPDATE {self._schema}.timers SET outcome = 'dropped' WHERE starts_with(id, $1) AND outcome IS NULL",
            prefix,
        )

    async def refused(self, court: str) -> list[dict[str, Any]]:
        """Timers whose command was refused: a person has to see to it."""
        rows = await self._pool.fetch(
            f"""SELECT id, command, outcome, due FROM {self._schema}.timers
                WHERE court = $1 AND outcome LIKE 'refused%' ORDER BY due, id""",
            court,
        )
        return [
            {"timer": r["id"], "reaction": r["command"], "state": "refused", "reason": r["outcome"], "since": r["due"]}
            for r in rows
        ]

    async def next_due(self) -> datetime | None:
        """When the next one fires; None when none is set."""
        return await self._pool.fetchval(f"SELECT min(due) FROM {self._schema}.timers WHERE outcome IS NULL")

    async def run(self, app: Any) -> None:
        while True:
            if not await until_available(lambda: self.fire_due(app)):
                await asyncio.sleep(POLL_S)

    async def fire_due(self, app: Any) -> int:
        """Fires what is due, in order. A crash in between fires the same command id again, which changes nothing."""
        rows = await self._pool.fetch(
            f"""SELECT id, court, command, data, correlation_id, causation_id FROM {self._schema}.timers
                WHERE outcome IS NULL AND due <= $1 ORDER BY due, id LIMIT {BATCH}""",
            self._clock.now(),
        )
        for row in rows:
            with app.spans.span(f"timer {row['command']}", attributes={"zhixing.court": row["court"]}) as span:
                outcome = await self._fire(app, row, span.traceparent)
            await self._pool.execute(f"UPDATE {self._schema}.timers SET outcome = $2 WHERE id = $1", row["id"], outcome)
        return len(rows)

    async def _fire(self, app: Any, row: asyncpg.Record, traceparent: str) -> str:
        """What became of it. One that fails stops no other."""
        call = system_call(
            row["court"],
            f"timer-{row['id']}",
            correlation_id=row["correlation_id"],
            causation_id=row["causation_id"],
            now=self._clock.now(),
            traceparent=traceparent,
        )
        try:
            await self._commands[row["command"]](app, call, orjson.loads(row["data"]))
        except Exception as error:
            if is_away(error):
                raise
            if isinstance(error, Problem):
                log.warning("timer refused", timer=row["id"], reason=error.code)
                return f"refused: {error.code}"
            log.exception("timer failed", timer=row["id"])
            return f"failed: {type(error).__name__}"
        return "done"
