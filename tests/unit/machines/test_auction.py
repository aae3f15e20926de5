"""A round of bidding under any commands, beside a slow reading of how it ends. Lots: tests/unit/test_lot_machine.py."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from auction.round import Round
from auction.terms import Plan
from kernel.problems import Invalid, NotFound, Problem, WrongState
from tests.kernel_example import START
from tests.unit.machines.machine import AggregateMachine, case_of, few

pytestmark = pytest.mark.fast
CASE, OPENS, CLOSES = "case/yiyang-1", START + timedelta(days=1), START + timedelta(days=2)
START_FEN, STEP_FEN, DEPOSIT_FEN = 100, 10, 20
FIVE = timedelta(minutes=5)
BIDDERS = ("one", "two", "creditor")
PAYMENTS = ("p1", "p2", "p3")


@dataclass
class RoundModel:
    begun: bool = False
    over: bool = False
    deposits: dict[str, int] = field(default_factory=dict)
    admitted: dict[str, str | None] = field(default_factory=dict)
    bids: list[tuple[str, int, datetime]] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)

    def begin(self) -> None:
        self.begun = True

    def end(self) -> None:
        self.over = True

    def refuses(self) -> type[Problem] | None:
        return NotFound if not self.begun else WrongState if self.over else None

    def course(self) -> tuple[datetime, list[tuple[str, int]]]:
        """When bidding ends, and the bids that led, struck ones left out at the end only."""
        ends, price, led = CLOSES, START_FEN - STEP_FEN, list[tuple[str, int]]()
        for number, (who, fen, at) in sorted(enumerate(self.bids, 1), key=lambda bid: (bid[1][2], bid[0])):
            if OPENS <= at < ends and fen >= price + STEP_FEN:
                price = fen
                ends = max(ends, at + FIVE)
                led += [(who, fen)] * (number not in self.struck)
        return ends, led


class Rounds(AggregateMachine):
    KIND, MODEL, KEY = Round, RoundModel, "lot.1"

    def __init__(self) -> None:
        super().__init__()
        self.now = OPENS - timedelta(hours=1)

    @initialize(bids=st.none() | st.lists(st.tuples(few(BIDDERS), st.integers(8, 20), few([1, 60, 700])), max_size=6),
                strikes=st.lists(st.integers(-1, 3), max_size=2), over=st.booleans())  # fmt: skip
    def begin(self, bids: list[tuple[str, int, int]] | None, strikes: list[int], over: bool) -> None:
        """Announced; or two were admitted, some bids were made, some struck out, and some rounds are over."""
        plan = Plan(
            opens_at=OPENS, closes_at=CLOSES, start_price_fen=START_FEN, deposit_fen=DEPOSIT_FEN,
            increment_fen=STEP_FEN, balance_days=5, cut_percent=20, round=1, mode="auction",
        )  # fmt: skip
        self.do(lambda r: r.begin(CASE, "lot", plan), None, RoundModel.begin)
        if bids is None:
            return
        for bidder, payment in zip(BIDDERS, PAYMENTS[:2], strict=False):
            self.deposit(payment, DEPOSIT_FEN, ours=True)
            self.admit(bidder, payment)
        self.now = OPENS
        for bidder, fen, minutes in bids:
            self.bid(bidder, fen, 0)
            self.wait(minutes)
        for back in strikes:
            self.strike(back)
        if over:
            self.wait_for_the_end(0)
            self.close()

    @rule(minutes=few([1, 4, 60]))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(before=st.integers(-1, 6))
    def wait_for_the_end(self, before: int) -> None:
        """Until some minutes before bidding ends, or the one after."""
        self.now = max(self.now, self.model.course()[0] - timedelta(minutes=before))

    @rule(payment=few([*PAYMENTS[:1], *PAYMENTS]), fen=few([10, 20, 20, 30]), ours=few([True, True, False]))
    def deposit(self, payment: str, fen: int, ours: bool) -> None:
        subject, known = CASE if ours else "case/yiyang-2", payment in self.model.deposits
        refused = NotFound if not ours else None if known else self.model.refuses()
        effect = lambda model: model.deposits.update({payment: fen})  # noqa: E731
        self.do(lambda r: r.receive_deposit(subject, payment, fen), refused, effect)

    @rule(bidder=few(BIDDERS), payment=few([*PAYMENTS[:1], *PAYMENTS, None]))
    def admit(self, bidder: str, payment: str | None) -> None:
        """Who owes nothing needs no deposit; one that he names must be there all the same."""
        needed = 0 if bidder == "creditor" else DEPOSIT_FEN
        held = self.model.admitted
        taken = bidder in held or (payment is not None and payment in held.values())
        too_little = self.model.deposits.get(payment or "", 0) < needed
        missing = payment is not None and payment not in self.model.deposits
        refused = self.model.refuses() or (WrongState if taken or too_little else NotFound if missing else None)
        effect = lambda model: model.admitted.update({bidder: payment})  # noqa: E731
        self.do(lambda r: r.admit(bidder, None, payment, needed), refused, effect)

    @rule(bidder=few(BIDDERS), fen=st.integers(8, 20), earlier=st.integers(0, 3))
    def bid(self, bidder: str, fen: int, earlier: int) -> None:
        """Some arrive after others that were made later."""
        at = self.now - timedelta(minutes=earlier)
        too_soon = bidder not in self.model.admitted or at < OPENS
        refused = self.model.refuses() or (WrongState if too_soon else None)
        effect = lambda model: model.bids.append((bidder, fen * 10, at))  # noqa: E731
        answer = self.do(lambda r: r.place(bidder, fen * 10, at), refused, effect)
        assert answer in (None, {"number": len(self.model.bids)})

    @rule(back=st.integers(-1, 3))
    def strike(self, back: int) -> None:
        """The last bid, or one before it, or one that is none."""
        number = max(len(self.model.bids) - back, 1)
        told = Invalid if number > len(self.model.bids) else WrongState if number in self.model.struck else None
        refused = self.model.refuses() or told
        self.do(lambda r: r.strike(number, "reason"), refused, lambda model: model.struck.add(number))

    @rule()
    def close(self) -> None:
        ends, led = self.model.course()
        goes_on = self.now < ends
        effect = lambda model: None if goes_on else model.end()  # noqa: E731
        closing = self.do(lambda r: r.close(self.now), self.model.refuses(), effect)
        if closing is not None:
            assert closing.ends_at == ends
            assert (closing.buyer_id, closing.price_fen) == (led[-1] if led else (None, None))
        else:
            assert goes_on or self.model.over

    @precondition(lambda self: len(self.model.bids) > 3)
    @rule()
    def stop(self) -> None:
        self.do(lambda r: r.stop("withdrawn"), None, RoundModel.end)

    @invariant()
    def holds_what_the_model_does(self) -> None:
        assert self.aggregate.deposits == self.model.deposits
        assert {who: self.aggregate.deposit_of.get(who) for who in self.aggregate.bidders} == self.model.admitted
        assert (len(self.aggregate.bids), bool(self.aggregate.end)) == (len(self.model.bids), self.model.over)


TestRounds = case_of(Rounds)
