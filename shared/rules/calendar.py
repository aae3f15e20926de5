"""Working days: statutory days off, make-up working days (调休), and when each notice of them became known.

A day is an ordinal (`date.toordinal()`). A calendar is versioned data (calendars/<name>/<year>.yaml): each version
states its year whole, so an amendment in mid-year is one more version with a later `known_from`. A notice may reach
into the December before its year. Days no notice has settled are provisional: Saturday and Sunday off (4.4).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import yaml
from pydantic import Field, model_validator

from rules.terms import Frozen

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER_DAY = date.max.toordinal()
"""A day that does not come; its midnight is FOREVER."""
FOREVER = datetime.max.replace(tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)

SATURDAY_AND_SUNDAY = frozenset({5, 6})
_SETTLED_UNTIL = (12, 28)
"""The last day of a year that the next year's notice cannot reach back to."""

Days = tuple[int, int]


class Holiday(Frozen):
    """A holiday's days off, first and last, and the days worked in exchange."""

    name: str
    days: tuple[date, date]
    work: tuple[date, ...] = ()

    @property
    def span(self) -> range:
        return range(self.days[0].toordinal(), self.days[1].toordinal() + 1)


class Version(Frozen):
    """One notice's whole statement of a year."""

    version: str
    notice: str
    known_from: date
    holidays: tuple[Holiday, ...]


class Year(Frozen):
    """One file: a year and its versions, in the order they became known."""

    year: int
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Year:
        if any(later.known_from <= earlier.known_from for earlier, later in pairwise(self.versions)):
            raise ValueError(f"{self.year}: versions stand in the order they became known")
        for version in self.versions:
            for day in (day for each in version.holidays for day in (*each.days, *each.work)):
                if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                    raise ValueError(f"{version.version}: {day} is neither in {self.year} nor in the December before")
        return self


@dataclass(frozen=True, slots=True)
class Notice:
    """A version with its year, ready to be known."""

    year: int
    known_from: datetime
    stated: Version


@dataclass(frozen=True, slots=True)
class _Table:
    """Exact counts between the first and last day that departs from the plain week; the plain week beyond."""

    first: int
    last: int
    days: Sequence[int]
    upto: Sequence[int]
    before: int
    departure: int


class Calendar:
    """One state of knowledge of one court's working days. Immutable; `known_at` gives an earlier state.

    `weekend`: weekdays off (Monday is 0); an empty one is a calendar without any day off.
    """

    def __init__(
        self,
        name: str,
        notices: Iterable[Notice] = (),
        zone: ZoneInfo = SHANGHAI,
        weekend: frozenset[int] = SATURDAY_AND_SUNDAY,
    ) -> None:
        self.name = name
        self.zone = zone
        self.weekend = weekend
        self.notices = tuple(sorted(notices, key=attrgetter("known_from")))
        self._states: dict[int, Calendar] = {len(self.notices): self}
        self.title = f"{name}@{self.version}"
        self.settled = _settled({notice.year for notice in self.notices}) if weekend else (0, NEVER_DAY)
        self._week = _week(weekend)

    @property
    def version(self) -> str:
        return self.notices[-1].stated.version if self.notices else "0"

    def __str__(self) -> str:
        return self.title

    # ---- states of knowledge ----------------------------------------------------------------------------------

    def known_at(self, known_at: datetime) -> Calendar:
        """The calendar as it was known then: without the notices published later."""
        return self._state(bisect_right(self.notices, known_at, key=attrgetter("known_from")))

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
        return self.working_upto(day) > self.working_upto(day - 1)

    def is_settled(self, day: int) -> bool:
        """Whether no notice yet to come can change the day."""
        return self.settled[0] <= day <= self.settled[1]

    def working_upto(self, day: int) -> int:
        """How many working days there are up to and including `day`, from a fixed beginning: differences count."""
        table = self._table
        if day < table.first:
            return self._plain_upto(day)
        if day > table.last:
            return self._plain_upto(day) + table.departure
        return table.upto[day - table.first]

    def nth_working(self, after: int, n: int) -> int:
        """The n-th working day after `after` (n from 1 on), or before and including it (n from 0 down)."""
        table = self._table
        count = self.working_upto(after) + n
        if count <= table.before:
            return self._plain_nth(count)
        if count > table.before + len(table.days):
            return self._plain_nth(count - table.departure)
        return table.days[count - table.before - 1]

    def next_working(self, day: int) -> int:
        """The day itself if it is a working day, else the first one after it."""
        return self.nth_working(day - 1, 1)

    def label(self, day: int) -> str:
        """Why a day is off or worked against the plain week: the holiday's name, or ""."""
        return self._marked[day][1] if day in self._marked else ""

    # ---- tables -----------------------------------------------------------------------------------------------

    @cached_property
    def _marked(self) -> dict[int, tuple[bool, str]]:
        """Days a notice speaks of -> (worked, holiday). A later year's notice wins over the December before it."""
        latest = {notice.year: notice.stated for notice in self.notices}
        marked: dict[int, tuple[bool, str]] = {}
        for year in sorted(latest):
            for holiday in latest[year].holidays:
                marked |= dict.fromkeys(holiday.span, (False, holiday.name))
                marked |= {day.toordinal(): (True, holiday.name) for day in holiday.work}
        return marked

    @cached_property
    def _table(self) -> _Table:
        marked = self._marked
        first, last = (min(marked), max(marked)) if marked else (1, 0)
        days = [day for day in range(first, last + 1) if self._worked(day)]
        before = self._plain_upto(first - 1)
        upto = [before + bisect_right(days, day) for day in range(first, last + 1)]
        departure = before + len(days) - self._plain_upto(last)
        return _Table(first, last, days, upto, before, departure)

    def _worked(self, day: int) -> bool:
        return self._marked[day][0] if day in self._marked else (day - 1) % 7 not in self.weekend

    def _plain_upto(self, day: int) -> int:
        weeks, rest = divmod(day, 7)
        return weeks * self._week[-1] + self._week[rest]

    def _plain_nth(self, count: int) -> int:
        weeks, rest = divmod(count - 1, self._week[-1])
        return min(weeks * 7 + self._week.index(rest + 1), NEVER_DAY)


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
    """A calendar from a folder of years, or from one file. ValueError where the data is not one."""
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    years = [_load_year(file) for file in files]
    if any(later.year != earlier.year + 1 for earlier, later in pairwise(years)):
        raise ValueError(f"calendar {path.stem}: its files must be of consecutive years")
    midnight = time.min.replace(tzinfo=zone)
    notices = [
        Notice(year.year, datetime.combine(version.known_from, midnight).astimezone(UTC), version)
        for year in years
        for version in year.versions
    ]
    return Calendar(path.stem, notices, zone)


def _load_year(file: Path) -> Year:
    try:
        return Year.model_validate(yaml.safe_load(file.read_text("utf-8")))
    except yaml.YAMLError as error:
        raise ValueError(f"{file.name} is no YAML: {error}") from error


@lru_cache
def china() -> Calendar:
    """The State Council's calendar, as far as it is published."""
    return load_calendar(Path(__file__).parent / "calendars" / "cn")


def without_days_off(zone: ZoneInfo = SHANGHAI) -> Calendar:
    """`calendar: none`: every day is a working day, so nothing rolls."""
    return Calendar("none", (), zone, frozenset())
