"""CaseFacts: what a service knows of every subject: the set of its contract events, from all services.

Adding to a set does not care about order, duplicates or partitions. What the service itself has just appended is
added at once, so that a decision sees the service's own facts without waiting for the feed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
import orjson

from kernel.clock import Clock
from kernel.courts import Courts
from kernel.feed import Event, fact_of
from rules.calendar import FOREVER
from rules.case import Situation, case_view
from rules.effective import sightings
from rules.fact import Fact

MAX_CACHED_SUBJECTS = 5_000
PARTITIONS = 16
Subject = tuple[str, str]  # (court, subject)

SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.facts (
    court text NOT NULL, subject text NOT NULL, event_id text NOT NULL, envelope bytea NOT NULL,
    PRIMARY KEY (court, subject, event_id)) PARTITION BY HASH (court, subject);
"""
PARTITION = """CREATE TABLE IF NOT EXISTS {schema}.facts_{n} PARTITION OF {schema}.facts
FOR VALUES WITH (MODULUS {modulus}, REMAINDER {n})"""
ADD = """INSERT INTO {schema}.facts
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) ON CONFLICT DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Known(Situation):
    """What the service knows of a subject as it decides; corrections are applied."""

    subject: str


class CaseFacts:
    """One kernel projection for every deciding service, with the same fold as supervision."""

    def __init__(self, pool: asyncpg.Pool, schema: str, courts: Courts, clock: Clock) -> None:
        self._pool, self._schema = pool, schema
        self._courts, self._clock = courts, clock
        self._cache: OrderedDict[Subject, dict[str, Fact]] = OrderedDict()
        self._reference: dict[str, Fact] = {}

    async def prepare(self) -> None:
        """Makes the tables and reads all reference data (policies, calendars, postings)."""
        await self._pool.execute(
            SCHEMA.format(schema=self._schema)
            + ";".join(PARTITION.format(schema=self._schema, n=n, modulus=PARTITIONS) for n in range(PARTITIONS))
        )
        rows = await self._pool.fetch(
            f"SELECT envelope FROM {self._schema}.facts WHERE subject LIKE 'court/%' OR subject LIKE 'member/%'"
        )
        self._note_reference(fact_of(orjson.loads(row[0])) for row in rows)

    async def add(self, events: Sequence[Event]) -> None:
        """Durable once this returns; known ids change nothing."""
        await self._pool.execute(
            ADD.format(schema=self._schema),
            [e.court for e in events],
            [e.subject for e in events],
            [e.fact.id for e in events],
            [orjson.dumps(e.envelope) for e in events],
        )
        self.note(events)

    def note(self, events: Iterable[Event]) -> None:
        """Adds to what is in memory: events of the service's own that the feed will bring again."""
        for event in events:
            cached = self._cache.get((event.court, event.subject))
            if cached is not None:
                cached[event.fact.id] = event.fact
            if event.is_reference:
                self._note_reference([event.fact])

    def _note_reference(self, facts: Iterable[Fact]) -> None:
        self._reference.update((fact.id, fact) for fact in facts)

    @property
    def reference(self) -> Sequence[Fact]:
        """All facts about courts and members, of every court."""
        return list(self._reference.values())

    async def of(self, court: str, subject: str) -> list[Fact]:
        """The whole set, in no order."""
        cached = self._cache.get((court, subject))
        if cached is None:
            rows = await self._pool.fetch(
                f"SELECT envelope FROM {self._schema}.facts WHERE court = $1 AND subject = $2", court, subject
            )
            facts = (fact_of(orjson.loads(row[0])) for row in rows)
            cached = self._cache.setdefault((court, subject), {})
            cached |= {fact.id: fact for fact in facts}
            if len(self._cache) > MAX_CACHED_SUBJECTS:
                self._cache.popitem(last=False)
        self._cache.move_to_end((court, subject))
        return list(cached.values())

    async def known(self, court: str, subject: str) -> Known:
        now = self._clock.now()
        seen = sightings(await self.of(court, subject), FOREVER, FOREVER)
        facts = [each.fact for each in seen if each.until == FOREVER]
        view = case_view(facts, self._courts.policy(court, now).court)
        return Known(facts, view, now, self._courts.calendar.known_at(now), subject)
