"""Events of a foreign log (外部日志) as facts (events.md, section 6): what its pack's `log` section makes of a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from contracts.envelope import NAMESPACE
from rules.calendar import Calendar, china, load_calendar, without_days_off
from rules.fact import Fact, type_of
from rules.packs import Log

XES_ACTOR = "org:resource"
SOURCE = "log"
"""Of the facts of a foreign log."""
_LOCAL = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?)?"
)
"""What ISO 8601 does not know: 2026/3/2 9:05, 2026年3月2日."""
_DATE_ALONE = 10  # characters at most


class Broken(ValueError):
    """A row that is no event; the message says what is wrong in it."""


class Entry(NamedTuple):
    """One event of a case. `number`: its place in the log, from 1 on. `day_only`: no time of day was told."""

    time: datetime
    recorded_at: datetime
    number: int
    activity: str
    actor: str
    day_only: bool
    data: Mapping[str, int | str | bool]


class Reading:
    """How rows of one log become events, and these facts."""

    def __init__(self, log: Log) -> None:
        columns = log.columns
        self.zone = ZoneInfo(log.zone)
        self._case, self._activity, self._when = columns.case, columns.activity, columns.time
        self._actor = columns.actor or XES_ACTOR
        self._time_of = lru_cache(maxsize=1 << 16)(self._read_time)
        self.columns = columns
        self._attributes = [(name, each.column or name, each.read) for name, each in log.attributes.items()]
        self._types: dict[str, str] = {}

    @property
    def wanted(self) -> frozenset[str]:
        """The columns that are read."""
        columns = self.columns
        named = (columns.case, columns.activity, columns.time, columns.recorded, columns.actor)
        return frozenset(filter(None, (*named, *(column for _, column, _ in self._attributes))))

    def entry(self, row: Mapping[str, Any], number: int) -> tuple[str, Entry]:
        """The case, and its event, in a row: column -> value. Broken where it is none."""
        case, activity = _text(row, self._case), _text(row, self._activity)
        time, day_only = self._time(row, self._when)
        recorded_at, recorded = time, self.columns.recorded
        if recorded is not None and row.get(recorded):
            recorded_at = max(time, self._time(row, recorded)[0])
        actor = str(row.get(self._actor) or "")
        return case, Entry(time, recorded_at, number, activity, actor, day_only, self._data(row))

    def facts(self, court: str, case: str, entries: Iterable[Entry], digest: bytes) -> list[Fact]:
        """The facts of a case; `digest` is the log's."""
        of_case = sha1(NAMESPACE.bytes + digest + f"{case}\n".encode(), usedforsecurity=False)
        return [
            Fact(
                id=_id(of_case, entry.number),
                source=SOURCE,
                type=self._type(entry.activity),
                court=court,
                subject=case,
                time=entry.time,
                recorded_at=entry.recorded_at,
                position=entry.number,
                data=entry.data,
                actor=entry.actor,
                day_precision=entry.day_only,
            )
            for entry in entries
        ]

    def _type(self, activity: str) -> str:
        return self._types.get(activity) or self._types.setdefault(activity, type_of(activity))

    def _time(self, row: Mapping[str, Any], column: str) -> tuple[datetime, bool]:
        text = _text(row, column)
        try:
            return self._time_of(text)
        except (ValueError, OverflowError):
            raise Broken(f"{column}: {text[:40]!r} is no time, such as 2026-03-02T09:00:00+08:00") from None

    def _read_time(self, text: str) -> tuple[datetime, bool]:
        """In UTC; without an offset it is of the log's zone. True where it is a day alone, whose midnight it is."""
        try:
            read, day_only = datetime.fromisoformat(text), len(text) <= _DATE_ALONE
        except ValueError:
            text, day_only = _as_iso(text.strip())
            read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=self.zone)).astimezone(UTC), day_only

    def _data(self, row: Mapping[str, Any]) -> dict[str, int | str | bool]:
        data: dict[str, int | str | bool] = {}
        for name, column, read in self._attributes:
            value = row.get(column)
            if value is not None and value != "":
                try:
                    data[name] = read(value)
                except ValueError as error:
                    raise Broken(f"{column}: {str(value)[:40]!r} is {error}") from None
        return data


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    if value.__class__ is str and value:
        if "\0" in value:  # two ids that look alike would be two cases
            raise Broken(f"{column} holds a NUL character")
        return value
    if value is None or value == "":
        raise Broken(f"no {column}")
    if not isinstance(value, int):
        raise Broken(f"{column} is no text")
    return str(value)


def _as_iso(text: str) -> tuple[str, bool]:
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise ValueError("no time")
    year, month, day, hour, minute, second, fraction = (part or "0" for part in found.groups())
    clock = f"{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction:0<6}"
    return f"{year}-{month:0>2}-{day:0>2}T{clock}", found[4] is None


def _id(of_case: Any, number: int) -> str:
    """A UUID of version 5, of the log's digest, the case and the row; made without the slow class."""
    named = of_case.copy()
    named.update(b"%d" % number)
    made = named.hexdigest()
    variant = "89ab"[int(made[16], 16) & 3]
    return f"{made[:8]}-{made[8:12]}-5{made[13:16]}-{variant}{made[17:20]}-{made[20:32]}"


# ---- calendars ------------------------------------------------------------------------------------------------------


def calendar_of(name: str, zone: ZoneInfo, folder: Path) -> Calendar:
    """`none`, `cn` or a file in the folder, in the log's zone. CalendarError, OSError where the file is none."""
    if name == "none":
        return without_days_off(zone)
    return (china() if name == "cn" else load_calendar(folder / name)).in_zone(zone)
