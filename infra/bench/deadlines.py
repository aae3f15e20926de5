"""`bench deadlines`: ten working days by prefix table, one at a time and for millions, against chinesecalendar's loop.

First every start day of the years both know is reckoned in all three ways: they must agree, but for the day that
chinesecalendar does not know to be worked. Rounds alternate; ratios are taken round by round, their median is told.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import numpy as np

from rules.calendar import Calendar, china
from rules.calendar_vector import nth_working

N = 10
MILLIONS = 2_000_000
GOALS = {"lookup_against_loop": 2_000.0, "vector_against_loop": 10_000.0}
WORKED_UNKNOWN_TO_IT = date(2005, 12, 31)  # 国办发明电〔2005〕35号
_FIRST, _LAST = date(2004, 1, 1), date(2026, 11, 30)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Result:
    """Nanoseconds a term, of each round."""

    rounds: dict[str, list[float]]
    ratios: dict[str, float]


def measure(rounds: int, seconds: float) -> Result:
    """Raises AssertionError where the three ways do not agree."""
    calendar = china()
    starts = [_FIRST + _DAY * n for n in range((_LAST - _FIRST).days + 1)]
    _verify(calendar, starts)
    ways = _ways(calendar, starts)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 1):
        for name, (run, terms) in ways.items():
            found[name].append(_per_term(run, terms, seconds / len(ways)))
    counted = {name: measured[1:] for name, measured in found.items()}  # the first round of each warms up
    return Result(counted, _ratios(counted))


def loop(start: date) -> date:
    """As its users write it: day after day, until ten were worked."""
    left = N
    while left:
        start += _DAY
        left -= chinese_calendar.is_workday(start)
    return start


def _verify(calendar: Calendar, starts: list[date]) -> None:
    days = [start.toordinal() for start in starts]
    looped = [loop(start) for start in starts]
    found = [date.fromordinal(calendar.nth_working(day, N)) for day in days]
    differing = [start for start, a, b in zip(starts, looped, found, strict=True) if a != b]
    explained = [start for start, end in zip(starts, looped, strict=True) if start < WORKED_UNKNOWN_TO_IT <= end]
    assert len(starts) == 8_370, f"{len(starts)} start days were compared"
    assert differing == explained, f"they differ on {differing}"
    many = nth_working(calendar, np.array(days, np.int32), N).tolist()
    assert many == [end.toordinal() for end in found], "one at a time and for millions differ"


def _ways(calendar: Calendar, starts: list[date]) -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed, and how many terms one run of it reckons."""
    few, days = starts[::28], [start.toordinal() for start in starts]
    many = np.random.default_rng(1).choice(np.array(days, np.int32), MILLIONS)
    find = calendar.nth_working

    def look_up() -> None:
        for day in days:
            find(day, N)

    return {
        "loop": (lambda: [loop(start) for start in few], len(few)),
        "lookup": (look_up, len(days)),
        "vector": (lambda: nth_working(calendar, many, N), MILLIONS),
    }


def _per_term(run: Callable[[], object], terms: int, seconds: float) -> float:
    runs, begun = 0, time.perf_counter()
    while (taken := time.perf_counter() - begun) < seconds or not runs:
        run()
        runs += 1
    return taken / runs / terms * 1e9


def _ratios(found: dict[str, list[float]]) -> dict[str, float]:
    def median(name: str) -> float:
        return round(statistics.median(a / b for a, b in zip(found["loop"], found[name], strict=True)), 1)

    return {"lookup_against_loop": median("lookup"), "vector_against_loop": median("vector")}
