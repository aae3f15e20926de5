"""Workload (工作量, pack language 3.5): what one subject adds to the load of teams. Integers: sums are order-free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rules.case import CaseView
from rules.fact import Fact
from rules.judge import Judge
from rules.packs import Workload
from rules.rulebook import Policy


@dataclass(frozen=True, slots=True)
class Contribution:
    """Points of one subject for one team: `load` while it is open, `apart` for work shown beside casework."""

    rule: str
    team: str
    load: int = 0
    apart: int = 0


def contributions(policy: Policy, facts: Iterable[Fact], view: CaseView) -> tuple[Contribution, ...]:
    """What a subject adds to each team, from its effective facts up to a moment and their fold.

    An open case weighs on the team that holds it, and the work done on it, as long as it is open, on the team that did
    it. Work listed apart stays on record.
    """
    found: dict[tuple[str, str], Contribution] = {}
    for rule, team, load, apart in (*_open(policy, view), *_done(policy, facts, view)):
        if policy.court.team_kinds.get(team) in rule.of_team_kinds:
            known = found.get((rule.id, team), Contribution(rule.id, team))
            found[rule.id, team] = Contribution(rule.id, team, known.load + load, known.apart + apart)
    return tuple(found.values())


def per_head(load: int, size: int) -> int:
    """Load per thousand members: load × 1000 / size, rounded down. ValueError for a team without members."""
    if size <= 0:
        raise ValueError("a team without members has no load per head")
    return load * 1000 // size


def spread(loads: Iterable[int]) -> int:
    """(max − min) / mean of the loads per head, in per mille, rounded down; 0 where there is no load."""
    values = list(loads)
    return (max(values) - min(values)) * 1000 * len(values) // sum(values) if any(values) else 0


_Share = tuple[Workload, str, int, int]  # rule, team, load, apart


def _open(policy: Policy, view: CaseView) -> Iterator[_Share]:
    """The first weight that matches and every `plus` line; an unknown condition weighs nothing."""
    if view.status in ("filed", "handled"):
        conditions = [condition for rule in policy.workloads for condition in rule.conditions]
        judge = Judge(view, conditions, limit=dict(policy.limits))
        for rule in policy.workloads:
            base = next((line.points for line in rule.weights if judge.holds(line.condition)), 0)
            more = sum(line.points for line in rule.plus if judge.holds(line.condition))
            yield rule, view.team, base + more, 0


def _done(policy: Policy, facts: Iterable[Fact], view: CaseView) -> Iterator[_Share]:
    for fact in facts:
        for rule, line in policy.work.get(fact.type, ()):
            if (line.apart or view.status != "closed") and line.of.matches(fact):
                yield (rule, fact.team, 0, line.points) if line.apart else (rule, fact.team, line.points, 0)
