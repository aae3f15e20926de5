"""What a handler and the enquiry staff see of a case's property."""

from __future__ import annotations

from typing import Any

from asset_control.measures import measures_in_force
from kernel.facts import Known


def enquiries_view(known: Known) -> list[dict[str, Any]]:
    """In the order they were asked; `result` once answered."""
    found: dict[str, dict[str, Any]] = {}
    for fact in known.facts:
        if fact.type in ("EnquiryStarted", "EnquiryAnswered"):
            found.setdefault(fact.data["enquiry_id"], {}).update(fact.data)
    return list(found.values())


def assets_view(known: Known) -> dict[str, Any]:
    """Each asset with the measures in force on it, and those on persons. Amounts in fen."""
    measures = measures_in_force(known.facts).values()
    return {
        "assets": [
            {**asset, "measures": [m for m in measures if m.get("asset_id") == asset["id"]]}
            for asset in known.view.assets
        ],
        "on_persons": [m for m in measures if "asset_id" not in m],
    }
