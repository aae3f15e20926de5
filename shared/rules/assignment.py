"""Assignment (指派, pack language 3.4): which team of a track gets the case. Every factor is kept for the record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, cast

from rules.calendar import Calendar
from rules.case import CaseView, Party, Situation
from rules.due import Timing, due
from rules.judge import Judge
from rules.packs import ANY_KIND, Assignment, Destination, Step, Team
from rules.rulebook import Policy
from rules.terms import Length
from rules.verdicts import Judged, judged
from rules.workload import per_head


@dataclass(frozen=True, slots=True)
class Candidate:
    """A team as it stands: `size` members, `load` in points, the townships of its areas, and its last new case."""

    id: str
    kind: str
    size: int
    load: int
    last_assigned: datetime | None = None
    areas: tuple[str, ...] = ()

    @property
    def per_head(self) -> int:
        return per_head(self.load, self.size)


@dataclass(frozen=True, slots=True)
class Holding:
    """When a team last got a case of the same debtor (同一被执行人)."""

    team: str
    assigned: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """A step that prefers or drops: what it said of each team, and which teams it left."""

    step: str
    judged: tuple[tuple[str, Judged], ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """The team chosen, with the factors weighed, the seed that breaks ties, and why the others fell out.

    `able`: the teams that may have the case: whom no step that drops, nor one before it, has left out.
    """

    team: str
    rule: Assignment
    factors: tuple[tuple[str, int], ...]
    seed: int
    steps: tuple[Weighed, ...] = ()
    able: tuple[str, ...] = ()


class NoCandidate(LookupError):
    """No team with members is left that could take the case. `until`: when those that were dropped may take it."""

    def __init__(self, message: str, until: datetime | None) -> None:
        super().__init__(message)
        self.until = until


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
    holdings: Sequence[Holding] = (),
    waiting_since: datetime | None = None,
) -> Assigned:
    """Choose among candidates. `holdings`: who had the same debtor. NoCandidate where none is left.

    A case that has waited since `waiting_since` for longer than the rule's `starvation` is left to nobody no more: then
    the teams that were dropped may take it. Ties are broken by SHA-256 over the case id and the version of the rule's
    pack, so anyone can check them.
    """
    rule = assignment_for(policy, track)
    weighing = _Weighing(rule, policy, situation, holdings)
    staffed = sorted((each for each in candidates if each.size > 0), key=lambda each: each.id)
    left = weighing.starving_first(weighing.narrowed(staffed))
    if not left and weighing.is_over(waiting_since):
        left = staffed
        weighing.factors.append(("dropped_after_waiting", len(left)))
    if not left:
        raise NoCandidate(f"{rule.id}: no team can take the case", weighing.end(waiting_since) if staffed else None)
    scores = weighing.scored(left)
    ranks = {each.id: (not weighing.starves(each), scores[each.id]) for each in left}
    tied = [team for team, rank in ranks.items() if rank == min(ranks.values())]
    seed = _seed(case_id, rule.version)
    able = tuple(each.id for each in weighing.able)
    return Assigned(tied[seed % len(tied)], rule, tuple(weighing.factors), seed, tuple(weighing.steps), able)


class _Weighing:
    """The steps of one rule on one case. Factors: how many a narrowing step left, every score of every team."""

    def __init__(self, rule: Assignment, policy: Policy, situation: Situation, holdings: Sequence[Holding]) -> None:
        self.rule, self.situation, self.holdings = rule, situation, holdings
        self.limit = dict(policy.limits)
        conditions = [step.condition for step in rule.steps if step.condition]
        alone = _of_first_named(situation.view)
        self.views = {None: situation.view, "first_named": alone}
        self.judges = {whose: Judge(view, conditions, limit=self.limit) for whose, view in self.views.items()}
        self.factors: list[tuple[str, int]] = []
        self.steps: list[Weighed] = []
        self.able: list[Candidate] = []

    def narrowed(self, left: list[Candidate]) -> list[Candidate]:
        """`first` keeps those that match, if any, and ends the search with one; `drop` removes."""
        before, preferred, self.able = left, list[Candidate](), left
        binding = max((n for n, step in enumerate(self.rule.steps, 1) if step.drop), default=0)
        for step, following in zip_longest(self.rule.steps, self.rule.steps[1:]):
            if step.score is None:
                matching = self._matching(step, left)
                before, preferred = left, matching if step.first else []
                left = (matching or left) if step.first else [each for each in left if each not in matching]
                self._note(step.first or step.drop or "", left)
                self.able = left if len(self.steps) <= binding else self.able
                if step.first and matching and len(left) == 1 and not (following and following.when_over_mean_percent):
                    break
            elif step.when_over_mean_percent and preferred:
                left = self._passing_over(step.when_over_mean_percent, before, preferred)
        return left

    def scored(self, left: list[Candidate]) -> dict[str, int]:
        """The sum of the scores of every candidate, of which the lowest wins."""
        scores = {each.id: 0 for each in left}
        for step in self.rule.steps:
            for each in left if step.score else ():
                score = self._score(step, each)
                scores[each.id] += score
                self.factors.append((f"{step.score}_{each.id}", score))
        return scores

    def starving_first(self, left: list[Candidate]) -> list[Candidate]:
        """Those left, or, where none of them has waited too long for a new case, those who may have it and have.

        Since when a team waits that has never had one, nobody knows: it goes first only among those left.
        """
        starving = [each for each in self.able if self.is_over(each.last_assigned)]
        if not starving or any(map(self.starves, left)):
            return left
        self.factors.append(("starving", len(starving)))
        return starving

    def starves(self, candidate: Candidate) -> bool:
        """Whether the team has had no new case for so long that it goes first."""
        return self.rule.starvation is not None and (
            candidate.last_assigned is None or self.is_over(candidate.last_assigned)
        )

    def is_over(self, since: datetime | None) -> bool:
        """Whether the rule's bound of starvation has passed since then."""
        end = self.end(since)
        return end is not None and self.situation.now >= end

    def end(self, since: datetime | None) -> datetime | None:
        """When the rule's bound of starvation has passed since then; None where it has none."""
        bound = self.rule.starvation
        if bound is None or since is None:
            return None
        return due(Timing(bound, roll="none"), since, self.situation.calendar).due

    def _passing_over(self, percent: int, among: list[Candidate], preferred: list[Candidate]) -> list[Candidate]:
        """Those preferred whose load per head is not that much above the mean; if there is none, all the others."""
        total = sum(each.per_head for each in among)
        over = [each for each in preferred if each.per_head * len(among) * 100 > total * (100 + percent)]
        left = [each for each in preferred if each not in over] or [each for each in among if each not in over]
        self.factors += [(f"over_mean_{each.id}", each.per_head) for each in over]
        return left or preferred

    def _matching(self, step: Step, among: list[Candidate]) -> list[Candidate]:
        said = [(each, self._judged(step, each)) for each in among]
        matching = [each for each, why in said if why.verdict == "true"]
        self.steps.append(Weighed(step.first or step.drop or "", tuple((e.id, why) for e, why in said), ()))
        return matching

    def _note(self, name: str, left: list[Candidate]) -> None:
        self.factors.append((name, len(left)))
        self.steps[-1] = replace(self.steps[-1], left=tuple(each.id for each in left))

    def _score(self, step: Step, candidate: Candidate) -> int:
        if step.condition is None:
            return candidate.per_head + step.points
        return step.points if self._judged(step, candidate).verdict == "true" else 0

    def _judged(self, step: Step, candidate: Candidate) -> Judged:
        assert step.condition is not None  # by Step
        now, calendar = self.situation.now, self.situation.calendar
        team = {name: getattr(candidate, name) for name in ("id", "kind", "size", "load")}
        read: dict[str, Any] = {
            "team": {**team, "areas": list(candidate.areas)},
            "debtor_teams": _teams_within(self.holdings, step.within, now, calendar),
            "limit": self.limit,
        }
        return judged(step.condition, self.judges[step.of_debtor], self.views[step.of_debtor], **read)


def _teams_within(holdings: Sequence[Holding], within: Length | None, now: datetime, calendar: Calendar) -> list[str]:
    """Teams that got a case of the debtor within the time; without one, whoever ever did."""
    last_day = {each: due(Timing(within, roll="none"), each.assigned, calendar).due for each in holdings if within}
    return sorted({each.team for each in holdings if each not in last_day or now < last_day[each]})


def _of_first_named(view: CaseView) -> CaseView:
    """The case with the first debtor alone that the instrument names."""
    named = next((debtor for debtor in view.debtors if debtor["named"]), None)
    return replace(view, debtors=cast(tuple[Party, ...], (named,) if named else view.debtors[:1]))


def _seed(case_id: str, version: str) -> int:
    """63 bits, so that it fits the signed integers of the record."""
    return int.from_bytes(hashlib.sha256(f"{case_id}{version}".encode()).digest()[:8]) >> 1
