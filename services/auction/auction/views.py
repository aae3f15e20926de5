"""What the auction staff sees of a lot and its rounds. Who bids stays inside while bidding goes on (art. 18)."""

from __future__ import annotations

from typing import Any

from auction.closing import RULES, close
from auction.lot import Lot, known_lot, round_id
from auction.recheck import Exported
from auction.round import Round
from kernel.problems import NotFound, WrongState


def lot_view(lot: Lot) -> dict[str, Any]:
    """Raises NotFound."""
    known_lot(lot)
    return {
        "lot_id": lot.key,
        "case_id": lot.subject.removeprefix("case/"),
        "asset_ids": lot.asset_ids,
        "asset_kind": lot.asset_kind,
        "parts": [part.model_dump() for part in lot.parts],
        "part_of": lot.into or None,
        "given_up": lot.ended,
        "pricings": [pricing._asdict() for pricing in lot.pricings.values()],
        "price": lot.price._asdict() if lot.price else None,
        "plan": lot.plan.model_dump() if lot.plan else None,
        "rounds": [{"round_id": round_id(lot.key, n), **plan.model_dump()} for n, plan in lot.rounds.items()],
        "sale": {**lot.sale._asdict(), "open_fen": lot.sale.open_fen} if lot.sale else None,
        "transferred": lot.steps,
        "default": _default_view(lot),
    }


def _default_view(lot: Lot) -> dict[str, Any] | None:
    """The buyer who did not pay; once the lot is sold again, also what his deposit is used for."""
    if lot.default is None:
        return None
    sale = lot.default.sale
    forfeited = lot.default.forfeited(lot.sale.price_fen) if lot.sale else None
    return {
        "round": sale.round,
        "buyer_id": sale.buyer_id,
        "price_fen": sale.price_fen,
        "deposit_payment_id": sale.deposit_payment_id,
        "forfeited_fen": forfeited,
    }


def round_view(held: Round) -> dict[str, Any]:
    """How bidding stands. Raises NotFound."""
    if held.plan is None:
        raise NotFound("no such round")
    closing = close(held.log)
    return {
        "round_id": held.key,
        "terms": held.plan.model_dump(),
        "state": held.end or "under_way",
        "ends_at": closing.ends_at,
        "price_fen": closing.price_fen,
        "bids": len(held.bids),
        "bidders": len(held.bidders),
    }


def closing_view(held: Round) -> Exported:
    """The log, the rules and the result, for anyone to run again. Raises NotFound, WrongState."""
    if held.plan is None:
        raise NotFound("no such round")
    if not held.end:
        raise WrongState("bidding goes on: who bids is kept secret until it is over")
    return Exported(log=held.log, result=close(held.log), rules=dict(RULES))
