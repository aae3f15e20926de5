"""What the service does when others, or itself, publish, and when time has come: event or timer -> command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auction.application import Auction
from auction.bidding import CLOSE
from auction.disposal import DISPOSAL
from auction.lot import Lot, round_id
from auction.papers import NOTICE
from auction.terms import end_of
from contracts.auction import AuctionAnnounced, AuctionFailed, AuctionPaid, AuctionSold, LotTransferred, PricingFailed
from contracts.families import MatterAccepted
from contracts.funds import FundsReceived
from contracts.intake import DocumentSigned
from contracts.triage import CaseClosed
from families.matter import OPEN, Matter
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event
from kernel.timers import Timer

WATCH = "watch_balance"


async def open_lot(auction: Auction, call: Call, event: Event, _: str) -> None:
    accepted = event.data
    assert isinstance(accepted, MatterAccepted)
    await auction.open(call, event.case_id, accepted.matter_id, accepted.about or "")


async def go_on_pricing(auction: Auction, call: Call, event: Event, _: str) -> None:
    """After the last method this is refused: an item for a person."""
    assert isinstance(event.data, PricingFailed)
    await auction.go_on_pricing(call, event.data.lot_id)


async def announce(auction: Auction, call: Call, event: Event, _: str) -> None:
    """The round that is planned; a notice signed before it was planned is announced by a person."""
    assert isinstance(event.data, DocumentSigned)
    lot_id = (event.data.about or "").removeprefix("lot:")
    if (await auction.read(Lot, lot_id)).plan is not None:
        await auction.announce(call, lot_id, event.data.document_id)


async def plan_closing(auction: Auction, call: Call, event: Event, _: str) -> None:
    announced = event.data
    assert isinstance(announced, AuctionAnnounced)
    await auction.plan_closing(call, round_id(announced.lot_id, announced.round), announced.closes_at)


async def close_round(auction: Auction, call: Call, data: dict[str, Any]) -> None:
    await auction.close_when_over(call, data["round_id"])


async def plan_following(auction: Auction, call: Call, event: Event, _: str) -> None:
    assert isinstance(event.data, AuctionFailed)
    await auction.plan_following(call, event.data.lot_id)


async def receive_deposit(auction: Auction, call: Call, event: Event, _: str) -> None:
    """For a round that is over, or none, this is refused: an item for a person."""
    paid = event.data
    assert isinstance(paid, FundsReceived)
    held_id = round_id(paid.lot_id or "", paid.round or 0)
    await auction.receive_deposit(call, event.subject, held_id, paid.payment_id, paid.amount_fen)


async def plan_watch(auction: Auction, call: Call, event: Event, _: str) -> None:
    """A timer for when the price is due."""
    sold = event.data
    assert isinstance(sold, AuctionSold)
    data = {"lot_id": sold.lot_id, "round": sold.round}
    due = end_of(sold.balance_due_on)
    await auction.timers.set(Timer(f"{event.id}.balance", due, WATCH, data), call.by)


async def watch_balance(auction: Auction, call: Call, data: dict[str, Any]) -> None:
    await auction.watch_balance(call, data["lot_id"], data["round"])


async def record_balance(auction: Auction, call: Call, event: Event, _: str) -> None:
    """For a lot that is paid, or not sold, this is refused: an item for a person."""
    paid = event.data
    assert isinstance(paid, FundsReceived)
    await auction.record_balance(call, event.subject, paid.lot_id or "", paid.payment_id, paid.amount_fen, paid.round)


async def report(auction: Auction, call: Call, event: Event, _: str) -> None:
    """The handler who asked for the disposal, and for those whose lots went up in this one."""
    assert isinstance(event.data, AuctionPaid)
    for lot_id, own_call in await _with_merged(auction, call, event.data.lot_id):
        await auction.report(own_call, lot_id)


async def finish(auction: Auction, call: Call, event: Event, _: str) -> None:
    assert isinstance(event.data, LotTransferred)
    done = {"result": "done", "receipts_complete": False, "reported_to_handler": True}
    for lot_id, own_call in await _with_merged(auction, call, event.data.lot_id):
        if (await auction.read(Matter, lot_id)).state in OPEN:
            await auction.finish_matter(own_call, lot_id, **done)


async def withdraw(auction: Auction, call: Call, event: Event, _: str) -> None:
    """A case that is over auctions nothing: its rounds under way are withdrawn."""
    facts = (await auction.known(event.court, event.subject)).facts
    for lot_id in dict.fromkeys(fact.data["lot_id"] for fact in facts if fact.type == "AuctionAnnounced"):
        running = (await auction.read(Lot, lot_id)).running
        if running is not None:
            await auction.stop_round(_apart(call, lot_id), round_id(lot_id, running.round), "withdrawn")


async def _with_merged(auction: Auction, call: Call, lot_id: str) -> list[tuple[str, Call]]:
    """The lot and those that went up in it, each with a command of its own."""
    merged = (await auction.read(Lot, lot_id)).merged
    return [(lot_id, call), *((each, _apart(call, each)) for each in merged)]


def _apart(call: Call, name: str) -> Call:
    """The same reaction, for one of several things: as safe to repeat as the whole."""
    return replace(call, by=call.by.model_copy(update={"command_id": f"{call.by.command_id}/{name}"}))


def _is_for_case(paid: FundsReceived, purpose: str) -> bool:
    """What lies in the main account comes once more when it is claimed for the case."""
    return paid.purpose == purpose and paid.into != "main_account"


def _is_notice(signed: DocumentSigned) -> bool:
    return signed.kind == NOTICE and (signed.about or "").startswith("lot:")


REACTIONS = [
    Reaction(MatterAccepted, "open_lot", open_lot, when=lambda e: e.kind == DISPOSAL),
    Reaction(PricingFailed, "go_on_pricing", go_on_pricing),
    Reaction(DocumentSigned, "announce", announce, when=_is_notice),
    Reaction(AuctionAnnounced, "plan_closing", plan_closing),
    Reaction(AuctionFailed, "plan_following", plan_following),
    Reaction(FundsReceived, "receive_deposit", receive_deposit, when=lambda e: _is_for_case(e, "auction_deposit")),
    Reaction(AuctionSold, "plan_watch", plan_watch),
    Reaction(FundsReceived, "record_balance", record_balance, when=lambda e: _is_for_case(e, "auction_balance")),
    Reaction(AuctionPaid, "report", report),
    Reaction(LotTransferred, "finish", finish, when=lambda e: e.step == "delivered"),
    Reaction(CaseClosed, "withdraw", withdraw),
]
TIMERS = {CLOSE: close_round, WATCH: watch_balance}
