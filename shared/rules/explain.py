"""Why a term ends when it does: every day that was not counted, and everything that moved its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeAlias

from rules.calendar import FOREVER, Calendar
from rules.due import NO_STANDSTILL, Due, Standstill, full_hour
from rules.terms import Length

StepKind: TypeAlias = Literal[
    "start", "counted_from", "pending", "counted", "nominal", "suspended", "day_off", "rolled", "extension", "due"
]
"""`counted` and `nominal` are told only where every day is asked for: a day that counts, with its number; the day on
which months, years or a day named end before the end is moved."""


class TraceStep(NamedTuple):
    """What happened to the term on a day (its start) or at an instant, and why: a holiday's name, a fact, a verdict."""

    kind: StepKind
    at: datetime
    note: str = ""


def explain(
    due: Due,
    anchor: datetime,
    calendar: Calendar,
    stood_still: Standstill,
    as_of: datetime,
    note: str = "",
    *,
    every_day: bool = False,
) -> tuple[TraceStep, ...]:
    """The way from the anchor to D, in the order of time; of a term without an end, up to `as_of`.

    `note`: what the term began with. `every_day`: the days that count as well.
    """
    stopped = stood_still if due.suspendable else NO_STANDSTILL
    steps = [TraceStep("start", anchor, note), *_moves(due, anchor, calendar)]
    steps += [TraceStep("extension", anchor, f"{id_}: {verdict}") for id_, verdict in due.verdicts]
    if due.last is None:
        steps += _instants(due, anchor, calendar, stopped)
    else:
        days = _days(due, due.last, calendar, stopped, as_of)
        steps += [step for step in days if every_day or step.kind not in ("counted", "nominal")]
    if due.due != FOREVER:
        steps.append(TraceStep("due", due.due, calendar.title))
    return tuple(sorted(steps, key=lambda step: step.at))


def _moves(due: Due, anchor: datetime, calendar: Calendar) -> Iterator[TraceStep]:
    if due.pending_until is not None:
        yield TraceStep("pending", due.pending_until)
    elif due.moved_to is not None:
        day = calendar.day_of(anchor)
        why = "after the cut-off" if calendar.is_working(day) else why_off(calendar, day)
        yield TraceStep("counted_from", due.moved_to, why)
    elif due.last is None and isinstance(due.goal, Length) and (hour := full_hour(anchor, calendar)) != anchor:
        yield TraceStep("counted_from", hour, "the first full hour")


def _instants(due: Due, anchor: datetime, calendar: Calendar, stopped: Standstill) -> Iterator[TraceStep]:
    for since, until in stopped.instants:
        if anchor < until and since < due.due:
            end = "" if until == FOREVER else f"until {until.astimezone(calendar.zone).isoformat()}"
            yield TraceStep("suspended", since, end)


def _days(due: Due, last: int, calendar: Calendar, stopped: Standstill, as_of: datetime) -> Iterator[TraceStep]:
    """The days after A up to L, and those after L that D was rolled over."""
    unit = due.goal.unit if isinstance(due.goal, Length) else None
    end = calendar.day_of(as_of if due.due == FOREVER else due.due) - 1
    number = 0
    for day in range(due.start_day + 1, end + 1):
        at, off = calendar.start_of(day), not calendar.is_working(day)
        if stopped.covers_day(day):
            yield TraceStep("suspended", at)
            continue
        if unit == "working_days" and off:
            yield TraceStep("day_off", at, why_off(calendar, day))
            continue
        if day <= last and unit in ("days", "working_days"):
            number += 1
            yield TraceStep("counted", at, str(number))
        elif day == last:
            yield TraceStep("nominal", at)
        if off and last <= day < end:
            yield TraceStep("rolled", at, why_off(calendar, day))


def why_off(calendar: Calendar, day: int) -> str:
    """The holiday's name, or the day of the week; and that no notice has settled it yet."""
    name = calendar.label(day) or f"{date.fromordinal(day):%A}"
    return name if calendar.is_settled(day) else f"{name}, provisional"
