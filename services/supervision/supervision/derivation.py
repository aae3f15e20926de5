"""From the facts of a subject to its rows, by the pure function of `rules.derive`; nothing else decides anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

import asyncpg
import orjson
import structlog

from kernel.backlog import Backlog
from kernel.call import HISTORY
from kernel.clock import start_of_day
from kernel.database import is_away
from kernel.facts import CaseFacts, FactSet
from kernel.feed import fact_of
from rules.breach import Parked, Spell, State
from rules.calendar import FOREVER
from rules.derive import derive
from rules.derived import Clock, Derived
from rules.duties import derive_duty, duties_of
from rules.effective import sightings
from rules.fact import Fact
from rules.reference import Reference
from rules.reminders import Reminder
from supervision.readmodel import FOLLOWED, Rows
from supervision.rungs import brought_in, next_rung
from supervision.tables import ClockRow, ContributionRow, Subject, SubjectRow, TodoRow

NEAR = timedelta(days=3)
"""How long before its due time a clock without a ladder comes near its limit."""
DUTY = "duty/"  # the subjects of standing duties
PAGE = 2_000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Moment:
    """As of an instant, as known at another; `known_at` None: with all that is known now."""

    as_of: datetime
    known_at: datetime | None = None

    def covers(self, fact: Fact) -> bool:
        """It had happened, and was known."""
        return fact.time <= self.as_of and (self.known_at is None or fact.recorded_at <= self.known_at)


class _Knowing(TypedDict):
    as_of: datetime
    known_at: datetime | None
    reference: Reference
    uncertain: Collection[Parked]
    trace: bool


class Whole(NamedTuple):
    """All subjects of a court, and of how many facts each was made."""

    rows: Rows
    facts: dict[str, int]


class Derivation:
    """What binds the courts (packs, calendar, postings), and the way to each subject's facts."""

    def __init__(self, pool: asyncpg.Pool, schema: str, facts: CaseFacts, backlog: Backlog) -> None:
        self._pool, self._schema = pool, schema
        self.courts = facts.courts
        self._facts, self._backlog = facts, backlog

    async def facts_of(self, court: str, subject: str) -> list[Fact]:
        return await self._facts.of(court, subject)

    async def gather(self, court: str, subject: str) -> FactSet:
        """The facts a subject's rows are made of."""
        return await self._facts.set_of(court, subject)

    def forget(self, subjects: Iterable[Subject]) -> None:
        """Another process has added to these: their facts, or what binds a court, are read again."""
        self._facts.forget(subjects)

    async def derived(
        self, court: str, subject: str, moment: Moment, facts: Sequence[Fact], *, trace: bool = False
    ) -> Derived:
        """The subject as of the moment. Its parked events take no part; they make its clocks uncertain."""
        parked = await self._parked(court, subject, moment)
        facts, rules, reference = (
            [fact for fact in facts if fact.id not in parked],
            self.courts[court],
            self.courts.reference(court),
        )
        known: _Knowing = {
            "as_of": moment.as_of,
            "known_at": moment.known_at,
            "reference": reference,
            "uncertain": parked.values(),
            "trace": trace,
        }
        if not subject.startswith(DUTY):
            return derive(facts, rules, **known)
        duty, begun = subject.removeprefix(DUTY), reference.begun
        return Derived() if begun is None else derive_duty(duty, facts, rules, since=begun, **known)

    def duties(self, court: str) -> list[str]:
        """The subjects of the court's standing duties: they are made from the calendar, whether told of or not."""
        return [DUTY + duty for duty in duties_of(self.courts[court])]

    async def rows(self, court: str, subject: str, moment: Moment, facts: Sequence[Fact]) -> Rows:
        """A case that is being brought in has none before its filing has come, which comes last."""
        if facts and all(_is_of_the_past(fact) and fact.type != "CaseFiled" for fact in facts):
            return Rows()
        derived = await self.derived(court, subject, moment, facts)
        uncertain = await self._backlog.stands_still(court, subject) or _is_uncertain(derived)
        row = _subject_row((court, subject), derived, uncertain, _filing(facts, moment))
        turn = self._next_turn(court, moment.as_of)
        row = row._replace(
            next_change=_next_change(subject, derived, moment.as_of, turn),
            next_rung=next_rung(derived, moment.as_of, brought_in(facts)),
        )
        return _rows(row, derived)

    async def rows_at_all(self, court: str, subject: str, moment: Moment, facts: Sequence[Fact]) -> Rows:
        """What cannot be derived, through no event that is parked, is shown as uncertain."""
        try:
            return await self.rows(court, subject, moment, facts)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("a subject cannot be derived", court=court, subject=subject)
            return Rows({_subject_row((court, subject), Derived(), uncertain=True, filing=None)})

    async def whole(self, court: str, moment: Moment) -> Whole:
        """Every subject of a court, derived once from its facts as the database holds them."""
        found, sizes = Rows(), dict[str, int]()
        async for subject, facts in self.subjects(court):
            found.add(await self.rows_at_all(court, subject, moment, facts))
            sizes[subject] = len(facts)
            await asyncio.sleep(0)  # others in this process go on meanwhile
        for subject in self.duties(court):
            if subject not in sizes:
                found.add(await self.rows_at_all(court, subject, moment, ()))
                sizes[subject] = 0
        return Whole(found, sizes)

    async def subjects(self, court: str) -> AsyncIterator[tuple[str, list[Fact]]]:
        """(subject, facts) of all that is followed in a court; not what is reference data."""
        sql = f"SELECT subject, envelope FROM {self._schema}.facts WHERE court = $1 AND {FOLLOWED} ORDER BY subject"
        held: list[tuple[str, bytes]] = []
        async with self._pool.acquire() as connection, connection.transaction():
            async for record in connection.cursor(sql, court, prefetch=PAGE):
                if held and held[0][0] != record[0]:
                    yield _decoded(held)
                    held = []
                held.append((record[0], record[1]))
        if held:
            yield _decoded(held)

    async def counts(self) -> dict[Subject, int]:
        """How many facts there are of each subject of every court."""
        sql = f"SELECT court, subject, count(*) FROM {self._schema}.facts WHERE {FOLLOWED} GROUP BY court, subject"
        return {(record[0], record[1]): record[2] for record in await self._pool.fetch(sql) if record[0] in self.courts}

    async def read_facts(self, court: str, subject: str) -> list[Fact]:
        """As the database holds them, whatever this process remembers."""
        sql = f"SELECT envelope FROM {self._schema}.facts WHERE court = $1 AND subject = $2"
        return [fact_of(orjson.loads(record[0])) for record in await self._pool.fetch(sql, court, subject)]

    async def _parked(self, court: str, subject: str, moment: Moment) -> dict[str, Parked]:
        """Events of the subject that stand still, by id, as far as they were known."""
        if not await self._backlog.stands_still(court, subject):
            return {}
        facts = [event.fact for _, event in await self._backlog.parked_events(court, subject)]
        known = (fact for fact in facts if moment.known_at is None or fact.recorded_at <= moment.known_at)
        return {fact.id: Parked(fact.time, fact.recorded_at) for fact in known}

    def _next_turn(self, court: str, now: datetime) -> datetime | None:
        """When other rules or another calendar come to hold, though nothing happens."""
        reference = self.courts.reference(court)
        eras = reference.eras(self.courts[court])
        era = next(era for era in eras if now < era.until)
        cuts = [era.until] + [reference.calendar.start_of(policy.first.toordinal()) for policy in era.rulebook.policies]
        return min((cut for cut in cuts if now < cut < FOREVER), default=None)


def _decoded(rows: list[tuple[str, bytes]]) -> tuple[str, list[Fact]]:
    return rows[0][0], [fact_of(orjson.loads(envelope)) for _, envelope in rows]


def _is_of_the_past(fact: Fact) -> bool:
    return fact.causation_id.startswith(HISTORY)


def _filing(facts: Sequence[Fact], moment: Moment) -> Fact | None:
    """The filing in force: it names the case."""
    concerned = [fact for fact in facts if fact.type in ("CaseFiled", "FactCorrected")]
    seen = sightings(concerned, moment.known_at or FOREVER, moment.as_of)
    return next((each.fact for each in seen if each.fact.type == "CaseFiled" and each.until == FOREVER), None)


def _is_uncertain(derived: Derived) -> bool:
    return any(clock.state is State.UNCERTAIN for clock in derived.clocks)


def _subject_row(subject: Subject, derived: Derived, uncertain: bool, filing: Fact | None) -> SubjectRow:
    """Of a subject for which the clock has nothing to bring."""
    case = derived.case
    return SubjectRow(
        *subject,
        case_no=filing.data["case_no"] if filing else "",
        status=case.status,
        track=case.track,
        team=case.team,
        holder=case.holder,
        filed_at=filing.time if filing else None,
        uncertain=uncertain,
        next_change=None,
        next_rung=None,
    )


def _next_change(subject: str, derived: Derived, now: datetime, turn: datetime | None) -> datetime | None:
    changes = [derived.next_change, turn, *(_overdue_grows(clock, now) for clock in derived.clocks)]
    if subject.startswith(DUTY):
        changes.append(_midnight(now))  # a period begins
    return min((change for change in changes if change), default=None)


def _rows(row: SubjectRow, derived: Derived) -> Rows:
    subject = row[:2]
    return Rows(
        subjects={row},
        clocks={_clock_row(subject, clock) for clock in derived.clocks},
        contributions={ContributionRow(*subject, each.rule, each.team, each.load, each.apart) for each in derived.load},
        todos={TodoRow(*subject, *each) for each in derived.todos},
    )


def _clock_row(subject: Subject, clock: Clock) -> ClockRow:
    return ClockRow(
        *subject,
        rule=clock.rule,
        occurrence=clock.occurrence,
        clause=clock.clause,
        type=clock.type,
        start_at=clock.start,
        due_at=clock.due,
        due_shown=clock.due_shown,
        state=clock.state.value,
        ended_at=clock.closed,
        near_from=_near_from(clock),
        overdue=clock.overdue,
        unit=clock.unit,
        provisional=clock.provisional,
        post=clock.answers.post,
        team=clock.answers.team,
        member=clock.answers.member,
        standing=clock.standing,
        record=record_json(clock.record),
        reminders=reminders_json(clock.reminders),
    )


def record_json(record: Sequence[Spell]) -> str:
    """A breach record as it is stored and shown: from when to when it was known to be late, with D, X and versions."""
    spells = [
        {
            "from": spell.since,
            "to": spell.until,
            "due": spell.due,
            "stop": spell.stop,
            "pack_version": spell.pack_version,
            "calendar_version": spell.calendar_version,
        }
        for spell in record
    ]
    return orjson.dumps(spells, option=orjson.OPT_UTC_Z).decode()


def reminders_json(told: Sequence[Reminder]) -> str:
    """Who was told of an occurrence, on which rung and when; `acknowledged_at`: when he acknowledged it."""
    return orjson.dumps([each._asdict() for each in told], option=orjson.OPT_UTC_Z).decode()


def _near_from(clock: Clock) -> datetime | None:
    """The first rung of its ladder; three days before its due time where it has none."""
    if clock.state is not State.RUNNING or clock.due is None:
        return None
    warnings = [rung.at for rung in clock.rungs if rung.kind == "warn"]
    return min(warnings, default=clock.due - NEAR)


def _overdue_grows(clock: Clock, now: datetime) -> datetime | None:
    """When the overdue time of an open breach is one unit more."""
    if clock.state is not State.BREACHED or clock.due is None:
        return None
    if clock.unit == "hours":
        return clock.due + timedelta(hours=clock.overdue)
    return _midnight(now)


def _midnight(now: datetime) -> datetime:
    """The next one in the court's zone."""
    return start_of_day(now) + timedelta(days=1)
