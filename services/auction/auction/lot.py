"""Lots (标的): property that is turned into money, from the disposal taken on to its delivery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from auction import events
from auction.pricing import LOT_CHANGED
from auction.sale import Sold
from kernel.domain import Correctable, DomainEvent, correctable
from kernel.problems import Invalid, NotFound, WrongState
from rules.fact import Fact

WHEN_ONLY = (events.PricingStarted, events.PriceFixed, events.AuctionPaid, events.LotTransferred)


class Lot(Sold):
    """One lot. It bears the id of the disposal matter that opened it; other disposals' lots may go up in it."""

    KIND = "lot"
    CORRECTABLE = correctable(  # when it was; what an auction came to stands with its log of bids
        {
            events.PricingFailed: Correctable(frozenset({"method", "asset_ids", "asset_kind", "matter_id"})),
            **{event: Correctable(frozenset(event.model_fields)) for event in WHEN_ONLY},
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.parts: tuple[events.LotPart, ...] = ()
        self.asset_kinds: tuple[str, ...] = ()
        self.merged: tuple[str, ...] = ()  # lots that went up in this one
        self.into = ""  # the lot this one went up in
        self.ended = False

    @property
    def kinds(self) -> tuple[str, ...]:
        return self.asset_kinds

    def open(self, subject: str, asset_id: str, asset_kind: str) -> None:
        self.record(events.LotOpened, subject=subject, lot_id=self.key, asset_ids=(asset_id,), asset_kind=asset_kind)

    def form(self, parts: Sequence[events.LotPart], kinds: Sequence[str], others: Sequence[Lot]) -> dict[str, object]:
        """Raises WrongState once a price stands; Invalid unless the lot's own property is the first."""
        for lot in (self, *others):
            lot.require_formable()
        if parts[0].asset_id != self.asset_ids[0] or any(part.share > part.whole for part in parts):
            raise Invalid("begins with the lot's own property; a share is no more than the whole", field="body.parts")
        merged = tuple(lot.key for lot in others)
        self.record(events.LotFormed, lot_id=self.key, parts=tuple(parts), asset_kinds=tuple(kinds), merged=merged)
        for lot in (self, *others):
            if lot.under_way is not None:
                lot.fail_pricing(LOT_CHANGED)
        for lot in others:
            lot.record(events.LotMerged, lot_id=lot.key, into=self.key)
        return {"lot_id": self.key}

    def end(self) -> None:
        """Given up: nothing of it is sold any more. Raises WrongState while it is sold or being auctioned."""
        self.require_unsold()
        self.record(events.LotEnded, lot_id=self.key)

    def require_formable(self) -> None:
        open_lot(self)
        if self.price is not None or self.merged:
            raise WrongState("the lot has a price, or is put together, already")

    def apply(self, event: DomainEvent) -> None:
        super().apply(event)
        match event:
            case events.LotOpened():
                self.asset_ids, self.asset_kind = event.asset_ids, event.asset_kind
                self.parts = tuple(events.LotPart(asset_id=asset_id) for asset_id in event.asset_ids)
                self.asset_kinds = (event.asset_kind,)
            case events.LotFormed():
                self.parts, self.asset_kinds, self.merged = event.parts, event.asset_kinds, event.merged
                self.asset_ids = tuple(part.asset_id for part in event.parts)
            case events.LotMerged():
                self.into = event.into
            case events.LotEnded():
                self.ended = True
            case _:
                pass


def known_lot(lot: Lot) -> Lot:
    """The lot itself. Raises NotFound."""
    if not lot.exists:
        raise NotFound("no such lot")
    return lot


def open_lot(lot: Lot) -> Lot:
    """The lot itself. Raises NotFound, or WrongState for one of which nothing is sold any more, or not by itself."""
    if known_lot(lot).ended or lot.into or lot.delivered:
        raise WrongState("the lot is delivered, given up, or part of another")
    return lot


def require_given_up(lot: Lot, result: str) -> None:
    """People finish a disposal by giving it up; it is done by the delivery of its lot."""
    open_lot(lot)
    if result == "done":
        raise WrongState("a disposal is done when its lot is delivered")


def round_id(lot_id: str, number: int) -> str:
    return f"{lot_id}.{number}"


def of_round(name: str) -> tuple[str, int]:
    """Lot and number of a round. Raises NotFound."""
    lot_id, _, number = name.rpartition(".")
    if not lot_id or not number.isdecimal() or len(number) > 4:
        raise NotFound("no such round")
    return lot_id, int(number)


def lots_in(facts: Iterable[Fact]) -> dict[str, str]:
    """The lot of each asset, of disposals that were taken on: `asset:…` -> lot."""
    taken = (f.data for f in facts if f.type == "MatterAccepted" and f.data["kind"] == "disposal")
    return {data["about"]: data["matter_id"] for data in taken}
