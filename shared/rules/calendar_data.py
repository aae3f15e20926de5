"""What calendar files say: a year's notices, or a plain list of days off and extra working days.

A year's file holds its versions, each stating the year whole, so an amendment in mid-year is one more version. A plain
calendar has no history: what it says was always known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from rules.terms import Frozen

Marks: TypeAlias = dict[int, tuple[bool, str]]
"""Days (ordinals) that depart from the plain week -> whether they are worked, and the holiday's name."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: six times as fast
_DAYS_OF_A_WEEK = range(1, 8)


class CalendarError(ValueError):
    """The data is no calendar: one line that names the field."""


def _day(value: object) -> date:
    if isinstance(value, str) and len(value) == 10:
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("a date expected, such as 2026-02-14")


Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
Weekday: TypeAlias = Annotated[int, Field(strict=True, ge=1, le=7)]
"""ISO: Monday is 1, Sunday 7."""


class Holiday(Frozen):
    """A holiday's days off, first and last, and the days worked in exchange."""

    name: str
    days: tuple[Day, Day]
    work: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Holiday:
        first, last = self.days
        if last < first:
            raise ValueError(f"{self.name}: {last} is before {first}")
        if any(first <= day <= last for day in self.work):
            raise ValueError(f"{self.name}: a day is off and worked")
        return self

    @property
    def span(self) -> range:
        return range(self.days[0].toordinal(), self.days[1].toordinal() + 1)


class Version(Frozen):
    """One notice's whole statement of a year; `notice` is its number (发文字号), "" where it is not known."""

    version: str
    notice: str = ""
    known_from: Day
    holidays: tuple[Holiday, ...]

    @cached_property
    def marks(self) -> Marks:
        marks: Marks = {}
        for holiday in self.holidays:
            marks |= dict.fromkeys(holiday.span, (False, holiday.name))
            marks |= {day.toordinal(): (True, holiday.name) for day in holiday.work}
        return marks


class Year(Frozen):
    """One file: a year and its versions, in the order they became known."""

    year: int
    versions: Annotated[tuple[Version, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Year:
        if any(later.known_from <= earlier.known_from for earlier, later in pairwise(self.versions)):
            raise ValueError(f"{self.year}: versions stand in the order they became known")
        for version in self.versions:
            for day in map(date.fromordinal, version.marks):
                if day.year != self.year and (day.year, day.month) != (self.year - 1, 12):
                    raise ValueError(f"{version.version}: {day} is neither in {self.year} nor in the December before")
        return self


class PlainCalendar(Frozen):
    """Weekdays off, holidays and extra working days of any country.

    `years`: those the lists are made for; days outside them are provisional. None: the lists say all there is to say.
    """

    name: str = ""
    version: str = ""
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai")
    weekend: tuple[Weekday, ...] = (6, 7)
    holidays: tuple[Day, ...] = ()
    workdays: tuple[Day, ...] = ()
    years: Annotated[tuple[int, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> PlainCalendar:
        if set(self.weekend) >= set(_DAYS_OF_A_WEEK):
            raise ValueError("weekend: some day of the week is worked")
        if both := set(self.holidays) & set(self.workdays):
            raise ValueError(f"{min(both)} stands in holidays and in workdays")
        named = {day.year for day in (*self.holidays, *self.workdays)}
        if self.years is not None and not named <= set(self.years):
            raise ValueError(f"years: {min(named - set(self.years))} is missing, of which days are named")
        check_gaps(self.years or sorted({day.year for day in self.holidays}))
        return self

    @property
    def marks(self) -> Marks:
        off = {day.toordinal(): (False, "holiday") for day in self.holidays}
        return off | {day.toordinal(): (True, "extra working day") for day in self.workdays}


def check_gaps(years: tuple[int, ...] | list[int]) -> None:
    """ValueError where years do not follow one another: a gap would silently be taken for plain weeks."""
    for earlier, later in pairwise(years):
        if later != earlier + 1:
            raise ValueError(f"a gap: {earlier} is followed by {later}; the years must follow one another")


def read_calendar(document: object, where: str = "") -> Year | PlainCalendar:
    """A year's notices, or a plain calendar. CalendarError names the file it is from and the field that is wrong."""
    if not isinstance(document, Mapping):
        raise CalendarError(": ".join(filter(None, (where, "a mapping expected, with weekend, holidays, workdays"))))
    model = Year if "year" in document else PlainCalendar
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise CalendarError(": ".join(filter(None, (where, place, reason)))) from None


def digest(document: object) -> str:
    """Names the content of a plain calendar that gives itself no version."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()[:8]


def read_file(file: Path) -> Any:
    """What a YAML or JSON file holds. CalendarError where it is neither; OSError where it cannot be read."""
    try:
        text = file.read_text("utf-8")
        return json.loads(text) if file.suffix == ".json" else yaml.load(text, _LOADER)
    except (yaml.YAMLError, ValueError) as error:
        kind = "JSON" if file.suffix == ".json" else "YAML"
        raise CalendarError(f"{file.name} is no {kind}: {error}") from error
