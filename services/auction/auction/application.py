"""Commands of the auction service, and the posts each is for, in the order in which a lot goes through them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from auction.bidding import BIDDING, BiddingCommands
from auction.disposal import DISPOSAL, ask_disposal, kind_of, require_open
from auction.events import LotPart
from auction.lot import Lot, known_lot, lots_in, of_round, open_lot, require_given_up, round_id
from auction.papers import require_notice_signed, require_ruling_signed
from auction.past import PastCommands
from auction.pricing import AUCTION_OFFICER
from auction.round import Round
from auction.sale import Step
from auction.terms import Terms, require_price_term
from contracts.auction import AuctionAnnounced
from families.correction import CorrectionCommands
from families.days import day_of, require_to_come
from families.history import IMPORTERS
from families.matter import OPEN, Matter, MatterCommands
from kernel.application import Ids
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.guard import Act, require
from kernel.http import ANYONE
from kernel.problems import Invalid, NotFound, WrongState
from rules.packs import PricingOrder, Rounds

OF_OFFICERS = (
    "accept_matter", "decline_matter", "progress_matter", "finish_matter", "form_lot", "start_pricing", "fail_pricing",
    "fix_price", "plan_round", "announce", *BIDDING, "stop_round", "settle_in_kind", "declare_default",
    "record_transfer",
)  # fmt: skip
MAY = {
    "ask_matter": ("handler",),
    **dict.fromkeys(OF_OFFICERS, (AUCTION_OFFICER,)),
    "correct_fact": (ANYONE,),  # who recorded it, or whoever corrects for the court
    "import_cases": IMPORTERS,
}


class Auction(MatterCommands, BiddingCommands, CorrectionCommands, PastCommands):
    """财产处置: disposals asked by handlers, the lots they become, their price, auction, sale and delivery."""

    SERVICE = "auction"
    NAMED = (("matter_id", Matter), ("lot_id", Lot), ("round_id", Round))
    CORRECTED = (Lot, Matter)

    # -- the disposal, and the lot it becomes

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        """A disposal is about one asset of the case, of which no other disposal is open."""
        if case_id is None or fields["kind"] != DISPOSAL:
            return await super().ask_matter(call, case_id, matter_id, **fields)
        key = matter_id or call.mint("matter")
        return await self.change(
            call, Matter, key, lambda m, known: ask_disposal(m, key, known, **fields), knowing=f"case/{case_id}"
        )

    async def finish_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        """A disposal that is finished before its lot is delivered is given up."""

        def finish(matter: Matter, lot: Lot) -> None:
            matter.finish(**fields)
            if lot.exists and call.by.post:
                require_given_up(lot, fields["result"])
                lot.end()

        return await self.change_all(call, [(Matter, matter_id), (Lot, matter_id)], finish)

    async def open(self, call: Call, case_id: str, matter_id: str, about: str) -> Answer:
        """The disposal taken on becomes a lot, and its first method of pricing starts."""

        def open_and_price(lot: Lot, known: Known, pricing_id: str, order: PricingOrder) -> Ids:
            lot.open(known.subject, about.removeprefix("asset:"), kind_of(known, about))
            return lot.go_on_pricing(pricing_id, order)

        return await self._price(call, matter_id, f"case/{case_id}", open_and_price)

    async def form_lot(self, call: Call, lot_id: str, parts: Sequence[LotPart]) -> Answer:
        """Property of several disposals in one lot, or shares of it (组成标的). Its pricing starts again."""
        subject = await self._subject(lot_id)
        facts = (await self.known(call.by.court, subject)).facts
        lots = [lots_in(facts).get(f"asset:{part.asset_id}", "") for part in parts]
        if not lots or "" in lots or len(set(lots)) != len(lots) or lots[0] != lot_id:
            raise Invalid("names the lot's own property first, then that of other disposals", field="body.parts")

        def form(lot: Lot, *others_and_known: Any) -> dict[str, object]:
            *others, known = others_and_known
            require_open(known)
            return lot.form(parts, [kind_of(known, f"asset:{part.asset_id}") for part in parts], others)

        return await self.change_all(call, [(Lot, lot) for lot in lots], form, knowing=subject)

    # -- its reference price

    async def start_pricing(self, call: Call, lot_id: str, method: str) -> Answer:
        """By the method a person chooses, in the court's order; also anew, while no round is under way."""

        def start(lot: Lot, _: Known, key: str, order: PricingOrder) -> Ids:
            open_lot(lot).require_unsold()
            return lot.start_pricing(key, order, method)

        return await self._price(call, lot_id, await self._subject(lot_id), start)

    async def go_on_pricing(self, call: Call, lot_id: str) -> Answer:
        """By the next method of the court's order; a lot that went up in another is priced with that."""
        return await self._price(
            call,
            lot_id,
            await self._subject(lot_id),
            lambda lot, _, key, order: None if lot.into else lot.go_on_pricing(key, order),
        )

    async def fail_pricing(self, call: Call, lot_id: str, reason: str) -> Answer:
        return await self.change(call, Lot, lot_id, lambda lot: open_lot(lot).fail_pricing(reason))

    async def fix_price(self, call: Call, lot_id: str, value_fen: int, valid_until: date) -> Answer:
        policy = self.policy(call)

        def fix(lot: Lot, known: Known) -> Ids:
            open_lot(lot)
            require_open(known)
            require_price_term(policy, valid_until, day_of(call.by), known.calendar)
            return lot.fix_price(value_fen, valid_until)

        return await self.change(call, Lot, lot_id, fix, knowing=await self._subject(lot_id))

    # -- its rounds (bids and closing: see bidding.py)

    async def plan_round(self, call: Call, lot_id: str, **terms: Any) -> Answer:
        """Settles the terms of the next round (拍卖方案): its mode is the one whose turn has come.

        Who may announce a round, and on which terms, is asked now: nobody signs a notice that could announce nothing.
        """
        policy, rules, actor = self.policy(call), self._rounds(call), self.actor(call)

        def plan(lot: Lot, known: Known) -> Ids:
            require_open(known)
            open_lot(lot).require_unsold()
            planned = lot.plan_round(Terms(**terms), rules, policy)
            said = AuctionAnnounced(**lot.announcement(planned), notice=lot_id).to_data()
            warned = require(policy, Act("announce", lot.subject, said), actor, known)
            return {"lot_id": lot_id, "round": planned.round, **({"warned": warned} if warned else {})}

        return await self.change(call.under(policy), Lot, lot_id, plan, knowing=await self._subject(lot_id))

    async def plan_following(self, call: Call, lot_id: str) -> Answer:
        """After a failed round, in time and by the terms settled before."""
        policy, rules = self.policy(call), self._rounds(call)

        def plan(lot: Lot, known: Known) -> Ids:
            require_open(known)
            return open_lot(lot).plan_following(rules, policy)

        return await self.change(call.under(policy), Lot, lot_id, plan, knowing=await self._subject(lot_id))

    async def announce(self, call: Call, lot_id: str, notice: str) -> Answer:
        """The planned round, by its notice once that is signed (拍卖公告)."""
        policy, before = self.policy(call), await self.read(Lot, lot_id)
        number = before.next_round

        def announce(lot: Lot, held: Round, known: Known) -> Ids:
            require_open(known)
            open_lot(lot).require_unsold()
            require_notice_signed(known, notice, lot_id)
            plan = lot.announce(notice, day_of(call.by), policy, known.calendar)
            held.begin(lot.subject, lot_id, plan)
            return {"lot_id": lot_id, "round_id": held.key}

        streams = [(Lot, lot_id), (Round, round_id(lot_id, number))]
        return await self.change_all(call.under(policy), streams, announce, knowing=await self._subject(lot_id))

    async def stop_round(self, call: Call, held_id: str, cause: str) -> Answer:
        """Withdrawn or suspended while it is under way; annulled after the sale."""
        lot_id, number = of_round(held_id)

        def stop(lot: Lot, held: Round) -> None:
            known_lot(lot)
            if cause == "annulled":
                lot.annul(number)
            else:
                lot.record_stopped(lot.require_running(number).round, cause)
            held.stop(cause)

        return await self.change_all(call, [(Lot, lot_id), (Round, held_id)], stop)

    # -- its sale

    async def settle_in_kind(self, call: Call, lot_id: str, creditor_id: str, **fields: Any) -> Answer:
        """Given to a creditor at no less than the start price that failed (以物抵债)."""

        def settle(lot: Lot, known: Known) -> Ids:
            require_open(known)
            open_lot(lot).require_unsold()
            require_to_come(call.by, fields["balance_due_on"], "body.balance_due_on")
            creditors = {party["id"] for party in known.view.creditors}
            return lot.settle_in_kind(creditor_id, creditors=creditors, **fields)

        return await self.change(call, Lot, lot_id, settle, knowing=await self._subject(lot_id))

    async def record_balance(
        self, call: Call, subject: str, lot_id: str, payment_id: str, amount_fen: int, of: int | None
    ) -> Answer:
        """What the buyer pays of the price; the price is paid once it is full."""

        def record(lot: Lot) -> None:
            if lot.subject != subject:
                raise NotFound("no such lot in this case")
            lot.receive_balance(payment_id, amount_fen, of)

        return await self.change(call, Lot, lot_id, record)

    async def declare_default(self, call: Call, lot_id: str, costs_fen: int) -> Answer:
        """The buyer has not paid in time (悔拍): he forfeits his deposit and may not bid again."""
        return await self.change(
            call, Lot, lot_id, lambda lot: known_lot(lot).declare_default(costs_fen, day_of(call.by))
        )

    async def watch_balance(self, call: Call, lot_id: str, number: int) -> None:
        """When the price was due: what is unpaid becomes a matter of the auction staff, people judge a default."""
        lot = await self.read(Lot, lot_id)
        if lot.sale is None or lot.sale.paid or lot.sale.round != number:
            return
        asked = {
            "kind": "auction_help", "sub": "other", "to_post": AUCTION_OFFICER, "about": f"lot:{lot_id}",
            "urgent": True, "items": 1, "requirement": True, "materials": (),
        }  # fmt: skip
        key = f"{round_id(lot_id, number)}.balance"
        await self.ask_matter(call, lot.subject.removeprefix("case/"), key, **asked)

    async def report(self, call: Call, lot_id: str) -> None:
        """The handler is told (告知) that the price is paid."""
        if (await self.read(Matter, lot_id)).state in OPEN:
            await self.progress_matter(call, lot_id, step="reported")

    async def record_transfer(self, call: Call, lot_id: str, step: Step) -> Answer:
        """Taxes, then title by the ruling on the sale, then delivery (过户交付)."""

        def transfer(lot: Lot, known: Known) -> Ids:
            if step == "title_transferred":
                require_ruling_signed(known, lot_id)
            return known_lot(lot).transfer(step)

        return await self.change(call, Lot, lot_id, transfer, knowing=await self._subject(lot_id))

    # -- what commands need

    async def _subject(self, lot_id: str) -> str:
        """Raises NotFound."""
        return known_lot(await self.read(Lot, lot_id)).subject

    def _rounds(self, call: Call) -> Rounds:
        rules = self.policy(call).rounds
        if rules is None:
            raise WrongState("no rule on the rounds of an auction is in force")
        return rules

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
