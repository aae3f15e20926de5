"""What a consumer could not finish: reactions that wait or were refused, and parked subjects. All of it is durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson

from kernel.feed import EVERY_LANE, Event, event_of, lane

VISIBLE_AFTER = timedelta(minutes=10)
FOLLOWS = "follows a parked event"

SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.work_items (
    event_id text NOT NULL, reaction text NOT NULL, item text NOT NULL, court text NOT NULL, subject text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'refused')), reason text NOT NULL, since timestamptz NOT NULL,
    log text NOT NULL, envelope bytea NOT NULL, PRIMARY KEY (event_id, reaction, item));
CREATE INDEX IF NOT EXISTS work_items_subject ON {schema}.work_items (court, subject);
CREATE TABLE IF NOT EXISTS {schema}.parked (
    event_id text PRIMARY KEY, court text NOT NULL, subject text NOT NULL, log text NOT NULL,
    reason text NOT NULL, envelope bytea NOT NULL);
CREATE INDEX IF NOT EXISTS parked_subject ON {schema}.parked (court, subject);
"""


class Backlog:
    """Waiting, refused and parked, by subject. The first two are tried again by the subject's next event or seen by
    a person; a parked subject waits for a fix. `lanes` is the feed's: what comes to this process."""

    def __init__(
        self, pool: asyncpg.Pool, schema: str, lanes: Callable[[], frozenset[int]] = lambda: EVERY_LANE
    ) -> None:
        self._pool, self._schema, self._lanes = pool, schema, lanes
        self._parked: set[tuple[str, str]] = set()
        self._reopened: set[tuple[str, str]] = set()
        self._changing = asyncio.Lock()  # what is parked, in memory as it is stored
        self._noted: set[tuple[str, str]] = set()  # subjects with work items, waiting or refused

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))
        await self.renew()

    async def renew(self) -> None:
        """Another process of the service may have changed what is stored."""
        async with self._changing:
            self._parked = await self._subjects("parked") - self._reopened
        self._noted |= await self._subjects("work_items")

    async def _subjects(self, table: str) -> set[tuple[str, str]]:
        rows = await self._pool.fetch(f"SELECT DISTINCT court, subject FROM {self._schema}.{table}")
        return {(r[0], r[1]) for r in rows}

    def concerns(self, event: Event) -> bool:
        """The event's subject is parked, or has work items."""
        subject = (event.court, event.subject)
        return subject in self._parked or subject in self._noted

    # -- reactions that wait, or were refused

    async def waiting(self, event: Event) -> list[tuple[Event, str, str]]:
        """(event, reaction, item) of what waits for this subject's next event."""
        if (event.court, event.subject) not in self._noted:
            return []
        rows = await self._pool.fetch(
            f"""SELECT log, envelope, reaction, item FROM {self._schema}.work_items
                WHERE court = $1 AND subject = $2 AND state = 'waiting' ORDER BY since, event_id""",
            event.court,
            event.subject,
        )
        return [(event_of(r[0], orjson.loads(r[1])), r[2], r[3]) for r in rows]

    async def wait(self, event: Event, reaction: str, item: str, reason: str, now: datetime) -> None:
        await self._note(event, reaction, item, "waiting", reason, now)

    async def refused(self, event: Event, reaction: str, item: str, reason: str, now: datetime) -> None:
        await self._note(event, reaction, item, "refused", reason, now)

    async def _note(self, event: Event, reaction: str, item: str, state: str, reason: str, now: datetime) -> None:
        await self._pool.execute(
            f"""INSERT INTO {self._schema}.work_items VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                ON CONFLICT (event_id, reaction, item)
                DO UPDATE SET state = excluded.state, reason = excluded.reason""",
            event.id,
            reaction,
            item,
            event.court,
            event.subject,
            state,
            reason,
            now,
            event.log,
            orjson.dumps(event.envelope),
        )
        self._noted.add((event.court, event.subject))

    async def done(self, event: Event, reaction: str, item: str) -> None:
        """What had waited, or was refused before, is done."""
        if (event.court, event.subject) in self._noted:
            await self._pool.execute(
                f"DELETE FROM {self._schema}.work_items WHERE event_id = $1 AND reaction = $2 AND item = $3",
                event.id,
                reaction,
                item,
            )

    async def visible(self, court: str, now: datetime) -> list[dict[str, Any]]:
        """What a person must look at: refused reactions, and those that have waited for ten minutes."""
        rows = await self._pool.fetch(
            f"""SELECT subject, reaction, item, state, reason, since, event_id FROM {self._schema}.work_items
                WHERE court = $1 AND (state = 'refused' OR since <= $2)
                ORDER BY state = 'waiting', since, event_id""",
            court,
            now - VISIBLE_AFTER,
        )
        return [dict(r) for r in rows]

    # -- parked subjects

    def is_parked(self, event: Event) -> bool:
        return self.is_parked_subject(event.court, event.subject)

    @property
    def parked_subjects(self) -> Collection[tuple[str, str]]:
        """(court, subject) of what stands still."""
        return self._parked

    def is_parked_subject(self, court: str, subject: str) -> bool:
        """Of a subject that comes to this process."""
        return (court, subject) in self._parked

    async def stands_still(self, court: str, subject: str) -> bool:
        """Whether it is parked, whichever process it comes to."""
        if lane(court, subject) in self._lanes():
            return self.is_parked_subject(court, subject)
        sql = f"SELECT EXISTS (SELECT FROM {self._schema}.parked WHERE court = $1 AND subject = $2)"
        return await self._pool.fetchval(sql, court, subject)

    async def park(self, event: Event, reason: str = FOLLOWS) -> None:
        """The subject stands still from this event on; every other one goes on."""
        sql = f"""INSERT INTO {self._schema}.parked VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (event_id) DO UPDATE SET reason = excluded.reason WHERE excluded.reason <> '{FOLLOWS}'"""
        envelope = orjson.dumps(event.envelope)
        async with self._changing:
            await self._pool.execute(sql, event.id, event.court, event.subject, event.log, reason, envelope)
            self._parked.add((event.court, event.subject))

    async def parked_events(self, court: str, subject: str) -> list[tuple[str, Event]]:
        """Each with the id it was parked under, as it reads now, in the order they were recorded: within each log that
        of their positions."""
        rows = await self._pool.fetch(
            f"SELECT event_id, log, envelope FROM {self._schema}.parked WHERE court = $1 AND subject = $2",
            court,
            subject,
        )
        events = [(r[0], event_of(r[1], orjson.loads(r[2]))) for r in rows]
        return sorted(events, key=lambda e: (e[1].fact.recorded_at, e[1].log, e[1].position))

    @contextmanager
    def reopened(self, court: str, subject: str) -> Generator[None]:
        """The subject is tried again; it is parked again if not all went through."""
        self._parked.discard((court, subject))
        self._reopened.add((court, subject))
        try:
            yield
        except BaseException:
            self._parked.add((court, subject))
            raise
        finally:
            self._reopened.discard((court, subject))

    async def released(self, parked_id: str, event: Event) -> None:
        """It is no longer parked, and a fact: no mark will bring it again, should the database have crashed since it
        was added to the facts."""
        async with self._changing:
            await self._pool.execute(
                f"""WITH gone AS (DELETE FROM {self._schema}.parked WHERE event_id = $1)
                    INSERT INTO {self._schema}.facts VALUES ($2, $3, $4, $5) ON CONFLICT DO NOTHING""",
                parked_id,
                event.court,
                event.subject,
                event.id,
                orjson.dumps(event.envelope),
            )

    async def parked(self, court: str) -> list[dict[str, Any]]:
        """Every parked event of the court, for people and for supervision ('clock uncertain')."""
        rows = await self._pool.fetch(
            f"""SELECT subject, event_id, log, reason FROM {self._schema}.parked
                WHERE court IN ($1, '') ORDER BY subject""",
            court,
        )
        return [dict(r) for r in rows]
