"""Working days for millions of terms at once. Apart from `calendar`, for numpy is only loaded where it is wanted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rules.calendar import Calendar

Ordinals = NDArray[np.int32]


def nth_working(calendar: Calendar, after: Ordinals, n: int) -> Ordinals:
    """`Calendar.nth_working` of each day (an ordinal): the n-th working day after it."""
    first, ends = _ends(calendar, n)
    offset = after - np.int32(first)
    found = ends.take(offset, mode="clip")
    for place in np.flatnonzero((offset < 0) | (offset >= ends.size)):
        found[place] = calendar.nth_working(int(after[place]), n)
    return found


@lru_cache(maxsize=64)
def _ends(calendar: Calendar, n: int) -> tuple[int, Ordinals]:
    """The n-th working day after each day of the calendar's table, and that table's first day."""
    table = calendar.table
    return table.first, np.array([calendar.nth_working(day, n) for day in table.upto], np.int32)
