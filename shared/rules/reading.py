"""How one occurrence reads along the axis of K: its D, what ends it, what closes it first (pack language 4.3 to 4.5).

It is evaluated anew only where something that touches it becomes known: its starts, what ends it, its suspensions and
extensions, a change of calendar.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from rules.calendar import FOREVER, NEVER_DAY, Calendar
from rules.compiled import undisturbed
from rules.due import NO_STANDSTILL, Due, ExtensionAsked, Standstill, Timing, due, union
from rules.effective import Sighting, Step, Track, cuts, is_from, moment, value_at
from rules.fact import Fact
from rules.gather import Bucket, Gathering, Key, Start
from rules.terms import Length


class Identity(NamedTuple):
    """Which occurrence, within its subject. `start`: of a segment its start; `cycle`: k of a repeat.

    `renewed`: of a party added again, after it had been removed.
    """

    rule: str
    key: Key
    start: str = ""
    cycle: int | None = None
    renewed: bool = False

    @property
    def text(self) -> str:
        """The identity within rule and subject (4.3.3)."""
        at = f"@{self.start}" if self.start else ""
        return "/".join(self.key) + at + ("" if self.cycle is None else f"#{self.cycle}")


class Anchor(NamedTuple):
    """The start that begins an occurrence on a spell of K; `members`: the events it was made of never stop it."""

    start: Start
    members: frozenset[str]


class End(NamedTuple):
    """An event that may end an occurrence, and the instant it is read as."""

    at: datetime
    fact: Fact


class Closing(NamedTuple):
    """C: what closes an occurrence first. At FOREVER when nothing does."""

    at: datetime
    fact: Fact | None
    by: Literal["stop", "void", "following", "nothing"]


class Reading(NamedTuple):
    """An occurrence as known while `since` ≤ K < `until`. `unknown`: a condition that touches it cannot be told."""

    since: datetime
    until: datetime
    start: Start
    calendar: Calendar
    due: Due
    stood_still: Standstill
    closing: Closing
    unknown: bool

    @property
    def version(self) -> str:
        """Of the pack whose rule shapes it."""
        return self.start.clock.version


Order: TypeAlias = tuple[datetime, datetime, str, int, str]
_OPEN = Closing(FOREVER, None, "nothing")


def closing(stop: End | None, void: End | None, following: End | None) -> Closing:
    """min(X, V, N), ties in that order. A stop after the next segment's start belongs to that one."""
    if stop is not None and following is not None and stop.fact.order > following.fact.order:
        stop = None
    first = _OPEN if stop is None else Closing(stop.at, stop.fact, "stop")
    if void is not None and void.at < first.at:
        first = Closing(void.at, void.fact, "void")
    if following is not None and following.at < first.at:
        first = Closing(following.at, following.fact, "following")
    return first


class Scope(NamedTuple):
    """Which events count: all, those after a point of ≺, or those from an instant on.

    `at_end`: one of which only the day is known counts at the day's end.
    """

    after: Order | None = None
    not_before: datetime | None = None
    at_end: bool = False

    def begin(self, items: Sequence[Sighting]) -> int:
        """From which place on they count."""
        if self.after is not None:
            return bisect_right(items, self.after, key=lambda each: each.fact.order)
        if self.not_before is not None:
            return bisect_left(items, self.not_before, key=lambda each: each.fact.time)
        return 0

    def counting(self, items: Sequence[Sighting], calendar: Calendar) -> Sequence[Sighting]:
        """Those that count, where of some only the day is known."""
        if self.not_before is None:
            return items[self.begin(items) :]
        return [each for each in items if is_from(each.fact, self.not_before, calendar)]


class Segment:
    """An occurrence on the spell of K in which one anchor begins it."""

    def __init__(self, gathering: Gathering, identity: Identity, anchor: Step[Anchor]) -> None:
        self.gathering = gathering
        self.identity = identity
        self.since, self.until, (self.start, self.members) = anchor
        self.clock = self.start.clock
        self.unreadable = False
        self.timing = self._timing()
        self.hourly = isinstance(self.timing.goal, Length) and self.timing.goal.unit == "hours"
        begun = self.start.fact.time
        self.pauses = [step for step in gathering.pauses_of(self.clock) if step[2].instants[1] > begun]
        self.extensions = self._extensions() if gathering.extensions else []
        self.before = self._cycle_before(anchor) if self.clock.windowed else None
        self._reckoned: dict[object, tuple[Due, Standstill]] = {}

    def readings(self, following: Sequence[Step[End]]) -> Iterator[Reading]:
        endings, windowed = self.gathering.endings_of(self.clock), self.clock.windowed
        candidates = self._every_stop(endings.stops) if windowed else []
        stops = [] if windowed else self._ends(endings.stops, self._stop_key, self._scope)
        from_start = Scope(not_before=self.start.fact.time)
        voids = self._ends(endings.voids, self.identity.key, from_start) if endings.voids else []
        unknown = self.gathering.unknown.get(self.identity.rule, [])
        before = self.before.extensions if self.before else []
        calendars = self.gathering.in_force.calendars_of(self.clock)
        changes = (stops, candidates, voids, following, self.pauses, self.extensions, before, unknown, calendars)
        for since, until in self._spells(changes):
            calendar = value_at(calendars, since)
            assert calendar is not None  # eras cover the axis
            due_at, stood_still = self.reckoned(since, calendar)
            stop = self._in_window(candidates, since, calendar) if windowed else value_at(stops, since)
            closed = closing(stop, value_at(voids, since), value_at(following, since))
            untold = self.unreadable or self.start.unknown or known_in(unknown, since)
            yield Reading(since, until, self.start, calendar, due_at, stood_still, closed, bool(untold))

    def _spells(self, changes: Iterable[Iterable[Step[object]]]) -> Iterable[tuple[datetime, datetime]]:
        if not self.gathering.in_force.history:
            return ((self.since, self.until),)  # always known as it is known now
        return cuts(self.since, self.until, *filter(None, changes))

    # ---- what ends it -----------------------------------------------------------------------------------------

    @property
    def _stop_key(self) -> Key:
        cycle = self.identity.cycle
        return self.identity.key if cycle is None else (*self.identity.key, str(cycle))

    @property
    def _scope(self) -> Scope:
        if self.clock.is_last:
            return Scope(after=self.start.fact.order, at_end=self.hourly)
        if self.identity.renewed or self.clock.rule.early == "ignored":
            return Scope(not_before=self.start.fact.time, at_end=self.hourly)
        return Scope(at_end=self.hourly)

    def _ends(self, buckets: Sequence[Bucket[Sighting]], key: Key, scope: Scope) -> list[Step[End]]:
        """The ≺-least of what ends it; of `all_of` the latest of the least of each member, once all are there."""
        if len(buckets) == 1:
            return self._first(buckets[0].track(key), scope)
        firsts = [self._first(bucket.track(key), scope) for bucket in buckets]
        ends: list[Step[End]] = []
        for since, until in cuts(self.since, self.until, *firsts):
            found = [end for steps in firsts if (end := value_at(steps, since)) is not None]
            if len(found) == len(firsts):
                ends.append((since, until, max(found, key=lambda end: (end.at, end.fact.order))))
        return ends

    def _first(self, track: Track[Sighting], scope: Scope) -> list[Step[End]]:
        if not track.items:
            return []
        read_at = self._read_at if scope.at_end else _happened
        if (scope.at_end or scope.not_before is not None) and track.days_only:
            counting = scope.counting(track.items, self.gathering.in_force.calendars[0][2])
            begin, track = 0, Track(sorted(counting, key=lambda each: (read_at(each.fact), each.fact.order)))
        else:
            begin = scope.begin(track.items)
        steps = track.first(self.since, self.until, begin, self.members)
        return [(since, until, End(read_at(each.fact), each.fact)) for since, until, each in steps]

    def _read_at(self, fact: Fact) -> datetime:
        """For terms of hours a stop of which only the day is known counts at the day's end."""
        if not (self.hourly and fact.day_precision):
            return fact.time
        calendar = self.gathering.in_force.calendars[0][2]
        return calendar.start_of(calendar.day_of(fact.time) + 1)

    # ---- when it is due ---------------------------------------------------------------------------------------

    def _timing(self) -> Timing:
        try:
            return self.clock.timing(self.start.fact, self.start.item, self.identity.cycle)
        except (ValueError, TypeError):  # `until` names what is no day and no instant: shown as uncertain
            self.unreadable = True
            return Timing(NEVER_DAY)

    def _extensions(self) -> list[Step[ExtensionAsked]]:
        of = (self.identity.rule, self.identity.text)
        return [(each.since, each.until, _asked(each.fact)) for each in self.gathering.extensions.get(of, ())]

    def reckoned(self, known_at: datetime, calendar: Calendar) -> tuple[Due, Standstill]:
        """D and the suspensions it was reckoned under; anew only where one of them differs."""
        pauses, asked = known_in(self.pauses, known_at), known_in(self.extensions, known_at)
        if not (pauses or asked) and (alike := self._undisturbed(calendar)):
            return alike, NO_STANDSTILL
        under = (calendar, pauses, asked)
        if under not in self._reckoned:
            stood_still = self._stood_still(pauses)
            self._reckoned[under] = self._due(calendar, stood_still, asked), stood_still
        return self._reckoned[under]

    def _undisturbed(self, calendar: Calendar) -> Due | None:
        """As for all that begins on this day, where nothing of the subject moves it."""
        return undisturbed(self.clock, self.identity.cycle, calendar.day_of(self.start.fact.time), calendar)

    def _due(self, calendar: Calendar, stood_still: Standstill, asked: Sequence[int]) -> Due:
        extensions = [self.extensions[n][2] for n in asked]
        return due(self.timing, self.start.fact.time, calendar, stood_still, extensions, self.clock.rule.extension)

    def _stood_still(self, pauses: Sequence[int]) -> Standstill:
        """Terms of days stand still by local days; only those of hours ask for instants."""
        if not pauses:
            return NO_STANDSTILL
        known = [self.pauses[n][2] for n in pauses]
        return Standstill(union(each.days for each in known), union(each.instants for each in known if self.hourly))

    # ---- a repeating clock whose events carry no cycle ----------------------------------------------------------

    def _cycle_before(self, anchor: Step[Anchor]) -> Segment | None:
        cycle = self.identity.cycle or 1
        return Segment(self.gathering, self.identity._replace(cycle=cycle - 1), anchor) if cycle > 1 else None

    def _every_stop(self, buckets: Sequence[Bucket[Sighting]]) -> list[Step[End]]:
        items = (each for bucket in buckets for each in bucket.track(self.identity.key).items)
        return [(each.since, each.until, End(self._read_at(each.fact), each.fact)) for each in items]

    def _in_window(self, stops: Sequence[Step[End]], known_at: datetime, calendar: Calendar) -> End | None:
        """The first stop from the due instant of the cycle before, or the anchor, up to this one's."""
        begins = self.before.reckoned(known_at, calendar)[0].due if self.before else self.start.fact.time
        ends = self.reckoned(known_at, calendar)[0].due
        known = (end for since, until, end in stops if since <= known_at < until and begins <= end.at < ends)
        return min(known, key=lambda end: (end.at, end.fact.order), default=None)


def _happened(fact: Fact) -> datetime:
    return fact.time


def known_in(steps: Sequence[Step[object]], known_at: datetime) -> tuple[int, ...]:
    """Which of the steps hold at K, by their place; they may overlap."""
    return tuple([n for n, (since, until, _) in enumerate(steps) if since <= known_at < until]) if steps else ()


def _asked(fact: Fact) -> ExtensionAsked:
    data = fact.data
    return ExtensionAsked(fact.id, moment(data["asked_on"]), data["unit"], data["amount"])
