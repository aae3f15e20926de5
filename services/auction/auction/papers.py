"""Papers (文书) that others sign and the auction waits for, known by their events."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.facts import Known
from kernel.problems import WrongState

NOTICE = "auction_notice"
RULINGS = frozenset({"sale_ruling", "in_kind_ruling"})


def require_notice_signed(known: Known, notice: str, lot_id: str) -> None:
    """Raises WrongState unless it is a signed notice of this lot (拍卖公告) that announced no other round."""
    if notice not in _signed(known, {NOTICE}, lot_id):
        raise WrongState("no signed auction notice of this lot has this id")
    if any(fact.type == "AuctionAnnounced" and fact.data["notice"] == notice for fact in known.facts):
        raise WrongState("the notice has announced a round already: each has its own")


def require_ruling_signed(known: Known, lot_id: str) -> None:
    """Title passes by the ruling on the sale (法释〔2016〕18号 art. 22)."""
    if not any(_signed(known, RULINGS, lot_id)):
        raise WrongState("no ruling on the sale of this lot is signed")


def _signed(known: Known, kinds: set[str] | frozenset[str], lot_id: str) -> Iterator[str]:
    about = f"lot:{lot_id}"
    for fact in known.facts:
        if fact.type == "DocumentSigned" and fact.data["kind"] in kinds and fact.data.get("about") == about:
            yield fact.data["document_id"]
