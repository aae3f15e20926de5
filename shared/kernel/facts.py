"""CaseFacts: what a service knows of every subject: the set of its contract events, from all services.

Adding to a set does not care about order, duplicates or partitions. What the service itself has just appended is
added at once, so that a decision sees the service's own facts without waiting for the feed.

Of several processes of a service each remembers the subjects that come to it; of all others it asks the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg
import orjson

from kernel.clock import Clock
from kernel.courts import Courts
from kernel.feed import EVERY_LANE, LANES, Event, fact_of, is_reference, lane
from kernel.problems import Unavailable
from rules.calendar import FOREVER
from rules.case import CaseView, Court, Situation, case_view
from rules.effective import sightings
from rules.fact import Fact

MAX_CACHED_SUBJECTS = 5_000
MAX_AHEAD = 50_000
LOOK_AT_AHEAD = 1_000
PARTITIONS = 16
Subject = tuple[str, str]  # (court, subject)

SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.facts (
    court text NOT NULL, subject text NOT NULL, event_id text NOT NULL, envelope bytea NOT NULL,
    PRIMARY KEY (court, subject, event_id)) PARTITION BY HASH (court, subject);
"""
PARTITION = """CREATE TABLE IF NOT EXISTS {schema}.facts_{n} PARTITION OF {schema}.facts
FOR VALUES WITH (MODULUS {modulus}, REMAINDER {n})"""
# Not flushed by itself: whatever stands on these facts (a decision, the feed's marks) is committed later to the same
# database, and flushes them with it. A database that crashes loses the marks after them too, and they come again.
ADD = """INSERT INTO {schema}.facts
SELECT f.* FROM set_config('synchronous_commit', 'off', true),
                unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS f ON CONFLICT DO NOTHING"""


class FactSet(NamedTuple):
    """The facts of a subject, and how many of them stood in the database: the service's own count before they do."""

    facts: list[Fact]
    stored: int


@dataclass(frozen=True, slots=True)
class Known(Situation):
    """What the service knows of a subject as it decides; corrections are applied."""

    subject: str


@dataclass(frozen=True, slots=True)
class _Fold:
    """What is known of a subject, but for the moment; `settings` are what the court's policy says of the fold."""

    settings: Court
    facts: Sequence[Fact]
    view: CaseView


@dataclass(slots=True)
class _Cached:
    """The facts of one subject. `whole` once what is stored has been read; `fold` until something is added.

    An event's fact is made when somebody first looks at the subject: most are followed by others before that.
    """

    facts: dict[str, Fact] = field(default_factory=dict[str, Fact])
    unread: dict[str, Event] = field(default_factory=dict[str, Event])
    whole: bool = False
    fold: _Fold | None = None

    def add(self, event: Event) -> None:
        if event.id not in self.facts:  # what comes again keeps the fold
            self.unread[event.id] = event

    def read(self) -> Mapping[str, Fact]:
        if self.unread:
            self.facts.update((id, event.fact) for id, event in self.unread.items())
            self.unread.clear()
            self.fold = None
        return self.facts

    def folded(self, settings: Court) -> _Fold:
        facts = self.read()
        if self.fold is None or self.fold.settings is not settings:
            seen = sightings(facts.values(), FOREVER, FOREVER)
            in_force = [each.fact for each in seen if each.until == FOREVER]
            self.fold = _Fold(settings, in_force, case_view(in_force, settings))
        return self.fold


class CaseFacts:
    """One kernel projection for every deciding service, with the same fold as supervision.

    `lanes` and `seen` are the feed's: what comes to this process, and how far the service has come.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        schema: str,
        courts: Courts,
        clock: Clock,
        lanes: Callable[[], frozenset[int]] = lambda: EVERY_LANE,
        seen: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._pool, self._schema, self._lanes, self._seen = pool, schema, lanes, seen
        self.courts, self._clock = courts.apart(), clock  # what binds them is heard here, with the facts
        self._cache: OrderedDict[Subject, _Cached] = OrderedDict()
        self._ahead: dict[Subject, dict[str, Event]] = {}  # own events, by id, that the feed has yet to bring
        self._ahead_count, self._look_at_ahead = 0, LOOK_AT_AHEAD
        self._brought = [0] * LANES  # up to here the feed has brought each lane of the service's own log

    async def prepare(self) -> None:
        """Makes the tables and reads all reference data (policies, calendars, postings)."""
        await self._pool.execute(
            SCHEMA.format(schema=self._schema)
            + ";".join(PARTITION.format(schema=self._schema, n=n, modulus=PARTITIONS) for n in range(PARTITIONS))
        )
        rows = await self._pool.fetch(
            f"SELECT envelope FROM {self._schema}.facts WHERE subject LIKE 'court/%' OR subject LIKE 'member/%'"
        )
        self.courts.hear(fact_of(orjson.loads(row[0])) for row in rows)

    async def add(self, events: Sequence[Event]) -> None:
        """Durable before anything that is committed after this returns; known ids change nothing."""
        await self._pool.execute(
            ADD.format(schema=self._schema),
            [e.court for e in events],
            [e.subject for e in events],
            [e.id for e in events],
            [orjson.dumps(e.envelope) for e in events],
        )
        for event in events:
            self._add_to_memory(event)
            if event.log == self._schema:
                self._brought[event.lane] = max(self._brought[event.lane], event.position)
                self._no_longer_ahead((event.court, event.subject), [event.id])

    def note(self, events: Iterable[Event]) -> None:
        """What the service itself has just appended counts at once, though the feed has yet to bring it."""
        for event in events:
            if event.position > self._brought[event.lane]:
                self._ahead.setdefault((event.court, event.subject), {})[event.id] = event
                self._ahead_count += 1
                self._add_to_memory(event)
        if self._ahead_count > self._look_at_ahead:
            self._forget_brought_elsewhere()

    def renew(self) -> None:
        """Another process of the service may have added to what is stored."""
        self._cache.clear()

    def forget(self, subjects: Iterable[Subject]) -> None:
        """Another process has added to these."""
        for subject in subjects:
            self._cache.pop(subject, None)

    def require_room(self) -> None:
        """Raises Unavailable when the feed has fallen so far behind the service's own events."""
        if self._ahead_count > MAX_AHEAD:
            raise Unavailable(f"{MAX_AHEAD} events of this service have yet to come back to it")

    def _no_longer_ahead(self, subject: Subject, ids: Iterable[str]) -> None:
        if ahead := self._ahead.get(subject):
            for id in ahead.keys() & ids:
                del ahead[id]
                self._ahead_count -= 1
            if not ahead:
                del self._ahead[subject]

    def _forget_brought_elsewhere(self) -> None:
        """Own events that came to other processes of the service. The next look is due when twice as many wait."""
        seen = self._seen().get(self._schema, 0)
        for subject, ahead in list(self._ahead.items()):
            self._no_longer_ahead(subject, [event.id for event in ahead.values() if event.position <= seen])
        self._look_at_ahead = LOOK_AT_AHEAD + 2 * self._ahead_count

    def _add_to_memory(self, event: Event) -> None:
        cached = self._cache.get((event.court, event.subject))
        if cached is not None:
            cached.add(event)
        if event.is_reference:
            self.courts.hear([event.fact])

    @property
    def reference(self) -> Sequence[Fact]:
        """All facts about courts and members, of every court."""
        return self.courts.heard

    async def of(self, court: str, subject: str) -> list[Fact]:
        """The whole set, in no order."""
        return (await self.set_of(court, subject)).facts

    async def set_of(self, court: str, subject: str) -> FactSet:
        facts = list((await self._whole((court, subject))).read().values())
        return FactSet(facts, len(facts) - len(self._ahead.get((court, subject), ())))

    async def known(self, court: str, subject: str) -> Known:
        """Raises Invalid before the court's first rules."""
        now = self._clock.now()
        cached = await self._whole((court, subject))
        fold = cached.folded(self.courts.policy(court, now).court)
        return Known(fold.facts, fold.view, now, self.courts.calendar.known_at(now), subject)

    async def _whole(self, subject: Subject) -> _Cached:
        """What is added while the stored facts are being read goes into the same entry, so that nothing is missed; if
        that was dropped from memory meanwhile, they are read once more."""
        if lane(*subject) not in self._lanes():
            return await self._read(subject, _Cached())
        while not (cached := self._entry(subject)).whole:
            await self._read(subject, cached)
        return cached

    async def _read(self, subject: Subject, into: _Cached) -> _Cached:
        rows = await self._pool.fetch(
            f"SELECT envelope FROM {self._schema}.facts WHERE court = $1 AND subject = $2", *subject
        )
        stored = [fact_of(orjson.loads(row[0])) for row in rows]
        if is_reference(subject[1]):
            self.courts.hear(stored)
        into.facts.update((fact.id, fact) for fact in stored)
        self._no_longer_ahead(subject, into.facts.keys())
        into.unread.update(self._ahead.get(subject, {}))
        into.whole = True
        return into

    def _entry(self, subject: Subject) -> _Cached:
        cached = self._cache.setdefault(subject, _Cached())
        self._cache.move_to_end(subject)
        if len(self._cache) > MAX_CACHED_SUBJECTS:
            self._cache.popitem(last=False)
        return cached
