"""What the court's rules say of a case at the moment of deciding: what an act lacks, where the case belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from contracts.triage import CaseClosed
from families.approval import Approval
from kernel.clock import COURT_ZONE
from kernel.facts import Known
from kernel.guard import ground, items
from kernel.problems import Invalid, NotForPost, NotFound, NotYet, Refused, WrongState
from rules import routing
from rules.assignment import Assigned, Holding, NoCandidate, assign, teams_for
from rules.authority import SYSTEM, Actor, for_act, for_document
from rules.fact import Fact
from rules.gates import Lack, check
from rules.packs import HANDLER, Authority, Destination, Rule
from rules.routing import Routed, route
from rules.rulebook import Policy
from triage.handling import FIRST, Handling
from triage.recovered import recovered
from triage.teams import Standing

RULINGS = {
    "terminated_for_now": "termination_ruling",
    "ended": "end_ruling",
    "dismissed": "dismissal_ruling",
    "withdrawn": "withdrawal_ruling",
}
"""The ruling that a way of closing needs; the other ways need none."""
NO_RULING = "other"
SECOND = "second_assignment"
CHECKS = "case.checks."


class NobodyFree(NotYet):
    """No team can take the case yet. `until`: when those that the pack leaves out at first may take it."""

    def __init__(self, message: str, until: datetime | None) -> None:
        super().__init__(message)
        self.until = until


@dataclass(frozen=True, slots=True)
class Judgement:
    """One decision on one case: the rules in force, who decides, and what is known."""

    policy: Policy
    actor: Actor
    known: Known

    # -- what an act lacks

    def lacks(self, act: str, fields: Mapping[str, Any]) -> list[Lack]:
        """What keeps the act from being done."""
        lacks = check(self.policy, act, fields, self.actor, self.known)
        return [lack for lack in lacks if lack.gate.on_lack != "warn"]

    def require_ready(self, act: str, stage: str) -> None:
        """What must come before an assignment must come before its routing too. A person is refused, the system waits.

        Raises Refused or NotYet, naming all that lacks.
        """
        lacking = self.lacks("assign_case", {"stage": stage})
        if lacking and self.actor == SYSTEM:
            raise NotYet("lacking: " + ", ".join(items(lacking)))
        if lacking:
            raise self.refused(act, lacking[0].gate, items(lacking), lacks=lacking)

    def require_in_hand(self) -> None:
        """Raises NotFound for a case that is not filed, WrongState for one that is closed."""
        if not self.known.view.kind:
            raise NotFound("no case of this id is filed")
        if self.known.view.status == "closed":
            raise WrongState("the case is closed")

    def require_approval(self, command: str, stage: str, approval: Approval) -> None:
        """An assignment for which the court has a chain of approval takes place under one that went through (Y19)."""
        self.require_leave(command, f"{stage}_assignment", approval)

    def require_leave(self, command: str, act: str, approval: Approval) -> None:
        """An act for which the court has a chain of approval takes place under one that went through."""
        line = for_act(self.policy, act, self.known.view)
        if line is None and approval.key:
            raise Invalid("the court asks no approval for this", field="body.basis")
        if line is not None and (approval.subject, approval.act, approval.state) != (
            self.known.subject,
            act,
            "approved",
        ):
            raise self.refused(command, line, [act], line.chain[0][0])

    def require_signed(self, command: str, paper: str, document_id: str | None = None) -> None:
        """An act that a ruling orders waits until that is signed, by whom the court's pack says (Y16)."""
        signed, line = self._signed(paper), self._signing(paper)
        if not signed or document_id not in (None, *signed):
            raise self.refused(command, line, [paper], line.who[0])

    def _signed(self, paper: str) -> list[str]:
        return [
            f.data["document_id"] for f in self.known.facts if f.type == "DocumentSigned" and f.data["kind"] == paper
        ]

    def _signing(self, paper: str) -> Authority:
        line = for_document(self.policy, paper, self.known.view)
        if line is None:
            raise WrongState("no rule of the court's pack says who signs this")
        return line

    def refused(
        self, act: str, rule: Rule, lacking: Sequence[str], wanted_by: str = "", lacks: Sequence[Lack] = ()
    ) -> Refused:
        return Refused(
            "the court's rules do not allow this yet",
            act=act,
            rule=rule.id,
            lacking=lacking,
            wanted_by=wanted_by or self.actor.post or HANDLER,
            subject=self.known.subject,
            grounds=[ground(lack.gate, lack.item) for lack in lacks] or [ground(rule)],
        )

    def contradicted(self) -> list[str]:
        """What the first assignment would lack now, if of each kind of check only the latest counted."""
        latest = replace(self.known, facts=_latest_checks(self.known.facts))
        return items(replace(self, known=latest).lacks("assign_case", {"stage": FIRST}))

    # -- where the case belongs

    def route(self, stage: str) -> tuple[Routed, Destination]:
        """Raises Invalid for a stage the court has not, Refused where the rule leaves the choice to a person.

        The system waits for that person (NotYet).
        """
        routed = self._routed(stage)
        if routed.ask is not None:
            if (self.actor, stage) == (SYSTEM, FIRST):
                raise NotYet(f"the choice is left to a person: {routed.ask.act}")
            raise self.refused("route_case", routed.rule, [routed.ask.act], routed.ask.post)
        assert routed.to is not None  # by Branch
        return routed, routed.to

    def _routed(self, stage: str) -> Routed:
        if stage not in self.policy.routes:
            raise Invalid("the court's pack has no such stage", field="body.stage")
        return route(self.policy, stage, self.known.view)

    def named(self, stage: str, approval: Approval, team: str | None) -> tuple[Routed, Destination, str]:
        """Where a case goes whose handler a person has named: on the track that the handler's team works.

        Raises WrongState where the rules name no such person, Refused without the approval, Invalid for a team that
        works no track of this stage.
        """
        routed = self._routed(stage)
        if routed.ask is None:
            raise WrongState("the court's rules do not leave the choice to a person here")
        if (approval.subject, approval.act, approval.state) != (self.known.subject, routed.ask.act, "approved"):
            raise self.refused("assign_case", routed.rule, [routed.ask.act], routed.ask.post)
        plan = self.policy.routes[stage]
        for to in (rule.to for rule in (*plan.rules, plan.fallback) if rule.to):
            if team is not None and team in {each.id for each in teams_for(self.policy, to)}:
                return routed, to, team
        raise Invalid("is in no team that takes cases at this stage", field="body.handler")

    def choose(self, to: Destination, case_id: str, standing: Standing, holdings: Sequence[Holding]) -> Assigned:
        """Among the teams of the track (Y02). Raises WrongState where none of them could take the case.

        The system waits for one (NobodyFree).
        """
        able = [standing.candidates[team.id] for team in teams_for(self.policy, to)]
        filed = next((fact.time for fact in self.known.facts if fact.type == "CaseFiled"), None)
        try:
            return assign(self.policy, to.track, case_id, able, self.known, holdings, filed)
        except NoCandidate as nobody:
            if self.actor == SYSTEM:
                raise NobodyFree("no team of this track can take the case yet", nobody.until) from nobody
            raise WrongState("no team of this track has members") from nobody

    def is_open_again(self, handling: Handling, stage: str) -> bool:
        """Whether the rule that put the case on its track read a check that was recorded since, and holds no more."""
        if handling.route is None or handling.route.stage != stage or stage not in self.policy.routes:
            return False
        grounds = routing.grounds(self.policy, stage, self.known.view)
        before = next((ground.judged for ground in grounds if ground.rule.id == handling.route.rule), None)
        return (
            before is not None
            and before.verdict != "true"
            and any(name.startswith(CHECKS) for name, _ in before.values)
        )

    def belongs_elsewhere(self) -> bool:
        """Whether the case, first assigned on one track, would by what is known now go on another (Y19)."""
        view = self.known.view
        to = route(self.policy, FIRST, view).to if view.stage == FIRST else None
        return to is not None and to.track != view.track

    # -- closing

    def require_true(self, closing: Mapping[str, Any]) -> None:
        """A closing is by the team that holds the case, and says nothing that the facts contradict."""
        view = self.known.view
        if self.actor.team != view.team:
            told = "only a judge of the team that holds the case closes it"
            raise NotForPost(told, act="close_case", wanted_by="judge", lacking=("team",))
        if closing["closed_on"] > self.known.now.astimezone(COURT_ZONE).date():
            raise Invalid("lies in the future", field="body.closed_on")
        if closing["funds_settled"] and view.held_fen > 0:
            raise Invalid("the court still holds money of this case", field="body.funds_settled")
        if closing["applied_fen"] != view.claim_fen:
            raise Invalid(f"the claim is {view.claim_fen} fen", field="body.applied_fen")
        least, most = recovered(self.known.facts)
        if not least <= closing["recovered_fen"] <= most:
            known = f"{least} to {most} fen are known to have been recovered"
            raise Invalid(known, field="body.recovered_fen")

    def require_ruling(self, closing: Mapping[str, Any]) -> None:
        """What a ruling ends is closed once that is signed (Y16). Raises Refused, naming all that lacks besides."""
        paper = RULINGS.get(closing["way"])
        if paper is None or self._signed(paper):
            return
        line, lacks = self._signing(paper), self.lacks("close_case", CaseClosed.model_validate(closing).to_data())
        lacking, rule = [*items(lacks), paper], lacks[0].gate if lacks else line
        raise self.refused("close_case", rule, lacking, "" if lacks else line.who[0], lacks)

    def proposals(self, handling: Handling) -> list[str]:
        """What the rules suggest to who holds the case, as long as nobody has asked for it; only a person decides."""
        if handling.assignment is None or handling.closing is not None:
            return []
        asked = any(f.type == "ApprovalAsked" and f.data["act"] == SECOND for f in self.known.facts)
        proposed = {SECOND: self.belongs_elsewhere() and not asked, "close": self.known.view.fully_performed}
        return [act for act, is_due in proposed.items() if is_due]

    def signer(self, way: str) -> str:
        """The post that signs a closing: that of its ruling (Y16)."""
        return self._signing(RULINGS.get(way, NO_RULING)).who[0]


def _latest_checks(facts: Sequence[Fact]) -> list[Fact]:
    checks = [fact for fact in facts if fact.type == "CheckRecorded"]
    latest = {(fact.data["kind"], fact.data.get("about")): fact.id for fact in checks}.values()
    return [fact for fact in facts if fact.type != "CheckRecorded" or fact.id in latest]
