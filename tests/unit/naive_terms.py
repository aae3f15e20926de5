"""Pack language 4.4 read word by word: steps of one day or one minute, no arithmetic and no tables of our own.

Working days are chinesecalendar's; after the years it knows, plain weeks.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar

from rules.calendar import FOREVER, SHANGHAI
from rules.due import ExtensionAsked
from rules.packs import Extension
from rules.terms import Length

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HORIZON = timedelta(days=2_000)
FIRST_SETTLED, LAST_SETTLED = date(2004, 1, 1), date(2026, 12, 28)
WORKED_THOUGH_UNKNOWN_TO_CHINESECALENDAR = date(2005, 12, 31)

Interval = tuple[datetime, datetime]


class Endless(Exception):
    """No end within the horizon."""


@cache
def works(day: date) -> bool:
    if not 2004 <= day.year <= 2026:
        return day.isoweekday() < 6
    return day == WORKED_THOUGH_UNKNOWN_TO_CHINESECALENDAR or chinese_calendar.is_workday(day)


def local(instant: datetime) -> datetime:
    return (instant if instant == FOREVER else instant.astimezone(SHANGHAI)).replace(tzinfo=None)


@dataclass
class Walk:
    """One reckoning; `asked` are the days of which it mattered whether they are worked."""

    intervals: Sequence[Interval] = ()
    roll: str | None = None
    asked: set[date] = field(default_factory=set)

    @property
    def provisional(self) -> bool:
        return any(not FIRST_SETTLED <= day <= LAST_SETTLED for day in self.asked)

    def works(self, day: date) -> bool:
        self.asked.add(day)
        return works(day)

    def stopped(self, day: date) -> bool:
        return any(local(start).date() <= day < local(end).date() for start, end in self.intervals)

    # ---- days -------------------------------------------------------------------------------------------------

    def counted_from(self, anchor: datetime, cutoff: time | None) -> datetime:
        day = local(anchor).date()
        if cutoff is None or (self.works(day) and local(anchor).time() < cutoff):
            return anchor
        day += DAY
        while not self.works(day):
            day += DAY
        return datetime.combine(day, time(), SHANGHAI)

    def last_day(self, after: date, length: Length) -> date:
        if length.unit in ("months", "years"):
            return self._nominal(after, length.n * (12 if length.unit == "years" else 1))
        day, counted = after, 0
        while counted < length.n:
            day = self._next(day, after)
            worked = length.unit == "days" or self.works(day)
            counted += worked and not self.stopped(day)
        return day

    def _nominal(self, after: date, months: int) -> date:
        year, month = divmod(after.year * 12 + after.month - 1 + months, 12)
        nominal = date(year, month + 1, min(after.day, monthrange(year, month + 1)[1]))
        last, moved = None, nominal
        while moved != last:
            last = moved
            between = [after + DAY * n for n in range(1, (last - after).days + 1)]
            moved = nominal + DAY * sum(map(self.stopped, between))
            if moved > after + HORIZON:
                raise Endless
        return moved

    def rolled(self, day: date) -> date:
        first = day
        while self.roll != "none" and (not self.works(day) or self.stopped(day)):
            day = self._next(day, first)
        return day

    def _next(self, day: date, since: date) -> date:
        if day > since + HORIZON:
            raise Endless
        return day + DAY

    # ---- hours ------------------------------------------------------------------------------------------------

    def last_minute(self, after: datetime, hours: int) -> datetime:
        instant, left = after, hours * 60
        while left:
            left -= not any(start <= instant < end for start, end in self.intervals)
            instant += MINUTE
            if instant > after + timedelta(60):
                raise Endless
        return instant

    def rolled_hour(self, end: datetime) -> datetime:
        if self.roll != "next":
            return end
        day = local(end - timedelta(microseconds=1)).date()
        return end + (self.rolled(day) - day)


def full_hour(instant: datetime) -> datetime:
    while instant.astimezone(SHANGHAI).minute:
        instant += MINUTE
    return instant


@dataclass(frozen=True)
class Found:
    due: datetime
    provisional: bool
    verdicts: tuple[str, ...] = ()


def reckon(
    goal: Length | str,
    anchor: datetime,
    *,
    cutoff: time | None = None,
    delay: Length | None = None,
    roll: str | None = None,
    intervals: Iterable[Interval] = (),
    extensions: Sequence[ExtensionAsked] = (),
    allowed: Extension | None = None,
) -> Found:
    """The due instant, or FOREVER where there is none within the horizon."""
    walk = Walk(list(intervals), roll)
    verdicts: tuple[str, ...] = ()
    try:
        begun = walk.counted_from(anchor, cutoff)
        day = local(begun).date() if delay is None else walk.last_day(local(begun).date(), delay)
        if goal == "same_day":
            walk.intervals = []
            ends = _midnight(walk.rolled(day if delay is None else day + DAY))
        elif goal.unit == "hours":
            ends = walk.rolled_hour(walk.last_minute(full_hour(begun), goal.n))
        else:
            last, verdicts = _extended(walk, walk.last_day(day, goal), extensions, allowed)
            ends = _midnight(walk.rolled(last))
    except Endless:
        return Found(FOREVER, False, verdicts)
    return Found(ends, walk.provisional, verdicts)


def _extended(
    walk: Walk, last: date, extensions: Sequence[ExtensionAsked], allowed: Extension | None
) -> tuple[date, tuple[str, ...]]:
    verdicts: list[str] = []
    given = 0
    for asked in extensions:
        verdict = _verdict(asked, allowed, verdicts.count("applied"), given, _midnight(walk.rolled(last)))
        verdicts.append(verdict)
        if verdict == "applied":
            given += asked.amount
            last = walk.last_day(last, Length(unit=asked.unit, n=asked.amount))
    return last, tuple(verdicts)


def _verdict(asked: ExtensionAsked, allowed: Extension | None, times: int, given: int, before: datetime) -> str:
    if allowed is None:
        return "not_allowed"
    if asked.unit in ("hours", "years") or (allowed.max is not None and allowed.max.unit != asked.unit):
        return "unit"
    if asked.asked_on >= before:
        return "late"
    if allowed.max_times is not None and times >= allowed.max_times:
        return "too_often"
    if allowed.max is not None and given + asked.amount > allowed.max.n:
        return "too_long"
    return "applied"


def _midnight(last: date) -> datetime:
    """24:00 of a day."""
    return datetime.combine(last + DAY, time(), SHANGHAI)
