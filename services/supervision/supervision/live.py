"""The read model kept up to date: by events as they come, and by the clock (the sweep).

Several processes may do so at once, and one that was paused may wake up with what it knew then. So rows are written
only where they were made of all the facts that are stored as they are written; others are made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from kernel.backlog import Backlog
from kernel.clock import Clock
from kernel.database import AWAY
from kernel.feed import EVERY_LANE, UNREADABLE, Event, is_reference, lane
from rules.fact import Fact
from supervision.derivation import Derivation, Moment
from supervision.readmodel import ReadModel, Rows
from supervision.tables import Subject

SWEEP_EVERY_S = 1.0
BATCH = 500
PAUSED_AT_MOST_S = 5  # in the middle of writing; then the database gives the others way
POLICIES = "court/"  # the subjects of what binds a court's rows; postings only change the size of teams
log = structlog.get_logger()
Derive = Callable[[str, str, Moment, Sequence[Fact]], Awaitable[Rows]]


@dataclass(slots=True)
class Made:
    """Rows, and of how many stored facts of each subject they were made, what binds the courts among them."""

    rows: Rows = field(default_factory=Rows)
    of: dict[Subject, int] = field(default_factory=dict[Subject, int])


def binding(court: str) -> Subject:
    """The subject that tells what binds the court."""
    return court, f"{POLICIES}{court}"


class Live:
    """Derives what an event or the passing of time touches, and writes the difference."""

    def __init__(
        self,
        model: ReadModel,
        derivation: Derivation,
        backlog: Backlog,
        clock: Clock,
        lanes: Callable[[], frozenset[int]] = lambda: EVERY_LANE,
    ) -> None:
        self.model, self.derivation, self._lanes = model, derivation, lanes
        self._backlog, self._clock = backlog, clock
        self._turn = asyncio.Lock()  # whoever derives a subject writes it before another derives it
        self._parked: set[Subject] = set()
        self._duties: set[Subject] = set()
        self.on_change: list[Callable[[], None]] = []
        self.on_sweep: list[Callable[[], Awaitable[int]]] = []  # what else is to be done as time passes

    def now(self) -> datetime:
        return self._clock.now()

    async def project(self, events: Sequence[Event]) -> None:
        """A projection of the kernel's: durable when it returns. An error here parks the subject it is about."""
        async with self._turn:
            for court in {event.court for event in events if event.subject.startswith(POLICIES)}:
                await self.model.touch_court(court, self._clock.now())
            touched = {(event.court, event.subject) for event in events if not event.is_reference}
            await self._renew(touched, self.derivation.rows)

    async def sweep(self) -> int:
        """Derives again what has changed by time alone up to the clock's now, what was parked or released, new duties:
        of the subjects that this process sees to.

        Returns how many subjects that were. A simulated clock's driver awaits this after moving the clock.
        """
        count = await self._sweep_parked() + await self._sweep_duties()
        while subjects := await self.model.due(self._clock.now(), self._lanes(), BATCH):
            await self.renew(subjects)
            count += len(subjects)
        return count + sum([await also() for also in self.on_sweep])

    async def run(self) -> None:
        """Sweeps for ever."""
        while True:
            try:
                await self.sweep()
            except AWAY:
                log.warning("sweep: the database does not answer")
            await asyncio.sleep(SWEEP_EVERY_S)

    def sees_to(self, court: str, subject: str) -> bool:
        """Of several processes of supervision, one does."""
        return lane(court, subject) in self._lanes()

    async def _sweep_parked(self) -> int:
        """Subjects that stand still since the last time, or no longer do."""
        courts = self.derivation.courts
        found = [(court, item["subject"]) for court in courts for item in await self._backlog.parked(court)]
        parked = self._own(each for each in found if not is_reference(each[1]))
        shown = {each for each in parked if not each[1].startswith(UNREADABLE)}
        changed = self._own(parked ^ self._parked) | await self.model.not_uncertain(shown)
        if changed:
            await self._backlog.renew()
        await self.renew(changed)
        self._parked = parked
        return len(changed)

    async def _sweep_duties(self) -> int:
        """Duties that have not been looked at since this process began, or that a new version of a pack brought."""
        courts = self.derivation.courts
        duties = self._own((court, subject) for court in courts for subject in self.derivation.duties(court))
        fresh = duties - self._duties
        await self.renew(fresh)
        self._duties = duties
        return len(fresh)

    def _own(self, subjects: Iterable[Subject]) -> set[Subject]:
        return {each for each in subjects if self.sees_to(*each)}

    async def renew(self, subjects: Iterable[Subject]) -> None:
        """Derives subjects again, whatever the reason."""
        async with self._turn:
            await self._renew(subjects, self.derivation.rows_at_all)

    async def _renew(self, subjects: Iterable[Subject], derive: Derive) -> None:
        left = set(subjects)
        while left:
            left = await self._write(await self._make(left, derive))

    async def _make(self, subjects: Collection[Subject], derive: Derive) -> Made:
        made, now = Made(), Moment(self._clock.now())
        for court in {court for court, _ in subjects}:
            made.of[binding(court)] = (await self.derivation.gather(*binding(court))).stored
        for court, subject in subjects:
            facts, made.of[court, subject] = await self.derivation.gather(court, subject)
            made.rows.add(await derive(court, subject, now, facts))
            await asyncio.sleep(0)  # others in this process go on meanwhile
        return made

    async def _write(self, made: Made) -> set[Subject]:
        """The subjects that were not written: somebody has added to their facts, or to what binds their court."""
        subjects = {each for each in made.of if not is_reference(each[1])}
        async with self.model.writing(PAUSED_AT_MOST_S) as connection:
            grown = await self.model.grown(connection, made.of)
            left = {each for each in subjects if grown & {each, binding(each[0])}}
            changed = await self.model.write(connection, subjects - left, made.rows.without(left))
        self.derivation.forget(grown)
        if changed:
            for tell in self.on_change:
                tell()
        return left
