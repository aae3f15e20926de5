"""Clocks and suspensions made ready: which events play which part in them, and what their terms come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from rules.calendar import NEVER_DAY, Calendar
from rules.due import Due, Goal, Timing, due, goal_of
from rules.fact import Fact
from rules.matcher import Matcher, Pattern, Test, read, read_value
from rules.packs import Clock, Ladder, Suspension
from rules.rulebook import Policy
from rules.terms import Length, Term, TermSettings, Until

PARTY_LISTS = frozenset({"parties", "case.creditors", "case.debtors"})
"""Lists whose later members come by PartiesChanged (pack language 3.6)."""
CASE_LIST = "case."
_ITEM = "item."
_WHOLE_ITEM = "item"
_SETTABLE = ("at_once", "same_day")


Part: TypeAlias = Literal["start", "stop", "void", "pause", "resume"]
"""What an event does to a clock or a suspension."""


class Role(NamedTuple):
    """A pattern, and the part that a matching event plays; `member`: which of `all_of`.

    `plain` are the pattern's tests on fields at the top of the data, which need no path to be walked.
    """

    owner: CompiledClock | CompiledSuspension
    part: Part
    member: int
    pattern: Pattern
    plain: tuple[tuple[str, Test], ...] | None

    def matches(self, fact: Fact) -> bool:
        """Whether an event of the pattern's type passes its tests."""
        if self.plain is None:
            return self.pattern.matches(fact)
        for name, test in self.plain:  # noqa: SIM110 (a generator costs more than the tests)
            if not test(fact.data.get(name)):
                return False
        return True


Index: TypeAlias = Mapping[str, list[Role]]
"""Event type -> roles."""


class CompiledClock:
    """A clock under the settings of the court, with its ladder. One object stands for it as long as none changes."""

    def __init__(self, rule: Clock, settings: TermSettings, ladder: Ladder) -> None:
        self.rule = rule
        self.id = rule.id
        self.pack, self.version = rule.pack, rule.version
        self.settings = settings
        self.ladder = ladder
        self.fans_out_over_parties = rule.each_of in PARTY_LISTS
        self.is_last = rule.of == "last" and len(rule.start.members) == 1
        self.cycles: Sequence[int | None] = range(1, rule.repeat.times + 1) if rule.repeat else (None,)
        self.windowed = rule.repeat is not None and rule.repeat.field is None
        reads_start = isinstance(rule.term, Until) or isinstance(rule.delay, Until)
        self._fixed = {} if reads_start else {cycle: self._timing(cycle, _nothing) for cycle in self.cycles}

    def fixed_timing(self, cycle: int | None) -> Timing | None:
        """The term where it needs no field of the start."""
        return self._fixed.get(cycle)

    def timing(self, start: Fact, item: object, cycle: int | None) -> Timing:
        """The term as it stands at its start. ValueError where `until` names what is no day and no instant."""
        if cycle in self._fixed:
            return self._fixed[cycle]
        return self._timing(cycle, lambda path: field_at(start, path, item))

    def _timing(self, cycle: int | None, value_at: Callable[[str], object]) -> Timing:
        rule, repeat = self.rule, self.rule.repeat
        cycles = Length(unit=repeat.every.unit, n=repeat.every.n * (cycle or 1)) if repeat else None
        term, delay = _said(cycles or rule.term, value_at), _said(rule.delay, value_at)
        after_hours = self.settings.after_hours if term in _SETTABLE else None
        pending = None if rule.delay is None else self._goal(delay, value_at)
        return Timing(self._goal(term, value_at), rule.cutoff, after_hours, pending, rule.roll)

    def _goal(self, term: Term | None, value_at: Callable[[str], object]) -> Goal:
        """What a term comes to; until a field that is absent it never ends."""
        goal = goal_of(term, self.settings, value_at) if term is not None else None
        return NEVER_DAY if goal is None else goal


def _nothing(_: str) -> object:
    return None


def _said(term: Term | None, value_at: Callable[[str], object]) -> Term | None:
    """The term itself; where it is until a field that is absent, what else is said."""
    while isinstance(term, Until) and value_at(term.until) in (None, ""):
        term = term.otherwise
    return term


@lru_cache(maxsize=1 << 16)
def undisturbed(clock: CompiledClock, cycle: int | None, day: int, calendar: Calendar) -> Due | None:
    """D of an occurrence begun on a day, with no suspension and no extension: the same for all subjects.

    None where that depends on more than the day: on the hour, or on a field of the start.
    """
    timing = clock.fixed_timing(cycle)
    if timing is None or timing.cutoff or timing.after_hours or not isinstance(timing.goal, Length | str):
        return None
    hourly = isinstance(timing.goal, Length) and timing.goal.unit == "hours"
    return None if hourly else due(timing, calendar.start_of(day), calendar)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSuspension:
    """What suspends: pairs of events."""

    rule: Suspension

    @property
    def id(self) -> str:
        return self.rule.id


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPolicy:
    """A policy's clocks and suspensions by their id.

    `switches`: whether a clock that began under another version comes under this one.
    """

    policy: Policy
    clocks: Mapping[str, CompiledClock]
    suspensions: Mapping[str, CompiledSuspension]
    switches: bool


class Compiler:
    """Makes policies ready, each clock once however many policies hold it."""

    def __init__(self) -> None:
        self._clocks: dict[tuple[int, TermSettings], CompiledClock] = {}
        self._suspensions: dict[int, CompiledSuspension] = {}
        self._policies: dict[int, CompiledPolicy] = {}

    def policy(self, policy: Policy) -> CompiledPolicy:
        if id(policy) not in self._policies:
            given = policy.settings
            settings = TermSettings(at_once=given.at_once, in_time=given.in_time, after_hours=given.after_hours)
            clocks = {clock.id: self._clock(clock, settings, policy) for clock in policy.clocks}
            suspensions = {each.id: self._suspension(each) for each in policy.suspensions}
            switches = any(clock.rule.on_change == "switch" for clock in clocks.values())
            self._policies[id(policy)] = CompiledPolicy(policy, clocks, suspensions, switches)
        return self._policies[id(policy)]

    def _clock(self, clock: Clock, settings: TermSettings, policy: Policy) -> CompiledClock:
        return self._clocks.setdefault((id(clock), settings), CompiledClock(clock, settings, _ladder(clock, policy)))

    def _suspension(self, suspension: Suspension) -> CompiledSuspension:
        return self._suspensions.setdefault(id(suspension), CompiledSuspension(suspension))


def _ladder(clock: Clock, policy: Policy) -> Ladder:
    """The rungs of the clock itself, or of the ladder of its pack that it names."""
    if clock.ladder is None:
        return Ladder(warn=clock.warn, past=clock.past)
    [ladders] = [pack.ladders for pack in policy.packs if pack.pack == clock.pack]
    return ladders[clock.ladder]  # the loader knows the name


def index_of(policies: Iterable[CompiledPolicy]) -> Index:
    """The roles that the clocks and suspensions of several policies give to each type of event."""
    clocks = {id(clock): clock for each in policies for clock in each.clocks.values()}
    suspensions = {id(pair): pair for each in policies for pair in each.suspensions.values()}
    index: dict[str, list[Role]] = {}
    for clock in clocks.values():
        _enter(index, clock, "start", clock.rule.start)
        _enter(index, clock, "stop", clock.rule.stop)
        if clock.rule.void_by is not None:
            _enter(index, clock, "void", clock.rule.void_by)
    for pair in suspensions.values():
        _enter(index, pair, "pause", pair.rule.start)
        _enter(index, pair, "resume", pair.rule.end)
    return index


def _enter(
    index: dict[str, list[Role]], owner: CompiledClock | CompiledSuspension, part: Part, matcher: Matcher
) -> None:
    for number, member in enumerate(matcher.members):
        for type_, patterns in member.patterns.items():
            index.setdefault(type_, []).extend(
                Role(owner, part, number, pattern, _plain_tests(pattern)) for pattern in patterns
            )


def _plain_tests(pattern: Pattern) -> tuple[tuple[str, Test], ...] | None:
    return None if any("." in path for path, _ in pattern.tests) else pattern.tests


def field_at(fact: Fact, path: str, item: object) -> object:
    """A field of the event, of its envelope (`by.post`), or of the element it was fanned out to (`item.…`, `item`)."""
    if "." not in path:
        return item if path == _WHOLE_ITEM else fact.data.get(path)
    return read_value(item, path.removeprefix(_ITEM)) if path.startswith(_ITEM) else read(fact, path)
