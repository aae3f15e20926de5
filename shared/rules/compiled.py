"""Clocks and suspensions made ready: which events play which part in them, and what their terms come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from rules.calendar import NEVER_DAY
from rules.due import Goal, Timing, goal_of
from rules.fact import Fact
from rules.matcher import Matcher, Pattern, read, read_value
from rules.packs import Clock, Ladder, Suspension
from rules.rulebook import Policy
from rules.terms import Length, TermSettings, Until

PARTY_LISTS = frozenset({"parties", "case.creditors", "case.debtors"})
"""Lists whose later members come by PartiesChanged (pack language 3.6)."""
CASE_LIST = "case."
_ITEM = "item."
_SETTABLE = ("at_once", "same_day")


class Part(Enum):
    """What an event does to a clock or a suspension."""

    START = "start"
    STOP = "stop"
    VOID = "void"
    PAUSE = "pause"
    RESUME = "resume"


class Role(NamedTuple):
    """A pattern, and the part that a matching event plays; `member`: which of `all_of`."""

    owner: CompiledClock | CompiledSuspension
    part: Part
    member: int
    pattern: Pattern


Index: TypeAlias = Mapping[str, list[Role]]
"""Event type -> roles."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledClock:
    """A clock under the settings of the court, with its ladder. One object stands for it as long as none changes."""

    rule: Clock
    settings: TermSettings
    ladder: Ladder

    @property
    def id(self) -> str:
        return self.rule.id

    @property
    def fans_out_over_parties(self) -> bool:
        return self.rule.each_of in PARTY_LISTS

    @property
    def cycles(self) -> Iterable[int | None]:
        """Numbers of the repetitions; one without a number for a clock that does not repeat."""
        return range(1, self.rule.repeat.times + 1) if self.rule.repeat else (None,)

    def timing(self, start: Fact, item: object, cycle: int | None) -> Timing:
        """The term as it stands at its start. ValueError where `until` names what is no day and no instant."""
        goal, open_word = self._goal(start, item, cycle)
        after_hours = self.settings.after_hours if open_word else None
        return Timing(goal, self.rule.cutoff, after_hours, self.rule.delay, self.rule.roll)

    def _goal(self, start: Fact, item: object, cycle: int | None) -> tuple[Goal, bool]:
        if self.rule.repeat is not None:
            every = self.rule.repeat.every
            return Length.model_construct(unit=every.unit, n=every.n * (cycle or 0)), False
        term = self.rule.term
        assert term is not None  # by Clock
        if isinstance(term, Until) and field_at(start, term.until, item) in (None, ""):
            if term.otherwise is None:
                return NEVER_DAY, False
            term = term.otherwise
        goal = goal_of(term, self.settings, lambda path: field_at(start, path, item))
        return NEVER_DAY if goal is None else goal, term in _SETTABLE


@dataclass(frozen=True, slots=True, eq=False)
class CompiledSuspension:
    """What suspends: pairs of events."""

    rule: Suspension

    @property
    def id(self) -> str:
        return self.rule.id


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPolicy:
    """A policy's clocks and suspensions by their id."""

    policy: Policy
    clocks: Mapping[str, CompiledClock]
    suspensions: Mapping[str, CompiledSuspension]

    @property
    def switches(self) -> bool:
        """Whether a clock that began under another version comes under this one."""
        return any(clock.rule.on_change == "switch" for clock in self.clocks.values())


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
            self._policies[id(policy)] = CompiledPolicy(policy, clocks, suspensions)
        return self._policies[id(policy)]

    def _clock(self, clock: Clock, settings: TermSettings, policy: Policy) -> CompiledClock:
        return self._clocks.setdefault((id(clock), settings), CompiledClock(clock, settings, _ladder(clock, policy)))

    def _suspension(self, suspension: Suspension) -> CompiledSuspension:
        return self._suspensions.setdefault(id(suspension), CompiledSuspension(suspension))


def _ladder(clock: Clock, policy: Policy) -> Ladder:
    """The rungs of the clock itself, or of the ladder of its pack that it names."""
    named = (pack.ladders.get(clock.ladder or "") for pack in policy.packs if pack.pack == clock.pack)
    return next((ladder for ladder in named if ladder), Ladder(warn=clock.warn, past=clock.past))


def index_of(policies: Iterable[CompiledPolicy]) -> Index:
    """The roles that the clocks and suspensions of several policies give to each type of event."""
    clocks = {id(clock): clock for each in policies for clock in each.clocks.values()}
    suspensions = {id(pair): pair for each in policies for pair in each.suspensions.values()}
    index: dict[str, list[Role]] = {}
    for clock in clocks.values():
        _enter(index, clock, Part.START, clock.rule.start)
        _enter(index, clock, Part.STOP, clock.rule.stop)
        if clock.rule.void_by is not None:
            _enter(index, clock, Part.VOID, clock.rule.void_by)
    for pair in suspensions.values():
        _enter(index, pair, Part.PAUSE, pair.rule.start)
        _enter(index, pair, Part.RESUME, pair.rule.end)
    return index


def _enter(
    index: dict[str, list[Role]], owner: CompiledClock | CompiledSuspension, part: Part, matcher: Matcher
) -> None:
    for number, member in enumerate(matcher.members):
        for type_, patterns in member.patterns.items():
            index.setdefault(type_, []).extend(Role(owner, part, number, pattern) for pattern in patterns)


def field_at(fact: Fact, path: str, item: object) -> object:
    """A field of the event, of its envelope (`by.post`), or of the element it was fanned out to (`item.…`)."""
    return read_value(item, path.removeprefix(_ITEM)) if path.startswith(_ITEM) else read(fact, path)
