"""What each case weighs while it is open, by the packs' own rules: routes, workload, and the facts they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.base import Contract
from contracts.families import HandoverAccepted
from contracts.triage import CaseRouted
from infra.balance.caseload import HOLDER, Case, Debtor, fact_of
from infra.balance.courts import Studied, team_of
from rules.assignment import Candidate
from rules.calendar import Calendar
from rules.case import Situation, case_view
from rules.fact import Fact
from rules.packs import Destination
from rules.routing import route
from rules.rulebook import Policy
from rules.workload import contributions


@dataclass(frozen=True, eq=False)
class Assigning:
    """A case to be assigned. `weights`: from when on it weighs so many points on whoever gets it."""

    case: str
    debtor: Debtor
    at: datetime
    track: str
    takers: Sequence[Candidate]
    situation: Situation
    filed: datetime
    weights: Sequence[tuple[datetime, int]]


def assignings(court: Studied, case: Case, calendar: Calendar) -> list[Assigning]:
    """Each assignment of a case: the first, and the second where it goes on to another team."""
    facts = list(case.facts)
    made: list[tuple[str, Assigning]] = []
    for stage, at in case.moves:
        view = case_view(_upto(facts, at), court.policy.court)
        to = route(court.policy, stage, view).to
        assert to is not None, f"{case.id}: the route leaves the choice to a person"
        takers = court.takers(to)
        if not takers:  # a track that nobody of the study works
            return []
        team = team_of(takers[0].id)
        facts = sorted(
            [replace(each, team=team) if each.team == HOLDER and each.time >= at else each for each in facts]
        )
        situation = Situation(_upto(facts, at), view, at, calendar)
        made.append((team, Assigning(case.id, case.debtor, at, to.track, takers, situation, facts[0].time, ())))
        facts = sorted([*facts, *_moved(case.id, stage, at, to, team)])
    return [replace(each, weights=list(_weights(court.policy, facts, case, each.at, team))) for team, each in made]


def _upto(facts: Sequence[Fact], at: datetime) -> list[Fact]:
    return [fact for fact in facts if fact.time <= at]


def _moved(case: str, stage: str, at: datetime, to: Destination, team: str) -> list[Fact]:
    """The case is routed, and taken over at once: what it weighs, it weighs from its assignment on."""
    reason = f"{stage}_assignment"
    routed = CaseRouted.model_validate(
        {"stage": stage, "track": to.track, "team": team, "rule": "study", "verdicts": []}
    )
    accepted = HandoverAccepted.model_validate(
        {
            "handover_id": stage, "what": "case", "reason": reason, "from_team": "study", "from_post": "director",
            "to_team": team, "to_post": "judge", "items": [], "pages": 1, "register_signed": True, "to_member": "m1",
        }
    )  # fmt: skip
    events: tuple[Contract, ...] = (routed, accepted)
    return [fact_of(f"case/{case}", n, at, event) for n, event in enumerate(events, 100)]


def _weights(
    policy: Policy, facts: Sequence[Fact], case: Case, since: datetime, team: str
) -> Iterator[tuple[datetime, int]]:
    """What the case weighs on the team at every moment at which something happens to it, till it is closed."""
    for at in sorted({fact.time for fact in facts if since <= fact.time < case.closes}):
        known = _upto(facts, at)
        shares = contributions(policy, known, case_view(known, policy.court))
        yield at, sum(share.load for share in shares if share.team == team)
    yield case.closes, 0
