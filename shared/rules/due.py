"""The due instant D of a term (pack language 4.4): exclusive, so what happens at D is late.

Days are ordinals as in `calendar.py`. L is the last day of a term before it is rolled off a day off; D is 24:00 of
the rolled one. Terms of hours have no L: they run from instant to instant.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

from rules.calendar import FOREVER, NEVER_DAY, Calendar, Days
from rules.terms import Length, Roll, SameAs, Term, TermSettings, Unit, Until

if TYPE_CHECKING:
    from rules.packs import Extension  # whole packs take long to load, and a term alone needs none

Goal: TypeAlias = Length | Literal["same_day"] | int | datetime
"""What a term comes to at its anchor: a length, the day itself, until a day (an ordinal), or until an instant."""
Verdict: TypeAlias = Literal["applied", "short_notice", "unit", "late", "too_often", "too_long", "not_allowed"]
"""What became of an extension. `short_notice`: it has its effect, though it was asked for later than it should be."""
EFFECTIVE = frozenset({"applied", "short_notice"})

_Point = TypeVar("_Point", int, datetime)


@dataclass(frozen=True, slots=True)
class Timing:
    """A term at its anchor with what stands beside it. `after_hours` is for `same_day` and `at_once` only."""

    goal: Goal
    cutoff: time | None = None
    after_hours: time | None = None
    delay: Goal | None = None
    roll: Roll | None = None


@dataclass(frozen=True, slots=True)
class Standstill:
    """The union of the suspensions of a clock: whole local days, and instants; both sorted, apart, half-open."""

    days: tuple[Days, ...] = ()
    instants: tuple[tuple[datetime, datetime], ...] = ()

    def covers_day(self, day: int) -> bool:
        return any(first <= day < end for first, end in self.days)

    def covers(self, instant: datetime) -> bool:
        return any(first <= instant < end for first, end in self.instants)

    def first_free(self, day: int) -> int:
        """The day itself, or the first one after it that is not covered."""
        return next((end for first, end in self.days if first <= day < end), day)


NO_STANDSTILL = Standstill()


def standstill(intervals: Iterable[tuple[datetime, datetime]], calendar: Calendar) -> Standstill:
    """Suspensions from their start to their end (FOREVER where none is known); an end before the start covers none."""
    spans = [(start, end) for start, end in intervals if start < end]
    if not spans:
        return NO_STANDSTILL
    return Standstill(union((calendar.day_of(start), calendar.day_of(end)) for start, end in spans), union(spans))


def union(spans: Iterable[tuple[_Point, _Point]]) -> tuple[tuple[_Point, _Point], ...]:
    """The spans joined where they overlap or touch; empty ones left out."""
    united: list[tuple[_Point, _Point]] = []
    for first, end in sorted(span for span in spans if span[0] < span[1]):
        if united and first <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((first, end))
    return tuple(united)


@dataclass(frozen=True, slots=True)
class ExtensionAsked:
    """An extension on record (TermExtended); whether it has an effect depends on D at the time it was asked for."""

    id: str
    asked_on: datetime
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class Due:
    """D and what it came from. `due` is FOREVER while nothing ends the term.

    `start_day`: the day of A. `last`: L, before rolling; None where the term runs from instant to instant.
    `pending_until`: the end of the delay. `moved_to`: A, where a cut-off or a delay moved it off the anchor.
    `verdicts`: what became of each extension, in order.
    """

    due: datetime
    goal: Goal
    start_day: int
    last: int | None
    provisional: bool
    pending_until: datetime | None = None
    moved_to: datetime | None = None
    verdicts: tuple[tuple[str, Verdict], ...] = ()

    @property
    def hourly(self) -> bool:
        """Whether people are shown D itself, not the second before."""
        return self.last is None

    @property
    def suspendable(self) -> bool:
        return isinstance(self.goal, Length)

    @property
    def unit(self) -> Unit:
        """In which overdue time is counted: hours, working days or days."""
        goal = self.goal
        return goal.unit if isinstance(goal, Length) and goal.unit in ("hours", "working_days") else "days"

    @property
    def shown(self) -> datetime:
        """D as people are shown it: the last second in time for terms of days."""
        return self.due if self.hourly or self.due == FOREVER else self.due - timedelta(seconds=1)


def goal_of(term: Term, settings: TermSettings, value_at: Callable[[str], object]) -> Goal | None:
    """What a term comes to. None: until a field that is absent, with nothing else said. ValueError: no day in it."""
    match term:
        case Length():
            return term
        case Until(until=path, otherwise=otherwise):
            value = value_at(path)
            if value not in (None, ""):
                return _day_or_instant(value)
            return goal_of(otherwise, settings, value_at) if otherwise is not None else None
        case "same_day":
            return "same_day"
        case "at_once":
            return settings.at_once
        case "in_time":
            return settings.in_time
        case SameAs(same_as=rule):
            raise ValueError(f"the term of {rule} was not put in when the pack was resolved")


def _day_or_instant(value: object) -> int | datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return value.toordinal()
    if not isinstance(value, str):
        raise ValueError("a day or an instant expected")
    return date.fromisoformat(value).toordinal() if len(value) == 10 else _aware(datetime.fromisoformat(value))


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant says its zone")
    return instant


def due(
    timing: Timing,
    anchor: datetime,
    calendar: Calendar,
    stood_still: Standstill = NO_STANDSTILL,
    extensions: Sequence[ExtensionAsked] = (),
    allowed: Extension | None = None,
) -> Due:
    """D of a term that began at `anchor`, under all suspensions known, with `extensions` in the order ≺."""
    before = _ByDay(calendar, stood_still, rolls=False)
    start = before.counted_from(timing, anchor)
    start_day, pending_until, provisional = calendar.day_of(start), None, before.provisional
    if timing.delay is not None:
        delayed = due(Timing(timing.delay, roll="none"), start, calendar, stood_still)
        start_day, provisional = last_day(delayed.due, calendar), provisional or delayed.provisional
        start = pending_until = calendar.start_of(start_day + 1)
    after = _After(start_day, pending_until, start if start != anchor else None, provisional)
    rolls = timing.roll != "none"
    match timing.goal:
        case datetime() as instant:
            return _reckon(_ByHour(calendar, NO_STANDSTILL, rolls=False), timing, after, instant, extensions, allowed)
        case int() as day:
            return _reckon(_ByDay(calendar, NO_STANDSTILL, rolls=False), timing, after, day, extensions, allowed)
        case "same_day":
            day = start_day if timing.delay is None else start_day + 1
            return _reckon(_ByDay(calendar, NO_STANDSTILL, rolls), timing, after, day, extensions, allowed)
        case Length(unit="hours") as length:
            hours = _ByHour(calendar, stood_still, rolls=timing.roll == "next")
            end = hours.add(full_hour(start, calendar), length)
            return _reckon(hours, timing, after, end, extensions, allowed)
        case Length() as length:
            days = _ByDay(calendar, stood_still, rolls)
            return _reckon(days, timing, after, days.add(start_day, length), extensions, allowed)


@dataclass(frozen=True, slots=True)
class _After:
    """Where counting begins: A, the end of the delay, and whether a day not yet settled was leant on so far."""

    day: int
    pending_until: datetime | None
    moved_to: datetime | None
    provisional: bool


def _reckon(
    reckoning: _Reckoning[_Point],
    timing: Timing,
    after: _After,
    end: _Point,
    extensions: Sequence[ExtensionAsked],
    allowed: Extension | None,
) -> Due:
    """The term ends at `end` before extensions; what people see of it is put together here."""
    last, verdicts = _extended(reckoning, end, extensions, allowed)
    ends_at = reckoning.end(last)
    return Due(
        due=ends_at,
        goal=timing.goal,
        start_day=after.day,
        last=last if isinstance(last, int) else None,
        provisional=ends_at != FOREVER and (reckoning.provisional or after.provisional),
        pending_until=after.pending_until,
        moved_to=after.moved_to,
        verdicts=verdicts,
    )


def _extended(
    reckoning: _Reckoning[_Point], begun: _Point, extensions: Sequence[ExtensionAsked], allowed: Extension | None
) -> tuple[_Point, tuple[tuple[str, Verdict], ...]]:
    end, given, times = begun, 0, 0
    verdicts: list[tuple[str, Verdict]] = []
    for asked in extensions:
        verdict = _verdict(asked, allowed, times, given, reckoning.end(end), reckoning)
        verdicts.append((asked.id, verdict))
        if verdict in EFFECTIVE:
            times, given = times + 1, given + asked.amount
            end = reckoning.add(end, Length.model_construct(unit=asked.unit, n=asked.amount))
    return end, tuple(verdicts)


def _verdict(
    asked: ExtensionAsked,
    allowed: Extension | None,
    times: int,
    given: int,
    before: datetime,
    reckoning: _Reckoning[_Point],
) -> Verdict:
    """`before`: D before the extension. One asked for at D or later stays on record without effect."""
    if allowed is None:
        return "not_allowed"
    if (
        asked.unit not in reckoning.units
        or asked.amount <= 0
        or (allowed.max is not None and allowed.max.unit != asked.unit)
    ):
        return "unit"
    if asked.asked_on >= before:
        return "late"
    if allowed.max_times is not None and times >= allowed.max_times:
        return "too_often"
    if allowed.max is not None and given + asked.amount > allowed.max.n:
        return "too_long"
    short = _is_short(asked.asked_on, allowed.ask_before, before, reckoning.calendar)
    return "short_notice" if short else "applied"


def _is_short(asked_on: datetime, notice: Length | None, before: datetime, calendar: Calendar) -> bool:
    """Whether it was asked for later than `notice` before the last day of the term; of hours, before D itself."""
    if notice is None or before == FOREVER:
        return False
    if notice.unit == "hours":
        return asked_on > before - timedelta(hours=notice.n)
    return calendar.day_of(asked_on) > shifted(last_day(before, calendar), notice, -1, calendar)


class _Reckoning(ABC, Generic[_Point]):
    """One computation: where a stretch of time ends, and whether it leaned on days not yet settled."""

    units: frozenset[str]
    """In which an extension may be given."""

    def __init__(self, calendar: Calendar, stood_still: Standstill, rolls: bool) -> None:
        self.calendar = calendar
        self.stood_still = stood_still
        self.rolls = rolls
        self.provisional = False

    @abstractmethod
    def add(self, after: _Point, length: Length) -> _Point:
        """The end of a length after a point, under the suspensions, not rolled."""

    @abstractmethod
    def end(self, last: _Point) -> datetime:
        """D, when the term ends there: rolled."""

    def rolled(self, day: int) -> int:
        """The day, or the next that is neither off nor suspended."""
        first = day
        while self.rolls and day < NEVER_DAY:
            free = self.stood_still.first_free(self.calendar.next_working(day))
            if free == day:
                break
            day = free
        if self.rolls:
            self._lean_on(first, day)
        return day

    def _lean_on(self, first: int, last: int) -> None:
        if not (self.calendar.is_settled(first) and self.calendar.is_settled(min(last, NEVER_DAY))):
            self.provisional = True


class _ByDay(_Reckoning[int]):
    units = frozenset({"days", "working_days", "months"})

    def counted_from(self, timing: Timing, anchor: datetime) -> datetime:
        """A: the anchor, or the next working day after a cut-off. A cut-off does not move `until`."""
        if isinstance(timing.goal, int | datetime) or (timing.cutoff is None and timing.after_hours is None):
            return anchor
        day, clock = self.calendar.day_of(anchor), anchor.astimezone(self.calendar.zone).time()
        if timing.cutoff is not None:
            self._lean_on(day, day)
        too_late = timing.cutoff is not None and (clock >= timing.cutoff or not self.calendar.is_working(day))
        if not too_late and (timing.after_hours is None or clock <= timing.after_hours):
            return anchor
        moved = self.calendar.next_working(day + 1)
        self._lean_on(day, moved)
        return self.calendar.start_of(moved)

    def end(self, last: int) -> datetime:
        return self.calendar.start_of(self.rolled(last) + 1)

    def add(self, after: int, length: Length) -> int:
        match length.unit:
            case "working_days":
                return self._working_days(after, length.n)
            case "months":
                return self._stretched(after, corresponding_day(after, length.n))
            case "years":
                return self._stretched(after, corresponding_day(after, 12 * length.n))
            case _:
                return self._stretched(after, after + length.n)

    def _stretched(self, after: int, last: int) -> int:
        """`last` moved on by every suspended day after `after` and up to where it comes to stand."""
        for first, end in self.stood_still.days:
            if first > last:
                break
            last += max(end - max(first, after + 1), 0)
        return min(last, NEVER_DAY)

    def _working_days(self, after: int, n: int) -> int:
        calendar, at, left = self.calendar, after, n
        for first, end in self.stood_still.days:
            between = calendar.working_upto(first - 1) - calendar.working_upto(at)
            if between >= left:
                break
            if end > at:
                at, left = max(at, end - 1), left - max(between, 0)
        last = calendar.nth_working(at, left) if at < NEVER_DAY else NEVER_DAY
        self._lean_on(after + 1, last)
        return last


class _ByHour(_Reckoning[datetime]):
    units = frozenset({"hours"})

    def add(self, after: datetime, length: Length) -> datetime:
        end = _later(after, timedelta(hours=1), length.n)
        for first, until in self.stood_still.instants:
            if first >= end:
                break
            if until > after:
                end = FOREVER if until == FOREVER else _later(end, until - max(first, after), 1)
        return end

    def end(self, last: datetime) -> datetime:
        if not self.rolls or last == FOREVER:
            return last
        day = self.calendar.day_of(last - timedelta(microseconds=1))
        rolled = self.rolled(day)
        return _later(last, self.calendar.start_of(rolled) - self.calendar.start_of(day), 1)


def full_hour(instant: datetime, calendar: Calendar) -> datetime:
    """The first full hour not before the instant: the hour of the trigger is not counted."""
    local = instant.astimezone(calendar.zone)
    into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return instant + (timedelta(hours=1) - into) if into else instant


def _later(instant: datetime, step: timedelta, times: int) -> datetime:
    try:
        return instant + step * times
    except OverflowError:
        return FOREVER


def corresponding_day(day: int, months: int) -> int:
    """The same day of the month so many months on (or back), or the month's last."""
    if day >= NEVER_DAY:
        return NEVER_DAY
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        return NEVER_DAY
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1])).toordinal()


def last_day(end: datetime, calendar: Calendar) -> int:
    """The last day of a term that ends with an instant, exclusive."""
    return calendar.day_of(end - timedelta(microseconds=1))


def shifted(day: int, length: Length, sign: Literal[-1, 1], calendar: Calendar) -> int:
    """The day so far on from a day, or back; without rolling."""
    match length.unit:
        case "working_days":
            return calendar.nth_working(day, length.n) if sign > 0 else calendar.nth_working(day - 1, 1 - length.n)
        case "months":
            return corresponding_day(day, sign * length.n)
        case "years":
            return corresponding_day(day, sign * length.n * 12)
        case _:
            return day + sign * length.n
