"""Routing (分流, pack language 3.3): which track a case goes to, and what every rule said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rules.case import CaseView
from rules.judge import Judge
from rules.packs import Ask, Branch, Destination, Route
from rules.rulebook import Policy
from rules.verdicts import Judged, Verdict, judged, word


@dataclass(frozen=True, slots=True)
class Routed:
    """The rule that decided, where it leads or whom it asks, and the verdict of every rule in their order."""

    rule: Branch
    to: Destination | None
    ask: Ask | None
    verdicts: tuple[tuple[str, Verdict], ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """A routing rule, and why it held or not. The fallback stands without a condition."""

    rule: Branch
    judged: Judged | None
    decided: bool


def route(policy: Policy, stage: str, view: CaseView) -> Routed:
    """Route a case on its facts now. LookupError where the court has no such stage.

    A rule whose condition is unknown does not match, and its verdict says so.
    """
    plan = _plan(policy, stage)
    judge = _judge(policy, plan, view)
    verdicts = [(rule, judge.holds(rule.condition) if rule.condition else True) for rule in plan.rules]
    chosen = _chosen(plan, [rule for rule, verdict in verdicts if verdict])
    return Routed(chosen, chosen.to, chosen.ask, tuple((rule.id, word(verdict)) for rule, verdict in verdicts))


def grounds(policy: Policy, stage: str, view: CaseView) -> tuple[Ground, ...]:
    """Every rule of a stage in its order, the fallback last, with its verdict and the values it was made of.

    LookupError as for `route`.
    """
    plan = _plan(policy, stage)
    judge, limit = _judge(policy, plan, view), dict(policy.limits)
    said = [(rule, judged(rule.condition, judge, view, limit=limit) if rule.condition else None) for rule in plan.rules]
    chosen = _chosen(plan, [rule for rule, why in said if why is None or why.verdict == "true"])
    return tuple(Ground(rule, why, rule is chosen) for rule, why in (*said, (plan.fallback, None)))


def points(matching: Iterable[Branch]) -> Counter[str]:
    """What the rules that matched add to each track (`mode: score`)."""
    found: Counter[str] = Counter()
    for rule in matching:
        found[_track(rule)] += rule.points
    return found


def _plan(policy: Policy, stage: str) -> Route:
    if stage not in policy.routes:
        raise LookupError(f"no routing at stage {stage}; the court has {', '.join(policy.routes) or 'none'}")
    return policy.routes[stage]


def _judge(policy: Policy, plan: Route, view: CaseView) -> Judge:
    conditions = [condition for rule in plan.rules for condition in rule.conditions]
    return Judge(view, conditions, limit=dict(policy.limits))


def _chosen(plan: Route, matching: list[Branch]) -> Branch:
    if not matching or plan.mode == "first":
        return next(iter(matching), plan.fallback)
    won = points(matching)
    return max(matching, key=lambda rule: won[_track(rule)])  # of equals the earlier


def _track(rule: Branch) -> str:
    return rule.to.track if rule.to else ""
