"""Commands of the auction service, and the posts each is for."""

from __future__ import annotations

from typing import Any

from auction.disposal import AUCTION_OFFICER, DISPOSAL, ask_disposal, kind_of
from auction.lot import Lot
from families.matter import Matter, MatterCommands
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.problems import WrongState
from rules.packs import Process

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
        key = call.mint("matter")
        return await self.change(
            call, Matter, key, lambda m, known: ask_disposal(m, key, known, **fields), knowing=f"case/{case_id}"
        )

    async def open_lot(self, call: Call, case_id: str, matter_id: str, about: str) -> Answer:
        """The disposal taken on becomes a lot, and its first method of pricing starts."""
        order, pricing_id = self._order(call), call.mint("pricing")

        def open_and_price(lot: Lot, known: Known) -> dict[str, str] | None:
            lot.open(known.subject, about.removeprefix("asset:"), kind_of(known, about))
            return lot.go_on_pricing(pricing_id, order)

        return await self.change(self._under(call), Lot, matter_id, open_and_price, knowing=f"case/{case_id}")

    async def start_pricing(self, call: Call, lot_id: str, method: str) -> Answer:
        order, key = self._order(call), call.mint("pricing")
        return await self.change(self._under(call), Lot, lot_id, lambda lot: lot.start_pricing(key, order, method))

    async def go_on_pricing(self, call: Call, lot_id: str) -> Answer:
        order, key = self._order(call), call.mint("pricing")
        return await self.change(self._under(call), Lot, lot_id, lambda lot: lot.go_on_pricing(key, order))

    async def fail_pricing(self, call: Call, lot_id: str, reason: str) -> Answer:
        return await self.change(call, Lot, lot_id, lambda lot: lot.fail_pricing(reason))

    def _under(self, call: Call) -> Call:
        return call.under(self.policy(call))

    def _order(self, call: Call) -> Process:
        """The court's own order of pricing methods, else the national one (法释〔2018〕15号)."""
        process = self.policy(call).process
        if not process:
            raise WrongState("no order of pricing methods is in force")
        return process[0]
