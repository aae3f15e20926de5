"""One round of bidding (竞价): deposits, bidders, and the append-only log of bids, until it is closed or stopped."""

from __future__ import annotations

from datetime import datetime

from auction import events
from auction.closing import Bid, Bidder, Bidding, BidLog, Closing, close
from auction.terms import Plan
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound, TooLarge, WrongState

MOST_BIDS = 9_000  # the rest of the stream is kept for deposits, strikes and the end


class Round(Aggregate):
    """A stream of its own, `lot.number`, so that no lot's history grows by its bids."""

    KIND = "round"

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.deposits: dict[str, int] = {}  # payment -> fen
        self.bidders: dict[str, Bidder] = {}
        self.deposit_of: dict[str, str] = {}  # bidder -> payment
        self.bids: list[Bid] = []
        self.struck: dict[int, str] = {}  # number -> reason
        self.end = ""  # sold, no_bid, below_reserve, or why it was stopped

    @property
    def log(self) -> BidLog:
        """All that decides how the round ends."""
        plan = self._plan()
        bidding = Bidding(
            reserve_fen=plan.start_price_fen,
            increment_fen=plan.increment_fen,
            opens_at=plan.opens_at,
            closes_at=plan.closes_at,
            extension_minutes=plan.extension_minutes,
            first_bid_hours=plan.first_bid_hours,
        )
        return BidLog(
            bidding=bidding, bidders=tuple(self.bidders.values()), bids=tuple(self.bids), struck=tuple(self.struck)
        )

    def begin(self, subject: str, lot_id: str, plan: Plan) -> None:
        self.record(events.RoundBegun, subject=subject, lot_id=lot_id, plan=plan)

    def receive_deposit(self, subject: str, payment_id: str, amount_fen: int) -> None:
        """The same payment again changes nothing. Raises NotFound for a round of another case."""
        if self.subject != subject:
            raise NotFound("no such round in this case")
        if payment_id not in self.deposits:
            self._require_running()
            self.record(events.DepositReceived, payment_id=payment_id, amount_fen=amount_fen)

    def admit(self, bidder_id: str, priority: int | None, payment_id: str | None, needed_fen: int) -> dict[str, str]:
        """Raises WrongState for a deposit that has not arrived, is too small or another's."""
        self._require_running()
        if bidder_id in self.bidders:
            raise WrongState("the bidder is admitted already")
        if payment_id is not None and payment_id in self.deposit_of.values():
            raise WrongState("the deposit is another bidder's")
        if (self.deposits.get(payment_id, 0) if payment_id else 0) < needed_fen:
            raise WrongState(f"a deposit of {needed_fen} fen has not arrived by this payment")
        if payment_id is not None and payment_id not in self.deposits:
            raise NotFound("no such deposit")
        self.record(events.BidderAdmitted, bidder_id=bidder_id, priority=priority, deposit_payment_id=payment_id)
        return {"bidder_id": bidder_id}

    def place(self, bidder_id: str, amount_fen: int, at: datetime) -> dict[str, int]:
        """Whether it counts, the closing tells: it may be followed by one that was made before it."""
        plan = self._require_running()
        if bidder_id not in self.bidders:
            raise WrongState("the bidder is not admitted")
        if at < plan.opens_at:
            raise WrongState("the round is not open yet")
        if len(self.bids) >= MOST_BIDS:
            raise TooLarge(f"a round holds {MOST_BIDS} bids")
        number = len(self.bids) + 1
        bid = Bid(number=number, bidder_id=bidder_id, amount_fen=amount_fen, at=at)
        self.record(events.BidPlaced, bid=bid)
        return {"number": number}

    def strike(self, number: int, reason: str) -> None:
        self._require_running()
        if number > len(self.bids):
            raise Invalid("no bid has this number", field="body.number")
        if number in self.struck:
            raise WrongState("the bid is struck out already")
        self.record(events.BidStruck, number=number, reason=reason)

    def close(self, now: datetime) -> Closing | None:
        """None while bidding goes on."""
        self._require_running()
        closing = close(self.log)
        if now < closing.ends_at:
            return None
        self.record(events.RoundClosed, outcome=closing.outcome, ends_at=closing.ends_at, bids=len(self.bids))
        return closing

    def stop(self, cause: str) -> None:
        """Also a round that has ended in a sale."""
        self._plan()
        self.record(events.RoundStopped, cause=cause)

    def deposit(self, bidder_id: str) -> tuple[str | None, int]:
        """The bidder's payment and its amount, in fen; a creditor may have none."""
        payment_id = self.deposit_of.get(bidder_id)
        return payment_id, self.deposits[payment_id] if payment_id else 0

    def _plan(self) -> Plan:
        if self.plan is None:
            raise NotFound("no such round")
        return self.plan

    def _require_running(self) -> Plan:
        plan = self._plan()
        if self.end:
            raise WrongState("the round is over")
        return plan

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.RoundBegun():
                self.plan = event.plan
            case events.DepositReceived():
                self.deposits[event.payment_id] = event.amount_fen
            case events.BidderAdmitted():
                self.bidders[event.bidder_id] = Bidder(bidder_id=event.bidder_id, priority=event.priority)
                if event.deposit_payment_id is not None:
                    self.deposit_of[event.bidder_id] = event.deposit_payment_id
            case events.BidPlaced():
                self.bids.append(event.bid)
            case events.BidStruck():
                self.struck[event.number] = event.reason
            case events.RoundClosed():
                self.end = event.outcome
            case events.RoundStopped():
                self.end = event.cause
            case _:
                pass
