"""Walk 5.2 of the published language from the price on: a flat sold in the second round, through all six services."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests import papers
from tests.auctions import text
from tests.services import Bench
from tests.walks import Walk, system

pytestmark = pytest.mark.asyncio(loop_scope="module")
OFFICER = "auction_officer"
VALUE_FEN, FIRST_FEN, SECOND_FEN = 150_000_000, 105_000_000, 84_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def b(module_database: str) -> AsyncIterator[Bench]:
    async with system(module_database) as running:
        yield running


class Flat(Walk):
    """The case whose flat is being priced."""

    lot = ""

    async def ask(self, path: str, body: Any = None) -> dict[str, Any]:
        """Of the auction service."""
        answer = await self.b.post("auction", path, body, who=OFFICER)
        await self.b.settle()
        return answer

    async def look(self, path: str) -> dict[str, Any]:
        return await self.b.get("auction", path, who=OFFICER)

    async def drafted(self, kind: str) -> str:
        """The paper of this kind that intake has drafted last, by itself."""
        found = await self.b.events("intake", self.case.subject, "DocumentDrafted")
        last = [e for e in found if e["data"]["kind"] == kind][-1]
        assert (last["actor"], last["data"]["about"]) == ("system", f"lot:{self.lot}")
        return last["data"]["document_id"]

    async def sign(self, kind: str) -> None:
        await self.do("chief", "intake", f"documents/{await self.drafted(kind)}/signature", papers.SIGNED)
        await self.b.settle()

    async def plan(self) -> None:
        opens = self.b.clock.now() + timedelta(days=30)
        await self.ask(f"/lots/{self.lot}/plan", {
            "opens_at": text(opens), "closes_at": text(opens + timedelta(days=1)), "start_price_fen": FIRST_FEN,
            "deposit_fen": 10_500_000, "increment_fen": 500_000, "balance_days": 10, "cut_percent": 20,
        })  # fmt: skip

    async def until(self, instant: str) -> None:
        left = datetime.fromisoformat(instant) - self.b.clock.now() + timedelta(minutes=6)
        await self.b.advance(seconds=left.total_seconds())

    async def receive_of_buyer(self, purpose: str, amount_fen: int) -> str:
        body = {"into": "case_account", "amount_fen": amount_fen, "purpose": purpose, "payer": "buyer",
                "lot_id": self.lot, "round": 2}  # fmt: skip
        payment = (await self.do("funds_officer", "funds", "receipts", body))["payment_id"]
        await self.b.settle()
        return payment


@pytest.mark.clause("Y10", "Y16", "Y21")
async def test_a_flat_is_sold_in_the_second_round_paid_transferred_and_delivered(b: Bench) -> None:
    """Walk 5.2, 26 to 45."""
    # given a flat whose price is sought by the network, after two methods that gave none
    walk = Flat(b, 120_000_000)
    await walk.to_first_holder(deposit=False)
    walk.lot = await walk.to_pricing()
    for _ in range(2):
        await walk.fail_pricing(walk.lot)
    await walk.news()

    # when the price is fixed, then a notice is drafted; when the chief signs it, the first round is announced
    fixed = {"value_fen": VALUE_FEN, "valid_until": (b.clock.now() + timedelta(days=300)).date().isoformat()}
    await walk.ask(f"/lots/{walk.lot}/price", fixed)
    assert await walk.news() == {"auction": "PriceFixed", "intake": "DocumentDrafted(auction_notice)"}
    await walk.plan()
    await walk.sign("auction_notice")
    told = await walk.news()
    assert told["auction"] == "AuctionAnnounced"
    state = await walk.clocks()
    assert (state["yiyang.auction_at_once"], state["cn.disposal_start"]) == ("met", "met")

    # when nobody bids, then the second round is planned, its notice drafted, and announced as it is signed
    await walk.until((await walk.look(f"/rounds/{walk.lot}.1"))["ends_at"])
    told = await walk.news()
    assert (told["auction"], told["intake"]) == ("AuctionFailed(no_bid)", "DocumentDrafted(auction_notice)")
    assert (await walk.clocks())["cn.second_auction"] == "running"
    await walk.sign("auction_notice")
    assert (await walk.news())["auction"] == "AuctionAnnounced"
    assert (await walk.clocks())["cn.second_auction"] == "met"

    # when one bidder, whose deposit has arrived, bids, then the flat is his
    deposit = await walk.receive_of_buyer("auction_deposit", 8_400_000)
    await walk.ask(f"/rounds/{walk.lot}.2/bidders", {"bidder_id": "buyer", "deposit_payment_id": deposit})
    await walk.until((await walk.look(f"/rounds/{walk.lot}.2"))["terms"]["opens_at"])
    await walk.ask(f"/rounds/{walk.lot}.2/bids", {"bidder_id": "buyer", "amount_fen": SECOND_FEN})
    await walk.until((await walk.look(f"/rounds/{walk.lot}.2"))["ends_at"])
    assert (await walk.news())["auction"] == "AuctionSold"

    # when he pays the rest, then the handler is told and the ruling drafted, which the chief signs
    await walk.receive_of_buyer("auction_balance", SECOND_FEN - 8_400_000)
    told = await walk.news()
    assert told["auction"] == "AuctionPaid · MatterProgressed(disposal)"
    assert "DocumentDrafted(sale_ruling)" in told["intake"]
    await walk.sign("sale_ruling")

    # when taxes are paid, the title has passed and the flat is delivered, then the disposal is done
    for step in ("taxes_paid", "title_transferred", "delivered"):
        await walk.ask(f"/lots/{walk.lot}/transfers", {"step": step})
    told = await walk.news()
    assert told["auction"] == "LotTransferred · LotTransferred · LotTransferred · MatterDone(disposal)"
    closing = await walk.look(f"/rounds/{walk.lot}.2/closing")
    assert (closing["result"]["buyer_id"], closing["result"]["price_fen"]) == ("buyer", SECOND_FEN)
