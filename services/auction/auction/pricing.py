"""The search for a lot's reference price (参考价): methods in the court's order, 法释〔2018〕15号."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from auction import events
from auction.terms import Price
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, Refused, WrongState
from rules.packs import PricingOrder

AUCTION_OFFICER = "auction_officer"
LOT_CHANGED = "lot_changed"
"""Why a method ends when other property joins the lot: it has not failed, and starts again for the whole."""


class Pricing(NamedTuple):
    """One method tried. `reason`: why it gave no price; "" while it is under way, or if it gave one."""

    pricing_id: str
    method: str
    reason: str = ""


class Priced(Aggregate):
    """What is priced. A new price begins a new ladder of methods, and takes the place of the last."""

    def __init__(self) -> None:
        self.asset_ids: tuple[str, ...] = ()
        self.asset_kind = ""
        self.pricings: dict[str, Pricing] = {}  # in the order in which they were started
        self.under_way: Pricing | None = None
        self.failed: set[str] = set()  # methods that gave no price since the last price
        self.price: Price | None = None

    def start_pricing(self, pricing_id: str, order: PricingOrder, method: str) -> dict[str, str]:
        """Raises Refused for a method before whose turn an earlier step of the order has not failed."""
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
        pricing = self._sought()
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

    def fix_price(self, value_fen: int, valid_until: date) -> dict[str, str]:
        """By the method under way."""
        pricing = self._sought()
        if value_fen == 0:
            raise Invalid("what is worth nothing is not sold", field="body.value_fen")
        self.record(
            events.PriceFixed,
            lot_id=self.key,
            pricing_id=pricing.pricing_id,
            method=pricing.method,
            value_fen=value_fen,
            valid_until=valid_until,
        )
        return {"lot_id": self.key, "pricing_id": pricing.pricing_id}

    def _sought(self) -> Pricing:
        if self.under_way is None:
            raise WrongState("no price is being sought")
        return self.under_way

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.PricingStarted():
                self._note(Pricing(event.pricing_id, event.method))
                self.under_way = self.pricings[event.pricing_id]
            case events.PricingFailed():
                self._note(Pricing(event.pricing_id, event.method, event.reason))
                self.under_way = None
                if event.reason != LOT_CHANGED:
                    self.failed.add(event.method)
            case events.PriceFixed():
                self.under_way, self.failed = None, set()
                self.price = Price(event.pricing_id, event.method, event.value_fen, event.valid_until)
            case _:
                pass

    def _note(self, pricing: Pricing) -> None:
        self.pricings[pricing.pricing_id] = pricing


def _untried(order: PricingOrder, method: str, failed: set[str]) -> list[str]:
    """Methods of the earlier steps of which none has failed. Raises Invalid for one that is not in the order."""
    steps = order.pricing_order
    place = next((n for n, step in enumerate(steps) if method in step), None)
    if place is None:
        raise Invalid("the court's rules do not price by this method", field="body.method")
    return [each for step in steps[:place] if not failed & set(step) for each in step]
