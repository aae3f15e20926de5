"""What the service does when others, or itself, publish: event -> command."""

from __future__ import annotations

from auction.application import Auction
from auction.disposal import DISPOSAL
from contracts.auction import PricingFailed
from contracts.families import MatterAccepted
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event


async def open_lot(auction: Auction, call: Call, event: Event, _: str) -> None:
    accepted = event.data
    assert isinstance(accepted, MatterAccepted)
    await auction.open_lot(call, event.case_id, accepted.matter_id, accepted.about or "")


async def go_on_pricing(auction: Auction, call: Call, event: Event, _: str) -> None:
    """After the last method this is refused: an item for a person."""
    assert isinstance(event.data, PricingFailed)
    await auction.go_on_pricing(call, event.data.lot_id)


REACTIONS = [
    Reaction(MatterAccepted, "open_lot", open_lot, when=lambda e: e.kind == DISPOSAL),
    Reaction(PricingFailed, "go_on_pricing", go_on_pricing),
]
