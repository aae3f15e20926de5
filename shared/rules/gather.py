"""The events of one subject, sorted by the part they play: starts, stops, voids, suspensions, extensions (4.3).

What plays a part under a condition on case facts plays it for the spells of K in which the condition holds; where it
cannot be told, the clock is uncertain for that spell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any, Generic, NamedTuple, TypeAlias, TypeGuard, TypeVar, cast

from contracts.base import REF_TYPES
from rules.calendar import BEGINNING, FOREVER
from rules.compiled import CASE_LIST, CompiledClock, CompiledSuspension, Role, field_at
from rules.conditions import Condition
from rules.effective import Seen, Sighting, Step, Track, cuts, is_from, value_at
from rules.fact import Fact
from rules.inforce import InForce
from rules.matcher import WHOLE_SUBJECT, read
from rules.past import Past

Key: TypeAlias = tuple[str, ...]
S = TypeVar("S", bound=Seen)

_REFS = tuple(f"{type_}:" for type_ in REF_TYPES.split("|"))


class Start(NamedTuple):
    """A start event as it reads on a spell of K, with the clock that binds it and the element it is fanned out to."""

    fact: Fact
    since: datetime
    until: datetime
    clock: CompiledClock
    item: object
    unknown: bool


Element: TypeAlias = tuple[datetime, datetime, object, bool]
"""The spell of K in which an element of a list starts an occurrence, the element, and whether it cannot be told."""


class Pause(NamedTuple):
    """A suspension: its cause, the clocks it names (none: every clock that lists the cause), how long it lasts.

    `days`: the local days it covers, half-open.
    """

    cause: str
    clocks: Sequence[str]
    instants: tuple[datetime, datetime]
    days: tuple[int, int]


class Pair(NamedTuple):
    """The events that bear one id of a suspension."""

    rule: CompiledSuspension
    starts: list[Sighting]
    ends: list[Sighting]


class Bucket(Generic[S]):
    """Sightings by key, and those that concern every key."""

    __slots__ = ("_tracks", "by_key", "whole")

    def __init__(self) -> None:
        self.by_key: dict[Key, list[S]] = {}
        self.whole: list[S] = []
        self._tracks: dict[Key, Track[S]] = {}

    def add(self, key: Key | None, item: S) -> None:
        (self.whole if key is None else self.by_key.setdefault(key, [])).append(item)

    def track(self, key: Key) -> Track[S]:
        track = self._tracks.get(key)
        if track is None:
            items = self.by_key.get(key, self.whole)
            if self.whole and items is not self.whole:
                items = sorted([*items, *self.whole], key=lambda each: each.fact.order)
            track = self._tracks[key] = Track(items)
        return track


class Family:
    """Starts of one rule, under whatever version, by member of `all_of`; `renewed`: of parties added again.

    `clock`: the version that shapes its occurrences; versions of a rule do not differ in `of` and in `all_of`.
    """

    __slots__ = ("bases", "clock", "renewed", "starts")

    def __init__(self, clock: CompiledClock) -> None:
        self.clock = clock
        self.starts: dict[int, Bucket[Start]] = {}
        self.bases: list[Sighting] = []
        self.renewed: list[tuple[Key, Start]] = []

    def of_member(self, member: int) -> Bucket[Start]:
        return self.starts.get(member) or self.starts.setdefault(member, Bucket())

    def add(self, member: int, key: Key, start: Start) -> None:
        """Take a start in: once, if the event matches twice; as one, if it goes on from the spell before."""
        bucket = self.of_member(member)
        known = bucket.by_key.get(key)
        last = known[-1] if known else None
        if known and last and last.fact is start.fact and last.since <= start.since and start.until <= last.until:
            return
        if known and last and last._replace(since=last.until, until=start.until) == start:
            known[-1] = last._replace(until=start.until)
        else:
            bucket.add(key, start)


class Endings:
    """What stops (by member of `all_of`) and what voids the occurrences of one clock."""

    __slots__ = ("stops", "voids")

    def __init__(self, clock: CompiledClock) -> None:
        void_by = clock.rule.void_by
        self.stops: list[Bucket[Sighting]] = [Bucket() for _ in clock.rule.stop.members]
        self.voids: list[Bucket[Sighting]] = [Bucket() for _ in void_by.members] if void_by else []


class Gathering:
    """One pass over a subject's events in the order ≺."""

    def __init__(self, known: Sequence[Sighting], in_force: InForce) -> None:
        self.in_force = in_force
        self.case = Past(known, in_force)
        self.families: dict[str, Family] = {}
        self.endings: dict[int, Endings] = {}
        self.extensions: dict[tuple[str, str], list[Sighting]] = {}
        self.unknown: dict[str, list[Step[None]]] = {}
        self._pairs: dict[tuple[str, ...], Pair] = {}
        self._play = {
            "start": self._start,
            "stop": self._stop,
            "void": self._void,
            "pause": self._pause,
            "resume": self._resume,
        }
        for event in known:
            for role in in_force.index.get(event.fact.type, ()):
                if role.matches(event.fact):
                    if role.pattern.condition is None:
                        self._play[role.part](role, event, unknown=False)
                    else:
                        self._play_where_it_holds(role, role.pattern.condition, event)
            if event.fact.type == "TermExtended":
                of = (event.fact.data["clock"], event.fact.data["occurrence"])
                self.extensions.setdefault(of, []).append(event)
        self._join_parties([each for each in known if each.fact.type == "PartiesChanged"])
        self._pauses = [step for pair in self._pairs.values() for step in _pauses(pair, in_force)]
        self._pauses_of: dict[int, list[Step[Pause]]] = {}

    def endings_of(self, clock: CompiledClock) -> Endings:
        if id(clock) not in self.endings:
            self.endings[id(clock)] = Endings(clock)
        return self.endings[id(clock)]

    def pauses_of(self, clock: CompiledClock) -> list[Step[Pause]]:
        """The suspensions that stop a clock: it lists their cause, and they name it or name none."""
        if id(clock) not in self._pauses_of:
            causes = clock.rule.suspended_by
            self._pauses_of[id(clock)] = [
                (since, until, pause)
                for since, until, pause in (self._pauses if causes else ())
                if pause.cause in causes and (not pause.clocks or clock.id in pause.clocks)
            ]
        return self._pauses_of[id(clock)]

    def _play_where_it_holds(self, role: Role, condition: Condition, event: Sighting) -> None:
        for since, until, holds in self.case.holds(condition, event):
            if holds is not False:
                self._play[role.part](role, Sighting(event.fact, since, until), unknown=holds is None)

    # ---- starts -----------------------------------------------------------------------------------------------

    def _start(self, role: Role, event: Sighting, unknown: bool) -> None:
        clock = cast(CompiledClock, role.owner)
        family = self.families.get(clock.id) or self.families.setdefault(clock.id, Family(clock))
        override = role.pattern.key
        fields = clock.rule.key.start if not override else () if override == WHOLE_SUBJECT else (override,)
        for since, until, binding in self.in_force.clocks(clock, event):
            piece = Sighting(event.fact, since, until)
            if clock.fans_out_over_parties:
                family.bases.append(piece)
            for begins, ends, item, untold in self._elements(clock, piece):
                start = Start(event.fact, begins, ends, binding, item, unknown or untold)
                for key in keys_at(event.fact, fields, item):
                    family.add(role.member, key, start)

    def _elements(
        self, clock: CompiledClock, event: Sighting, added: frozenset[str] | None = None
    ) -> Iterator[Element]:
        """The elements of the list that pass `where`; `added`: of the case's list only these."""
        path = clock.rule.each_of
        if path is None:
            yield event.since, event.until, None, False
        elif path.startswith(CASE_LIST):
            name = path.removeprefix(CASE_LIST)
            for since, until, told in self.case.at(event, frozenset((name,))):
                items = cast(Iterable[Mapping[str, Any]], told[name])
                chosen = [item for item in items if added is None or item["id"] in added]
                yield from self._passing(clock, Sighting(event.fact, since, until), chosen)
        else:
            yield from self._passing(clock, event, read(event.fact, path if added is None else "added"))

    def _passing(self, clock: CompiledClock, event: Sighting, items: object) -> Iterator[Element]:
        where = clock.rule.where
        for item in cast(Iterable[object], items if isinstance(items, list | tuple) else ()):
            if where is None:
                yield event.since, event.until, item, False
                continue
            for since, until, holds in self.case.holds(where, event, item=item):
                if holds is not False:
                    yield since, until, item, holds is None

    # ---- parties added later ----------------------------------------------------------------------------------

    def _join_parties(self, changes: Sequence[Sighting]) -> None:
        """A party added later starts an occurrence, for every clock fanned out over parties (3.6)."""
        if not changes:
            return
        clocks = {id(clock): clock for policy in self.in_force.policies for clock in policy.clocks.values()}
        for clock in clocks.values():
            if clock.fans_out_over_parties and clock.id in self.families:
                for change in changes:
                    self._join(clock, change, changes)

    def _join(self, clock: CompiledClock, change: Sighting, changes: Sequence[Sighting]) -> None:
        family = self.families[clock.id]
        voids = [each for bucket in self.endings_of(clock).voids for each in bucket.whole]
        added = frozenset(party["party_id"] for party in change.fact.data["added"])
        for since, until, binding in self.in_force.clocks(clock, change):
            for piece in self._after_a_base(Sighting(change.fact, since, until), family.bases, voids):
                for begins, ends, item, untold in self._elements(clock, piece, added):
                    start = Start(change.fact, begins, ends, binding, item, untold)
                    for key in keys_at(change.fact, clock.rule.key.start, item):
                        self._enter_party(family, key, start, changes)

    def _enter_party(self, family: Family, key: Key, start: Start, changes: Sequence[Sighting]) -> None:
        """A new occurrence where the party had been removed since an earlier start, else one of its starts."""
        bucket = family.of_member(0)
        earlier = [each for each in bucket.by_key.get(key, ()) if each.fact < start.fact]
        removals = [each for each in changes if each.fact < start.fact and set(key) & set(each.fact.data["removed"])]
        spells = [(each.since, each.until, None) for each in (*earlier, *removals)]
        for since, until in cuts(start.since, start.until, spells):
            removed = [each.fact for each in removals if each.since <= since < each.until]
            piece = start._replace(since=since, until=until)
            if any(each.fact < fact for fact in removed for each in earlier if each.since <= since < each.until):
                family.renewed.append((key, piece))
            else:
                family.add(0, key, piece)
        bucket.by_key.get(key, []).sort(key=lambda each: each.fact.order)

    def _after_a_base(
        self, change: Sighting, bases: Sequence[Sighting], voids: Sequence[Sighting]
    ) -> Iterator[Sighting]:
        """The change, for the spells in which the clock had started before it and was not void for the whole case."""
        bases = [each for each in bases if each.fact < change.fact]
        voids = [each for each in voids if each.fact < change.fact]
        spells = ((each.since, each.until, None) for each in (*bases, *voids))
        for since, until in cuts(change.since, change.until, spells):
            begun = max((each.fact.time for each in bases if each.since <= since < each.until), default=FOREVER)
            ended = (each.fact for each in voids if each.since <= since < each.until)
            if begun < FOREVER and not any(is_from(fact, begun, self.in_force.calendars[0][2]) for fact in ended):
                yield Sighting(change.fact, since, until)

    # ---- stops, voids, suspensions ----------------------------------------------------------------------------

    def _stop(self, role: Role, event: Sighting, unknown: bool) -> None:
        clock = cast(CompiledClock, role.owner)
        repeat = clock.rule.repeat
        stops = self.endings_of(clock).stops[role.member]
        for key in self._end_keys(role, event, unknown):
            if repeat is not None and repeat.field is not None and key is not None:
                key = (*key, str(read(event.fact, repeat.field)))
            stops.add(key, event)

    def _void(self, role: Role, event: Sighting, unknown: bool) -> None:
        clock = cast(CompiledClock, role.owner)
        for key in self._end_keys(role, event, unknown):
            self.endings_of(clock).voids[role.member].add(key, event)

    def _end_keys(self, role: Role, event: Sighting, unknown: bool) -> Iterable[Key | None]:
        """The keys an event ends, None for all; where it is not known whether it does, the clock is uncertain."""
        clock = cast(CompiledClock, role.owner)
        if unknown:
            self.unknown.setdefault(clock.id, []).append((event.since, event.until, None))
            return ()
        if role.pattern.key == WHOLE_SUBJECT:
            return (None,)
        return keys_at(event.fact, (role.pattern.key,) if role.pattern.key else clock.rule.key.stop)

    def _pause(self, role: Role, event: Sighting, unknown: bool) -> None:
        rule = cast(CompiledSuspension, role.owner)
        for pair in self._pairs_of(rule, event, unknown):
            pair.starts.extend(self.in_force.pairs(rule, event))

    def _resume(self, role: Role, event: Sighting, unknown: bool) -> None:
        for pair in self._pairs_of(cast(CompiledSuspension, role.owner), event, unknown):
            pair.ends.append(event)

    def _pairs_of(self, rule: CompiledSuspension, event: Sighting, unknown: bool) -> Iterator[Pair]:
        """The pair an event belongs to; where it is not known whether it does, the clocks it may stop are uncertain."""
        if unknown:
            for clock in (clock for policy in self.in_force.policies for clock in policy.clocks.values()):
                if set(clock.rule.suspended_by) & set(rule.rule.cause):
                    self.unknown.setdefault(clock.id, []).append((event.since, event.until, None))
            return
        for key in keys_at(event.fact, (rule.rule.pair,)):
            yield self._pairs.setdefault((rule.id, *key), Pair(rule, [], []))


def keys_at(fact: Fact, fields: Sequence[str], item: object = None) -> list[Key]:
    """The keys an event bears: none where a field is absent, several where one is a list."""
    if not fields:
        return [()]
    if len(fields) == 1:
        value = field_at(fact, fields[0], item)
        return [(value,)] if _is_plain(value) else [(each,) for each in _key_values(value)]
    return list(product(*(_key_values(field_at(fact, field, item)) for field in fields)))


def _is_plain(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and ":" not in value


def _key_values(value: object) -> list[str]:
    """Of a reference (`type:id`) only the id counts."""
    if isinstance(value, str):
        return [value.partition(":")[2] if value.startswith(_REFS) else value] if value else []
    if isinstance(value, list | tuple):
        return [each for item in cast(Iterable[object], value) for each in _key_values(item)]
    return [] if value is None else [str(value)]


def _pauses(pair: Pair, in_force: InForce) -> Iterator[Step[Pause]]:
    """The ≺-least start and end of a pair, as known at each K."""
    for since, until, start in Track(pair.starts).first(BEGINNING, FOREVER):
        causes = pair.rule.rule.cause
        cause = start.fact.data.get("cause", causes[0])
        if cause in causes:
            ends = Track(pair.ends).first(since, until)
            for begins, finishes in cuts(since, until, ends):
                end = value_at(ends, begins)
                instants = start.fact.time, end.fact.time if end else FOREVER
                days = in_force.day_of(instants[0]), in_force.day_of(instants[1])
                clocks = cast(Sequence[str], start.fact.data.get("clocks") or ())
                yield begins, finishes, Pause(cause, clocks, instants, days)
