"""Which clocks of the packs in force a play has reached, and why it has not reached the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.emitted import EMITTED
from rules.packs import Clock, Duty
from rules.rulebook import Policy

ELSEWHERE = {  # rule -> why a court of this kind does not come to it
    "cn.reconsideration": "the court above files and decides the case; its log is not this one",
}
COUNTED = ("met", "met_late", "breached", "breached_closed", "running", "suspended", "pending", "uncertain")


def with_clocks(summary: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """The summary with how many clocks of each node were started, and the section `clocks`.

    That tells by rule, the court's own first, what became of the clocks; `not_reached`: of which rules none was
    started, and why.
    """
    nodes = [{**node, "started": sum(node[state] for state in COUNTED)} for node in summary["nodes"]]
    counts = {node["rule"]: node for node in nodes}
    rules = [rule for rule in policy.rules.values() if isinstance(rule, Clock | Duty)]
    reached = [_counted(rule, counts[rule.id]) for rule in rules if rule.id in counts]
    missing = [{**_named(rule), "why": _why(rule)} for rule in rules if rule.id not in counts]
    clocks = {"of": len(rules), "reached": reached, "not_reached": missing}
    return {**summary, "nodes": nodes, "clocks": clocks}


def _named(rule: Clock | Duty) -> dict[str, Any]:
    return {"rule": rule.id, "clause": rule.clause, "name": {"zh": rule.zh, "en": rule.en}}


def _counted(rule: Clock | Duty, node: Mapping[str, Any]) -> dict[str, Any]:
    return {**_named(rule), **{state: node[state] for state in ("started", *COUNTED)}}


def _why(rule: Clock | Duty) -> str:
    if rule.id in ELSEWHERE:
        return ELSEWHERE[rule.id]
    if isinstance(rule, Clock) and not rule.start.types & EMITTED:
        return f"no service publishes {' or '.join(sorted(rule.start.types))}"
    return "no case of this plan has come to it"
