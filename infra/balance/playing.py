"""The year, played: every way of sharing out gets the same cases, and the workload is read at each month's end."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter

from infra.balance.caseload import Place, caseload
from infra.balance.courts import Studied
from infra.balance.sharing import WAYS, World
from infra.balance.weighing import Assigning, assignings
from rules.assignment import assignment_for
from rules.calendar import Calendar, china
from rules.due import Timing, due
from rules.workload import spread

FIRST, BEGINS, ENDS = date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)
"""A year of run-in, from empty desks, then the year that counts."""
A_YEAR_PER_HEAD = 100
"""So many cases come for each who takes cases."""


@dataclass
class Group:
    """Those among whom the scheme leaves a choice, and what came of one way of sharing out among them.

    `spreads`: per mille, at each month's end. `longest_wait`: the most working days anybody went without a new case.
    `passed_over`: how often somebody who had waited longer than the pack's bound got no case that came.
    `of_known`: cases of a debtor whom one of the group had had within a year; `kept`: those that went there.
    """

    sizes: dict[str, int]
    spreads: list[int] = field(default_factory=list[int])
    cases: int = 0
    longest_wait: int = 0
    passed_over: int = 0
    of_known: int = 0
    kept: int = 0


def play(court: Studied, seed: int, per_head: float = A_YEAR_PER_HEAD) -> Year:
    """One court, one seed. The same seed gives the same year."""
    year, end = Year(court, seed), _midnight(ENDS)
    moments = sorted(_moments(coming(court, seed, per_head)), key=itemgetter(0))
    for at, assigning, points in moments[: bisect_left(moments, end, key=itemgetter(0))]:
        year.go_to(at)
        if points is None:
            year.share_out(assigning)
        else:
            year.weigh(assigning, points)
    year.go_to(end)
    return year


def coming(court: Studied, seed: int, per_head: float = A_YEAR_PER_HEAD) -> list[Assigning]:
    """All there is to assign, up to the end of the year and beyond, for cases that come by then."""
    days = (ENDS - FIRST).days
    cases = caseload(seed, round(court.heads * per_head * days / 365), FIRST, days, _place(court), china())
    return [each for case in cases for each in assignings(court, case, china())]


def _place(court: Studied) -> Place:
    areas, tribunals = court.policy.structure.areas, _tribunals(court)
    townships = list(dict.fromkeys(township for area in areas for township in area.townships))
    own = {township: area.team for area in areas if area.team in tribunals for township in area.townships}
    return Place(townships, own, "second" in court.policy.routes)


def _tribunals(court: Studied) -> set[str]:
    """Teams whose area lies within that of another."""
    taken = Counter(township for area in court.policy.structure.areas for township in area.townships)
    areas = court.policy.structure.areas
    return {area.team for area in areas if all(taken[township] > 1 for township in area.townships)}


def _moments(coming: Iterable[Assigning]) -> Iterator[tuple[datetime, Assigning, int | None]]:
    """When a case is assigned (None), and when it begins to weigh so many points."""
    for each in coming:
        yield each.at, each, None
        yield from ((at, each, points) for at, points in each.weights)


class Year:
    """All ways of sharing out, side by side. `groups`: (track, way) -> what came of it. `assigned`: how many cases."""

    def __init__(self, court: Studied, seed: int) -> None:
        self.begins = _midnight(BEGINS)
        self.assigned = 0
        self.groups: dict[tuple[str, str], Group] = {}
        self._calendar = china()
        self.worlds = {way: World(court.policy, random.Random(f"{seed}/{way}")) for way in WAYS}
        self._takers: dict[tuple[Assigning, str], str] = {}
        self._weights: defaultdict[Assigning, int] = defaultdict(int)
        self._ends = list(_month_ends())

    def go_to(self, at: datetime) -> None:
        """Reads the workload at every month's end up to there."""
        while self._ends and self._ends[0] <= at:
            self._ends.pop(0)
            for (_, way), group in self.groups.items():
                group.spreads.append(spread(self.worlds[way].per_head(group.sizes)))

    def weigh(self, case: Assigning, points: int) -> None:
        for way, world in self.worlds.items():
            world.loads[self._takers[case, way]] += points - self._weights[case]
        self._weights[case] = points

    def share_out(self, case: Assigning) -> None:
        self.assigned += 1
        assigned = self.worlds["ours"].assigned(case)
        among = assigned.able
        for way, world in self.worlds.items():
            taker = assigned.team if way == "ours" else WAYS[way](world, case, among)
            self._note(way, world, case, taker, among)
            self._takers[case, way] = taker
            world.give(case, taker)

    def _note(self, way: str, world: World, case: Assigning, taker: str, among: Sequence[str]) -> None:
        """Of a case that only one may have there is nothing to tell."""
        if len(among) == 1:
            return
        group = self.groups.setdefault((case.track, way), Group({}))
        group.sizes |= {each.id: each.size for each in case.takers if each.id in among}
        if case.at < self.begins:
            return
        group.cases += 1
        group.longest_wait = max(group.longest_wait, *(self._waited(world, each, case.at) for each in among))
        starving = [each for each in among if _starves(world, case, each, self._calendar)]
        group.passed_over += bool(starving) and taker not in starving
        held = world.held[case.debtor.number]
        knowing = [each for each in among if each in held and case.at - held[each] <= timedelta(days=365)]
        group.of_known += bool(knowing)
        group.kept += taker in knowing

    def _waited(self, world: World, taker: str, until: datetime) -> int:
        upto, day_of = self._calendar.working_upto, self._calendar.day_of
        return upto(day_of(until)) - upto(day_of(world.last[taker])) if taker in world.last else 0


def _starves(world: World, case: Assigning, taker: str, calendar: Calendar) -> bool:
    """Whether the bound that the pack sets for going without a new case has passed."""
    bound = assignment_for(world.policy, case.track).starvation
    last = world.last.get(taker)
    return bound is not None and (last is None or due(Timing(bound, roll="none"), last, calendar).due <= case.at)


def _midnight(day: date) -> datetime:
    return china().start_of(day.toordinal())


def _month_ends() -> Iterator[datetime]:
    for month in range(1, 13):
        yield _midnight(date(BEGINS.year + month // 12, month % 12 + 1, 1))
