"""Tighten only (只严不松): a court's clock is never due later than the national one it serves (pack language 6).

Proved by reckoning both from every day of the calendar's years, at each time of day that matters: five working days
and seven days, or fifteen days and half a month, cannot be compared by looking at them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from rules.calendar import Calendar
from rules.compiled import CompiledClock
from rules.due import Timing, due
from rules.lint.draft import Draft, Remark
from rules.packs import Clock, Ladder, Rule, Trail
from rules.terms import Length, Until

_MINUTE = timedelta(minutes=1)
_MIDNIGHT = timedelta(0)
_WITHIN_A_DAY = tuple(timedelta(minutes=minutes) for minutes in (30, 600, 620, 1410))
"""At a full hour, and before and after one: what terms in hours depend on."""


class Looser(NamedTuple):
    """A start from which the court's clock runs longer than the national one."""

    start: datetime
    court: datetime
    national: datetime


def check(draft: Draft) -> Iterator[Remark]:
    for trail, clock in draft.rules(Clock):
        if clock.id not in draft.clocks:
            continue  # not in force any more
        for served in _served(draft, clock):
            yield from _against(draft, trail, clock, served)


def _served(draft: Draft, clock: Clock) -> Iterator[Clock]:
    """The clocks it must not be looser than: the one it names, and national ones of the same start and stop."""
    silenced = {rule.overrides.rule for _, rule in draft.own.values() if rule.overrides}
    for rule in draft.policy.rules.values():
        same = rule.id in draft.national and isinstance(rule, Clock) and _same_events(clock, rule)
        if isinstance(rule, Clock) and rule.id not in silenced and (same or rule.id == clock.within):
            yield rule


def _same_events(court: Clock, national: Clock) -> bool:
    return (court.start, court.stop, court.key, court.each_of) == (
        national.start, national.stop, national.key, national.each_of
    )  # fmt: skip


def _against(draft: Draft, trail: Trail, clock: Clock, served: Clock) -> Iterator[Remark]:
    looser = first_looser(draft, clock, served)
    admitted = clock.looser_than is not None and clock.looser_than.rule == served.id
    if looser is None and not _comparable(draft, clock, served):
        yield Remark(
            "warning", (*trail, "term"), f"whether it is as strict as {served.id} depends on a date set in each case"
        )
    elif looser is not None and not admitted:
        yield Remark("error", (*trail, "term"), *_told(looser, served, draft.calendar))
    elif looser is None and admitted:
        yield Remark("warning", (*trail, "looser_than"), f"is nowhere looser than {served.id}", "no looser_than")


def _told(looser: Looser, served: Rule, calendar: Calendar) -> tuple[str, str]:
    start, court, national = (
        f"{each.astimezone(calendar.zone):%Y-%m-%d %H:%M}" for each in (looser.start, looser.court, looser.national)
    )
    what = f"is looser than {served.id}: from {start} it runs until {court}, the national term until {national}"
    return what, "a shorter term, or looser_than with a reason"


def first_looser(draft: Draft, court: Clock, national: Clock) -> Looser | None:
    """The first start at which the court's term ends later, or None. Terms set in each case are left out."""
    pairs = zip(timings(draft, court), timings(draft, national), strict=False)
    return next(filter(None, (longer(a, b, draft.calendar) for a, b in pairs if a and b)), None)


def _comparable(draft: Draft, court: Clock, national: Clock) -> bool:
    same_date = isinstance(court.term, Until) and isinstance(national.term, Until) and court.term == national.term
    return same_date or not (_dated(draft, court) or _dated(draft, national))


def _dated(draft: Draft, clock: Clock) -> bool:
    return any(isinstance(term, Until) for term in (draft.clocks[clock.id].term, clock.delay))


def timings(draft: Draft, clock: Clock) -> Sequence[Timing | None]:
    """The term of each cycle; of a term until a date, what holds where there is no date."""
    resolved = draft.clocks.get(clock.id, clock)
    while isinstance(resolved.term, Until):
        if resolved.term.otherwise is None:
            return [None]
        resolved = resolved.model_copy(update={"term": resolved.term.otherwise})
    compiled = CompiledClock(resolved, draft.pack.settings, Ladder())
    return [compiled.fixed_timing(cycle) for cycle in compiled.cycles]


def longer(court: Timing, national: Timing, calendar: Calendar) -> Looser | None:
    """`court` ends after `national`: the first such start."""
    if court == national:
        return None
    for start in _starts(court, national, calendar):
        ends, must_end = due(court, start, calendar).due, due(national, start, calendar).due
        if ends > must_end:
            return Looser(start, ends, must_end)
    return None


def _starts(court: Timing, national: Timing, calendar: Calendar) -> Iterator[datetime]:
    """Every day of the calendar's years, at each time of day at which one of the terms may change."""
    moments = sorted(_moments(court) | _moments(national))
    first, last = calendar.settled
    for day in range(first, last + 1):
        midnight = calendar.start_of(day)
        yield from (midnight + moment for moment in moments)


def _moments(timing: Timing) -> set[timedelta]:
    """Time since midnight: the day's beginning, around a cut-off, and for hours before, at and after a full hour."""
    turns = {_since_midnight(each) for each in (timing.cutoff, timing.after_hours) if each is not None}
    around = {turn + step for turn in turns for step in (-_MINUTE, timedelta(0), _MINUTE) if turn + step >= _MIDNIGHT}
    hourly = isinstance(timing.goal, Length) and timing.goal.unit == "hours"
    return {_MIDNIGHT, *around, *(_WITHIN_A_DAY if hourly else ())}


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)
