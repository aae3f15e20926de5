"""Occurrences of clocks, and how each reads along the axis of K: anchor, D, stop, void, next (pack language 4.3, 4.4).

An occurrence is evaluated anew only where something that touches it becomes known: its starts, what ends it, its
suspensions and extensions, a change of rules or calendar.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from rules.calendar import BEGINNING, FOREVER, NEVER_DAY, Calendar
from rules.due import NO_STANDSTILL, Due, ExtensionAsked, Standstill, Timing, due, standstill
from rules.effective import Sighting, Step, Track, cuts, moment, value_at
from rules.fact import Fact
from rules.gather import Bucket, Family, Gathering, Key, Start
from rules.terms import Length


class Anchor(NamedTuple):
    """The start that begins an occurrence on a spell of K; `members`: the events it was made of never stop it."""

    start: Start
    members: frozenset[str]


class End(NamedTuple):
    """What ends an occurrence, and the instant it is read as."""

    at: datetime
    fact: Fact


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


@dataclass(frozen=True, slots=True)
class Reading:
    """An occurrence as known while `since` ≤ K < `until`. `stop`: X; `void`: V; `following`: N, the next segment."""

    since: datetime
    until: datetime
    start: Start
    calendar: Calendar
    due: Due
    stood_still: Standstill
    stop: End | None
    void: End | None
    following: End | None
    unknown: bool


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One term that ran. Its readings are sorted and apart; between them it is not known."""

    identity: Identity
    readings: tuple[Reading, ...]


class _Course(NamedTuple):
    """Anchors of an occurrence along K and, of segments, the starts that follow."""

    identity: Identity
    anchors: list[Step[Anchor]]
    following: list[Step[End]]


def occurrences(gathering: Gathering) -> Iterator[Occurrence]:
    """All occurrences of a subject, by rule and key."""
    for rule in sorted(gathering.families):
        for course in _courses(rule, gathering.families[rule]):
            for cycle in course.anchors[0][2].start.clock.cycles:
                identity = course.identity._replace(cycle=cycle)
                segments = (_Segment(gathering, identity, anchor) for anchor in course.anchors)
                readings = (reading for each in segments for reading in each.readings(course.following))
                yield Occurrence(identity, tuple(readings))


# ---- which occurrences there are -----------------------------------------------------------------------------------


def _courses(rule: str, family: Family) -> Iterator[_Course]:
    for key in sorted({key for bucket in family.starts.values() for key in bucket.by_key}):
        clock = next(bucket.by_key[key][0].clock for bucket in family.starts.values() if key in bucket.by_key)
        identity = Identity(rule, key)
        if len(clock.rule.start.members) > 1:
            anchors = _all_of(family, key, len(clock.rule.start.members))
        elif clock.rule.of == "last":
            yield from _segments(identity, family.of_member(0).track(key))
            continue
        else:
            anchors = [_alone(*step) for step in family.of_member(0).track(key).first(BEGINNING, FOREVER)]
        if anchors:
            yield _Course(identity, anchors, [])
    for (key, id_), starts in _renewed(family):
        yield _Course(Identity(rule, key, id_, renewed=True), starts, [])


def _alone(since: datetime, until: datetime, start: Start) -> Step[Anchor]:
    return since, until, Anchor(start, frozenset((start.fact.id,)))


def _all_of(family: Family, key: Key, members: int) -> list[Step[Anchor]]:
    """The ≺-greatest of the ≺-least matches, once all are there."""
    firsts = [family.of_member(member).track(key).first(BEGINNING, FOREVER) for member in range(members)]
    anchors: list[Step[Anchor]] = []
    for since, until in cuts(BEGINNING, FOREVER, *firsts):
        starts = [start for steps in firsts if (start := value_at(steps, since)) is not None]
        if len(starts) == members:
            latest = max(starts, key=lambda each: each.fact.order)
            latest = latest._replace(unknown=any(each.unknown for each in starts))
            anchors.append((since, until, Anchor(latest, frozenset(each.fact.id for each in starts))))
    return anchors


def _segments(identity: Identity, track: Track[Start]) -> Iterator[_Course]:
    """`last`: each start is a segment, up to the next start of the same key."""
    indexes: dict[str, list[int]] = {}
    for index, start in enumerate(track.items):
        indexes.setdefault(start.fact.id, []).append(index)
    for id_, places in indexes.items():
        anchors: list[Step[Anchor]] = []
        following: list[Step[End]] = []
        for start, after in ((track.items[place], place + 1) for place in places):
            anchors.append(_alone(start.since, start.until, start))
            steps = track.first(start.since, start.until, after)
            following += [(since, until, End(each.fact.time, each.fact)) for since, until, each in steps]
        yield _Course(
            identity._replace(start=id_),
            sorted(anchors, key=itemgetter(0)),
            sorted(following, key=itemgetter(0)),
        )


def _renewed(family: Family) -> Iterator[tuple[tuple[Key, str], list[Step[Anchor]]]]:
    grouped: dict[tuple[Key, str], list[Step[Anchor]]] = {}
    for key, start in family.renewed:
        grouped.setdefault((key, start.fact.id), []).append(_alone(start.since, start.until, start))
    for each in sorted(grouped):
        yield each, sorted(grouped[each], key=itemgetter(0))


# ---- how an occurrence reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which stops count: all, those after a point of ≺, or those from an instant on."""

    after: tuple[datetime, datetime, str, int, str] | None = None
    not_before: datetime | None = None

    def begin(self, items: Sequence[Sighting]) -> int:
        if self.after is not None:
            return bisect_right(items, self.after, key=lambda each: each.fact.order)
        if self.not_before is not None:
            return bisect_left(items, self.not_before, key=lambda each: each.fact.time)
        return 0

    def holds(self, fact: Fact) -> bool:
        return (self.after is None or fact.order > self.after) and (
            self.not_before is None or fact.time >= self.not_before
        )


class _Segment:
    """An occurrence on the spell of K in which one anchor begins it."""

    def __init__(self, gathering: Gathering, identity: Identity, anchor: Step[Anchor]) -> None:
        self.gathering = gathering
        self.identity = identity
        self.since, self.until, (self.start, self.members) = anchor
        self.clock = self.start.clock
        self.endings = gathering.endings_of(self.clock)
        self.pauses = [step for step in gathering.pauses_of(self.clock) if step[2].end > self.start.fact.time]
        self.extensions = self._extensions()
        self.unreadable = False
        self.timing = self._timing()
        self.hourly = isinstance(self.timing.goal, Length) and self.timing.goal.unit == "hours"
        self.before = self._cycle_before(anchor)
        self._reckoned: dict[object, tuple[Due, Standstill]] = {}

    def readings(self, following: Sequence[Step[End]]) -> Iterator[Reading]:
        stops = [] if self._windowed else self._ends(self.endings.stops, self._stop_key, self._scope, self.hourly)
        candidates = self._every_stop() if self._windowed else []
        voids = self._ends(self.endings.voids, self.identity.key, _Scope(not_before=self.start.fact.time), hourly=False)
        unknown = self.gathering.unknown.get(self.identity.rule, [])
        calendars = self.gathering.in_force.calendars
        before = self.before.extensions if self.before else []
        changes = (stops, candidates, voids, following, self.pauses, self.extensions, before, unknown, calendars)
        for since, until in cuts(self.since, self.until, *changes):
            calendar = value_at(calendars, since)
            assert calendar is not None  # eras cover the axis
            due_at, stood_still = self.reckoned(since, calendar)
            next_ = value_at(following, since)
            stop = self._in_window(candidates, since, calendar) if self._windowed else value_at(stops, since)
            if stop is not None and next_ is not None and stop.fact.order > next_.fact.order:
                stop = None
            yield Reading(
                since=since,
                until=until,
                start=self.start,
                calendar=calendar,
                due=due_at,
                stood_still=stood_still,
                stop=stop,
                void=value_at(voids, since),
                following=next_,
                unknown=self.unreadable or self.start.unknown or any(a <= since < b for a, b, _ in unknown),
            )

    # ---- what ends it -----------------------------------------------------------------------------------------

    @property
    def _windowed(self) -> bool:
        return self.clock.rule.repeat is not None and self.clock.rule.repeat.field is None

    def _cycle_before(self, anchor: Step[Anchor]) -> _Segment | None:
        cycle = self.identity.cycle
        if not self._windowed or cycle is None or cycle == 1:
            return None
        return _Segment(self.gathering, self.identity._replace(cycle=cycle - 1), anchor)

    @property
    def _stop_key(self) -> Key:
        repeat = self.clock.rule.repeat
        named = repeat is not None and repeat.field is not None
        return (*self.identity.key, str(self.identity.cycle)) if named else self.identity.key

    @property
    def _scope(self) -> _Scope:
        if self.clock.rule.of == "last":
            return _Scope(after=self.start.fact.order)
        if self.identity.renewed or self.clock.rule.early == "ignored":
            return _Scope(not_before=self.start.fact.time)
        return _Scope()

    def _ends(self, buckets: Sequence[Bucket[Sighting]], key: Key, scope: _Scope, hourly: bool) -> list[Step[End]]:
        """The ≺-least of what ends it; of `all_of` the latest of the least of each member, once all are there."""
        firsts = [self._first(bucket.track(key), scope, hourly) for bucket in buckets]
        if len(firsts) < 2:
            return firsts[0] if firsts else []
        ends: list[Step[End]] = []
        for since, until in cuts(self.since, self.until, *firsts):
            found = [end for steps in firsts if (end := value_at(steps, since)) is not None]
            if len(found) == len(firsts):
                ends.append((since, until, max(found, key=lambda end: (end.at, end.fact.order))))
        return ends

    def _first(self, track: Track[Sighting], scope: _Scope, hourly: bool) -> list[Step[End]]:
        def accepts(each: Sighting) -> bool:
            return each.fact.id not in self.members and scope.holds(each.fact)

        begin = scope.begin(track.items)
        if hourly and track.days_only:
            track = Track(
                sorted(track.items[begin:], key=lambda each: (self._read_at(each.fact, True), each.fact.order))
            )
            begin = 0
        steps = track.first(self.since, self.until, begin, accepts)
        return [(since, until, End(self._read_at(each.fact, hourly), each.fact)) for since, until, each in steps]

    def _read_at(self, fact: Fact, hourly: bool) -> datetime:
        """For terms of hours a stop of which only the day is known counts at the day's end."""
        if not (hourly and fact.day_precision):
            return fact.time
        calendar = self.gathering.in_force.calendars[0][2]
        return calendar.start_of(calendar.day_of(fact.time) + 1)

    def _every_stop(self) -> list[Step[End]]:
        """Of a repeating clock whose events carry no cycle: all stops, for the window to choose from."""
        items = (each for bucket in self.endings.stops for each in bucket.track(self.identity.key).items)
        return [(each.since, each.until, End(self._read_at(each.fact, self.hourly), each.fact)) for each in items]

    def _in_window(self, stops: Sequence[Step[End]], known_at: datetime, calendar: Calendar) -> End | None:
        """The first stop from the due instant of the cycle before, or the anchor, up to this one's."""
        begins = self.before.reckoned(known_at, calendar)[0].due if self.before else self.start.fact.time
        ends = self.reckoned(known_at, calendar)[0].due
        known = (end for since, until, end in stops if since <= known_at < until and begins <= end.at < ends)
        return min(known, key=lambda end: (end.at, end.fact.order), default=None)

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
        pauses = tuple(index for index, (since, until, _) in enumerate(self.pauses) if since <= known_at < until)
        asked = tuple(index for index, (since, until, _) in enumerate(self.extensions) if since <= known_at < until)
        under = (id(calendar), pauses, asked)
        if under not in self._reckoned:
            stood_still = self._stood_still(known_at, calendar)
            extensions = [self.extensions[index][2] for index in asked]
            allowed = self.clock.rule.extension
            found = due(self.timing, self.start.fact.time, calendar, stood_still, extensions, allowed)
            self._reckoned[under] = found, stood_still
        return self._reckoned[under]

    def _stood_still(self, known_at: datetime, calendar: Calendar) -> Standstill:
        if not self.pauses:
            return NO_STANDSTILL
        known = (pause for since, until, pause in self.pauses if since <= known_at < until)
        return standstill(((pause.start, pause.end) for pause in known), calendar)


def _asked(fact: Fact) -> ExtensionAsked:
    data = fact.data
    return ExtensionAsked(fact.id, moment(data["asked_on"]), data["unit"], data["amount"])
