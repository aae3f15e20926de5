"""Decisions looked at again (复核): which of a case's decisions come out otherwise by what is known of them now.

A correction, or a fact entered late, changes what a decision stood on. It is made again, on the facts of its own
moment as they read now; where it differs, people decide what follows. Nothing is undone by itself, and what happened
after a decision does not speak against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts.triage import CaseClosed
from kernel.call import HISTORY
from kernel.facts import Known
from kernel.guard import items
from kernel.problems import Invalid, NotForPost
from rules.authority import Actor
from rules.case import case_view
from rules.fact import Fact
from rules.routing import route
from rules.rulebook import Policy
from triage.handling import MANUAL
from triage.judgement import Judgement

Decided = Callable[[Judgement, Mapping[str, Any]], Iterable[str]]


def contradicted(known: Known, policy_at: Callable[[datetime], Policy]) -> list[str]:
    """What of the route, the assignment, the closing and the measures would be otherwise, in codes; usually nothing."""
    found = [code for decision in decisions(known) for code in _differences(known, decision, policy_at)]
    return list(dict.fromkeys([*found, *_misplaced_measures(known.facts)]))


def decisions(known: Known) -> list[Fact]:
    """The last of each kind that the court's rules were asked for, in this system."""
    made = (fact for fact in known.facts if fact.type in DECISIONS and fact.data.get("method") != MANUAL)
    return list({fact.type: fact for fact in made if not fact.causation_id.startswith(HISTORY)}.values())


def is_late(fact: Fact, known: Known) -> bool:
    """Whether it was entered only after a decision that it came before in the world."""
    return any(fact.time < made.time and fact.recorded_at > made.recorded_at for made in decisions(known))


def _differences(known: Known, decision: Fact, policy_at: Callable[[datetime], Policy]) -> Iterable[str]:
    policy, actor = policy_at(decision.time), Actor(decision.actor, decision.post, decision.team)
    return DECISIONS[decision.type](Judgement(policy, actor, _then(known, decision, policy)), decision.data)


def _then(known: Known, decision: Fact, policy: Policy) -> Known:
    """The case as of the decision, by what is known of it now."""
    facts = [f for f in known.facts if f.time <= decision.time and not _came_with(f, decision)]
    return replace(known, facts=facts, view=case_view(facts, policy.court), now=decision.time)


def _came_with(fact: Fact, decision: Fact) -> bool:
    """Of the decision's own instant, but recorded with it or after it."""
    same = (fact.source, fact.time) == (decision.source, decision.time)
    return same and fact.position >= decision.position


def _route(then: Judgement, decided: Mapping[str, Any]) -> Iterable[str]:
    if decided.get("overridden_by") or decided["stage"] not in then.policy.routes:
        return
    to = route(then.policy, decided["stage"], then.known.view).to
    if to is not None and (to.track, to.team or to.team_kind or to.track) != (decided["track"], decided["team"]):
        yield "route"


def _assignment(then: Judgement, decided: Mapping[str, Any]) -> Iterable[str]:
    return items(then.lacks("assign_case", decided))


def _closing(then: Judgement, decided: Mapping[str, Any]) -> Iterable[str]:
    yield from items(then.lacks("close_case", decided))
    try:
        then.require_true(CaseClosed.model_validate(decided).model_dump())
    except (Invalid, NotForPost) as contradiction:
        yield (contradiction.field or "team").removeprefix("body.")


def _misplaced_measures(facts: Iterable[Fact]) -> Iterator[str]:
    """Measures on an asset that is no longer known, or known as another's or of another kind."""
    assets: dict[str, tuple[str, str]] = {}
    measures: dict[str, tuple[str, tuple[str, str]]] = {}
    for fact in facts:
        data = fact.data
        if fact.type == "AssetsFound":
            assets |= {asset["asset_id"]: (asset["party_id"], asset["kind"]) for asset in data["assets"]}
        elif fact.type == "MeasureTaken" and "asset_id" in data:
            measures[data["measure_id"]] = data["asset_id"], (data["party_id"], data["asset_kind"])
        elif fact.type == "MeasureLifted":
            measures.pop(data["measure_id"], None)
    return ("measure" for asset_id, said in measures.values() if assets.get(asset_id) != said)


DECISIONS: Mapping[str, Decided] = {"CaseRouted": _route, "CaseAssigned": _assignment, "CaseClosed": _closing}
