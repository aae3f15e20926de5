"""Working days for millions of terms at once. Apart from `calendar`, for numpy is only loaded where it is wanted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rules.calendar import Calendar

Ordinals = NDArray[np.int32]


def nth_working(calendar: Calendar, after: Ordinals, n: int) -> Ordinals:
    """`Calendar.nth_working` of each day (an ordinal): the n-th working day after it."""
    first, days, upto = _tables(calendar)
    offset = after - np.int32(first)
    number = upto.take(offset, mode="clip") + np.int32(n)
    found = days.take(number, mode="clip")
    beyond = (offset < 0) | (offset >= upto.size) | (number < 1) | (number >= days.size)
    for place in np.flatnonzero(beyond):
        found[place] = calendar.nth_working(int(after[place]), n)
    return found


@lru_cache(maxsize=64)
def _tables(calendar: Calendar) -> tuple[int, Ordinals, Ordinals]:
    table = calendar.table
    return table.first, np.array(table.days, np.int32), np.array(list(table.upto.values()), np.int32)
