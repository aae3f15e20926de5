"""HTTP of the funds service: the money of a case."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from contracts import families as family_contracts
from contracts import funds as contracts
from contracts.base import CaseId, Fen, Id, Many, Nth
from funds.account import CaseAccount
from funds.application import Funds
from funds.claims import Claimed
from funds.distribution import Method
from funds.views import account_view, ledger_view
from kernel.http import ByCaller, Command, body_of, command_router

router = command_router("funds 案款")


class ReceiveFunds(body_of(contracts.FundsReceived, without=("payment_id", "origin_payment_id"))):
    """Money that arrived for this case (案款到账): what lies in the main account is of no case yet."""

    into: Literal["case_account", "cash", "on_the_spot"]
    payment_id: Id | None = Field(None, description="the bank's own id, if it has one")
    payer_id: Id | None = Field(None, description="by which the payer is known, as a bidder is by his number")


class ConfirmArrival(Command):
    """The finance office has seen the money."""

    payment_id: Id


class ProposeAllocation(Command):
    """Who claims what; for one creditor's money claim it follows from the filing.

    `fee_fen`: where it is not the scale's. `method`: pro_rata (参与分配) or by_seizure (按查封顺序), or else what goes
    with the kind of debtor. `payment_ids`: or else all money that is free.
    """

    claims: Many[Claimed] = ()
    method: Method | None = None
    fee_fen: Fen | None = None
    payment_ids: Many[Id] = ()


class Allocate(body_of(contracts.FundsAllocated, without=("allocation_id", "payment_ids"))):
    """Who gets what of which payment (分配), and the leave for it where the court's rules ask for one."""

    approval_id: Id | None = None


class PayOut(body_of(contracts.FundsPaidOut, without=("payout_id", "lines", "settled_payments", "amount_fen"))):
    """What of an allocation leaves in this way (发放), under its approval: to one payee or to all."""

    allocation_id: Id
    to: Id | None = None


class ReturnDeposits(Command):
    """A round of an auction that has ended."""

    lot_id: Id
    round: Nth = Field(examples=[1])


class EnterReceiptNo(Command):
    """The receipt's number (票号)."""

    receipt_no: Id


class ReportAnomaly(body_of(contracts.FundsAnomalyFound, without=("anomaly_id",))):
    """What is wrong with money or account (异常)."""


class CheckAnomaly(body_of(family_contracts.CheckRecorded, without=("check_id", "kind", "about", "count"))):
    """What became of it: passed, it is settled."""


@router.post("/cases/{case_id}/account")
async def open_account(case_id: CaseId, body: Command, by: ByCaller) -> Response:
    """Opens the case's account (一案一账号); opening it again changes nothing."""
    return await by.do(Funds.open_account, case_id, body=body)


@router.post("/cases/{case_id}/receipts")
async def receive(case_id: CaseId, body: ReceiveFunds, by: ByCaller) -> Response:
    """Records money that arrived. The same payment_id again changes nothing."""
    return await by.do(Funds.receive, case_id, body=body)


@router.post("/cases/{case_id}/arrivals")
async def confirm_arrival(case_id: CaseId, body: ConfirmArrival, by: ByCaller) -> Response:
    """Confirms that a payment has arrived (到账确认); cash is at the bank from then on."""
    return await by.do(Funds.confirm_arrival, case_id, body=body)


@router.post("/cases/{case_id}/allocations/propose")
async def propose_allocation(case_id: CaseId, body: ProposeAllocation, by: ByCaller) -> Response:
    """Works out who gets what by law (分配方案), to the fen; nothing is allocated by it."""
    return await by.do(Funds.propose_allocation, case_id, body=body)


@router.post("/cases/{case_id}/allocations")
async def allocate(case_id: CaseId, body: Allocate, by: ByCaller) -> Response:
    """Settles who gets what (分配核算)."""
    return await by.do(Funds.allocate, case_id, body=body)


@router.post("/cases/{case_id}/payouts")
async def pay_out(case_id: CaseId, body: PayOut, by: ByCaller) -> Response:
    """Pays an allocation out (发放、提存、退付), once its approval has gone through the whole chain."""
    return await by.do(Funds.pay_out, case_id, body=body)


@router.post("/cases/{case_id}/payouts/{payout_id}/receipt")
async def enter_receipt_no(case_id: CaseId, payout_id: Id, body: EnterReceiptNo, by: ByCaller) -> Response:
    """Enters the receipt's number that was missing at the payout (补记票号)."""
    return await by.do(Funds.enter_receipt_no, case_id, payout_id, body=body)


@router.post("/cases/{case_id}/deposits/return")
async def return_deposits(case_id: CaseId, body: ReturnDeposits, by: ByCaller) -> Response:
    """Pays back what a round's bidders paid and is not kept (退还保证金): the law orders it, nobody approves it."""
    return await by.do(Funds.return_deposits, case_id, body=body)


@router.post("/cases/{case_id}/anomalies")
async def report_anomaly(case_id: CaseId, body: ReportAnomaly, by: ByCaller) -> Response:
    """Reports that something is wrong with money or account (异常); one that is open is reported once."""
    return await by.do(Funds.report_anomaly, case_id, body=body)


@router.post("/cases/{case_id}/anomalies/{anomaly_id}/check")
async def check_anomaly(case_id: CaseId, anomaly_id: Id, body: CheckAnomaly, by: ByCaller) -> Response:
    """Records what became of an anomaly (核查处理)."""
    return await by.do(Funds.check_anomaly, case_id, anomaly_id, body=body)


@router.get("/cases/{case_id}/account")
async def account(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """The case's account: what came in, was allocated and is left."""
    return account_view(await by.reads(Funds).read(CaseAccount, case_id))


@router.get("/cases/{case_id}/ledger")
async def ledger(
    case_id: CaseId,
    by: ByCaller,
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> dict[str, Any]:
    """The case's ledger (明细账): every account's balance, and every entry in its order."""
    return ledger_view(await by.reads(Funds).journal(case_id), after, limit)
