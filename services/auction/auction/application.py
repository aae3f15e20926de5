"""Commands of the auction service, and the posts each is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auction.disposal import DISPOSAL, ask_disposal, kind_of, require_open
from auction.lot import AUCTION_OFFICER, Lot
from families.matter import Matter, MatterCommands
from kernel.application import Ids
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.problems import WrongState
from rules.packs import PricingOrder

MAY = {
    "ask_matter": ("handler",),
    "accept_matter": (AUCTION_OFFICER,),
    "decline_matter": (AUCTION_OFFICER,),
    "progress_matter": (AUCTION_OFFICER,),
    "finish_matter": (AUCTION_OFFICER,),
    "start_pricing": (AUCTION_OFFICER,),
    "fail_pricing": (AUCTION_OFFICER,),
}


class Auction(MatterCommands):
    """财产处置: disposals asked by handlers, the lots they become, and the search for their reference price."""

    SERVICE = "auction"

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        """A disposal is about one asset of the case, of which no other disposal is open."""
        if case_id is None or fields["kind"] != DISPOSAL:
            return await super().ask_matter(call, case_id, matter_id, **fields)
        key = matter_id or call.mint("matter")
        return await self.change(
            call, Matter, key, lambda m, known: ask_disposal(m, key, known, **fields), knowing=f"case/{case_id}"
        )

    async def open_lot(self, call: Call, case_id: str, matter_id: str, about: str) -> Answer:
        """The disposal taken on becomes a lot, and its first method of pricing starts."""

        def open_and_price(lot: Lot, known: Known, pricing_id: str, order: PricingOrder) -> Ids:
            lot.open(known.subject, about.removeprefix("asset:"), kind_of(known, about))
            return lot.go_on_pricing(pricing_id, order)

        return await self._price(call, matter_id, f"case/{case_id}", open_and_price)

    async def start_pricing(self, call: Call, lot_id: str, method: str) -> Answer:
        """By the method a person chooses, in the court's order."""
        subject = (await self.read(Lot, lot_id)).subject
        return await self._price(
            call, lot_id, subject, lambda lot, _, key, order: lot.start_pricing(key, order, method)
        )

    async def go_on_pricing(self, call: Call, lot_id: str) -> Answer:
        """By the next method of the court's order."""
        subject = (await self.read(Lot, lot_id)).subject
        return await self._price(call, lot_id, subject, lambda lot, _, key, order: lot.go_on_pricing(key, order))

    async def fail_pricing(self, call: Call, lot_id: str, reason: str) -> Answer:
        return await self.change(call, Lot, lot_id, lambda lot: lot.fail_pricing(reason))

    async def _price(
        self, call: Call, lot_id: str, subject: str, decide: Callable[[Lot, Known, str, PricingOrder], Ids]
    ) -> Answer:
        """While the case is open; by the court's own order of methods, else the national one (法释〔2018〕15号)."""
        policy, key = self.policy(call), call.mint("pricing")
        order = policy.pricing_order
        if order is None:
            raise WrongState("no order of pricing methods is in force")

        def price(lot: Lot, known: Known) -> Ids:
            require_open(known)
            return decide(lot, known, key, order)

        return await self.change(call.under(policy), Lot, lot_id, price, knowing=subject)
