"""Approvals (审批): leave for an act, asked of the chain of posts that the court's pack names for it.

Where the pack names channels (线上, 线下) every step is decided in each of them, and what is decided must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.responses import Response

from contracts import families as contracts
from contracts.base import CaseId, Id
from families import events
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate, Circumstances, Correctable, DomainEvent, correctable
from kernel.facts import Known
from kernel.guard import ground
from kernel.http import ByCaller, body_of, command_router
from kernel.problems import Invalid, NotFound, Refused, WrongState
from rules.authority import Actor, disagreements, for_act, lacks_to_ask, lacks_to_decide, next_step
from rules.packs import HANDLER, Authority
from rules.rulebook import Rulebook


class Approval(Aggregate):
    """One approval, step by step; a step opens only when the one before it approved."""

    KIND = "approval"
    CORRECTABLE = correctable(  # when it was; what was decided is decided anew
        {event: Correctable(frozenset(event.model_fields)) for event in (events.ApprovalAsked, events.ApprovalDecided)}
    )

    def __init__(self) -> None:
        self.approval_id = ""
        self.act = ""
        self.about: str | None = None
        self.amount_fen: int | None = None
        self.rule_id = ""
        self.asked_under = ("", "")  # pack and version, whose rule holds to the end
        self.approved = 0  # steps
        self.state = ""  # asked, approved, refused, returned
        self.told: tuple[events.ApprovalDecided, ...] = ()  # of the step that is open, one for each channel

    def ask(self, approval_id: str, subject: str, rule: Authority, **fields: Any) -> dict[str, str]:
        if not self.exists:
            self.record(
                events.ApprovalAsked,
                subject=subject,
                ruleid=rule.id,
                approval_id=approval_id,
                chain=tuple(step[0] for step in rule.chain),
                next_post=rule.chain[0][0],
                **fields,
            )
        return {"approval_id": approval_id}

    def decide(self, rule: Authority, known: Known, *, decision: str, **fields: Any) -> dict[str, object]:
        """Raises Refused when the step that is open belongs to another, or the channels do not agree."""
        if self.state != "asked":
            raise WrongState(f"the approval is {self.state} already")
        self._require_step(rule, known, fields["in_person"])
        amount_fen = self.amount_fen if fields["amount_fen"] is None else fields["amount_fen"]
        made: dict[str, Any] = {**fields, "decision": decision, "amount_fen": amount_fen}
        waits_for = self._require_agreement(rule, made)
        goes_on = bool(waits_for) or decision == "approved"
        following = next_step(rule, self.approved + (not waits_for)) if goes_on else ()
        self.record(
            events.ApprovalDecided,
            ruleid=rule.id,
            approval_id=self.approval_id,
            act=self.act,
            about=self.about,
            step=self.approved + 1,
            final=not following,
            next_post=following[0] if following else None,
            waits_for=waits_for,
            **made,
        )
        return {"approval_id": self.approval_id, "final": not following, "waits_for": list(waits_for)}

    def rule(self, rulebook: Rulebook) -> Authority:
        """The rule it was asked under, whatever holds by now."""
        rule = rulebook.rule(self.asked_under, self.rule_id)
        assert isinstance(rule, Authority)
        return rule

    def _require_agreement(self, rule: Authority, made: Mapping[str, Any]) -> tuple[str, ...]:
        """The channels in which the step is still to be decided. What is decided in both stands by itself.

        Raises Refused where a channel says something else than another, or than what was asked for.
        """
        others = [told.model_dump() for told in self._told_elsewhere(made["channel"])]
        lacking = disagreements(rule, [made, *others])
        if differing := [each for each in lacking if each not in rule.channels]:
            raise self._refused("what is decided in one channel is not what is decided in the other", rule, differing)
        if made["amount_fen"] != self.amount_fen:
            raise self._refused("another amount was asked for", rule, ["amount_fen"])
        return lacking

    def _told_elsewhere(self, channel: str) -> tuple[events.ApprovalDecided, ...]:
        """What stands beside a decision in this channel; one made there before is replaced."""
        return tuple(told for told in self.told if "both" != channel != told.channel)

    def _require_step(self, rule: Authority, known: Known, own_key: bool) -> None:
        assert self.by is not None
        lacking = lacks_to_decide(rule, self.approved, actor_of(self.by), known.view, own_key)
        if lacking:
            raise self._refused("this step of the approval belongs to another", rule, lacking)

    def _refused(self, detail: str, rule: Authority, lacking: Sequence[str]) -> Refused:
        return Refused(
            detail,
            act=f"decide_approval/{self.act}",
            rule=rule.id,
            lacking=lacking,
            wanted_by=next_step(rule, self.approved)[0],
            subject=self.subject,
            grounds=[ground(rule)],
        )

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.ApprovalAsked():
                self.approval_id, self.act, self.about = event.approval_id, event.act, event.about
                self.amount_fen, self.rule_id, self.state = event.amount_fen, event.ruleid, "asked"
                self.asked_under = event.by.pack, event.by.packversion
            case events.ApprovalDecided():
                self.told = (*self._told_elsewhere(event.channel), event) if event.waits_for else ()
                self.approved += event.decision == "approved" and not event.waits_for
                self.state = event.decision if event.final else "asked"
            case _:
                pass


class ApprovalCommands(Application):
    """Asking for approvals and deciding them, as the court's pack says."""

    async def ask_approval(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """Raises Invalid for an act the pack has no chain for, Refused for a caller who may not propose it."""
        subject, act, key, policy = f"case/{case_id}", fields["act"], call.mint("approval"), self.policy(call)

        def ask(approval: Approval, known: Known) -> dict[str, str]:
            rule = for_act(policy, act, known.view)
            if rule is None:
                raise Invalid("no rule of the court's pack says who approves this act", field="body.act")
            proposed = {name: fields[name] for name in ("proposal", "evidence")}
            if lacking := lacks_to_ask(rule, self.actor(call), known.view, **proposed):
                raise Refused(
                    "another may propose this, or more is to be proposed with it",
                    act=f"ask_approval/{act}",
                    rule=rule.id,
                    lacking=lacking,
                    wanted_by=rule.asks[0] if rule.asks else HANDLER,
                    subject=subject,
                    grounds=[ground(rule)],
                )
            return approval.ask(key, subject, rule, **fields)

        return await self.change(call.under(policy), Approval, key, ask, knowing=subject)

    async def decide_approval(self, call: Call, approval_id: str, **fields: Any) -> Answer:
        """Raises NotFound, WrongState for one that is decided, Refused for a step that belongs to another."""
        approval = await self.read(Approval, approval_id)
        if not approval.exists:
            raise NotFound("no such approval")
        rule = approval.rule(self.courts[call.by.court])
        return await self.change(
            call.by_rule(rule),
            Approval,
            approval_id,
            lambda a, known: a.decide(rule, known, **fields),
            knowing=approval.subject,
        )


def actor_of(by: Circumstances) -> Actor:
    """Who acts, as the rules of authority see him."""
    return Actor(by.actor, by.post, by.team)


router = command_router("approvals 审批")


class AskApproval(body_of(contracts.ApprovalAsked, without=("approval_id", "chain", "next_post"))):
    """What leave is asked for, and on what grounds."""


class DecideApproval(
    body_of(contracts.ApprovalDecided, without=("approval_id", "act", "about", "step", "final", "next_post"))
):
    """The decision of the step that is open; the amount as the channel states it, or else as it was asked for."""


@router.post("/cases/{case_id}/approvals")
async def ask(case_id: CaseId, body: AskApproval, by: ByCaller) -> Response:
    """Asks leave for an act (报请): the chain is the court's."""
    return await by.do(ApprovalCommands.ask_approval, case_id, body=body)


@router.post("/approvals/{approval_id}/decide")
async def decide(approval_id: Id, body: DecideApproval, by: ByCaller) -> Response:
    """Decides the step that is open (审批); only its post can."""
    return await by.do(ApprovalCommands.decide_approval, approval_id, body=body)
