"""Commands of the funds service, and the posts each is for."""

from __future__ import annotations

from typing import Any

from contracts.funds import AllocationLine
from families.approval import Approval, ApprovalCommands
from funds.account import CaseAccount
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.http import ANYONE
from kernel.problems import NotFound, WrongState

MAY = {
    "open_account": ("funds_officer",),
    "receive": ("finance_officer", "funds_officer"),
    "confirm_arrival": ("finance_officer",),
    "allocate": ("handler",),
    "ask_approval": ("handler",),
    "decide_approval": (ANYONE,),  # the chain says whose step it is
    "pay_out": ("finance_officer",),
}

COURT = "court"  # as a payee: fees and costs


class Funds(ApprovalCommands):
    """案款: accounts, receipts, allocation, approvals and payouts. A case has one account, and each payment a trail."""

    SERVICE = "funds"

    async def open_account(self, call: Call, case_id: str) -> Answer:
        def open_for(account: CaseAccount, known: Known) -> dict[str, str]:
            if not known.facts:
                raise NotFound("no such case")
            return account.open(case_id, known.subject)

        return await self.change(call, CaseAccount, case_id, open_for, knowing=f"case/{case_id}")

    async def receive(self, call: Call, case_id: str, payment_id: str | None = None, **fields: Any) -> Answer:
        key = payment_id or call.mint("payment")
        return await self.change(call, CaseAccount, case_id, lambda a: a.receive(key, **fields))

    async def confirm_arrival(self, call: Call, case_id: str, payment_id: str) -> Answer:
        key = call.mint("check")
        return await self.change(call, CaseAccount, case_id, lambda a: a.confirm_arrival(key, payment_id))

    async def allocate(self, call: Call, case_id: str, lines: tuple[AllocationLine, ...]) -> Answer:
        key = call.mint("allocation")

        def allocate(account: CaseAccount, known: Known) -> dict[str, str]:
            return account.allocate(key, lines, {COURT, *_parties(known)})

        return await self.change(call, CaseAccount, case_id, allocate, knowing=f"case/{case_id}")

    async def pay_out(self, call: Call, case_id: str, approval_id: str, **fields: Any) -> Answer:
        """Only under an approval of this case's payout that went through its whole chain."""
        approval = await self.read(Approval, approval_id)
        if (approval.subject, approval.act, approval.state) != (f"case/{case_id}", "payout", "approved"):
            raise WrongState("no approved payout of this case has this id")
        key = call.mint("payout")
        approved = {"approval_id": approval_id, "approved_fen": approval.amount_fen}
        return await self.change(call, CaseAccount, case_id, lambda a: a.pay_out(key, **approved, **fields))


def _parties(known: Known) -> set[str]:
    """Of the case, in whatever role, as far as intake has told."""
    parties: set[str] = set()
    for fact in known.facts:
        if fact.type == "CaseFiled":
            parties |= {party["party_id"] for party in fact.data["parties"]}
        elif fact.type == "PartiesChanged":
            parties = parties - set(fact.data["removed"]) | {party["party_id"] for party in fact.data["added"]}
    return parties
