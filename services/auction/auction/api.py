"""HTTP of the auction service."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi.responses import Response
from pydantic import Field

from auction.application import Auction
from auction.events import LotPart
from auction.lot import Lot
from auction.recheck import Exported
from auction.round import Round
from auction.terms import Days, Percent
from auction.views import closing_view, lot_view, round_view
from contracts import auction as contracts
from contracts.base import Code, Day, Fen, Id, Instant, Many, Nth
from kernel.http import ByCaller, Command, body_of, command_router

router = command_router("auction 财产处置")
Positive = Annotated[Fen, Field(gt=0)]


class FormLot(Command):
    """What is sold together, or in shares: the lot's own property first, then that of other disposals."""

    parts: Annotated[Many[LotPart], Field(min_length=1, examples=[[{"asset_id": "a-1", "share": 1, "whole": 2}]])]


class StartPricing(Command):
    """The method by which a price is sought."""

    method: contracts.Method


class FailPricing(Command):
    """Why the method under way gave no price."""

    reason: Code


class FixPrice(body_of(contracts.PriceFixed, without=("lot_id", "pricing_id", "method"))):
    """The price that the method under way gave, and until when it holds."""


class PlanRound(Command):
    """The terms a panel has settled (合议庭评议). The start price is the reserve."""

    opens_at: Instant = Field(examples=["2026-04-06T02:00:00Z"])
    closes_at: Instant = Field(examples=["2026-04-07T02:00:00Z"])
    start_price_fen: Positive = Field(examples=[105_000_000])
    deposit_fen: Fen = Field(examples=[10_500_000])
    increment_fen: Positive = Field(examples=[500_000])
    balance_days: Days = Field(examples=[10], description="until the buyer has paid, counted from the sale")
    cut_percent: Percent = Field(examples=[20], description="what the next auction, if this one fails, starts lower")


class Announce(Command):
    """The signed notice of the round that is planned."""

    notice: Id


class AdmitBidder(Command):
    """Who may bid, under an id that says nobody's name and stays his for all rounds of the lot."""

    bidder_id: Id = Field(examples=["bidder-7"])
    priority: Nth | None = Field(None, description="place of a confirmed right of first refusal, 1 the strongest")
    deposit_payment_id: Id | None = Field(None, examples=["p-1"], description="none: a creditor whose claim covers it")


class PlaceBid(Command):
    """A bid as the platform logged it; `at` is when it reached the platform."""

    bidder_id: Id = Field(examples=["bidder-7"])
    amount_fen: Positive = Field(examples=[105_000_000])


class StrikeBid(Command):
    """Why the court strikes a bid out."""

    number: Nth = Field(examples=[3])
    reason: Code


class StopRound(Command):
    """Why a round is stopped; `annulled` is for a round that has ended in a sale."""

    cause: Literal["withdrawn", "suspended", "annulled"]


class SettleInKind(Command):
    """The creditor who takes the property, and what of the price his claim covers."""

    creditor_id: Id = Field(examples=["party-1"])
    price_fen: Positive = Field(examples=[84_000_000])
    set_off_fen: Fen = Field(examples=[84_000_000])
    balance_due_on: Day = Field(examples=["2026-05-20"], description="until when he pays the rest")


class DeclareDefault(Command):
    """What holding the auction again costs: the deposit covers it first."""

    costs_fen: Fen = Field(examples=[0])


class RecordTransfer(body_of(contracts.LotTransferred, without=("lot_id",))):
    """The step that is done."""


@router.post("/lots/{lot_id}/parts")
async def form_lot(lot_id: Id, body: FormLot, by: ByCaller) -> Response:
    """Puts a lot together (组成标的) of several assets, or shares of them; it is priced as a whole."""
    return await by.do(Auction.form_lot, lot_id, body=body)


@router.post("/lots/{lot_id}/pricings")
async def start_pricing(lot_id: Id, body: StartPricing, by: ByCaller) -> Response:
    """Seeks the reference price by a method whose turn has come (启动定价)."""
    return await by.do(Auction.start_pricing, lot_id, body=body)


@router.post("/lots/{lot_id}/pricings/fail")
async def fail_pricing(lot_id: Id, body: FailPricing, by: ByCaller) -> Response:
    """The method under way gave no price (定价不成): the next one of the court's order starts by itself."""
    return await by.do(Auction.fail_pricing, lot_id, body=body)


@router.post("/lots/{lot_id}/price")
async def fix_price(lot_id: Id, body: FixPrice, by: ByCaller) -> Response:
    """The method under way gave a price (参考价确定)."""
    return await by.do(Auction.fix_price, lot_id, body=body)


@router.post("/lots/{lot_id}/plan")
async def plan_round(lot_id: Id, body: PlanRound, by: ByCaller) -> Response:
    """Settles the terms of the next round (拍卖方案); it is announced when its notice is signed."""
    return await by.do(Auction.plan_round, lot_id, body=body)


@router.post("/lots/{lot_id}/announcement")
async def announce(lot_id: Id, body: Announce, by: ByCaller) -> Response:
    """Announces the planned round (拍卖公告) by a notice that was signed before it was planned."""
    return await by.do(Auction.announce, lot_id, body=body)


@router.post("/rounds/{round_id}/bidders")
async def admit_bidder(round_id: Id, body: AdmitBidder, by: ByCaller) -> Response:
    """Admits a bidder whose deposit has arrived (竞买资格), with his right of first refusal if he has one."""
    return await by.do(Auction.admit_bidder, round_id, body=body)


@router.post("/rounds/{round_id}/bids")
async def place_bid(round_id: Id, body: PlaceBid, by: ByCaller) -> Response:
    """Logs a bid (出价). Bids may come in any order; whether one counts, the closing tells."""
    return await by.do(Auction.place_bid, round_id, body=body)


@router.post("/rounds/{round_id}/strikes")
async def strike_bid(round_id: Id, body: StrikeBid, by: ByCaller) -> Response:
    """Strikes a bid out (出价无效): it cannot win, what it prolonged stays. No bidder takes a bid back (拍卖法 36)."""
    return await by.do(Auction.strike_bid, round_id, body=body)


@router.post("/rounds/{round_id}/close")
async def close_round(round_id: Id, body: Command, by: ByCaller) -> Response:
    """Closes a round whose bidding is over; without this it closes by itself a few minutes later."""
    return await by.do(Auction.close_round, round_id, body=body)


@router.post("/rounds/{round_id}/stop")
async def stop_round(round_id: Id, body: StopRound, by: ByCaller) -> Response:
    """Withdraws or suspends a round (撤回、中止), or annuls the sale in it (撤销)."""
    return await by.do(Auction.stop_round, round_id, body=body)


@router.post("/lots/{lot_id}/in-kind")
async def settle_in_kind(lot_id: Id, body: SettleInKind, by: ByCaller) -> Response:
    """Gives the lot of a failed round to a creditor (以物抵债)."""
    return await by.do(Auction.settle_in_kind, lot_id, body=body)


@router.post("/lots/{lot_id}/default")
async def declare_default(lot_id: Id, body: DeclareDefault, by: ByCaller) -> Response:
    """The buyer has not paid in time (悔拍): the sale is off, his deposit is forfeited."""
    return await by.do(Auction.declare_default, lot_id, body=body)


@router.post("/lots/{lot_id}/transfers")
async def record_transfer(lot_id: Id, body: RecordTransfer, by: ByCaller) -> Response:
    """Records a step of the hand-over to the buyer (过户交付): taxes, title, delivery."""
    return await by.do(Auction.record_transfer, lot_id, body=body)


@router.get("/lots/{lot_id}")
async def lot(lot_id: Id, by: ByCaller) -> dict[str, Any]:
    """A lot: its property, price, rounds, sale and transfer."""
    return lot_view(await by.reads(Auction).read(Lot, lot_id))


@router.get("/rounds/{round_id}")
async def held_round(round_id: Id, by: ByCaller) -> dict[str, Any]:
    """How the bidding of a round stands."""
    return round_view(await by.reads(Auction).read(Round, round_id))


@router.get("/rounds/{round_id}/closing")
async def closing(round_id: Id, by: ByCaller) -> Exported:
    """The whole bid log of a round that is over, the result, and the rule behind each step, to be run again."""
    return closing_view(await by.reads(Auction).read(Round, round_id))
