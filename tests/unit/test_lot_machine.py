"""A lot under any sequence of commands: each is done or plainly refused, and what the lot says of itself holds."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from auction.lot import Lot, open_lot, round_id
from auction.round import Round
from auction.sale import STEPS
from auction.terms import Terms
from kernel.call import system_call
from kernel.problems import Problem
from rules.calendar import china
from tests.auctions import DAY, DEPOSIT_FEN, HOUR, START_FEN, STEP_FEN, VALUE_FEN
from tests.services import COURT, START, installation

POLICY = installation().courts.policy(COURT, START)
BIDDERS = ("one", "two", "three")
CREDITOR = "creditor"


class LotMachine(RuleBasedStateMachine):
    """Time goes on by days; every bidder has paid."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.payments = START, 0
        self.lot, self.rounds = Lot.empty("lot"), dict[str, Round]()
        self._on(self.lot).open("case/yiyang-case1", "asset", "real_estate")

    def _on(self, aggregate: Any) -> Any:
        """The aggregate as a command at this moment finds it."""
        aggregate.by = system_call(COURT, "c", correlation_id="c", causation_id="c", now=self.now).by
        return aggregate

    def _do(self, command: Any, *drafts: Any) -> None:
        """On copies, which take the place of the aggregates unless it is refused."""
        copies = [self._on(draft.copy()) for draft in drafts]
        try:
            command(*copies)
        except Problem:
            return
        for copy in copies:
            if isinstance(copy, Lot):
                self.lot = copy
            else:
                self.rounds[copy.key] = copy

    @property
    def held(self) -> Round:
        """The last round, or one that never began."""
        return self.rounds.get(self.held_id, Round.empty(self.held_id))

    @property
    def held_id(self) -> str:
        return round_id("lot", len(self.lot.rounds))

    @rule(steps=st.integers(1, 12), bids=st.booleans())
    def go_on(self, steps: int, bids: bool) -> None:
        """What comes next for a lot with which all goes well, step by step."""
        for _ in range(steps):
            self._next(bids)

    def _next(self, bids: bool) -> None:
        lot = self.lot
        if lot.sale is not None and lot.sale.paid:
            self.transfer(STEPS[len(lot.steps) % len(STEPS)])
        elif lot.sale is not None:
            self.pay(lot.sale.open_fen, again=False)
        elif lot.running is not None:
            self._hold(bids)
        elif lot.plan is not None:
            self.announce()
        elif lot.price is not None:
            self.plan(START_FEN, sale=len(lot.failures) == 2)
        else:
            self.price(VALUE_FEN)

    def _hold(self, bids: bool) -> None:
        """The round opens, somebody bids or nobody, and it is closed."""
        assert self.lot.running is not None
        self.now = max(self.now, self.lot.running.opens_at)
        if bids:
            self.bid("one", 2 * START_FEN)
        self.now = max(self.now, self.lot.running.closes_at + DAY)
        self.close()

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(value_fen=st.sampled_from([0, VALUE_FEN]))
    def price(self, value_fen: int) -> None:
        order = POLICY.pricing_order

        def price(lot: Lot) -> None:
            open_lot(lot).require_unsold()
            lot.start_pricing(f"p{len(lot.pricings)}", order, "agreement")
            lot.fix_price(value_fen, (self.now + 300 * DAY).date())

        self._do(price, self.lot)

    @rule(start_fen=st.sampled_from([START_FEN, START_FEN * 8 // 10, 1]), sale=st.booleans())
    def plan(self, start_fen: int, sale: bool) -> None:
        opens = self.now + 30 * DAY
        terms = Terms(
            opens_at=opens, closes_at=opens + (60 if sale else 1) * DAY, start_price_fen=start_fen,
            deposit_fen=DEPOSIT_FEN, increment_fen=STEP_FEN, balance_days=5, cut_percent=20,
        )  # fmt: skip

        def plan(lot: Lot) -> None:
            open_lot(lot).require_unsold()
            lot.plan_round(terms, POLICY.rounds, POLICY)

        self._do(plan, self.lot)

    @rule()
    def plan_following(self) -> None:
        self._do(lambda lot: lot.plan_following(POLICY.rounds, POLICY), self.lot)

    @rule()
    def announce(self) -> None:
        fresh = Round.empty(round_id("lot", self.lot.next_round))

        def announce(lot: Lot, held: Round) -> None:
            open_lot(lot).require_unsold()
            held.begin("case/yiyang-case1", "lot", lot.announce("notice", self.now.date(), POLICY, china()))
            for bidder in BIDDERS:
                held.receive_deposit("case/yiyang-case1", bidder, DEPOSIT_FEN)
                held.admit(bidder, None, bidder, DEPOSIT_FEN)

        self._do(announce, self.lot, fresh)

    @rule(bidder=st.sampled_from(BIDDERS), fen=st.sampled_from([1, START_FEN, 2 * START_FEN]))
    def bid(self, bidder: str, fen: int) -> None:
        self._do(lambda held: held.place(bidder, fen, self.now + HOUR), self.held)

    @rule(number=st.integers(1, 3))
    def strike(self, number: int) -> None:
        self._do(lambda held: held.strike(number, "reason"), self.held)

    @rule()
    def close(self) -> None:
        def close(lot: Lot, held: Round) -> None:
            closing = held.close(self.now)
            if closing is not None and closing.buyer_id is not None:
                lot.sell(closing, held.deposit(closing.buyer_id))
            elif closing is not None:
                lot.fail_round(closing)

        self._do(close, self.lot, self.held)

    @rule(cause=st.sampled_from(["withdrawn", "annulled"]))
    def stop(self, cause: str) -> None:
        def stop(lot: Lot, held: Round) -> None:
            number = len(lot.rounds)
            if cause == "annulled":
                lot.annul(number)
            else:
                lot.record_stopped(lot.require_running(number).round, cause)
            held.stop(cause)

        self._do(stop, self.lot, self.held)

    @rule(set_off=st.sampled_from([0, START_FEN]))
    def in_kind(self, set_off: int) -> None:
        def settle(lot: Lot) -> None:
            open_lot(lot).require_unsold()
            lot.settle_in_kind(CREDITOR, START_FEN, set_off, (self.now + 5 * DAY).date(), [CREDITOR])

        self._do(settle, self.lot)

    @rule(fen=st.sampled_from([1, START_FEN]), again=st.booleans())
    def pay(self, fen: int, again: bool) -> None:
        self.payments += not again
        self._do(lambda lot: lot.receive_balance(f"b{self.payments}", fen, None), self.lot)

    @rule()
    def default(self) -> None:
        self._do(lambda lot: lot.declare_default(1, self.now.date()), self.lot)

    @rule(step=st.sampled_from(STEPS))
    def transfer(self, step: Any) -> None:
        self._do(lambda lot: lot.transfer(step), self.lot)

    @invariant()
    def the_lot_is_announced_or_sold_or_neither(self) -> None:
        lot = self.lot
        assert not (lot.running and lot.sale)
        assert not (lot.plan and (lot.running or lot.sale))
        assert list(lot.rounds) == list(range(1, len(lot.rounds) + 1))
        assert lot.running is None or lot.running.round == len(lot.rounds)
        assert len(lot.failures) <= POLICY.rounds.max_rounds

    @invariant()
    def the_price_is_paid_when_nothing_is_open_and_only_what_is_paid_is_handed_over(self) -> None:
        lot = self.lot
        if lot.sale is not None:
            assert lot.sale.paid == (lot.sale.open_fen == 0)
        assert lot.steps == STEPS[: len(lot.steps)]
        assert not lot.steps or (lot.sale is not None and lot.sale.paid)

    @invariant()
    def a_round_is_over_unless_it_is_the_lots_running_one(self) -> None:
        under_way = [held.key for held in self.rounds.values() if not held.end]
        assert under_way == ([self.held_id] if self.lot.running else [])

    @invariant()
    def the_lot_is_what_its_events_tell(self) -> None:
        again = Lot.empty("lot")
        for event in self.lot.pending_events:
            event.mutate(again)
        apart = {"by", "_pending_events", "pending_events"}
        told, is_ = ({n: v for n, v in vars(each).items() if n not in apart} for each in (again, self.lot))
        assert told == is_


TestLot = LotMachine.TestCase
TestLot.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
