"""What several seeds say together: how far apart the workloads were, for how long, and what it cost."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

from infra.balance.courts import COURTS, studied
from infra.balance.playing import A_YEAR_PER_HEAD, BEGINS, Group, play
from infra.balance.sharing import WAYS

OURS = "ours"
GOALS = {
    f"{group}_{way}": 2.0
    for group in (
        "yiyang_simple", "yiyang_ordinary", "horqin_simple", "horqin_ordinary", "shihe_ordinary", "guancheng_ordinary"
    )
    for way in ("in_turn", "in_turn_by_heads", "by_chance")
}  # fmt: skip
"""Where a pack asks for an even load alone. Whose cases have their own area are shared out by that first."""


class Range(NamedTuple):
    """Over the seeds."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True)
class Row:
    """One way of sharing out among one group. `months`: the spread at each month's end, of each in per cent."""

    court: str
    track: str
    way: str
    people: tuple[int, ...]
    cases: float
    spread: Range
    months: tuple[Range, ...]
    worst: float
    longest_wait: int
    passed_over: int
    of_known: int
    kept: int

    @property
    def kept_percent(self) -> float | None:
        """Of cases of a debtor known to somebody, those that went there; None where hardly any came."""
        return 100 * self.kept / self.of_known if self.of_known >= 10 else None


def measure(
    seeds: Iterable[int],
    per_head: float = A_YEAR_PER_HEAD,
    courts: Sequence[str] = COURTS,
    percent: int | None = None,
) -> list[Row]:
    """Every court with every seed, in two processes. The same seeds give the same rows; `percent` as for `studied`."""
    plays = [(court, seed) for court in courts for seed in seeds]
    found: defaultdict[tuple[str, str, str], list[Group]] = defaultdict(list)
    with get_context("fork").Pool(2) as pool:
        played = pool.imap(partial(_played, per_head=per_head, percent=percent), plays)
        for (court, _), groups in zip(plays, played, strict=True):
            for (track, way), group in groups.items():
                found[court, track, way].append(group)
    return [_row(*key, groups) for key, groups in sorted(found.items(), key=lambda each: _place(*each[0]))]


def _played(which: tuple[str, int], per_head: float, percent: int | None) -> dict[tuple[str, str], Group]:
    court, seed = which
    return play(studied(court, BEGINS, percent), seed, per_head).groups


def _place(court: str, track: str, way: str) -> tuple[int, bool, str, int]:
    return COURTS.index(court), track != "simple", track, list(WAYS).index(way)


def _row(court: str, track: str, way: str, groups: Sequence[Group]) -> Row:
    months = [_range(each) for each in zip(*(group.spreads for group in groups), strict=True)]
    return Row(
        court,
        track,
        way,
        people=tuple(size for _, size in sorted(groups[0].sizes.items())),
        cases=statistics.mean(group.cases for group in groups),
        spread=_range([statistics.mean(group.spreads) for group in groups]),
        months=tuple(months),
        worst=max(month.most for month in months),
        longest_wait=max(group.longest_wait for group in groups),
        passed_over=sum(group.passed_over for group in groups),
        of_known=sum(group.of_known for group in groups),
        kept=sum(group.kept for group in groups),
    )


def _range(permille: Sequence[float]) -> Range:
    return Range(statistics.mean(permille) / 10, min(permille) / 10, max(permille) / 10)


def ratios(rows: Sequence[Row]) -> dict[str, float]:
    """How many times as far apart the workloads are under each other way as under ours."""
    own = {(row.court, row.track): row.spread.mean for row in rows if row.way == OURS}
    return {
        f"{row.court} {row.track} {row.way}".replace(" ", "_"): round(row.spread.mean / own[row.court, row.track], 2)
        for row in rows
        if row.way != OURS
    }
