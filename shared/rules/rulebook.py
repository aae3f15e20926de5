"""Rules in force on a day (pack language 1, Resolution): the national ones, less those overridden, plus the court's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TypeAlias, TypeVar

from contracts.vocabulary import VOCABULARY
from rules.case import Court
from rules.misfits import misfits
from rules.packs import (
    NO_STRUCTURE,
    Assignment,
    Authority,
    Clock,
    Conflict,
    Document,
    Doing,
    Gate,
    Limit,
    Pack,
    PricingOrder,
    Rounds,
    Route,
    Rule,
    Settings,
    Structure,
    Suspension,
    Team,
    Window,
    Workload,
)
from rules.terms import SameAs, Term, Until

R = TypeVar("R", bound=Rule)
Version: TypeAlias = tuple[str, str]
"""Name and version of a pack."""


class RulebookError(ValueError):
    """Packs that do not fit together; one line for each fault."""


@dataclass(frozen=True)
class Policy:
    """What holds from `first` up to, but not including, `until`. The court's rules stand before the national ones."""

    first: date
    until: date | None
    packs: tuple[Pack, ...]
    settings: Settings
    structure: Structure
    installed: tuple[Pack, ...] = ()
    """All versions there are: a rule names the terms of others (`same_as`) also while those are not in force."""

    @property
    def versions(self) -> dict[str, str]:
        """Pack -> version of the packs in force."""
        return {pack.pack: pack.version for pack in self.packs}

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """Every rule in force by its id."""
        effective = [rule for pack in self.packs for rule in pack.rules if rule.effective.holds(self.first)]
        silenced = {rule.overrides.rule for rule in effective if rule.overrides}
        return {rule.id: rule for rule in effective if rule.id not in silenced}

    @cached_property
    def clocks(self) -> tuple[Clock, ...]:
        """Clocks in force, `same_as` replaced by the term it names."""
        return tuple(self._with_term(clock) for clock in self._of(Clock))

    @cached_property
    def suspensions(self) -> tuple[Suspension, ...]:
        return self._of(Suspension)

    @cached_property
    def gates(self) -> tuple[Gate, ...]:
        return self._of(Gate)

    @cached_property
    def guarded(self) -> frozenset[str]:
        """The acts that have a gate."""
        return frozenset(gate.act for gate in self.gates)

    @cached_property
    def authority(self) -> tuple[Authority, ...]:
        return self._of(Authority)

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        return self._of(Assignment)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        return self._of(Workload)

    @cached_property
    def work(self) -> Mapping[str, list[tuple[Workload, Doing]]]:
        """What counts as work done (工作量), by the type of the event that tells of it."""
        work: dict[str, list[tuple[Workload, Doing]]] = {}
        for rule in self.workloads:
            for line in rule.done:
                for type_ in line.of.types:
                    work.setdefault(type_, []).append((rule, line))
        return work

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        return self._of(Document)

    @cached_property
    def pricing_order(self) -> PricingOrder | None:
        """The court's own order of finding a reference price, else the national one."""
        return next(iter(self._of(PricingOrder)), None)

    @cached_property
    def rounds(self) -> Rounds | None:
        """What follows a failed round of an auction: the court's own rule, else the national one."""
        return next(iter(self._of(Rounds)), None)

    @cached_property
    def conflicts(self) -> Mapping[str, Conflict]:
        return {conflict.id: conflict for pack in self.packs for conflict in pack.conflicts}

    @cached_property
    def routes(self) -> Mapping[str, Route]:
        """Routes by their stage; the court's own before a national one."""
        routes = (route for pack in reversed(self.packs) for route in pack.routing.values())
        return {route.stage: self._in_force(route) for route in routes}

    @cached_property
    def limits(self) -> Mapping[str, int]:
        """What conditions read as `limit`: the amount of each named limit."""
        return {name: limit.amount for name, limit in self.named_limits.items()}

    @cached_property
    def named_limits(self) -> Mapping[str, Limit]:
        """Limits by their name; the court's own before a national one."""
        found = (limit for pack in reversed(self.packs) for limit in pack.limits)
        return {limit.name: limit for limit in found if limit.id in self.rules}

    @cached_property
    def vocabulary(self) -> Mapping[str, frozenset[str]]:
        """The kinds the packs add to the national vocabularies."""
        return _added_kinds(self.packs)

    @cached_property
    def teams(self) -> Mapping[str, Team]:
        return {team.id: team for team in self.structure.teams}

    @cached_property
    def court(self) -> Court:
        """What the fold of a case must know of the court."""
        return Court(
            initial_holder=self.structure.initial_holder,
            team_kinds={team.id: team.kind for team in self.structure.teams},
            check_kinds=VOCABULARY["check_kinds"] | self.vocabulary.get("check_kinds", frozenset()),
            liquid_kinds=self.settings.liquid,
            attributes=next((pack.log.defaults for pack in self.packs if pack.log), None),
        )

    def _of(self, kind: type[R]) -> tuple[R, ...]:
        return tuple(rule for rule in self.rules.values() if isinstance(rule, kind))

    def _in_force(self, route: Route) -> Route:
        """The route with those of its rules that are in force."""
        rules = tuple(rule for rule in route.rules if rule.id in self.rules)
        return route if rules == route.rules else route.model_copy(update={"rules": rules})

    def _with_term(self, clock: Clock) -> Clock:
        terms = {name: term for name in ("term", "delay") if (term := getattr(clock, name)) is not None}
        found = {name: self._named_term(clock, term, ()) for name, term in terms.items()}
        return clock if found == terms else clock.model_copy(update=found)

    def _named_term(self, rule: Clock, term: Term, way: tuple[str, ...]) -> Term:
        """The term itself, or that of the rule it names (`same_as`), which may name another."""
        if isinstance(term, Until) and term.otherwise is not None:
            return term.model_copy(update={"otherwise": self._named_term(rule, term.otherwise, way)})
        if not isinstance(term, SameAs):
            return term
        way = (*way, rule.id)
        if term.same_as in way:
            circle = " -> ".join((*way, term.same_as))
            raise RulebookError(rule.fault("term", f"same_as goes round in a circle: {circle}"))
        named = self.rules.get(term.same_as) or self._installed_rules.get(term.same_as)
        if not isinstance(named, Clock) or named.term is None:
            raise RulebookError(rule.fault("term", f"same_as names {term.same_as}, which is no clock with a term"))
        return self._named_term(named, named.term, way)

    @cached_property
    def _installed_rules(self) -> Mapping[str, Rule]:
        return {rule.id: rule for pack in self.installed for rule in pack.rules}


class Rulebook:
    """All versions of one court's pack and of the national pack, as far as they are published.

    Of two versions of a pack effective from one day the later in the sequence holds. Before the court's pack takes
    effect only national rules bind, under the structure and settings of its first version.
    RulebookError where the packs do not fit together.
    """

    def __init__(self, packs: Iterable[Pack], installed: Sequence[Pack] = ()) -> None:
        """`installed`: all versions, where `packs` are those of them that are published so far."""
        self.packs = tuple(packs)
        self._installed = tuple(installed) or self.packs
        self.court = _court(self.packs)
        self.policies = tuple(self._policies())
        self._firsts = [policy.first for policy in self.policies]
        self._published: dict[tuple[tuple[Version, Window], ...], Rulebook] = {}
        faults = list(misfits(self.packs, self.policies)) if not installed else []
        if faults:
            raise RulebookError("\n".join(dict.fromkeys(faults)))

    def on(self, day: date) -> Policy:
        """The policy in force on a day. LookupError before the first rule takes effect."""
        index = bisect_right(self._firsts, day) - 1
        if index < 0:
            raise LookupError(f"{self.court}: no rules in force on {day}")
        return self.policies[index]

    @cached_property
    def vocabulary(self) -> Mapping[str, frozenset[str]]:
        """The kinds any version of the packs adds: what was said in one of them is understood for ever."""
        return _added_kinds(self.packs)

    def rule(self, version: Version, rule_id: str) -> Rule:
        """A rule as a version of a pack has it, in force or not. LookupError where there is none."""
        for pack in self.packs:
            if (pack.pack, pack.version) == version:
                return {rule.id: rule for rule in pack.rules}[rule_id]
        raise LookupError(f"{self.court}: pack {version[0]} {version[1]} is not loaded")

    def published(self, windows: Mapping[Version, Window]) -> Rulebook:
        """What binds of these packs: of those published their published versions, each in its window; others whole.

        One object for equal windows in equal order. ValueError: a version is published that is not loaded.
        """
        loaded = {pack.pack for pack in self.packs}
        told = tuple((version, window) for version, window in windows.items() if version[0] in loaded)
        if told not in self._published:
            self._published[told] = Rulebook(self._in_windows(dict(told)), self._installed) if told else self
        return self._published[told]

    def _in_windows(self, windows: Mapping[Version, Window]) -> Iterator[Pack]:
        versions = {(pack.pack, pack.version): pack for pack in self.packs}
        told = {name for name, _ in windows}
        yield from (pack for pack in self.packs if pack.pack not in told)
        for (name, version), window in windows.items():
            if (name, version) not in versions:
                raise ValueError(f"pack {name} {version} is in force but not loaded")
            yield versions[name, version].model_copy(update={"effective": window})

    def _policies(self) -> Iterator[Policy]:
        """One policy for each stretch of days on which nothing changes."""
        cuts = sorted(set(_cuts(self.packs)))
        for first, until in zip(cuts, [*cuts[1:], None], strict=True):
            packs = tuple(filter(None, (self._version(name, first) for name in (self.court, *self._parents))))
            court = packs[0] if packs and packs[0].pack == self.court else self._first_version
            structure = court.structure or NO_STRUCTURE
            yield Policy(first, until, packs, court.settings, structure, self._installed)

    @property
    def _parents(self) -> list[str]:
        return sorted({pack.pack for pack in self.packs} - {self.court})

    @property
    def _first_version(self) -> Pack:
        return min((pack for pack in self.packs if pack.pack == self.court), key=_first_day)

    def _version(self, name: str, day: date) -> Pack | None:
        in_force = [pack for pack in self.packs if pack.pack == name and pack.effective.holds(day)]
        return max(reversed(in_force), key=_first_day, default=None)


def _added_kinds(packs: Iterable[Pack]) -> Mapping[str, frozenset[str]]:
    added: dict[str, frozenset[str]] = {}
    for pack in packs:
        for name, kinds in pack.vocabulary.items():
            added[name] = added.get(name, frozenset()) | frozenset(kinds)
    return added


def _first_day(pack: Pack) -> date:
    return pack.effective.first or date.min


def _court(packs: Iterable[Pack]) -> str:
    whose = {pack.pack for pack in packs}
    courts = whose if len(whose) == 1 else {pack.pack for pack in packs if pack.structure is not None}
    if len(courts) != 1:
        raise RulebookError(f"expected the packs of one court with its structure, found {sorted(courts) or 'none'}")
    return courts.pop()


def _cuts(packs: Iterable[Pack]) -> Iterator[date]:
    for pack in packs:
        for window in (pack.effective, *(rule.effective for rule in pack.rules)):
            if window.first is not None:
                yield window.first
            if window.last is not None:
                yield window.last + timedelta(days=1)
