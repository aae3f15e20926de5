"""Lots (标的): property that is turned into money. So far: the search for its reference price (参考价)."""

from __future__ import annotations

from typing import NamedTuple

from auction import events
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound, Refused, WrongState
from rules.packs import PricingOrder

AUCTION_OFFICER = "auction_officer"


class Pricing(NamedTuple):
    """One method tried. `reason`: why it gave no price; "" while it is under way."""

    pricing_id: str
    method: str
    reason: str = ""


class Lot(Aggregate):
    """One lot. It bears the id of the disposal matter that opened it."""

    KIND = "lot"

    def __init__(self) -> None:
        self.asset_ids: tuple[str, ...] = ()
        self.asset_kind = ""
        self.pricings: dict[str, Pricing] = {}  # in the order in which they were started

    @property
    def under_way(self) -> Pricing | None:
        return next((pricing for pricing in self.pricings.values() if not pricing.reason), None)

    @property
    def failed(self) -> set[str]:
        """Methods that gave no price."""
        return {pricing.method for pricing in self.pricings.values() if pricing.reason}

    def open(self, subject: str, asset_id: str, asset_kind: str) -> None:
        self.record(events.LotOpened, subject=subject, lot_id=self.key, asset_ids=(asset_id,), asset_kind=asset_kind)

    def start_pricing(self, pricing_id: str, order: PricingOrder, method: str) -> dict[str, str]:
        """Raises Refused for a method before whose turn an earlier step of the order has not failed."""
        self._require_open()
        if self.under_way is not None:
            raise WrongState("a price is being sought already")
        if lacking := _untried(order, method, self.failed):
            raise Refused(
                "earlier methods come first",
                act="start_pricing",
                rule=order.id,
                lacking=lacking,
                wanted_by=AUCTION_OFFICER,
                subject=self.subject,
            )
        self.record(
            events.PricingStarted,
            ruleid=order.id,
            lot_id=self.key,
            pricing_id=pricing_id,
            asset_ids=self.asset_ids,
            asset_kind=self.asset_kind,
            method=method,
            attempt=len(self.pricings) + 1,
            matter_id=self.key,
        )
        return {"lot_id": self.key, "pricing_id": pricing_id}

    def go_on_pricing(self, pricing_id: str, order: PricingOrder) -> dict[str, str] | None:
        """The next method of the order; nothing when a price is being sought. Raises WrongState after the last."""
        if self.under_way is not None:
            return None
        left = [method for step in order.pricing_order for method in step if method not in self.failed]
        if not left:
            raise WrongState("every method of pricing has failed: a person has to go on")
        return self.start_pricing(pricing_id, order, left[0])

    def fail_pricing(self, reason: str) -> dict[str, str]:
        self._require_open()
        if self.under_way is None:
            raise WrongState("no price is being sought")
        pricing = self.under_way
        self.record(
            events.PricingFailed,
            lot_id=self.key,
            pricing_id=pricing.pricing_id,
            asset_ids=self.asset_ids,
            asset_kind=self.asset_kind,
            method=pricing.method,
            attempt=len(self.pricings),
            reason=reason,
        )
        return {"lot_id": self.key, "pricing_id": pricing.pricing_id}

    def _require_open(self) -> None:
        if not self.exists:
            raise NotFound("no such lot")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.LotOpened():
                self.asset_ids, self.asset_kind = event.asset_ids, event.asset_kind
            case events.PricingStarted():
                self.pricings[event.pricing_id] = Pricing(event.pricing_id, event.method)
            case events.PricingFailed():
                self.pricings[event.pricing_id] = Pricing(event.pricing_id, event.method, event.reason)
            case _:
                pass


def _untried(order: PricingOrder, method: str, failed: set[str]) -> list[str]:
    """Methods of the earlier steps of which none has failed. Raises Invalid for one that is not in the order."""
    steps = order.pricing_order
    place = next((n for n, step in enumerate(steps) if method in step), None)
    if place is None:
        raise Invalid("the court's rules do not price by this method", field="body.method")
    return [each for step in steps[:place] if not failed & set(step) for each in step]
