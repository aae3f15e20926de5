"""Rounds one after another (一拍、二拍、变卖): planned, announced, failed or stopped."""

from __future__ import annotations

from datetime import date
from typing import Any

from auction import events
from auction.closing import Closing
from auction.pricing import Priced
from auction.terms import (
    Failed,
    Plan,
    Price,
    Terms,
    bidding_rules,
    following,
    notice_limit,
    require_bidding,
    require_notice,
    require_start_price,
    require_valid,
)
from contracts.auction import Mode
from kernel.domain import DomainEvent
from kernel.problems import WrongState
from rules.calendar import Calendar
from rules.packs import Rounds
from rules.rulebook import Policy


class Auctioned(Priced):
    """The rounds of a lot.

    Each has a number of its own, given once; which rung it stands on (first, second, sale) the rounds that failed
    since the price was fixed tell, so that a round that was stopped is held again on its rung.
    """

    def __init__(self) -> None:
        super().__init__()
        self.plan: Plan | None = None
        self.running: Plan | None = None
        self.rounds: dict[int, Plan] = {}  # announced
        self.failures: tuple[Failed, ...] = ()  # since the price was fixed
        self.announced_at_price = False

    @property
    def next_round(self) -> int:
        return len(self.rounds) + 1

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of the property in the lot."""
        return (self.asset_kind,)

    def mode_of_next(self, rules: Rounds) -> Mode:
        """Raises WrongState after the last round of the court's rules."""
        if not self.failures:
            return "auction"
        if len(self.failures) not in rules.after_failed:
            raise WrongState("the last round has failed: the property goes to a creditor in kind, or back")
        return rules.after_failed[len(self.failures)]

    def plan_round(self, terms: Terms, rules: Rounds, policy: Policy) -> Plan:
        """Raises WrongState without a price, Invalid or Refused for terms that the law does not allow."""
        price = self._price()
        mode = self.mode_of_next(rules)
        plan = Plan.model_validate(
            {**dict(terms), **bidding_rules(policy, mode), "round": self.next_round, "mode": mode}
        )
        require_bidding(plan, policy)
        require_start_price(plan, price, self._last_failed, policy, self.subject)
        self.record(events.RoundPlanned, ruleid=rules.id, lot_id=self.key, plan=plan)
        return plan

    def plan_following(self, rules: Rounds, policy: Policy) -> dict[str, object] | None:
        """After a failed round, by the terms settled before; nothing once somebody has planned, or after the last."""
        failed = self._last_failed
        if failed is None or self.plan or self.running or len(self.failures) not in rules.after_failed:
            return None
        plan = following(failed, self.next_round, self.mode_of_next(rules), policy, self.kinds)
        self.record(events.RoundPlanned, ruleid=rules.id, lot_id=self.key, plan=plan)
        return {"lot_id": self.key, "round": plan.round}

    def announce(self, notice: str, today: date, policy: Policy, calendar: Calendar) -> Plan:
        price, plan = self._price(), self.plan
        if plan is None:
            raise WrongState("the terms of the round are not settled")
        require_notice(plan, notice_limit(policy, self.kinds, again=bool(self.failures)), today)
        is_first = not self.announced_at_price
        require_valid(price, plan, today, is_first=is_first, policy=policy, calendar=calendar)
        self.record(events.AuctionAnnounced, **self.announcement(plan), notice=notice)
        return plan

    def announcement(self, plan: Plan) -> dict[str, Any]:
        """What the announcement of such a round says."""
        terms = {name: getattr(plan, name) for name in ("round", "mode", "opens_at", "closes_at")}
        prices = {name: getattr(plan, name) for name in ("start_price_fen", "deposit_fen")}
        return {"lot_id": self.key, "asset_kind": self.asset_kind, **terms, **prices}

    def fail_round(self, closing: Closing) -> None:
        plan = self.require_running()
        self.record(
            events.AuctionFailed,
            lot_id=self.key,
            round=plan.round,
            mode=plan.mode,
            reason="below_reserve" if closing.outcome == "below_reserve" else "no_bid",
            ended_at=closing.ends_at,
        )

    def record_stopped(self, number: int, cause: str, costs_fen: int = 0) -> None:
        plan = self.rounds[number]
        self.record(
            events.AuctionStopped, lot_id=self.key, round=number, mode=plan.mode, cause=cause, costs_fen=costs_fen
        )

    def require_running(self, number: int | None = None) -> Plan:
        if self.running is None or number not in (None, self.running.round):
            raise WrongState("this round is not under way")
        return self.running

    @property
    def _last_failed(self) -> Failed | None:
        return self.failures[-1] if self.failures else None

    def _price(self) -> Price:
        if self.under_way is not None or self.price is None:
            raise WrongState("the lot has no reference price")
        return self.price

    def apply(self, event: DomainEvent) -> None:
        super().apply(event)
        match event:
            case events.PriceFixed():
                self.failures, self.plan, self.announced_at_price = (), None, False
            case events.RoundPlanned():
                self.plan = event.plan
            case events.AuctionAnnounced():
                self.running, self.plan, self.announced_at_price = self.plan, None, True
                assert self.running is not None, "what is announced was planned"
                self.rounds[event.round] = self.running
            case events.AuctionFailed():
                self.failures = (*self.failures, Failed(self.rounds[event.round], event.ended_at))
                self.running = None
            case events.AuctionStopped() | events.AuctionSold():
                self.running = None
            case _:
                pass
