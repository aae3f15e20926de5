"""What the auction staff sees of a lot."""

from __future__ import annotations

from typing import Any

from auction.lot import Lot
from kernel.problems import NotFound


def lot_view(lot: Lot) -> dict[str, Any]:
    """Raises NotFound."""
    if not lot.exists:
        raise NotFound("no such lot")
    return {
        "lot_id": lot.key,
        "case_id": lot.subject.removeprefix("case/"),
        "asset_ids": lot.asset_ids,
        "asset_kind": lot.asset_kind,
        "pricings": [pricing._asdict() for pricing in lot.pricings.values()],
    }
