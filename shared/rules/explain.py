"""Why a term ends when it does: every day that was not counted, and everything that moved its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from rules.calendar import FOREVER, Calendar
from rules.due import Due
from rules.reading import Reading

StepKind: TypeAlias = Literal["start", "counted_from", "pending", "suspended", "day_off", "rolled", "extension", "due"]


class TraceStep(NamedTuple):
    """What happened to the term on a day (its start) or at an instant, and why: a holiday's name, a fact, a verdict."""

    kind: StepKind
    at: datetime
    note: str = ""


def explain(reading: Reading, as_of: datetime) -> tuple[TraceStep, ...]:
    """The way from the start event to D, in the order of time; a term without an end up to `as_of`."""
    return tuple(sorted(_steps(reading, as_of), key=lambda step: step.at))


def _steps(reading: Reading, as_of: datetime) -> Iterator[TraceStep]:
    due = reading.due
    yield TraceStep("start", reading.start.fact.time, reading.start.fact.id)
    if due.pending_until is not None:
        yield TraceStep("pending", due.pending_until)
    elif due.moved_to is not None:
        yield TraceStep("counted_from", due.moved_to)
    for id_, verdict in due.verdicts:
        yield TraceStep("extension", reading.start.fact.time, f"{id_}: {verdict}")
    if due.last is None:
        yield from _stopped_instants(reading)
    else:
        yield from _days(reading, due, due.last, as_of)
    if due.due != FOREVER:
        yield TraceStep("due", due.due, str(reading.calendar))


def _stopped_instants(reading: Reading) -> Iterator[TraceStep]:
    for since, until in reading.stood_still.instants if reading.due.suspendable else ():
        if reading.start.fact.time < until and since < reading.due.due:
            yield TraceStep("suspended", since, "" if until == FOREVER else until.isoformat())


def _days(reading: Reading, due: Due, last: int, as_of: datetime) -> Iterator[TraceStep]:
    """Days between A and L that do not count, and days after L that D was rolled over."""
    calendar = reading.calendar
    end = calendar.day_of(as_of if due.due == FOREVER else due.due) - 1
    for day in range(due.start_day + 1, end + 1):
        stopped = due.suspendable and reading.stood_still.covers_day(day)
        off = not calendar.is_working(day)
        if stopped:
            yield TraceStep("suspended", calendar.start_of(day))
        elif off and due.unit == "working_days":
            yield TraceStep("day_off", calendar.start_of(day), _why_off(calendar, day))
        elif off and last <= day < end:
            yield TraceStep("rolled", calendar.start_of(day), _why_off(calendar, day))


def _why_off(calendar: Calendar, day: int) -> str:
    return calendar.label(day) or ("Saturday" if day % 7 == 6 else "Sunday")
