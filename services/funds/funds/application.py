"""Commands of the funds service, and the posts each is for."""

from __future__ import annotations

from typing import Any

from families.approval import Approval, ApprovalCommands
from families.correction import CorrectionCommands
from families.days import day_of
from families.history import IMPORTERS
from families.matter import Matter, MatterCommands
from funds.account import CaseAccount
from funds.cashbook import Cashbook
from funds.journal import Journal
from funds.ledger import COURT
from funds.past import PastCommands
from funds.payout import Lines
from funds.planning import plan
from funds.statement import StatementCommands
from funds.unclaimed import UnclaimedMoney
from kernel.call import Answer, Call
from kernel.corrections import evolve
from kernel.domain import stream_id
from kernel.facts import Known
from kernel.http import ANYONE
from kernel.problems import Invalid, NotFound, Refused, WrongState
from rules.authority import for_act
from rules.rulebook import Policy

CLAIM = "claim_funds"
TELLERS = ("finance_officer", "funds_officer")  # who enter what the bank tells
BOOKKEEPERS = (*TELLERS, "finance_head", "chief", "deputy_chief", "leader")
DOERS = (*TELLERS, "judge", "enforcement_officer")
MAY = {
    "open_account": ("funds_officer",),
    "receive": TELLERS,
    "confirm_arrival": ("finance_officer",),
    "propose_allocation": ("handler", "funds_officer"),
    "allocate": ("handler",),
    "ask_approval": ("handler",),
    "decide_approval": (ANYONE,),  # the chain says whose step it is
    "pay_out": ("finance_officer",),
    "return_deposits": ("finance_officer",),
    "enter_receipt_no": TELLERS,
    "receive_unclaimed": TELLERS,
    "ask_claim": TELLERS,
    "identify": ("funds_officer",),
    "report_anomaly": ("funds_officer",),
    "check_anomaly": ("chief", "deputy_chief", "funds_officer"),
    "ask_matter": ("handler", "funds_officer", "finance_officer", "director", "chief"),
    "accept_matter": DOERS,
    "decline_matter": DOERS,
    "progress_matter": DOERS,
    "finish_matter": DOERS,
    "receive_statement": TELLERS,
    "report_differences": ("funds_officer",),
    "read_statement": BOOKKEEPERS,
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "import_cases": IMPORTERS,
}


class Funds(ApprovalCommands, CorrectionCommands, MatterCommands, PastCommands, StatementCommands):
    """案款: accounts, receipts, allocation, approvals and payouts. A case has one account, and each payment a trail."""

    SERVICE = "funds"
    NAMED = (("matter_id", Matter), ("approval_id", Approval), ("payment_id", UnclaimedMoney))
    CORRECTED = (CaseAccount, UnclaimedMoney, Approval, Matter)
    cashbook: Cashbook  # set as the service is put together

    # -- money in

    async def open_account(self, call: Call, case_id: str) -> Answer:
        def open_for(account: CaseAccount, known: Known) -> dict[str, str]:
            _require_case(known)
            return account.open(case_id, known.subject)

        return await self.change(call, CaseAccount, case_id, open_for, knowing=f"case/{case_id}")

    async def receive(self, call: Call, case_id: str, payment_id: str | None = None, **fields: Any) -> Answer:
        key = _own(call, payment_id) or call.mint("payment")
        return await self.change(call, CaseAccount, case_id, lambda a: a.receive(key, **fields))

    async def confirm_arrival(self, call: Call, case_id: str, payment_id: str) -> Answer:
        key = call.mint("check")
        return await self.change(call, CaseAccount, case_id, lambda a: a.confirm_arrival(key, payment_id))

    # -- money with no case yet

    async def receive_unclaimed(self, call: Call, payment_id: str | None = None, **fields: Any) -> Answer:
        key = _own(call, payment_id) or call.mint("payment")
        return await self.change(call, UnclaimedMoney, key, lambda m: m.receive(key, **fields))

    async def ask_claim(self, call: Call, payment_id: str, **fields: Any) -> Answer:
        """The matter is the payment's own, so that its clock ends when the money is claimed."""
        (await self.read(UnclaimedMoney, payment_id)).require()
        return await super().ask_matter(call, None, payment_id, kind=CLAIM, **fields)

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        if fields["kind"] == CLAIM:
            raise Invalid("is asked of money in the main account", field="body.kind")
        return await super().ask_matter(call, case_id, matter_id, **fields)

    async def identify(self, call: Call, payment_id: str, case_id: str, amount_fen: int) -> Answer:
        if not case_id.startswith(f"{call.by.court}-"):
            raise Invalid("is no case of this court", field="body.case_id")

        def identify(money: UnclaimedMoney, known: Known) -> dict[str, str]:
            _require_case(known)
            return money.identify(case_id, amount_fen)

        return await self.change(call, UnclaimedMoney, payment_id, identify, knowing=f"case/{case_id}")

    async def receive_claimed(self, call: Call, payment_id: str, case_id: str, amount_fen: int) -> Answer:
        """What was claimed for a case stands in its account, and says where it comes from."""
        origin = (await self.read(UnclaimedMoney, payment_id)).require()
        told: dict[str, Any] = {
            "purpose": origin.purpose,
            "payer": origin.payer,
            "into": "case_account",
            "amount_fen": amount_fen,
        }
        return await self.receive(call, case_id, origin_payment_id=payment_id, **told)

    async def journal(self, case_id: str) -> Journal:
        """Everything that was posted in the case's ledger."""
        rows = await self._log.stream(stream_id(Journal, case_id), 0)
        return evolve(Journal.empty(case_id), rows)

    # -- allocation and payout

    async def propose_allocation(self, call: Call, case_id: str, **asked: Any) -> Answer:
        key, day = call.mint("proposal"), day_of(call.by)

        def propose(account: CaseAccount, known: Known) -> dict[str, Any]:
            account.require_open()
            return account.propose(key, **plan(account, known.view, day, **asked))

        return await self.change(call, CaseAccount, case_id, propose, knowing=f"case/{case_id}")

    async def allocate(self, call: Call, case_id: str, lines: Lines, approval_id: str | None = None) -> Answer:
        """Raises Refused where the court's rules ask for leave, and there is none for this."""
        key, policy = call.mint("allocation"), self.policy(call)
        approval = await self.read(Approval, approval_id) if approval_id else None

        def allocate(account: CaseAccount, known: Known) -> dict[str, str]:
            _require_leave(policy, approval, known, sum(line.amount_fen for line in lines))
            return account.allocate(key, lines, {COURT, *_parties(known)}, approval_id)

        return await self.change(call.under(policy), CaseAccount, case_id, allocate, knowing=f"case/{case_id}")

    async def pay_out(self, call: Call, case_id: str, approval_id: str, **fields: Any) -> Answer:
        """Only under an approval of this case's payout that went through its whole chain."""
        approval = await self.read(Approval, approval_id)
        if (approval.subject, approval.act, approval.state) != (f"case/{case_id}", "payout", "approved"):
            raise WrongState("no approved payout of this case has this id")
        key = call.mint("payout")
        approved = {"approval_id": approval_id, "approved_fen": approval.amount_fen}
        return await self.change(call, CaseAccount, case_id, lambda a: a.pay_out(key, **approved, **fields))

    async def enter_receipt_no(self, call: Call, case_id: str, payout_id: str, receipt_no: str) -> Answer:
        key = call.mint("check")
        return await self.change(call, CaseAccount, case_id, lambda a: a.enter_receipt_no(key, payout_id, receipt_no))

    # -- money of auctions

    async def close_round(self, call: Call, case_id: str, **closed: Any) -> Answer:
        key = call.mint("allocation")
        return await self.change(call, CaseAccount, case_id, lambda a: a.close_round(key, **closed))

    async def return_deposits(self, call: Call, case_id: str, lot_id: str, round: int) -> Answer:
        key = call.mint("payout")
        return await self.change(call, CaseAccount, case_id, lambda a: a.return_deposits(key, lot_id, round))

    # -- anomalies

    async def report_anomaly(
        self, call: Call, case_id: str, kind: str, amount_fen: int, payment_id: str | None = None
    ) -> Answer:
        key = call.mint("anomaly")
        return await self.change(
            call, CaseAccount, case_id, lambda a: a.report_anomaly(key, kind, payment_id, amount_fen)
        )

    async def check_anomaly(self, call: Call, case_id: str, anomaly_id: str, **fields: Any) -> Answer:
        key = call.mint("check")
        return await self.change(call, CaseAccount, case_id, lambda a: a.check_anomaly(key, anomaly_id, **fields))


def _own(call: Call, payment_id: str | None) -> str | None:
    """The bank's own id as one of this court's."""
    prefix = f"{call.by.court}-"
    return payment_id if payment_id is None or payment_id.startswith(prefix) else f"{prefix}{payment_id}"


def _require_case(known: Known) -> None:
    if not known.facts:
        raise NotFound("no such case")


def _require_leave(policy: Policy, approval: Approval | None, known: Known, amount_fen: int) -> None:
    """Leave for an allocation of just this amount, where the court's rules have a chain for it (N27)."""
    rule = for_act(policy, "allocation", known.view)
    if rule is None and approval is None:
        return
    leave = approval and (approval.subject, approval.act, approval.state, approval.amount_fen)
    if leave == (known.subject, "allocation", "approved", amount_fen):
        return
    if rule is None:
        raise WrongState("no approved allocation of this case and amount has this id")
    raise Refused(
        "the court's rules ask for leave to allocate this",
        act="allocate",
        rule=rule.id,
        lacking=("approval",),
        wanted_by=rule.chain[0][0],
        subject=known.subject,
    )


def _parties(known: Known) -> set[str]:
    """Of the case, in whatever role, as far as intake has told."""
    parties: set[str] = set()
    for fact in known.facts:
        if fact.type == "CaseFiled":
            parties |= {party["party_id"] for party in fact.data["parties"]}
        elif fact.type == "PartiesChanged":
            parties = parties - set(fact.data["removed"]) | {party["party_id"] for party in fact.data["added"]}
    return parties
