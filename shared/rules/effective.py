"""Which facts are in force, as known at every moment K at once (pack language 4.2).

The axis of K is walked in spells: half-open, and constant inside, because what is known changes only at recorded times.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from rules.calendar import FOREVER, Calendar
from rules.fact import Fact


class Sighting(NamedTuple):
    """A fact as it reads while `since` ≤ K < `until`; corrected readings are sightings of their own."""

    fact: Fact
    since: datetime
    until: datetime


def sightings(facts: Iterable[Fact], known_at: datetime, as_of: datetime) -> list[Sighting]:
    """Eff for every K up to `known_at`, of what happened up to `as_of`, in the order ≺. Duplicates fall together."""
    known = {fact.id: fact for fact in facts if fact.recorded_at <= known_at}
    corrections: dict[str, list[Fact]] = {}
    for fact in known.values():
        if fact.type == "FactCorrected":
            corrections.setdefault(fact.data["corrects"], []).append(fact)
    found: list[Sighting] = []
    for fact in known.values():
        if fact.id in corrections:
            found.extend(_readings(fact, corrections[fact.id]))
        else:
            found.append(Sighting(fact, max(fact.recorded_at, fact.time), FOREVER))
    found = [each for each in found if each.fact.time <= as_of]
    found.sort(key=attrgetter("fact.order"))
    return found


def _readings(original: Fact, corrections: list[Fact]) -> Iterator[Sighting]:
    """The original until it is corrected, then as the greatest correction recorded so far has it."""
    corrections.sort(key=lambda each: (each.recorded_at, each.source, each.position, each.id))
    readings = [
        (original.recorded_at, original),
        *((each.recorded_at, _corrected(original, each)) for each in corrections),
    ]
    for (since, fact), (until, _) in pairwise([*readings, (FOREVER, None)]):
        if fact is not None:
            since = max(since, fact.time, original.recorded_at)
            if since < until:
                yield Sighting(fact, since, until)


def _corrected(original: Fact, correction: Fact) -> Fact | None:
    """The original as amended; None when it is void."""
    data = correction.data
    if data["how"] == "void":
        return None
    precision = data.get("timeprecision")
    return replace(
        original,
        data=data["data"],
        time=moment(data["time"]) if data.get("time") else original.time,
        day_precision=original.day_precision if precision is None else precision == "day",
    )


def moment(value: Any) -> datetime:
    """An instant as an event's data holds it. ValueError where it is none."""
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(f"{value} does not say its zone")
    return instant


def is_from(fact: Fact, anchor: datetime, calendar: Calendar) -> bool:
    """Whether an event counts as of an anchor's time or later: one of which only the day is known, on its day too."""
    if fact.time >= anchor:
        return True
    return fact.day_precision and calendar.day_of(fact.time) == calendar.day_of(anchor)


# ---- what comes first, as known at each K ----------------------------------------------------------------------------


class Seen(Protocol):
    """Something known during a spell because of a fact."""

    @property
    def fact(self) -> Fact: ...
    @property
    def since(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...


S = TypeVar("S", bound=Seen)
V = TypeVar("V")
Step: TypeAlias = tuple[datetime, datetime, V]
"""A value and the spell of K in which it holds."""
_FEW = 8
"""Up to so many steps looking at each is faster than bisecting."""


class Track(Generic[S]):
    """Sightings in an order, asked for the first of them as known at each K.

    Keeping only "the least seen" would lose the one before it that a void uncovers again.
    """

    __slots__ = ("_days_only", "_floors", "items")

    def __init__(self, items: Sequence[S]) -> None:
        self.items = items
        self._floors: list[datetime] | None = None
        self._days_only: bool | None = None

    def first(self, since: datetime, until: datetime, begin: int = 0, without: Collection[str] = ()) -> list[Step[S]]:
        """Steps of the first item from index `begin` on, over the spell; `without`: events passed over, by id."""
        if begin < len(self.items):
            item = self.items[begin]
            if item.since <= since and until <= item.until and item.fact.id not in without:
                return [(since, until, item)]  # as nearly always where nothing was entered late
        steps: list[Step[S]] = []
        left = [(since, until)]
        for index in range(begin, len(self.items)):
            if not left or (index > begin and self.floors[index] >= left[-1][1]):
                break
            item = self.items[index]
            if item.fact.id not in without:
                left = _claim(left, item, steps)
        if len(steps) > 1:
            steps.sort(key=itemgetter(0))
        return steps

    @property
    def floors(self) -> list[datetime]:
        """For each item, since when it or a later one is known: where that is too late, the search may end."""
        if self._floors is None:
            self._floors = [item.since for item in self.items]
            for index in range(len(self.items) - 2, -1, -1):
                self._floors[index] = min(self._floors[index], self._floors[index + 1])
        return self._floors

    @property
    def days_only(self) -> bool:
        """Whether of some event only the day is known."""
        if self._days_only is None:
            self._days_only = any(item.fact.day_precision for item in self.items)
        return self._days_only


def _claim(left: list[tuple[datetime, datetime]], item: S, steps: list[Step[S]]) -> list[tuple[datetime, datetime]]:
    """Give an item the part of the unclaimed spells in which it is known; return what stays unclaimed."""
    rest: list[tuple[datetime, datetime]] = []
    for since, until in left:
        begins, ends = max(since, item.since), min(until, item.until)
        if begins < ends:
            steps.append((begins, ends, item))
            rest += [each for each in ((since, begins), (ends, until)) if each[0] < each[1]]
        else:
            rest.append((since, until))
    return rest


def value_at(steps: Sequence[Step[V]], known_at: datetime) -> V | None:
    """The value that holds at K; the steps are sorted and apart."""
    if not steps:
        return None
    if len(steps) > _FEW:
        index = bisect_right(steps, known_at, key=itemgetter(0)) - 1
        return steps[index][2] if index >= 0 and known_at < steps[index][1] else None
    for since, until, value in steps:
        if since <= known_at < until:
            return value
    return None


def cuts(
    since: datetime, until: datetime, *groups: Iterable[tuple[datetime, datetime, Any]]
) -> Iterator[tuple[datetime, datetime]]:
    """The spells between `since` and `until` on which none of the groups of steps changes."""
    points = {since, until}
    for group in groups:
        for begins, ends, _ in group:
            if since < begins < until:
                points.add(begins)
            if since < ends < until:
                points.add(ends)
    return pairwise(sorted(points))
