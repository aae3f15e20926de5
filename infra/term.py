"""`./zhixing term`: when a term ends and, day by day, why; one at a time, or a file of requests."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra import show
from infra.moments import moment
from rules.calendar import BEGINNING, NEVER_DAY, Calendar, china, inline_calendar, load_calendar
from rules.due import Due, Standstill, Timing, due, goal_of, standstill
from rules.explain import TraceStep, explain
from rules.terms import Length, TermSettings, Word
from rules.terms_text import parse_term

Answer = dict[str, Any]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_WHOLE_DAYS = frozenset({"counted", "nominal", "suspended", "day_off", "rolled"})
STEPS = {
    "start": "start 起",
    "counted_from": "counted from 起算",
    "pending": "pending 未起算",
    "counted": "counted 计入",
    "nominal": "nominal end 期满日",
    "suspended": "suspended 扣除",
    "day_off": "day off 休",
    "rolled": "rolled over 顺延",
    "due": "due 届满",
}
_SETTABLE = "; a default, which a court's pack may set otherwise"
_NOT_COUNTED = "; the day it begins is not counted"
_MOST_DAYS = 3_660
"""Of longer terms only the days that do not count are told."""


class Misread(Exception):
    """A request that cannot be answered; the message begins with the field that is wrong."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = " ".join(reason.split())
        super().__init__(f"{field}: {self.reason}")


class Request(BaseModel):
    """One term. `suspensions`: first and last day taken out of each. `calendar`: cn, a path, or one given inline."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str | int
    start: str
    term: str
    cutoff: str | None = None
    suspensions: list[Annotated[list[str], Field(min_length=2, max_length=2)]] | None = None
    calendar: str | dict[str, Any] | None = None
    as_known_at: str | None = None


def request(
    start: str | None, term: str | None, calendar: str, cutoff: str | None, suspend: list[str], as_known_at: str | None
) -> Request:
    """As the command line has it; a suspension is `2026-02-12..2026-02-14`."""
    if start is None or term is None:
        raise Misread("start" if start is None else "term", "missing; such as: term 2026-02-10T10:30 '5 working days'")
    return _request({
        "id": "", "start": start, "term": term, "cutoff": cutoff, "calendar": calendar, "as_known_at": as_known_at,
        "suspensions": [_span(each) for each in suspend],
    })  # fmt: skip


def _span(text: str) -> list[str]:
    first, dots, last = text.partition("..")
    if not dots:
        raise Misread("suspend", f"{text!r} is no span of days; write 2026-02-12..2026-02-14")
    return [first, last]


def answer(request: Request) -> Answer:
    """When the term ends, as people see it, and why. Misread names the field that is wrong."""
    calendar = _calendar(request.calendar)
    with _reading("as_known_at"):
        known = calendar if request.as_known_at is None else calendar.known_at(moment(request.as_known_at))
    with _reading("start"):
        start = _start(request.start, calendar)
    with _reading("cutoff"):
        cutoff = None if request.cutoff is None else _clock(request.cutoff)
    with _reading("suspensions"):
        stood_still = _stood_still(request.suspensions or [], known)
    with _reading("term"):
        term = parse_term(request.term)
        goal = goal_of(term, TermSettings(), lambda _: None)
        assert goal is not None  # only `until` a field can be without an end
        reckoned = due(Timing(goal, cutoff), start, known, stood_still)
        if known.day_of(reckoned.due) >= NEVER_DAY:
            raise ValueError("it ends after the year 9999")
    begun = request.term + _note(term, reckoned)
    every_day = known.day_of(reckoned.due) - reckoned.start_day <= _MOST_DAYS
    steps = explain(reckoned, start, known, stood_still, BEGINNING, begun, every_day=every_day)
    return _told(request, reckoned, start, known, steps)


def answers(lines: Iterable[bytes]) -> Iterator[Answer]:
    """One answer for each line, errors included, in order."""
    for line in lines:
        id_ = None
        try:
            document = _document(line)
            id_ = document.get("id")
            yield {"id": id_, **answer(_request(document))}
        except Misread as error:
            yield {"id": id_, "error": str(error), "field": error.field}


def print_batch(file: Path) -> None:
    """Answers a file of requests, a line each. OSError where it cannot be read."""
    with file.open("rb") as lines:
        for each in answers(lines):
            sys.stdout.buffer.write(orjson.dumps(each) + b"\n")


# ---- reading a request ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _reading(field: str) -> Generator[None]:
    try:
        yield
    except (ValueError, OverflowError) as error:
        raise Misread(field, str(error)) from error


def _document(line: bytes) -> dict[str, Any]:
    with _reading("line"):
        document = orjson.loads(line)
    if not isinstance(document, dict):
        raise Misread("line", "a JSON object expected")
    return document


def _request(document: dict[str, Any]) -> Request:
    try:
        return Request.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Misread(str(first["loc"][0]), first["msg"]) from None


def _calendar(named: str | dict[str, Any] | None) -> Calendar:
    with _reading("calendar"):
        if isinstance(named, dict):
            return _inline(orjson.dumps(named, option=orjson.OPT_SORT_KEYS))
        return china() if named in (None, "cn") else _from_file(named)


@lru_cache(maxsize=256)
def _inline(document: bytes) -> Calendar:
    return inline_calendar(orjson.loads(document))


@lru_cache(maxsize=256)
def _from_file(path: str) -> Calendar:
    try:
        return load_calendar(Path(path))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}; cn or a file expected") from error


def _start(text: str, calendar: Calendar) -> datetime:
    """A date is its midnight; without an offset it is local to the calendar."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time; write 2026-02-10T10:30 or 2026-02-10") from error
    start = (read if read.tzinfo else read.replace(tzinfo=calendar.zone)).astimezone(UTC)
    _check_known(calendar.day_of(start), calendar)
    return start


def _check_known(day: int, calendar: Calendar) -> None:
    first = calendar.settled[0]
    if day < first:
        known = f"{date.fromordinal(first)}, the first day that calendar {calendar.name} knows"
        raise ValueError(f"{date.fromordinal(max(day, 1))} is before {known}")


def _clock(text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of day; write 15:00")
    return time(int(found[1]), int(found[2]))


def _stood_still(suspensions: Iterable[list[str]], calendar: Calendar) -> Standstill:
    spans: list[tuple[datetime, datetime]] = []
    for first, last in suspensions:
        begin, end = _day(first), _day(last)
        if end < begin:
            raise ValueError(f"{first} to {last} ends before it begins")
        _check_known(begin, calendar)
        spans.append((calendar.start_of(begin), calendar.start_of(end + 1)))
    return standstill(spans, calendar)


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError as error:
        raise ValueError(f"{text!r} is no date; write 2026-02-12") from error


# ---- telling the answer -----------------------------------------------------------------------------------------


def _note(term: Length | Word, reckoned: Due) -> str:
    """What a reader might not expect of a term."""
    if term in ("at_once", "in_time"):
        return _SETTABLE
    return _NOT_COUNTED if reckoned.suspendable and not reckoned.hourly else ""


def print_answer(told: Answer) -> None:
    """For people: the due time, then a row for each day."""
    provisional = "; provisional: it leans on days that no notice has settled yet" if told["provisional"] else ""
    show.console.print(f"[bold]due 届满 {_readable(told['due'])}[/bold], late from {_readable(told['late_from'])} on")
    show.console.print(f"calendar {told['calendar']}{provisional}", markup=False)
    made = show.table("", "", "step", "why")
    for step in told["explanation"]:
        made.add_row(_readable(step["at"]), STEPS[step["step"]], show.Text(step["why"]))
    show.console.print(made)


def _readable(at: str) -> str:
    read = datetime.fromisoformat(at)
    return f"{read:%Y-%m-%d %a}" if len(at) == len("2026-02-10") else f"{read:%Y-%m-%d %a %H:%M:%S}"


def _told(request: Request, reckoned: Due, start: datetime, calendar: Calendar, steps: Iterable[TraceStep]) -> Answer:
    return {
        "start": _local(start, calendar),
        "term": request.term,
        "due": _local(reckoned.shown, calendar),
        "late_from": _local(reckoned.due, calendar),
        "provisional": reckoned.provisional,
        "calendar": calendar.title,
        "explanation": [_step(each, reckoned, calendar) for each in steps],
    }


def _step(step: TraceStep, reckoned: Due, calendar: Calendar) -> Answer:
    """`at`: a day, or an instant."""
    whole_day = step.kind in _WHOLE_DAYS and not reckoned.hourly
    at = reckoned.shown if step.kind == "due" else step.at
    told = date.fromordinal(calendar.day_of(at)).isoformat() if whole_day else _local(at, calendar)
    return {"at": told, "step": step.kind, "why": step.note}


def _local(instant: datetime, calendar: Calendar) -> str:
    return instant.astimezone(calendar.zone).isoformat()
