"""The contract events of an installation's own logs, of all services, subject by subject."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from infra.run import database
from kernel.feed import SERVICES
from kernel.publishing import finished

PAGE = 1_000
_EVENTS = """SELECT notification_id, recorded_at, json_array_elements(convert_from(published, 'UTF8')::json) AS event
FROM {log}.events WHERE published IS NOT NULL"""
_OF_COURT = "FROM ({events}) AS logs WHERE $1::text IS NULL OR event->>'court' = $1"
# PostgreSQL sorts, on its disk where they are many; the order within a subject is that of the facts (4.1).
_IN_ORDER = """ORDER BY event->>'court', event->>'subject' COLLATE "C",
coalesce((event->>'time')::timestamptz, recorded_at), recorded_at,
event->>'source' COLLATE "C", notification_id, event->>'id' COLLATE "C" """


class OwnEvents(NamedTuple):
    """How many events there are, and their envelopes as `GET /events` gives them."""

    total: int
    envelopes: AsyncIterator[dict[str, Any]]


@contextlib.asynccontextmanager
async def events_in(folder: Path, court: str | None = None) -> AsyncGenerator[OwnEvents]:
    """All that had been published when the context began, also while services run on the folder's data."""
    async with database(folder) as dsn:
        connection = await asyncpg.connect(dsn)
        try:
            async with events_of(connection, court) as found:
                yield found
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def events_of(connection: asyncpg.Connection[Any], court: str | None) -> AsyncGenerator[OwnEvents]:
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        logs = [log for log in SERVICES if await connection.fetchval("SELECT to_regclass($1)", f"{log}.events")]
        if not logs:
            yield OwnEvents(0, _none())
            return
        found = _OF_COURT.format(events=" UNION ALL ".join(_EVENTS.format(log=log) for log in logs))
        total = await connection.fetchval(f"SELECT count(*) {found}", court)
        yield OwnEvents(total, _envelopes(connection, f"{found} {_IN_ORDER}", court))


async def _envelopes(
    connection: asyncpg.Connection[Any], found: str, court: str | None
) -> AsyncGenerator[dict[str, Any]]:
    sql = f"SELECT notification_id, recorded_at, json_build_array(event) {found}"
    async for position, recorded_at, published in connection.cursor(sql, court, prefetch=PAGE):
        [envelope] = finished(published, position, recorded_at)
        yield envelope


async def _none() -> AsyncGenerator[dict[str, Any]]:
    for envelope in ():
        yield envelope
