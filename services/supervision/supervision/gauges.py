"""What supervision answers when Prometheus asks: open deadlines and breaches, as its read model has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kernel.metrics import BREACHES, OPEN_DEADLINES, Sample
from supervision.readmodel import ReadModel

COUNTS = "SELECT court, state, standing, count(*) FROM clocks GROUP BY court, state, standing"
OPEN = ("running", "pending", "suspended", "uncertain")
BROKEN = ("standing", "cured")


async def deadlines(model: ReadModel, courts: Iterable[str]) -> list[Sample]:
    """Of every court each state, also where no clock is in it."""
    open_: Counter[tuple[str, str]] = Counter({(court, state): 0 for court in courts for state in OPEN})
    broken: Counter[tuple[str, str]] = Counter({(court, standing): 0 for court in courts for standing in BROKEN})
    async with model.reading() as connection:
        for court, state, standing, count in await connection.fetch(COUNTS):
            if state in OPEN:
                open_[court, state] += count
            if standing in BROKEN:
                broken[court, standing] += count
    counted = ((OPEN_DEADLINES, open_), (BREACHES, broken))
    return [Sample(metric, labels, value) for metric, counts in counted for labels, value in counts.items()]
