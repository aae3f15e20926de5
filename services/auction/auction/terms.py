"""The terms of a round (拍卖方案), and what the limits of the packs ask of them; a limit not in force asks nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from contracts.auction import Mode
from contracts.base import Count, Fen, Instant, Nth, Part
from kernel.clock import COURT_ZONE
from kernel.problems import Invalid, Refused, WrongState
from rules.calendar import Calendar
from rules.due import Timing, due
from rules.packs import Limit
from rules.rulebook import Policy
from rules.terms import Length

MOVABLES = frozenset({"vehicle", "machinery", "movable"})

Percent = Annotated[int, Field(strict=True, ge=0, le=99)]
Days = Annotated[int, Field(strict=True, ge=0, le=366)]


class Terms(Part):
    """What a panel settles for a round (合议庭评议, 法释〔2016〕18号 art. 27).

    The start price is the reserve (art. 10). `cut_percent`: what the next auction, if this one fails, starts lower.
    `balance_days`: until the buyer has paid, counted from the sale.
    """

    opens_at: Instant
    closes_at: Instant
    start_price_fen: Annotated[Fen, Field(gt=0)]
    deposit_fen: Fen
    increment_fen: Annotated[Fen, Field(gt=0)]
    balance_days: Days
    cut_percent: Percent


class Plan(Terms):
    """With what the rules in force when it was planned say of its bidding, so that it ends by them for ever."""

    round: Nth
    mode: Mode
    extension_minutes: Count = 5  # 法释〔2016〕18号 art. 20; written down since national 1.2.0 says it
    first_bid_hours: Count | None = None


class Price(NamedTuple):
    """A reference price that stands (参考价)."""

    pricing_id: str
    method: str
    value_fen: int
    valid_until: date


class Failed(NamedTuple):
    """A round without a sale, since the price was fixed."""

    plan: Plan
    ended_at: datetime


def day_in_court(instant: datetime) -> date:
    return instant.astimezone(COURT_ZONE).date()


def end_of(day: date) -> datetime:
    """24:00 in the court."""
    return datetime.combine(day + timedelta(days=1), time(), COURT_ZONE)


def months_after(day: date, months: int, calendar: Calendar) -> date:
    last = due(Timing(Length(unit="months", n=months), roll="none"), end_of(day - timedelta(days=1)), calendar).last
    assert last is not None, "a term of months has a last day"
    return date.fromordinal(last)


def require_price_term(policy: Policy, valid_until: date, today: date, calendar: Calendar) -> None:
    """Raises Invalid for a price that is over already, or holds longer than the law allows."""
    longest = policy.limits.get("price_valid")
    if valid_until < today:
        raise Invalid("lies before the day on which the price is fixed", field="body.valid_until")
    if longest is not None and valid_until > months_after(today, longest, calendar):
        raise Invalid(f"a reference price holds for {longest} months at most", field="body.valid_until")


def notice_limit(policy: Policy, kinds: Collection[str], *, again: bool) -> Limit | None:
    """How long before its first bid a round is announced (公告期): the longest that any of the property asks for."""
    kind = "movable" if set(kinds) <= MOVABLES else "other"
    return policy.named_limits.get(f"again_{kind}" if again else f"notice_{kind}")


def bidding_rules(policy: Policy, mode: Mode) -> dict[str, int | None]:
    """By how much a late bid extends the bidding; in a sale, for how long the first bid opens it."""
    first_bid = policy.limits.get("sale_bidding") if mode == "sale" else None
    return {"extension_minutes": policy.limits.get("bid_extension", 0), "first_bid_hours": first_bid}


def require_bidding(plan: Plan, policy: Policy) -> None:
    """Raises Invalid unless bidding lasts as long as the rules want."""
    lasts, least, period = plan.closes_at - plan.opens_at, policy.named_limits.get("bidding_least"), _period(policy)
    if least and plan.mode == "auction" and lasts < timedelta(hours=least.amount):
        raise Invalid(f"bidding is open for {least.amount} hours at least ({least.id})", field="body.closes_at")
    if period and plan.mode == "sale" and lasts != timedelta(days=period.amount):
        raise Invalid(f"a sale lasts {period.amount} days ({period.id})", field="body.closes_at")


def require_start_price(plan: Plan, price: Price, failed: Failed | None, policy: Policy, subject: str) -> None:
    """Raises Refused for one under what the law allows: of the valuation, then of the start price that failed."""
    start, limits = plan.start_price_fen, policy.named_limits
    limit, cut = limits.get("first_start_least"), limits.get("price_cut_most")
    if failed is None:
        if limit and start * 100 < price.value_fen * limit.amount:
            raise _refused(limit, "start_price", subject)
    elif plan.mode == "sale":
        if start < failed.plan.start_price_fen:
            raise Invalid("a sale starts at the price that failed, or above", field="body.start_price_fen")
    elif cut and start * 100 < failed.plan.start_price_fen * (100 - cut.amount):
        raise _refused(cut, "start_price", subject)
    if cut and plan.cut_percent > cut.amount:
        raise _refused(cut, "cut_percent", subject)


def require_notice(plan: Plan, limit: Limit | None, announced_on: date) -> None:
    """Raises Invalid when the round opens too soon after its announcement."""
    if limit and (day_in_court(plan.opens_at) - announced_on).days < limit.amount:
        raise Invalid(f"is announced {limit.amount} days before it opens ({limit.id})", field="body.opens_at")


def require_valid(
    price: Price, plan: Plan, announced_on: date, *, is_first: bool, policy: Policy, calendar: Calendar
) -> None:
    """Raises WrongState for a price that has run out: it is sought anew.

    The first round is announced while the price holds, and every round opens while it serves rounds still.
    """
    last_opening = months_after(price.valid_until, policy.limits.get("price_outlives", 0), calendar)
    if (is_first and announced_on > price.valid_until) or day_in_court(plan.opens_at) > last_opening:
        raise WrongState("the reference price has run out: it has to be sought anew (法释〔2018〕15号)")


def following(failed: Failed, number: int, mode: Mode, policy: Policy, kinds: Collection[str]) -> Plan:
    """The next round as the panel settled it beforehand: on the last day the rules allow, which leaves time to sign.

    A bidder's deposit is the same share of the start price; in a sale it is the whole (法明传〔2017〕455号).
    """
    last, starts_fen = failed.plan, failed.plan.start_price_fen
    opens = datetime.combine(
        day_in_court(failed.ended_at) + _wait(policy, mode, kinds), last.opens_at.astimezone(COURT_ZONE).timetz()
    )
    period = _period(policy) if mode == "sale" else None
    lasts = timedelta(days=period.amount) if period else last.closes_at - last.opens_at
    start = starts_fen if mode == "sale" else -(-starts_fen * (100 - last.cut_percent) // 100)
    fields = {
        **dict(last),
        **bidding_rules(policy, mode),
        "round": number,
        "mode": mode,
        "opens_at": opens.astimezone(UTC),
        "closes_at": (opens + lasts).astimezone(UTC),
        "start_price_fen": start,
        "deposit_fen": start if mode == "sale" else -(-last.deposit_fen * start // starts_fen),
    }
    return Plan.model_validate(fields)


def _wait(policy: Policy, mode: Mode, kinds: Collection[str]) -> timedelta:
    """From the failure of a round to the opening of the next: a sale is announced within its term, then opens."""
    notice, within = notice_limit(policy, kinds, again=True), "sale_announced" if mode == "sale" else "again_within"
    days = policy.limits.get(within, 0) + (notice.amount if notice and mode == "sale" else 0)
    return timedelta(days=days)


def _period(policy: Policy) -> Limit | None:
    return policy.named_limits.get("sale_period")


def _refused(limit: Limit, lacking: str, subject: str) -> Refused:
    return Refused(
        "the price is lower than the rules allow",
        act="announce",
        rule=limit.id,
        lacking=[lacking],
        wanted_by="auction_officer",
        subject=subject,
    )
