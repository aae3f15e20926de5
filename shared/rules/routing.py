"""Routing (分流, pack language 3.3): which track a case goes to, and what every rule said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules.case import CaseView
from rules.judge import Judge
from rules.packs import Ask, Branch, Destination, Route
from rules.rulebook import Policy

Verdict = Literal["true", "false", "unknown"]
_WORDS: dict[bool | None, Verdict] = {True: "true", False: "false", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Routed:
    """The rule that decided, where it leads or whom it asks, and the verdict of every rule in their order."""

    rule: Branch
    to: Destination | None
    ask: Ask | None
    verdicts: tuple[tuple[str, Verdict], ...]


def route(policy: Policy, stage: str, view: CaseView) -> Routed:
    """Route a case on its facts now. LookupError where the court has no such stage.

    A rule whose condition is unknown does not match, and its verdict says so.
    """
    if stage not in policy.routes:
        raise LookupError(f"no routing at stage {stage}; the court has {', '.join(policy.routes) or 'none'}")
    plan = policy.routes[stage]
    conditions = [condition for rule in plan.rules for condition in rule.conditions]
    judge = Judge(view, conditions, limit=dict(policy.limits))
    verdicts = [(rule, judge.holds(rule.condition) if rule.condition else True) for rule in plan.rules]
    matching = [rule for rule, verdict in verdicts if verdict]
    chosen = _chosen(plan, matching)
    return Routed(chosen, chosen.to, chosen.ask, tuple((rule.id, _WORDS[verdict]) for rule, verdict in verdicts))


def _chosen(plan: Route, matching: list[Branch]) -> Branch:
    if not matching or plan.mode == "first":
        return next(iter(matching), plan.fallback)
    points: dict[str, int] = {}
    for rule in matching:
        points[_track(rule)] = points.get(_track(rule), 0) + rule.points
    return max(matching, key=lambda rule: points[_track(rule)])  # of equals the earlier


def _track(rule: Branch) -> str:
    return rule.to.track if rule.to else ""
