"""Assignment (指派, pack language 3.4): which team of a track gets the case. Every factor is kept for the record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.case import Situation
from rules.due import Timing, due
from rules.judge import Judge
from rules.packs import ANY_KIND, Assignment, Destination, Step, Team
from rules.rulebook import Policy
from rules.workload import per_head


@dataclass(frozen=True, slots=True)
class Candidate:
    """A team as it stands: `size` members, `load` in points, and when it last got a new case."""

    id: str
    kind: str
    size: int
    load: int
    last_assigned: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """The team chosen, with the factors weighed and the seed that breaks ties."""

    team: str
    rule: Assignment
    factors: tuple[tuple[str, int], ...]
    seed: int


class NoCandidate(LookupError):
    """No team with members is left that could take the case."""


def teams_for(policy: Policy, to: Destination) -> tuple[Team, ...]:
    """The teams a destination allows: the one named, those of the kind named, else those of the track's kind."""
    if to.team is not None:
        return (policy.teams[to.team],)
    kind = to.team_kind or to.track
    return tuple(team for team in policy.teams.values() if team.kind == kind)


def assignment_for(policy: Policy, track: str) -> Assignment:
    """The first assignment rule for a track. LookupError where there is none."""
    found = next((rule for rule in policy.assignments if rule.track in (track, ANY_KIND)), None)
    if found is None:
        raise LookupError(f"no assignment rule for track {track}")
    return found


def assign(
    policy: Policy,
    track: str,
    case_id: str,
    candidates: Iterable[Candidate],
    situation: Situation,
    debtor_teams: Sequence[str] = (),
) -> Assigned:
    """Choose among candidates. `debtor_teams`: teams that hold the same debtor. NoCandidate where none is left.

    Ties are broken by SHA-256 over the case id and the version of the rule's pack, so anyone can check them.
    """
    rule = assignment_for(policy, track)
    conditions = [step.condition for step in rule.steps if step.condition]
    judge = Judge(situation.view, conditions, limit=dict(policy.limits), debtor_teams=list(debtor_teams))
    staffed = sorted((each for each in candidates if each.size > 0), key=lambda each: each.id)
    left, narrowing = _narrowed(rule, staffed, judge)
    if not left:
        raise NoCandidate(f"{rule.id}: no team can take the case")
    scores, ranking = _scored(rule, left, judge)
    ranks = {each.id: (not _starves(rule, each, situation), scores[each.id]) for each in left}
    tied = [team for team, rank in ranks.items() if rank == min(ranks.values())]
    seed = _seed(case_id, rule.version)
    return Assigned(tied[seed % len(tied)], rule, (*narrowing, *ranking), seed)


_Factors = list[tuple[str, int]]


def _narrowed(rule: Assignment, left: list[Candidate], judge: Judge) -> tuple[list[Candidate], _Factors]:
    """`first` keeps those that match, if any, and ends the search with one; `drop` removes. Factors: how many left."""
    factors: _Factors = []
    for step in rule.steps:
        if step.score is None:
            matching = [each for each in left if _holds(step, each, judge)]
            left = (matching or left) if step.first else [each for each in left if each not in matching]
            factors.append((step.first or step.drop or "", len(left)))
        if step.first and len(left) == 1:
            break
    return left, factors


def _scored(rule: Assignment, left: list[Candidate], judge: Judge) -> tuple[dict[str, int], _Factors]:
    """The sum of the scores of every candidate, of which the lowest wins. Factors: each score of each candidate."""
    scores = {each.id: 0 for each in left}
    factors: _Factors = []
    for step in rule.steps:
        for each in left if step.score else ():
            score = _score(step, each, judge)
            scores[each.id] += score
            factors.append((f"{step.score}_{each.id}", score))
    return scores, factors


def _score(step: Step, candidate: Candidate, judge: Judge) -> int:
    if step.condition is None:
        return per_head(candidate.load, candidate.size) + step.points
    return step.points if _holds(step, candidate, judge) else 0


def _holds(step: Step, candidate: Candidate, judge: Judge) -> bool:
    team = {"id": candidate.id, "kind": candidate.kind, "size": candidate.size, "load": candidate.load}
    return step.condition is not None and judge.holds(step.condition, team=team) is True


def _starves(rule: Assignment, candidate: Candidate, situation: Situation) -> bool:
    if rule.starvation is None:
        return False
    last = candidate.last_assigned
    return last is None or situation.now >= due(Timing(rule.starvation, roll="none"), last, situation.calendar).due


def _seed(case_id: str, version: str) -> int:
    """63 bits, so that it fits the signed integers of the record."""
    return int.from_bytes(hashlib.sha256(f"{case_id}{version}".encode()).digest()[:8]) >> 1
