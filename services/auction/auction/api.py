"""HTTP of the auction service."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response

from auction.application import Auction
from auction.lot import Lot
from auction.views import lot_view
from contracts import auction as contracts
from contracts.base import Code, Id
from kernel.http import ByCaller, Command, command_router

router = command_router("auction 财产处置")


class StartPricing(Command):
    """The method by which a price is sought."""

    method: contracts.Method


class FailPricing(Command):
    """Why the method under way gave no price."""

    reason: Code


@router.post("/lots/{lot_id}/pricings")
async def start_pricing(lot_id: Id, body: StartPricing, by: ByCaller) -> Response:
    """Seeks the reference price by a method whose turn has come (启动定价)."""
    return await by.do(Auction.start_pricing, lot_id, body=body)


@router.post("/lots/{lot_id}/pricings/fail")
async def fail_pricing(lot_id: Id, body: FailPricing, by: ByCaller) -> Response:
    """The method under way gave no price (定价不成): the next one of the court's order starts by itself."""
    return await by.do(Auction.fail_pricing, lot_id, body=body)


@router.get("/lots/{lot_id}")
async def lot(lot_id: Id, by: ByCaller) -> dict[str, Any]:
    """A lot, and how its price was sought so far."""
    return lot_view(await by.reads(Auction).read(Lot, lot_id))
