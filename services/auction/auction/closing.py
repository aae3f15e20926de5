"""How bidding ends (竞价结果): a pure function of the bid log, 法释〔2016〕18号 arts. 10, 11, 18, 20, 21, 26.

The log is a set: bids are told apart by their number and judged in the order of (instant, number), whatever order they
arrived in. `docs/bidding.md` says the same in words; `python -m auction.recheck FILE` runs it on an exported log.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from pydantic import model_validator

from contracts.base import Code, Count, Fen, Id, Instant, Nth, Part

RULES: Mapping[str, str] = {
    "opening_bid": "法释〔2016〕18号 art. 20(1): bidding starts from the start price",
    "raise": "法释〔2016〕18号 art. 20(1): bids go up, by at least the increment",
    "priority": "法释〔2016〕18号 art. 21: at an equal price the stronger right of first refusal takes the lead",
    "below_reserve": "法释〔2016〕18号 arts. 10, 20(1): a bid under the start price, which is the reserve, is void",
    "below_increment": "法释〔2016〕18号 art. 20(1): no bid raises the price by less than the increment",
    "equal": "法释〔2016〕18号 art. 21: at an equal price the earlier bid keeps the lead, but for a stronger right",
    "not_admitted": "法释〔2016〕18号 arts. 17, 18: only bidders who were admitted bid",
    "before_opening": "法释〔2016〕18号 art. 20(2): bidding has not begun",
    "after_end": "法释〔2016〕18号 art. 20(2): nobody bid in the last minutes, so bidding was over",
    "sold": "法释〔2016〕18号 arts. 11, 20(2): the last bid is the price; one bidder is enough",
    "no_bid": "法释〔2016〕18号 art. 26(1): nobody bid",
    "below_reserve_only": "法释〔2016〕18号 art. 26(1): no bid reached the start price",
}
LEADING = frozenset({"opening_bid", "raise", "priority"})
Outcome = Literal["sold", "no_bid", "below_reserve"]


class Bidding(Part):
    """The terms of one round.

    `extension_minutes`: a bid in the last so many minutes moves the end to so many after itself (延时, art. 20(2)).
    `first_bid_hours`: in a sale (变卖) the first bid opens so many hours of bidding.
    """

    reserve_fen: Fen
    increment_fen: Fen
    opens_at: Instant
    closes_at: Instant
    extension_minutes: Count
    first_bid_hours: Count | None = None


class Bidder(Part):
    """`priority`: place of the right of first refusal (优先购买权), 1 the strongest; None: no such right."""

    bidder_id: Id
    priority: Nth | None = None


class Bid(Part):
    number: Nth
    bidder_id: Id
    amount_fen: Fen
    at: Instant


class BidLog(Part):
    """Everything that decides how a round ends. `struck`: numbers of bids the court has struck out (出价无效)."""

    bidding: Bidding
    bidders: tuple[Bidder, ...]
    bids: tuple[Bid, ...]
    struck: tuple[Nth, ...] = ()

    @model_validator(mode="after")
    def _unambiguous(self) -> BidLog:
        if len({bid.number for bid in self.bids}) != len(set(self.bids)):
            raise ValueError("two different bids have one number")
        if len({bidder.bidder_id for bidder in self.bidders}) != len(set(self.bidders)):
            raise ValueError("a bidder stands twice")
        return self


class Step(Part):
    """What one bid did, by which rule. `ends_at`: when bidding was to end after it."""

    number: Nth
    rule: Code
    leads: bool
    struck: bool
    ends_at: Instant


class Closing(Part):
    """The result. `price_fen` and `buyer_id` only of a sold round; `number`: the winning bid."""

    outcome: Outcome
    rule: Code
    ends_at: Instant
    number: Nth | None = None
    buyer_id: Id | None = None
    price_fen: Fen | None = None
    steps: tuple[Step, ...] = ()


def close(log: BidLog) -> Closing:
    """How the round ends by these bids, and if none is added, when.

    A struck bid counted when it was made: what it prolonged and what it kept out stays so. It only cannot win.
    """
    course = _Course(log)
    steps = tuple(course.take(bid) for bid in sorted(set(log.bids), key=lambda bid: (bid.at, bid.number)))
    won = next((bid for bid in reversed(course.leaders) if bid.number not in log.struck), None)
    if won is not None:
        return Closing(
            outcome="sold", rule="sold", ends_at=course.ends_at, number=won.number, buyer_id=won.bidder_id,
            price_fen=won.amount_fen, steps=steps,
        )  # fmt: skip
    if any(step.rule == "below_reserve" and not step.struck for step in steps):
        return Closing(outcome="below_reserve", rule="below_reserve_only", ends_at=course.ends_at, steps=steps)
    return Closing(outcome="no_bid", rule="no_bid", ends_at=course.ends_at, steps=steps)


class _Course:
    """Bidding as it goes on, bid by bid."""

    def __init__(self, log: BidLog) -> None:
        self.bidding, self.struck = log.bidding, set(log.struck)
        self.bidders = {bidder.bidder_id: bidder for bidder in log.bidders}
        self.leaders: list[Bid] = []
        self.ends_at = log.bidding.closes_at

    def take(self, bid: Bid) -> Step:
        rule = self._rule_of(bid)
        if rule in LEADING:
            self.ends_at = self._end_after(bid.at)
            self.leaders.append(bid)
        return Step(
            number=bid.number, rule=rule, leads=rule in LEADING, struck=bid.number in self.struck, ends_at=self.ends_at
        )

    def _end_after(self, at: datetime) -> datetime:
        """In a sale the first bid sets the end; a bid in the last minutes extends it from the bid."""
        hours = self.bidding.first_bid_hours
        end = at + timedelta(hours=hours) if hours is not None and not self.leaders else self.ends_at
        return max(end, at + timedelta(minutes=self.bidding.extension_minutes))

    def _rule_of(self, bid: Bid) -> str:
        if bid.bidder_id not in self.bidders:
            return "not_admitted"
        if bid.at < self.bidding.opens_at:
            return "before_opening"
        if bid.at >= self.ends_at:
            return "after_end"
        return self._rule_of_amount(bid)

    def _rule_of_amount(self, bid: Bid) -> str:
        if bid.amount_fen < self.bidding.reserve_fen:
            return "below_reserve"
        if not self.leaders:
            return "opening_bid"
        lead = self.leaders[-1]
        if bid.amount_fen >= lead.amount_fen + self.bidding.increment_fen:
            return "raise"
        if bid.amount_fen != lead.amount_fen:
            return "below_increment"
        return "priority" if self._priority(bid) < self._priority(lead) else "equal"

    def _priority(self, bid: Bid) -> float:
        """The smaller the stronger; without the right, weaker than any."""
        return self.bidders[bid.bidder_id].priority or float("inf")
