"""Why a term ends when it does: every day that was not counted, and everything that moved its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from rules.calendar import FOREVER, Calendar
from rules.due import NO_STANDSTILL, Due, Standstill

StepKind: TypeAlias = Literal["start", "counted_from", "pending", "suspended", "day_off", "rolled", "extension", "due"]


class TraceStep(NamedTuple):
    """What happened to the term on a day (its start) or at an instant, and why: a holiday's name, a fact, a verdict."""

    kind: StepKind
    at: datetime
    note: str = ""


def explain(
    due: Due, anchor: datetime, calendar: Calendar, stood_still: Standstill, as_of: datetime, note: str = ""
) -> tuple[TraceStep, ...]:
    """The way from the anchor to D, in the order of time; of a term without an end, up to `as_of`.

    `note`: what the term began with.
    """
    stopped = stood_still if due.suspendable else NO_STANDSTILL
    steps = [TraceStep("start", anchor, note), *_moves(due)]
    steps += [TraceStep("extension", anchor, f"{id_}: {verdict}") for id_, verdict in due.verdicts]
    if due.last is None:
        steps += _instants(due, anchor, stopped)
    else:
        steps += _days(due, due.last, calendar, stopped, as_of)
    if due.due != FOREVER:
        steps.append(TraceStep("due", due.due, calendar.title))
    return tuple(sorted(steps, key=lambda step: step.at))


def _moves(due: Due) -> Iterator[TraceStep]:
    if due.pending_until is not None:
        yield TraceStep("pending", due.pending_until)
    elif due.moved_to is not None:
        yield TraceStep("counted_from", due.moved_to)


def _instants(due: Due, anchor: datetime, stopped: Standstill) -> Iterator[TraceStep]:
    for since, until in stopped.instants:
        if anchor < until and since < due.due:
            yield TraceStep("suspended", since, "" if until == FOREVER else until.isoformat())


def _days(due: Due, last: int, calendar: Calendar, stopped: Standstill, as_of: datetime) -> Iterator[TraceStep]:
    """Days between A and L that do not count, and days after L that D was rolled over."""
    end = calendar.day_of(as_of if due.due == FOREVER else due.due) - 1
    for day in range(due.start_day + 1, end + 1):
        off = not calendar.is_working(day)
        if stopped.covers_day(day):
            yield TraceStep("suspended", calendar.start_of(day))
        elif off and due.unit == "working_days":
            yield TraceStep("day_off", calendar.start_of(day), _why_off(calendar, day))
        elif off and last <= day < end:
            yield TraceStep("rolled", calendar.start_of(day), _why_off(calendar, day))


def _why_off(calendar: Calendar, day: int) -> str:
    return calendar.label(day) or ("Saturday" if day % 7 == 6 else "Sunday")
