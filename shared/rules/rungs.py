"""Rungs of a clock's ladder: when to warn before the due day and to report after it (pack language 3.6, Ladders)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from rules.answers import Answerer
from rules.calendar import Calendar
from rules.due import Due, last_day, shifted
from rules.packs import Who
from rules.reading import Reading
from rules.terms import Length


class Rung(NamedTuple):
    """The n-th rung of its kind fires at an instant, once per due day.

    `addressees`: who that is now, of a rung that has fired for a term that still runs, or has run out.
    """

    kind: Literal["warn", "past"]
    n: int
    at: datetime
    to: tuple[Who, ...]
    ack: bool
    addressees: tuple[Answerer, ...] = ()


def rungs(reading: Reading) -> tuple[Rung, ...]:
    """All rungs of an occurrence with a finite D."""
    ladder, calendar = reading.start.clock.ladder, reading.calendar
    warn = (
        Rung("warn", n, _before(reading.due, each.before, calendar), each.to, each.ack)
        for n, each in enumerate(ladder.warn, 1)
    )
    past = (
        Rung("past", n, _after(reading.due, each.after, calendar), each.to, each.ack)
        for n, each in enumerate(ladder.past, 1)
    )
    return (*warn, *past)


def _before(of: Due, length: Length, calendar: Calendar) -> datetime:
    """The start of the day counted back from the last day of the term; hours are counted back from D."""
    if length.unit == "hours":
        return of.due - timedelta(hours=length.n)
    return calendar.start_of(shifted(last_day(of.due, calendar), length, -1, calendar))


def _after(of: Due, length: Length | Literal["same_day"], calendar: Calendar) -> datetime:
    """`same_day`: as soon as it is late; else the start of the day counted from the last day of the term."""
    if length == "same_day":
        return of.due
    if length.unit == "hours":
        return of.due + timedelta(hours=length.n)
    return calendar.start_of(shifted(last_day(of.due, calendar), length, 1, calendar))
