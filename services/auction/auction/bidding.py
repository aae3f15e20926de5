"""Commands of a round under way: deposits, bidders, bids, and its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import orjson

from auction.closing import close
from auction.lot import Lot, of_round
from auction.round import Round
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.facts import Known
from kernel.problems import NotFound, WrongState
from kernel.timers import Timer

BIDDING = ("admit_bidder", "place_bid", "strike_bid", "close_round")
CLOSE = "close_round"
ALLOWANCE = timedelta(minutes=5)
"""How long the system waits after the end for bids made before it that are still on their way here."""


class BiddingCommands(Application):
    """From the announcement of a round to its end."""

    async def receive_deposit(self, call: Call, subject: str, held_id: str, payment_id: str, amount_fen: int) -> Answer:
        """Raises NotFound for money of another case."""
        return await self.change(
            call, Round, held_id, lambda held: held.receive_deposit(subject, payment_id, amount_fen)
        )

    async def admit_bidder(
        self, call: Call, held_id: str, bidder_id: str, priority: int | None, deposit_payment_id: str | None
    ) -> Answer:
        """Who has paid the deposit may bid (竞买资格); a creditor pays what it exceeds his claim by (art. 17)."""
        lot_id, _ = of_round(held_id)

        def admit(held: Round, lot: Lot, known: Known) -> dict[str, str]:
            plan = lot.require_running(of_round(held_id)[1])
            if bidder_id in lot.excluded:
                raise WrongState("who did not pay the price before may not bid again (法释〔2016〕18号 art. 24)")
            return held.admit(
                bidder_id, priority, deposit_payment_id, max(plan.deposit_fen - _claim_fen(known, bidder_id), 0)
            )

        subject = await self._subject_of(held_id)
        return await self.change_all(call, [(Round, held_id), (Lot, lot_id)], admit, knowing=subject)

    async def place_bid(self, call: Call, held_id: str, bidder_id: str, amount_fen: int) -> Answer:
        """Logged as made at the instant the command says (出价). The first bid of a sale may set its end."""
        held, at = await self.read(Round, held_id), call.by.happened_at or call.by.decided_at
        if held.plan is not None and held.plan.first_bid_hours is not None and not _has_leader(held):
            await self._close_at(call, held_id, at + timedelta(hours=held.plan.first_bid_hours))  # nothing if too early
        return await self.change(call, Round, held_id, lambda held: held.place(bidder_id, amount_fen, at))

    async def strike_bid(self, call: Call, held_id: str, number: int, reason: str) -> Answer:
        return await self.change(call, Round, held_id, lambda held: held.strike(number, reason))

    async def close_round(self, call: Call, held_id: str) -> Answer:
        """By a person, who has every bid. Raises WrongState while bidding goes on."""

        def end(lot: Lot, held: Round) -> dict[str, str]:
            ends_at = _end(lot, held, call)
            if ends_at is not None:
                raise WrongState(f"bidding goes on until {ends_at.isoformat()}")
            return {"round_id": held_id}

        return await self.change_all(call, [(Lot, of_round(held_id)[0]), (Round, held_id)], end)

    async def close_when_over(self, call: Call, held_id: str) -> None:
        """By a timer: bids may have moved the end, then the next timer looks again. It ended when bidding did."""
        held = await self.read(Round, held_id)
        if held.plan is not None and (ended := close(held.log).ends_at) <= call.by.decided_at:
            call = replace(call, by=call.by.model_copy(update={"happened_at": ended}))

        def end(lot: Lot, held: Round) -> dict[str, str] | None:
            if held.end:
                return None
            ends_at = _end(lot, held, call)
            return None if ends_at is None else {"ends_at": ends_at.isoformat()}

        answer = await self.change_all(call, [(Lot, of_round(held_id)[0]), (Round, held_id)], end)
        if ends_at := orjson.loads(answer.body).get("ends_at"):
            await self._close_at(call, held_id, datetime.fromisoformat(ends_at))

    async def plan_closing(self, call: Call, held_id: str, closes_at: datetime) -> None:
        await self._close_at(call, held_id, closes_at)

    async def _close_at(self, call: Call, held_id: str, ends_at: datetime) -> None:
        due = ends_at + ALLOWANCE
        timer = Timer(f"{held_id}@{ends_at.isoformat()}", due, CLOSE, {"round_id": held_id})
        await self.timers.set(timer, call.by)

    async def _subject_of(self, held_id: str) -> str:
        held = await self.read(Round, held_id)
        if not held.exists:
            raise NotFound("no such round")
        return held.subject


def _end(lot: Lot, held: Round, call: Call) -> datetime | None:
    """Ends the round: sold, or failed. While bidding goes on, nothing: then when it is to end."""
    closing = held.close(call.by.decided_at)
    if closing is None:
        return close(held.log).ends_at
    if closing.buyer_id is not None:
        lot.sell(closing, held.deposit(closing.buyer_id))
    else:
        lot.fail_round(closing)
    return None


def _has_leader(held: Round) -> bool:
    return any(step.leads for step in close(held.log).steps)


def _claim_fen(known: Known, bidder_id: str) -> int:
    """What is still owed to the bidder, if he is the creditor of the case; 0 for others."""
    view = known.view
    is_creditor = bidder_id in {party["id"] for party in view.creditors}
    return max(view.claim_fen - view.recovered_fen, 0) if is_creditor and view.money else 0
