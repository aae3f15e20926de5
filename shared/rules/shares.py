"""Whose days the time of an occurrence fell on (pack language 4.7): a day belongs to who holds the case at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from rules.answers import MOMENT, Answerer, Holders
from rules.calendar import Calendar
from rules.due import full_hour
from rules.reading import Reading

Parts: TypeAlias = Mapping[Answerer, int]


class Share(NamedTuple):
    """What of the term, and of the overdue time, fell on one holder: counted days, or seconds for terms of hours."""

    holder: Answerer
    counted: int
    overdue: int


def shares(reading: Reading, at: datetime, holders: Holders) -> tuple[Share, ...]:
    """How the counted time between A and D, and the overdue time up to `at`, fell on who held the case."""
    counted, late = _counted(reading, holders), _late(reading, min(at, reading.closing.at), holders)
    return tuple(Share(each, counted.get(each, 0), late.get(each, 0)) for each in sorted({*counted, *late}))


def _counted(reading: Reading, holders: Holders) -> Parts:
    """`same_day` and `at_once`: all to who holds at D."""
    due, calendar = reading.due, reading.calendar
    if due.goal == "same_day":
        return {holders.before(due.due): 1}
    if due.last is None:
        start = due.moved_to or reading.start.fact.time
        begun = full_hour(start, calendar) if due.suspendable else start
        return _seconds(holders, begun, due.due, _counting_seconds(reading))
    return _days(holders, calendar, due.start_day + 1, due.last, _counting_days(reading))


def _late(reading: Reading, until: datetime, holders: Holders) -> Parts:
    due, calendar = reading.due, reading.calendar
    if due.unit == "hours":
        return _seconds(holders, due.due, until, lambda start, end: _whole_seconds(end - start))
    upto = calendar.working_upto if due.unit == "working_days" else int
    first, last = calendar.day_of(due.due), calendar.day_of(until)
    return _days(holders, calendar, first, last, lambda after, last: upto(last) - upto(after))


def _days(holders: Holders, calendar: Calendar, first: int, last: int, count: Callable[[int, int], int]) -> Parts:
    """The days from `first` to `last`; `count` tells how many count after one day and up to another."""
    changes = holders.changes(calendar.start_of(first), calendar.start_of(last + 1))
    found: dict[Answerer, int] = {}
    for begin, end in pairwise([first, *map(calendar.day_of, changes), last + 1]):
        if begin < end:
            _add(found, holders.before(calendar.start_of(begin + 1)), count(begin - 1, end - 1))
    return found


def _seconds(holders: Holders, start: datetime, end: datetime, count: Callable[[datetime, datetime], int]) -> Parts:
    found: dict[Answerer, int] = {}
    for begin, until in pairwise([start, *holders.changes(start, end), end]):
        if begin < until:
            _add(found, holders.before(begin + MOMENT), count(begin, until))
    return found


def _add(found: dict[Answerer, int], holder: Answerer, amount: int) -> None:
    if amount:
        found[holder] = found.get(holder, 0) + amount


def _counting_days(reading: Reading) -> Callable[[int, int], int]:
    """Days that count towards the term: working days where it says so, and none that a suspension covers."""
    upto = reading.calendar.working_upto if reading.due.unit == "working_days" else int
    stopped = reading.stood_still.days if reading.due.suspendable else ()

    def count(after: int, last: int) -> int:
        gaps = ((max(first, after + 1), min(end, last + 1)) for first, end in stopped)
        return upto(last) - upto(after) - sum(upto(end - 1) - upto(first - 1) for first, end in gaps if first < end)

    return count


def _counting_seconds(reading: Reading) -> Callable[[datetime, datetime], int]:
    stopped = reading.stood_still.instants if reading.due.suspendable else ()

    def count(start: datetime, end: datetime) -> int:
        gaps = ((max(start, since), min(end, until)) for since, until in stopped)
        span = end - start - sum((until - since for since, until in gaps if since < until), timedelta())
        return _whole_seconds(span)

    return count


def _whole_seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
