"""Approvals (审批): leave for an act, asked of the chain of posts that the court's pack names for it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from contracts import families as contracts
from contracts.base import CaseId, Id
from families import events
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate, DomainEvent
from kernel.facts import Known
from kernel.http import OK, ByCaller, body_of
from kernel.problems import Invalid, NotFound, Refused, WrongState
from rules.packs import HANDLER, Authority

Chain = tuple[tuple[str, ...], ...]  # steps in order; each step: the posts any of which decides it


class Approval(Aggregate):
    """One approval, step by step; a step opens only when the one before it approved."""

    KIND = "approval"

    def __init__(self) -> None:
        self.approval_id = ""
        self.act = ""
        self.about: str | None = None
        self.amount_fen: int | None = None
        self.rule = ""
        self.chain: Chain = ()
        self.step = 0  # the last step decided
        self.state = ""  # asked, approved, refused, returned

    @property
    def next_posts(self) -> tuple[str, ...]:
        return self.chain[self.step] if self.state == "asked" else ()

    def ask(self, approval_id: str, subject: str, rule: Authority, steps: Chain, **fields: Any) -> dict[str, str]:
        if not self.exists:
            self.record(
                events.ApprovalAsked,
                subject=subject,
                ruleid=rule.id,
                approval_id=approval_id,
                chain=tuple(step[0] for step in steps),
                alternatives=steps,
                next_post=steps[0][0],
                **fields,
            )
        return {"approval_id": approval_id}

    def decide(self, known: Known, *, decision: str, **fields: Any) -> dict[str, object]:
        """Raises Refused when the step that is open belongs to another post."""
        if not self.exists:
            raise NotFound("no such approval")
        if self.state != "asked":
            raise WrongState(f"the approval is {self.state} already")
        self._require_step(known)
        final = decision != "approved" or self.step + 1 == len(self.chain)
        self.record(
            events.ApprovalDecided,
            approval_id=self.approval_id,
            act=self.act,
            about=self.about,
            amount_fen=self.amount_fen,
            step=self.step + 1,
            decision=decision,
            final=final,
            next_post=None if final else self.chain[self.step + 1][0],
            **fields,
        )
        return {"approval_id": self.approval_id, "final": final}

    def _require_step(self, known: Known) -> None:
        assert self.by is not None
        is_handler = HANDLER in self.next_posts and known.view.holder == self.by.actor
        if self.by.post not in self.next_posts and not is_handler:
            raise Refused(
                "this step of the approval belongs to another post",
                act=f"decide_approval/{self.act}",
                rule=self.rule,
                lacking=["post"],
                wanted_by=self.next_posts[0],
                subject=self.subject,
            )

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.ApprovalAsked():
                self.approval_id, self.act, self.about = event.approval_id, event.act, event.about
                self.amount_fen, self.chain, self.rule = event.amount_fen, event.alternatives, event.ruleid
                self.state = "asked"
            case events.ApprovalDecided():
                self.step = event.step
                self.state = "asked" if not event.final else event.decision
            case _:
                pass


class ApprovalCommands(Application):
    """Asking for approvals and deciding them, as the court's pack says."""

    async def ask_approval(self, call: Call, case_id: str, **fields: Any) -> Answer:
        """Raises Invalid for an act the pack has no chain for, Refused for a caller who may not propose it."""
        subject, act, key = f"case/{case_id}", fields["act"], call.mint("approval")
        rule = next((a for a in self.policy(call).authority if a.act == act), None)
        if rule is None:
            raise Invalid("no rule of the court's pack says who approves this act", field="body.act")

        def ask(approval: Approval, known: Known) -> dict[str, str]:
            if rule.asks and not _may_ask(rule, call, known):
                raise Refused(
                    "another may propose this",
                    act=f"ask_approval/{act}",
                    rule=rule.id,
                    lacking=["post"],
                    wanted_by=rule.asks[0],
                    subject=subject,
                )
            return approval.ask(key, subject, rule, rule.chain, **fields)

        return await self.change(call, Approval, key, ask, knowing=subject)

    async def decide_approval(self, call: Call, approval_id: str, **fields: Any) -> Answer:
        subject = (await self.read(Approval, approval_id)).subject
        return await self.change(
            call, Approval, approval_id, lambda a, known: a.decide(known, **fields), knowing=subject
        )


def _may_ask(rule: Authority, call: Call, known: Known) -> bool:
    return call.by.post in rule.asks or (HANDLER in rule.asks and known.view.holder == call.by.actor)


router = APIRouter(tags=["approvals 审批"], responses=OK)


class AskApproval(body_of(contracts.ApprovalAsked, without=("approval_id", "chain", "next_post"))):
    """What leave is asked for, and on what grounds."""


class DecideApproval(
    body_of(
        contracts.ApprovalDecided, without=("approval_id", "act", "about", "step", "final", "next_post", "amount_fen")
    )
):
    """The decision of the step that is open."""


@router.post("/cases/{case_id}/approvals")
async def ask(case_id: CaseId, body: AskApproval, by: ByCaller) -> Response:
    """Asks leave for an act (报请): the chain is the court's."""
    return await by.do(ApprovalCommands.ask_approval, case_id, body=body)


@router.post("/approvals/{approval_id}/decide")
async def decide(approval_id: Id, body: DecideApproval, by: ByCaller) -> Response:
    """Decides the step that is open (审批); only its post can."""
    return await by.do(ApprovalCommands.decide_approval, approval_id, body=body)
