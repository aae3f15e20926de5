"""A case as it stood at its events (pack language 2.3 and 4.3): what a condition is judged by.

Facts(E, the time of an event) differ along the axis of K by what was entered late. What is asked of them is folded
from the events that tell it, and judged anew only where what a condition reads is another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from rules.calendar import FOREVER
from rules.case import NO_COURT, OF_A_LOG, CaseFold, Court, LogFold, fold_of, told_by
from rules.conditions import Condition, context
from rules.effective import Sighting, Step, cuts
from rules.inforce import InForce
from rules.judge import plain, shown

Told: TypeAlias = Mapping[str, Any]
"""Fields of a case by their names."""
_RECENT = 8
"""So many folds are kept: of the sets before and after a late entry, which take turns."""


class _Folded(NamedTuple):
    """The fold of the events before a place, but for those at the places `missing`."""

    court: Court
    upto: int
    missing: tuple[int, ...]
    fold: CaseFold | LogFold


class Telling:
    """The events that tell some fields of a case, and these fields as they stood.

    `late`: those entered after what happened later, or corrected: at some event they are not known yet, or no more.
    """

    def __init__(
        self, names: frozenset[str], known: Sequence[Sighting], late: Sequence[bool], in_force: InForce
    ) -> None:
        types, every = told_by(names), bool(names & OF_A_LOG)
        telling = [
            (each, is_late) for each, is_late in zip(known, late, strict=True) if every or each.fact.type in types
        ]
        self._names = names
        self._in_force = in_force
        self._events = [each for each, _ in telling]
        self._late = [place for place, (_, is_late) in enumerate(telling) if is_late]
        self._times = [each.fact.time for each in self._events]
        self._told: dict[tuple[int, int, tuple[int, ...]], Told] = {}
        self._folds: deque[_Folded] = deque(maxlen=_RECENT)

    def at(self, event: Sighting) -> list[Step[Told]]:
        """As known at each K of the event's spell, the same instant included."""
        count = bisect_right(self._times, event.fact.time)
        before = ((place, self._events[place]) for place in self._late[: bisect_left(self._late, count)])
        late = [(place, each) for place, each in before if each.since > event.since or each.until < FOREVER]
        steps: list[Step[Told]] = []
        for since, until in cuts(event.since, event.until, [(each.since, each.until, None) for _, each in late]):
            missing = tuple([place for place, each in late if not each.since <= since < each.until])
            steps.append((since, until, self._as_told(self._court(event, since), count, missing)))
        return steps

    def _court(self, event: Sighting, known_at: datetime) -> Court:
        policy = self._in_force.policy(self._in_force.day_of(event.fact.time), known_at)
        return policy.policy.court if policy else NO_COURT

    def _as_told(self, court: Court, count: int, missing: tuple[int, ...]) -> Told:
        key = id(court), count, missing
        if key not in self._told:
            fold = self._fold(court, count, missing)
            self._told[key] = {name: fold.told(name) for name in self._names}
        return self._told[key]

    def _fold(self, court: Court, count: int, missing: tuple[int, ...]) -> CaseFold | LogFold:
        """It goes on from the longest of the last folds that began alike."""
        alike = (
            each
            for each in self._folds
            if each.court is court
            and each.upto <= count
            and each.missing == tuple([place for place in missing if place < each.upto])
        )
        begun = max(alike, key=attrgetter("upto"), default=None)
        fold = begun.fold.copy() if begun else fold_of(court)
        for place in range(begun.upto if begun else 0, count):
            if place not in missing:
                fold.add(self._events[place].fact)
        self._folds.append(_Folded(court, count, missing, fold))
        return fold


class Past:
    """One subject's case as it stood at any of its events."""

    def __init__(self, known: Sequence[Sighting], in_force: InForce) -> None:
        self._known = known
        self._in_force = in_force
        self._telling: dict[frozenset[str], Telling] = {}
        self._judged: dict[object, bool | None] = {}

    @cached_property
    def _late(self) -> list[bool]:
        return late(self._known)

    def at(self, event: Sighting, names: frozenset[str]) -> list[Step[Told]]:
        """The case as it stood at an event, as far as these fields of it say."""
        if names not in self._telling:
            self._telling[names] = Telling(names, self._known, self._late, self._in_force)
        return self._telling[names].at(event)

    def holds(self, condition: Condition, event: Sighting, **variables: object) -> list[Step[bool | None]]:
        """A condition on the case, or on `variables` alone, as it stood at an event."""
        if not condition.of_case:
            return [(event.since, event.until, condition.holds(context(**variables)))]
        steps = self.at(event, condition.of_case)
        return [(since, until, self._judge(condition, told, variables)) for since, until, told in steps]

    def _judge(self, condition: Condition, told: Told, variables: dict[str, object]) -> bool | None:
        case = shown(told, condition.paths)
        read = id(condition), plain(case), plain(variables)
        if read not in self._judged:
            self._judged[read] = condition.holds(context(case=case, **variables))
        return self._judged[read]


def late(known: Sequence[Sighting]) -> list[bool]:
    """Of each: whether it is not known yet, or no more, when something that happened then or later becomes known."""
    floor, floors = FOREVER, dict[datetime, datetime]()
    for each in reversed(known):
        floors[each.fact.time] = floor = min(floor, each.since)
    return [each.since > floors[each.fact.time] or each.until < FOREVER for each in known]
