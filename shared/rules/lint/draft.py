"""A pack under the linter, what it is held against, and what a check says of it (pack language 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar, cast

from rules.calendar import Calendar, china
from rules.loader import Place
from rules.packs import NO_STRUCTURE, Clock, Pack, Rule, Team, TeamKind, Trail, parts
from rules.rulebook import Policy
from rules.terms import Frozen

Severity: TypeAlias = Literal["error", "warning", "note"]
"""A pack with an error is not used; a warning wants somebody to look; a note is told at every run."""

R = TypeVar("R", bound=Rule)


class Remark(NamedTuple):
    """What a check says of one part of the pack. `expected`: what should stand there instead."""

    severity: Severity
    trail: Trail
    what: str
    expected: str = ""


class Finding(NamedTuple):
    """A remark as people are told it. `check`: which heading of the language's section 6 it belongs to."""

    severity: Severity
    check: str
    file: str
    line: int
    rule: str
    clause: str
    what: str
    expected: str

    def __str__(self) -> str:
        about = f"{self.rule} ({self.clause}): " if self.rule and self.clause else f"{self.rule}: " if self.rule else ""
        expected = f"; expected {self.expected}" if self.expected else ""
        return f"{self.file}:{self.line}: {self.severity}: {about}{self.what}{expected}"


LOAD = "load"
"""The check of a finding for which the pack cannot be used at all."""
_FAULT = re.compile(
    r"(?:\S+ \d+\.\d+\.\d+ )?(?P<file>[^:\s]+\.yaml):(?P<line>\d+): "
    r"(?:(?P<rule>[^\s:]+) \((?P<clause>[^)]*)\): )?(?P<what>.*)"
)


def unusable(fault: str) -> Finding:
    """A fault that the loader tells, of one pack or of packs together, as a finding."""
    told = _FAULT.fullmatch(fault)
    if told is None:
        return Finding("error", LOAD, "pack.yaml", 1, "", "", fault, "")
    rule, clause = told["rule"] or "", told["clause"] or ""
    return Finding("error", LOAD, told["file"], int(told["line"]), rule, clause, told["what"], "")


class Clause(NamedTuple):
    """A row of the register of requirements. `elsewhere`: something other than a pack carries it."""

    court: str
    elsewhere: bool = False


@dataclass(frozen=True)
class Draft:
    """One version of a pack, as it stands in its files, before an installation adds its teams.

    `parents`: what it extends. `versions`: other versions of it. `register`: the clauses of all courts; empty: not
    checked. `texts`: its files by name. `teams`, `members`: what an installation adds, and how many are posted to each
    team; None: no installation is looked at. `dated`: the scheme or the installation names the first day.
    """

    pack: Pack
    parents: tuple[Pack, ...] = ()
    versions: tuple[Pack, ...] = ()
    register: Mapping[str, Clause] = field(default_factory=dict[str, Clause])
    places: Mapping[Trail, Place] = field(default_factory=dict[Trail, Place])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    teams: tuple[Team, ...] = ()
    members: Mapping[str, int] | None = None
    dated: bool = True
    calendar: Calendar = field(default_factory=china)

    @cached_property
    def policy(self) -> Policy:
        """The pack with what it extends, when all of their rules have taken effect."""
        packs = (self.pack, *self.parents)
        firsts = (window.first for pack in packs for window in (pack.effective, *(r.effective for r in pack.rules)))
        structure = self.pack.structure or NO_STRUCTURE
        return Policy(max(filter(None, firsts), default=date.min), None, packs, self.pack.settings, structure)

    @cached_property
    def own(self) -> Mapping[str, tuple[Trail, Rule]]:
        """The pack's rules by id, with where they stand."""
        return {rule.id: (trail, rule) for trail, rule in parts(self.pack, Rule)}

    @cached_property
    def national(self) -> Mapping[str, Rule]:
        """The rules of what the pack extends."""
        return {rule.id: rule for pack in self.parents for rule in pack.rules}

    @cached_property
    def all_teams(self) -> Mapping[str, Team]:
        """Those of the pack and those the installation adds."""
        structure = self.pack.structure
        return {team.id: team for team in (*(structure.teams if structure else ()), *self.teams)}

    @cached_property
    def clocks(self) -> Mapping[str, Clock]:
        """Clocks in force by id, `same_as` replaced by the term it names."""
        return {clock.id: clock for clock in self.policy.clocks}

    def rules(self, kind: type[R]) -> Iterator[tuple[Trail, R]]:
        """The pack's own rules of a kind, with where they stand."""
        return ((trail, rule) for trail, rule in self.own.values() if isinstance(rule, kind))

    def find(self, rule_id: str) -> Rule | None:
        """A rule of the pack or of what it extends."""
        return self.own[rule_id][1] if rule_id in self.own else self.national.get(rule_id)

    def finding(self, check: str, remark: Remark) -> Finding:
        """The remark with file, line, rule and clause."""
        place = next((self.places[t] for t in _upwards(remark.trail) if t in self.places), Place("pack.yaml", 1))
        rule, clause = named(self.pack, remark.trail)
        return Finding(
            remark.severity, check, place.file, place.line, rule, clause, remark.what, remark.expected
        )  # fmt: skip


def _upwards(trail: Trail) -> Iterator[Trail]:
    return (trail[:length] for length in range(len(trail), -1, -1))


_STRUCTURE = {"teams": "team", "areas": "area", "kinds": "kind"}


def named(pack: Pack, trail: Trail) -> tuple[str, str]:
    """The name of what stands on the way (`rule/item`, `team id`), and the clause of the innermost that has one."""
    names: list[str] = []
    clause, part = "", cast(Any, pack)
    for step in trail:
        part = _step(part, step)
        if part is None:
            break
        own = getattr(part, "id", None) or (part.kind if isinstance(part, TeamKind) else None)
        names += [str(own)] if own else []
        clause = getattr(part, "clause", None) or clause
    prefix = f"{_STRUCTURE[str(trail[1])]} " if names and trail[0] == "structure" else ""
    return prefix + "/".join(names), clause


def _step(part: Any, step: int | str) -> Any:
    if isinstance(part, Frozen):
        names = {info.alias or name: name for name, info in type(part).model_fields.items()}
        return getattr(part, names[str(step)]) if step in names else None
    if isinstance(part, Mapping):
        return cast(Mapping[Any, Any], part).get(step)
    items = cast(Sequence[Any], part)
    return items[int(step)] if isinstance(part, tuple) and int(step) < len(items) else None
