"""Working days: statutory days off, make-up working days (调休), and when each notice of them became known.

A day is an ordinal (`date.toordinal()`). A calendar is versioned data (calendars/<name>/<year>.yaml, read by
`calendar_data`). A notice may reach into the December before its year. Days no notice has settled are provisional:
Saturday and Sunday off (4.4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from zoneinfo import ZoneInfo

from rules.calendar_data import (
    CalendarError,
    Marks,
    PlainCalendar,
    Version,
    Year,
    check_gaps,
    digest,
    read_calendar,
    read_file,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER_DAY = date.max.toordinal()
"""A day that does not come; its midnight is FOREVER."""
FOREVER = datetime.max.replace(tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)

SATURDAY_AND_SUNDAY = frozenset({5, 6})
_SETTLED_UNTIL = (12, 28)
"""The last day of a year that the next year's notice cannot reach back to."""

Days = tuple[int, int]
_ALWAYS: Days = (0, NEVER_DAY)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was stated of a year, ready to be known. A plain calendar is one notice, known from the beginning."""

    year: int
    known_from: datetime
    stated: Version | PlainCalendar


@dataclass(frozen=True, slots=True)
class PrefixTable:
    """The working days from the first to the last day that departs from the plain week; the plain week beyond.

    `days`: the k-th of them stands at k, nothing at 0. `upto`: how many there are up to and including each day.
    `before`: working days up to `first`, by the plain week; `departure`: by how much the table departs from it.
    """

    first: int
    last: int
    days: Sequence[int]
    upto: Mapping[int, int]
    before: int
    departure: int


class Calendar:
    """One state of knowledge of one court's working days. Immutable; `known_at` gives an earlier state.

    `weekend`: weekdays off (Monday is 0). `settled`: first and last day that no notice yet to come can change; None:
    as the years of the notices have it.
    """

    def __init__(
        self,
        name: str,
        notices: Iterable[Notice] = (),
        zone: ZoneInfo = SHANGHAI,
        weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
        settled: Days | None = None,
    ) -> None:
        self.name = name
        self.zone = zone
        self.weekend = weekend
        self.notices = tuple(sorted(notices, key=attrgetter("known_from")))
        self._states: dict[int, Calendar] = {len(self.notices): self}
        self.title = f"{name}@{self.version}"
        self.settled = settled or _settled({notice.year for notice in self.notices})
        self._week = _week(weekend)
        self._marks = _marks(self.notices)
        self._table: PrefixTable | None = None
        self._days: Sequence[int] = ()  # those of the table, once it is made: nothing else is as quick to reach
        self._upto: Mapping[int, int] = {}

    @property
    def version(self) -> str:
        return self.notices[-1].stated.version if self.notices else "0"

    def __str__(self) -> str:
        return self.title

    # ---- states of knowledge ----------------------------------------------------------------------------------

    def known_at(self, known_at: datetime) -> Calendar:
        """The calendar as it was known then: without the notices published later."""
        return self._state(bisect_right(self.notices, known_at, key=attrgetter("known_from")))

    def in_zone(self, zone: ZoneInfo) -> Calendar:
        """The same days off in another zone: a foreign log names its own."""
        if zone == self.zone:
            return self
        return Calendar(self.name, self.notices, zone, self.weekend, self.settled)

    def at_version(self, version: str) -> Calendar:
        """The state in which `version` was the last to become known. ValueError when there is none of that name."""
        for count, notice in enumerate(self.notices, 1):
            if notice.stated.version == version:
                return self._state(count)
        known = ", ".join(notice.stated.version for notice in self.notices)
        raise ValueError(f"calendar {self.name} has no version {version}; known: {known}")

    def _state(self, count: int) -> Calendar:
        if count not in self._states:
            self._states[count] = Calendar(self.name, self.notices[:count], self.zone, self.weekend)
        return self._states[count]

    # ---- days and instants ------------------------------------------------------------------------------------

    def day_of(self, instant: datetime) -> int:
        """The local day on which an instant falls."""
        try:
            return instant.astimezone(self.zone).toordinal()
        except OverflowError:
            return NEVER_DAY if instant.year > 1 else 1

    def start_of(self, day: int) -> datetime:
        """The instant at which a local day begins, in UTC."""
        return _start_of(self.zone, day)

    def is_working(self, day: int) -> bool:
        return self._marks[day][0] if day in self._marks else (day - 1) % 7 not in self.weekend

    def is_settled(self, day: int) -> bool:
        """Whether no notice yet to come can change the day."""
        return self.settled[0] <= day <= self.settled[1]

    def working_upto(self, day: int) -> int:
        """How many working days there are up to and including `day`, from a fixed beginning: differences count."""
        table = self.table
        if table.first <= day <= table.last:
            return table.before + table.upto[day]
        return self._plain_upto(day) + (table.departure if day > table.last else 0)

    def nth_working(self, after: int, n: int) -> int:
        """The n-th working day after `after` (n from 1 on), or before and including it (n from 0 down)."""
        try:
            if n > 0:
                return self._days[self._upto[after] + n]
        except LookupError:  # beyond the table; to look before would cost as much as the look-up
            pass
        return self._beyond(self.working_upto(after) + n)

    def next_working(self, day: int) -> int:
        """The day itself if it is a working day, else the first one after it."""
        return self.nth_working(day - 1, 1)

    def label(self, day: int) -> str:
        """Why a day is off or worked against the plain week: the holiday's name, or ""."""
        return self._marks[day][1] if day in self._marks else ""

    # ---- tables -----------------------------------------------------------------------------------------------

    @property
    def table(self) -> PrefixTable:
        """Finds a term's end in two look-ups; `calendar_vector` does so for millions. Made when first needed."""
        if self._table is None:
            self._table = self._prefixes()
            self._days, self._upto = self._table.days, self._table.upto
        return self._table

    def _prefixes(self) -> PrefixTable:
        first, last = (min(self._marks), max(self._marks)) if self._marks else (1, 0)
        days = [day for day in range(first, last + 1) if self.is_working(day)]
        before = self._plain_upto(first - 1)
        upto = {day: bisect_right(days, day) for day in range(first, last + 1)}
        departure = before + len(days) - self._plain_upto(last)
        return PrefixTable(first, last, [0, *days], upto, before, departure)

    def _beyond(self, count: int) -> int:
        """The day up to which there are so many working days."""
        table = self.table
        number = count - table.before
        if 0 < number < len(table.days):
            return table.days[number]
        return self._plain_nth(count - (table.departure if number > 0 else 0))

    def _plain_upto(self, day: int) -> int:
        weeks, rest = divmod(day, 7)
        return weeks * self._week[-1] + self._week[rest]

    def _plain_nth(self, count: int) -> int:
        weeks, rest = divmod(count - 1, self._week[-1])
        return min(weeks * 7 + self._week.index(rest + 1), NEVER_DAY)


def _marks(notices: Iterable[Notice]) -> Marks:
    """Days the notices speak of. A later year's notice wins over the December before it."""
    latest = {notice.year: notice.stated for notice in notices}
    marks: Marks = {}
    for year in sorted(latest):
        marks |= latest[year].marks
    return marks


def _week(weekend: frozenset[int]) -> list[int]:
    """Working days among the first 0..7 days of a week; ordinal 1 is a Monday."""
    return [sum(weekday not in weekend for weekday in range(length)) for length in range(8)]


def _settled(years: set[int]) -> Days:
    if not years:
        return (1, 0)
    return date(min(years), 1, 1).toordinal(), date(max(years), *_SETTLED_UNTIL).toordinal()


@lru_cache(maxsize=1 << 16)
def _start_of(zone: ZoneInfo, day: int) -> datetime:
    if day >= NEVER_DAY:
        return FOREVER
    if day <= 1:
        return BEGINNING
    return datetime.combine(date.fromordinal(day), time.min, zone).astimezone(UTC)


def load_calendar(path: Path, zone: ZoneInfo = SHANGHAI) -> Calendar:
    """A calendar from a folder of years, or from one file: a year's notices, or a plain calendar with its own zone.

    CalendarError where the data is none; OSError where it cannot be read.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    documents = [read_file(file) for file in files]
    read = [read_calendar(document, file.name) for document, file in zip(documents, files, strict=True)]
    if len(read) == 1 and isinstance(read[0], PlainCalendar):
        return _plain(read[0], read[0].name or path.stem, documents[0])
    years = [each for each in read if isinstance(each, Year)]
    if len(years) != len(read) or not years:
        raise CalendarError(f"{path.name}: a folder of years expected, one file for each")
    return _of_years(path.name if path.is_dir() else path.stem, years, zone)


def inline_calendar(document: object) -> Calendar:
    """A plain calendar given with a request. CalendarError where it is none."""
    stated = read_calendar(document)
    if isinstance(stated, Year):
        raise CalendarError("weekend, holidays and workdays expected, not a year's notices")
    return _plain(stated, stated.name or "inline", document)


def _of_years(name: str, years: Sequence[Year], zone: ZoneInfo) -> Calendar:
    try:
        check_gaps([year.year for year in years])
    except ValueError as error:
        raise CalendarError(f"{name}: {error}") from None
    midnight = time.min.replace(tzinfo=zone)
    notices = [
        Notice(year.year, datetime.combine(version.known_from, midnight).astimezone(UTC), version)
        for year in years
        for version in year.versions
    ]
    return Calendar(name, notices, zone)


def _plain(stated: PlainCalendar, name: str, document: object) -> Calendar:
    stated = stated.model_copy(update={"version": stated.version or digest(document)})
    years = stated.years
    settled = (date(years[0], 1, 1).toordinal(), date(years[-1], 12, 31).toordinal()) if years else _ALWAYS
    weekend = frozenset(weekday - 1 for weekday in stated.weekend)
    return Calendar(name, [Notice(0, BEGINNING, stated)], stated.zone, weekend, settled)


@lru_cache
def china() -> Calendar:
    """The State Council's calendar, as far as it is published."""
    return load_calendar(Path(__file__).parent / "calendars" / "cn")


def without_days_off(zone: ZoneInfo = SHANGHAI) -> Calendar:
    """`calendar: none`: every day is a working day, so nothing rolls."""
    return Calendar("none", (), zone, frozenset(), _ALWAYS)
