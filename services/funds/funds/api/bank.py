"""HTTP of the funds service: what the court's bank account tells, and money in it that has no case yet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Base64Bytes, Field

from contracts import families as family_contracts
from contracts import funds as contracts
from contracts.base import CaseId, Day, Fen, Id
from funds.application import Funds
from funds.unclaimed import UnclaimedMoney
from funds.views import statement_view, trail_view, unclaimed_view
from kernel.http import ByCaller, Command, body_of, command_router
from kernel.problems import NotFound

router = command_router("bank 银行账户")
SAMPLE = "ZGF0ZSxyZWZlcmVuY2UsaW4sb3V0CjIwMjYtMDMtMDIscDEsODYwMDAuMDAsCg=="  # one line of 86,000.00 that came in
OF_A_CASE = ("payment_id", "lot_id", "round", "origin_payment_id")


class ReceiveUnclaimed(body_of(contracts.FundsReceived, without=OF_A_CASE)):
    """Money that arrived in the main account (主账号): of which case is not known yet."""

    into: Literal["main_account"]
    payment_id: Id | None = Field(None, description="the bank's own id, if it has one")


class AskClaim(body_of(family_contracts.MatterAsked, without=("matter_id", "kind", "sub", "about", "place"))):
    """Who is to find out whose money it is (登记待认领)."""


class Identify(Command):
    """The case, and how much of the payment is its own."""

    case_id: CaseId
    amount_fen: Fen


class ReceiveStatement(Command):
    """A statement of the bank as CSV, in Base64; balances in yuan.

    Columns: date 交易日期, reference 流水号, in 收入, out 支出, and if there are any account 账号 and balance 余额;
    others are not read. UTF-8 or GB18030.
    """

    first: Day = Field(examples=["2026-03-02"])
    last: Day = Field(examples=["2026-03-02"])
    opening: str = Field(examples=["0.00"], max_length=40)
    closing: str = Field(examples=["86000.00"], max_length=40)
    content: Base64Bytes = Field(examples=[SAMPLE])


@router.post("/money")
async def receive_unclaimed(body: ReceiveUnclaimed, by: ByCaller) -> Response:
    """Records money in the main account. The same payment_id again changes nothing."""
    return await by.do(Funds.receive_unclaimed, body=body)


@router.post("/money/{payment_id}/claims")
async def ask_claim(payment_id: Id, body: AskClaim, by: ByCaller) -> Response:
    """Has the money's case found (认领事项); done once the whole payment is identified."""
    return await by.do(Funds.ask_claim, payment_id, body=body)


@router.post("/money/{payment_id}/identify")
async def identify(payment_id: Id, body: Identify, by: ByCaller) -> Response:
    """Claims money for a case (认领), whole or in part: it is received on the case's account."""
    return await by.do(Funds.identify, payment_id, body=body)


@router.get("/money")
async def unclaimed(by: ByCaller, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[dict[str, Any]]:
    """Money in the main account that is not claimed whole (不明款台账), the oldest first."""
    return await by.reads(Funds).cashbook.unclaimed(by.principal.court, limit)


@router.get("/money/{payment_id}")
async def money(payment_id: Id, by: ByCaller) -> dict[str, Any]:
    """One payment into the main account: for which cases it was claimed, and what is left."""
    return unclaimed_view(await by.reads(Funds).read(UnclaimedMoney, payment_id))


@router.get("/payments/{payment_id}/trail")
async def trail(payment_id: Id, by: ByCaller) -> dict[str, Any]:
    """The way of every fen of a payment (资金流向), from its payer to whom it went."""
    funds = by.reads(Funds)
    subject = await funds.cashbook.subject_of(by.principal.court, payment_id)
    kind, _, key = (subject or "").partition("/")
    if kind == "money":
        return unclaimed_view(await funds.read(UnclaimedMoney, payment_id))
    if kind != "case":
        raise NotFound("no such payment")
    return trail_view(await funds.journal(key), payment_id)


@router.post("/statements")
async def receive_statement(body: ReceiveStatement, by: ByCaller) -> Response:
    """Takes a statement in (对账单), whole or not at all; the same one again changes nothing."""
    return await by.do(Funds.receive_statement, body=body)


@router.post("/statements/{statement_id}/anomalies")
async def report_differences(statement_id: Id, body: Command, by: ByCaller) -> Response:
    """Every difference that can be told to a case becomes an anomaly of it, once."""
    return await by.do(Funds.report_differences, statement_id, body=body)


@router.get("/statements/{statement_id}")
async def statement(statement_id: Id, by: ByCaller) -> dict[str, Any]:
    """The statement against the cash book as it stands now (对账): every difference."""
    funds = await by.reads_as(Funds, "read_statement")
    return statement_view(*await funds.compared(by.principal.court, statement_id))
