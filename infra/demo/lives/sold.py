"""Cases in which property has to be sold (5.2): priced, auctioned round by round, paid, transferred, delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from infra.demo.acting import PLAIN_MATTER
from infra.demo.ending import Ending

CLOSES_BY_ITSELF = timedelta(minutes=6)  # after its bidding ended
PRICE_HOLDS_DAYS = 300
DEPOSIT_PERCENT = 10
NOTICE_DAYS = {"real_estate": 31, "vehicle": 16}
PRICED_IN_DAYS = (5, 6, 2, 18)  # 法释〔2018〕15号: agreement, targeted enquiry, network enquiry, appraisal
BUYERS = ("buyer", "other-buyer")


class Sold(Ending):
    """A flat, found by the second enquiry. It fetches the claim, in whatever round it is sold."""

    KIND = "real_estate"
    SOLD_IN = 1  # the round in which somebody bids
    STARTS_AT_PERCENT = 70  # of the valuation
    METHODS_FAILED = 1  # before one gives a price
    lot = ""
    paid: Mapping[str, int] = {}  # by buyers: payment -> fen
    balance_fen = 0

    async def go_on(self) -> None:
        await self.later(6)
        await self.enquire("again", self.KIND)
        await self.dispose()

    async def dispose(self) -> None:
        route = (await self.see(self.handler, self.of("triage")))["route"]
        if route["track"] != "ordinary":
            await self.assign_again()
        await self.ask_disposal()
        await self.price()
        await self.announce_first()
        await self.hold_rounds()

    # -- to the auction staff

    async def assign_again(self) -> None:
        """The handler proposes, the chief approves, the system assigns, the centralised team hands over (Y19, Y07)."""
        await self.later(3)
        await self.mark(needs_disposal=True)
        approval = await self.approve("triage", "second_assignment", self.who("chief"), proposal=["needs_disposal"])
        await self.hand_over("second", approval)

    async def ask_disposal(self) -> None:
        """The disposal taken on becomes the lot."""
        await self.later(self.days("disposal", 1, 6))
        happened = await self.before_entry()
        asked = {**PLAIN_MATTER, "kind": "disposal", "to_post": "auction_officer", "about": f"asset:{self.asset_id}"}
        self.lot = (await self.do(self.handler, self.of("auction", "matters"), asked, happened))["matter_id"]
        await self.at_once("auction_accepts", 2)
        await self.auctioneer(f"/matters/{self.lot}/accept")

    async def auctioneer(self, path: str, body: dict[str, Any] | None = None) -> None:
        await self.do(self.who("auction_officer"), f"/auction{path}", body)

    async def price(self) -> None:
        """Method after method until one gives a price: the parties, the authorities, the network, an appraiser."""
        for days in PRICED_IN_DAYS[: self.METHODS_FAILED]:
            await self.later(days)
            await self.auctioneer(f"/lots/{self.lot}/pricings/fail", {"reason": "no_agreement"})
        await self.later(self.days("price", 1, 2) * PRICED_IN_DAYS[self.METHODS_FAILED])
        fixed = {
            "value_fen": self.first_price_fen * 100 // self.STARTS_AT_PERCENT,
            "valid_until": self.day(PRICE_HOLDS_DAYS),
        }
        await self.auctioneer(f"/lots/{self.lot}/price", fixed)

    @property
    def first_price_fen(self) -> int:
        """Of which four fifths are the claim, where it takes two rounds: a claim is in whole yuan."""
        return self.profile.claim_fen if self.SOLD_IN == 1 else self.profile.claim_fen * 5 // 4

    # -- its rounds

    async def announce_first(self) -> None:
        """The notice that the system has drafted is signed once the terms are settled (Y21: at once)."""
        await self.at_once("auction_notice", 4)
        await self.plan(self.first_price_fen)
        await self.sign_last("auction_notice", self.who("chief"))

    async def plan(self, start_fen: int) -> None:
        opens = (self.now + timedelta(days=NOTICE_DAYS[self.KIND])).replace(hour=2, minute=0, second=0)
        await self.auctioneer(f"/lots/{self.lot}/plan", {
            "opens_at": opens.isoformat(), "closes_at": (opens + timedelta(days=1)).isoformat(),
            "start_price_fen": start_fen, "deposit_fen": start_fen * DEPOSIT_PERCENT // 100, "increment_fen": 10_000,
            "balance_days": 10, "cut_percent": 20,
        })  # fmt: skip

    async def sign_last(self, kind: str, signer: str) -> str:
        """The paper on the lot that the system has drafted. Gives its id."""
        papers = await self.see(self.handler, self.of("intake", "documents"))
        document = [each for each in papers if each["kind"] == kind][-1]["document_id"]
        await self.sign(signer, document)
        return document

    async def hold_rounds(self) -> None:
        for number in range(1, self.SOLD_IN):
            await self.pass_by((await self.begin(number))["closes_at"])
        await self.sell(self.SOLD_IN)

    async def begin(self, number: int) -> dict[str, Any]:
        """Gives the round's terms. A later one the system has planned by those settled before."""
        if number > 1:
            await self.later(self.days("auction_notice", 2, 5))
            await self.sign_last("auction_notice", self.who("chief"))
        await self.soon()
        return (await self.look(number))["terms"]

    async def sell(self, number: int) -> None:
        await self.be_bought(number, await self.begin(number), BUYERS[0])
        await self.after_sale(number)

    async def look(self, number: int) -> dict[str, Any]:
        return await self.see(self.who("auction_officer"), f"/auction/rounds/{self.lot}.{number}")

    async def pass_by(self, ends_at: str) -> None:
        """Until the round has closed by itself."""
        await self.timeline.until(datetime.fromisoformat(ends_at) + CLOSES_BY_ITSELF)

    async def be_bought(self, number: int, terms: dict[str, Any], buyer: str) -> None:
        """One bidder, with a deposit, at the start price."""
        opens = datetime.fromisoformat(terms["opens_at"])
        await self.timeline.until(opens - timedelta(days=1))
        deposit = await self.pay("auction_deposit", terms["deposit_fen"], number)
        self.balance_fen = terms["start_price_fen"] - terms["deposit_fen"]
        await self.timeline.until(opens - timedelta(hours=20))
        admitted = {"bidder_id": buyer, "deposit_payment_id": deposit}
        await self.auctioneer(f"/rounds/{self.lot}.{number}/bidders", admitted)
        await self.timeline.until(opens + timedelta(hours=self.chance.randrange(1, 20)))
        bid = {"bidder_id": buyer, "amount_fen": terms["start_price_fen"]}
        await self.auctioneer(f"/rounds/{self.lot}.{number}/bids", bid)
        await self.pass_by((await self.look(number))["ends_at"])

    async def pay(self, purpose: str, fen: int, number: int) -> str:
        """By the buyer of a round, for the lot. Gives the payment's id."""
        payment = await self.receive(fen, purpose, "buyer", lot_id=self.lot, round=number)
        self.paid = {**self.paid, payment: fen}
        return payment

    # -- after the sale

    async def after_sale(self, number: int) -> None:
        await self.later(self.days("balance", 7, 16))
        if self.balance_fen:  # in a sale the deposit is the whole price
            await self.confirm(await self.pay("auction_balance", self.balance_fen, number))
        await self.transfer("sale_ruling", self.who("chief"))
        await self.pay_out(self.paid)
        await self.record_performance("paid", self.profile.claim_fen)
        await self.perform()

    async def transfer(self, ruling: str, signer: str) -> None:
        """The ruling signed and served, taxes, title, delivery."""
        await self.later(1)
        document = await self.sign_last(ruling, signer)
        await self.later(self.days("ruling_served", 2, 14))
        await self.serve(document, self.creditor, *self.debtors)
        wait = self.days("delivered", 3, 9)
        for step in ("taxes_paid", "title_transferred", "delivered"):
            await self.later(wait)
            await self.auctioneer(f"/lots/{self.lot}/transfers", {"step": step})


class SoldAtOnce(Sold):
    """Found by the first enquiry: an ordinary team has it from the start."""

    FOUND = KIND = "real_estate"
    METHODS_FAILED = 2

    async def go_on(self) -> None:
        await self.later(2)
        await self.dispose()


class Vehicle(SoldAtOnce):
    """A car, which the parties agree on a price for."""

    FOUND = KIND = "vehicle"
    METHODS_FAILED = 0


class SoldSecond(Sold):
    """In the second round, at four fifths of the first."""

    SOLD_IN = 2
    METHODS_FAILED = 3


class SoldOnSale(SoldAtOnce):
    """Nobody bids in two auctions; in the sale (变卖) that follows somebody does."""

    SOLD_IN = 3
    METHODS_FAILED = 0


class GivenInKind(Sold):
    """Nobody bids in two auctions: the creditor takes the flat for the claim (以物抵债)."""

    SOLD_IN = 3
    METHODS_FAILED = 2

    async def sell(self, number: int) -> None:
        await self.later(4)
        fen = self.profile.claim_fen
        in_kind = {"creditor_id": self.creditor, "price_fen": fen, "set_off_fen": fen, "balance_due_on": self.day(10)}
        await self.auctioneer(f"/lots/{self.lot}/in-kind", in_kind)
        await self.transfer("in_kind_ruling", self.handler)
        await self.record_performance("goods_delivered", fen)
        await self.perform()


class SoldAgain(SoldAtOnce):
    """The first buyer does not pay (悔拍) and forfeits his deposit; another buys."""

    STARTS_AT_PERCENT = 90  # so that the deposit may be taken off the next start price

    async def after_sale(self, number: int) -> None:
        """What the first has forfeited and the other pays come to the claim together."""
        [(_, forfeited_fen)] = self.paid.items()
        await self.later(20)
        await self.auctioneer(f"/lots/{self.lot}/default", {"costs_fen": 0})
        await self.later(1)
        await self.plan(self.profile.claim_fen - forfeited_fen)
        about = {"about": f"lot:{self.lot}"}
        notice = await self.draft(self.who("auction_officer"), "auction_notice", self.creditor, *self.debtors, **about)
        await self.sign(self.who("chief"), notice)
        await self.soon()
        await self.be_bought(number + 1, (await self.look(number + 1))["terms"], BUYERS[1])
        await super().after_sale(number + 1)


class Hidden(Sold):
    """The creditor knows where a car is that the debtor is about to move away: verified and controlled at once."""

    KIND = "vehicle"

    async def go_on(self) -> None:
        await self.later(3)
        await self.have_done("verify_clue", "enquiry_officer", "done", urgent=True)
        await self.mark(moving_property=True)
        await self.soon()
        clue = {"source": "clue", "assets": [self.asset(self.KIND, online=False)]}
        found = await self.do(self.handler, self.of("asset-control", "assets"), clue)
        [self.asset_id] = found["asset_ids"]
        await self.soon()
        seize = {"kind": "seize", "asset_id": self.asset_id, "channel": "offline"}
        await self.do(self.who("field_officer"), self.of("asset-control", "measures"), seize)
        await self.dispose()
