"""HTTP of the funds service."""

from __future__ import annotations

from typing import Any, Literal

from fastapi.responses import Response
from pydantic import Field

from contracts import funds as contracts
from contracts.base import CaseId, Id
from funds.account import CaseAccount
from funds.application import Funds
from funds.views import account_view
from kernel.http import ByCaller, Command, body_of, command_router

router = command_router("funds 案款")


class ReceiveFunds(body_of(contracts.FundsReceived, without=("payment_id",))):
    """Money that arrived for this case (案款到账): what lies in the main account is of no case yet."""

    into: Literal["case_account", "cash", "on_the_spot"]
    payment_id: Id | None = Field(None, description="the bank's own id, if it has one")


class ConfirmArrival(Command):
    """The finance office has seen the money."""

    payment_id: Id


class Allocate(body_of(contracts.FundsAllocated, without=("allocation_id", "payment_ids"))):
    """Who gets what of which payment (分配)."""


class PayOut(body_of(contracts.FundsPaidOut, without=("payout_id", "lines", "settled_payments", "amount_fen"))):
    """An allocation is paid out (发放) under its approval."""

    allocation_id: Id


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
    """Confirms that a payment has arrived (到账确认)."""
    return await by.do(Funds.confirm_arrival, case_id, body=body)


@router.post("/cases/{case_id}/allocations")
async def allocate(case_id: CaseId, body: Allocate, by: ByCaller) -> Response:
    """Settles who gets what (分配核算)."""
    return await by.do(Funds.allocate, case_id, body=body)


@router.post("/cases/{case_id}/payouts")
async def pay_out(case_id: CaseId, body: PayOut, by: ByCaller) -> Response:
    """Pays an allocation out (发放), once its approval has gone through the whole chain."""
    return await by.do(Funds.pay_out, case_id, body=body)


@router.get("/cases/{case_id}/account")
async def account(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """The case's account: what came in, was allocated and is left."""
    return account_view(await by.reads(Funds).read(CaseAccount, case_id))
