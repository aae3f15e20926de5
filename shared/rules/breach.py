"""The state of an occurrence, and the record of when it was known to be late (pack language 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal, NamedTuple, Protocol, TypeAlias

from rules.calendar import FOREVER, Calendar
from rules.due import Due, Standstill
from rules.effective import Step
from rules.reading import Closing
from rules.terms import Unit

_HOURS_A_DAY = 24


class State(Enum):
    """Where an occurrence stands, the first that holds in the table of 4.5; uncertain above all."""

    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"
    MET = "met"
    VOID = "void"
    SUPERSEDED = "superseded"
    MET_LATE = "met_late"
    BREACHED_CLOSED = "breached_closed"
    PENDING = "pending"
    SUSPENDED = "suspended"
    RUNNING = "running"
    BREACHED = "breached"

    def __init__(self, name: str) -> None:
        """`is_open`: something is still expected of somebody."""
        self.is_late = name in ("met_late", "breached_closed", "breached")
        self.is_open = name in ("pending", "suspended", "running", "breached")


_IN_TIME = {"stop": State.MET, "void": State.VOID, "following": State.SUPERSEDED}
_LATE = {"stop": State.MET_LATE, "void": State.BREACHED_CLOSED, "following": State.BREACHED_CLOSED}


Standing: TypeAlias = Literal["clean", "standing", "cured"]
"""Never known to be late; late then and now; late as known then, not as known now."""


class Spell(NamedTuple):
    """A stretch of the axis of K in which the occurrence was known to be late; `until` is None where it still is.

    With D and X as they were known, and the versions of pack and calendar they were reckoned with.
    """

    since: datetime
    until: datetime | None
    due: datetime
    stop: datetime | None
    pack_version: str
    calendar_version: str


@dataclass(frozen=True, slots=True)
class Parked:
    """An event of the subject that cannot be read: until it is voided or released nothing is certain (4.5)."""

    time: datetime
    recorded_at: datetime
    until: datetime = FOREVER


class Known(Protocol):
    """What is known of one occurrence while `since` ≤ K < `until`: of a clock, or of a duty."""

    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...
    @property
    def due(self) -> Due: ...
    @property
    def closing(self) -> Closing: ...
    @property
    def stood_still(self) -> Standstill: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def unknown(self) -> bool: ...
    @property
    def version(self) -> str: ...


def state_known(
    readings: Sequence[Known], at: datetime, known_at: datetime, uncertain: Sequence[Step[None]]
) -> State | None:
    """The state at an instant as known at K; None where the occurrence was not known yet."""
    last = next((each for each in reversed(readings) if each.since <= known_at), None)
    if last is None:
        return None
    if any(since <= known_at < until for since, until, _ in uncertain):
        return State.UNCERTAIN
    return state_at(last, at) if known_at < last.until else State.WITHDRAWN


def state_at(reading: Known, at: datetime) -> State:
    """The state at an instant, of what is known in the reading."""
    due, closed = reading.due, reading.closing
    if reading.unknown:
        return State.UNCERTAIN
    if closed.at <= at:
        return _IN_TIME[closed.by] if closed.at < due.due else _LATE[closed.by]
    if due.pending_until is not None and at < due.pending_until:
        return State.PENDING
    if at < due.due:
        return State.SUSPENDED if _suspended(reading, at) else State.RUNNING
    return State.BREACHED


def _suspended(reading: Known, at: datetime) -> bool:
    if not reading.due.suspendable:
        return False
    if reading.due.hourly:
        return reading.stood_still.covers(at)
    return reading.stood_still.covers_day(reading.calendar.day_of(at))


def uncertain_spells(parked: Iterable[Parked], as_of: datetime) -> list[Step[None]]:
    """When, along K, a parked event of up to `as_of` made the subject uncertain."""
    return [(max(each.time, each.recorded_at), each.until, None) for each in parked if each.time <= as_of]


def breach_record(readings: Sequence[Known], uncertain: Sequence[Step[None]], as_of: datetime) -> tuple[Spell, ...]:
    """The spells of K in which the occurrence was known to be late, each moment as of itself, at most `as_of`.

    Spells that touch are one where D, X and the versions are the same. Uncertainty leaves gaps.
    """
    record: list[Spell] = []
    for reading in readings:
        if reading.due.due <= as_of and reading.due.due <= reading.closing.at and not reading.unknown:
            for spell in _late(reading, uncertain, as_of):
                _append(record, spell)
    return tuple(record)


def _append(record: list[Spell], spell: Spell) -> None:
    before = record[-1] if record else None
    if before and before.until and before._replace(since=before.until, until=spell.until) == spell:
        record[-1] = before._replace(until=spell.until)
    else:
        record.append(spell)


def _late(reading: Known, uncertain: Sequence[Step[None]], as_of: datetime) -> Iterator[Spell]:
    due, closed = reading.due, reading.closing
    late_from = max(due.due, due.pending_until or due.due)
    if late_from > as_of or late_from >= reading.until:
        return
    version = reading.version
    stop = closed.at if closed.by == "stop" else None
    for since, until in _without(max(late_from, reading.since), reading.until, uncertain):
        yield Spell(since, None if until == FOREVER else until, due.due, stop, version, reading.calendar.title)


def _without(since: datetime, until: datetime, gaps: Sequence[Step[None]]) -> list[tuple[datetime, datetime]]:
    left = [(since, until)]
    for begins, ends, _ in gaps:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, begins)), (max(first, ends), last))
            if part[0] < part[1]
        ]
    return left


def standing(record: Sequence[Spell]) -> Standing:
    """How a breach record reads (4.6)."""
    if not record:
        return "clean"
    return "standing" if record[-1].until is None else "cured"


def overdue(reading: Known, at: datetime) -> int:
    """Overdue time at an instant, begun units included, in the unit of the term: days, working days or hours."""
    late_until = min(at, reading.closing.at)
    due, calendar = reading.due, reading.calendar
    if due.unit == "hours":
        return (late_until - due.due) // timedelta(hours=1) + 1
    first, last = calendar.day_of(due.due), calendar.day_of(late_until)
    if due.unit == "working_days":
        return calendar.working_upto(last) - calendar.working_upto(first - 1)
    return last - first + 1


def whole_days(overdue: int, unit: Unit) -> int:
    """Overdue time in days; of terms in hours days of 24 hours, begun ones included."""
    return -(-overdue // _HOURS_A_DAY) if unit == "hours" else overdue
