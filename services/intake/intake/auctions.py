"""Papers of an auction (拍卖文书) that follow from what the auction service tells."""

from __future__ import annotations

from typing import Any

from contracts.auction import AuctionFailed, AuctionPaid, PriceFixed
from kernel.facts import Known
from rules.packs import Rounds

NOTICE = "auction_notice"


def paper_after(happened: PriceFixed | AuctionFailed | AuctionPaid, known: Known, rounds: Rounds | None) -> str | None:
    """The kind of document that is needed next: a notice of the next round, or the ruling on a sale that is paid."""
    match happened:
        case PriceFixed():
            return NOTICE
        case AuctionFailed(lot_id=lot_id):
            return NOTICE if rounds and _failed_rounds(known, lot_id) in rounds.after_failed else None
        case AuctionPaid(lot_id=lot_id, round=number):
            return "in_kind_ruling" if "in_kind" in _modes_sold(known, lot_id, number) else "sale_ruling"


def paper(kind: str, lot_id: str, known: Known) -> dict[str, Any]:
    """The draft, for all parties of the case."""
    parties = tuple(party["id"] for party in (*known.view.creditors, *known.view.debtors))
    return {
        "kind": kind,
        "about": f"lot:{lot_id}",
        "party_ids": parties,
        "checked_against_file": False,
        "states": (),
        "by_direction": None,
    }


def _failed_rounds(known: Known, lot_id: str) -> int:
    """Since the price was fixed."""
    failed = 0
    for fact in known.facts:
        if fact.data.get("lot_id") == lot_id:
            failed = 0 if fact.type == "PriceFixed" else failed + (fact.type == "AuctionFailed")
    return failed


def _modes_sold(known: Known, lot_id: str, number: int) -> set[str]:
    sold = (fact.data for fact in known.facts if fact.type == "AuctionSold")
    return {data["mode"] for data in sold if (data["lot_id"], data["round"]) == (lot_id, number)}
