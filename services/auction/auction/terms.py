"""The terms of a round (拍卖方案), and what the law asks of them.

Shares and months are limits of the national pack. Days, hours and minutes, which packs cannot say yet, stand here with
their source.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, NamedTuple

from pydantic import Field

from contracts.auction import Mode
from contracts.base import Fen, Instant, Nth, Part
from kernel.clock import COURT_ZONE
from kernel.problems import Invalid, Refused, WrongState
from rules.calendar import Calendar
from rules.due import Timing, due
from rules.packs import Limit
from rules.rulebook import Policy
from rules.terms import Length

MOVABLES = frozenset({"vehicle", "machinery", "movable"})
LEAST_BIDDING = timedelta(hours=24)  # 法释〔2016〕18号 art. 20(2)
AGAIN_WITHIN = timedelta(days=30)  # 法释〔2016〕18号 art. 26(1)
SALE_NOTICE_WITHIN = timedelta(days=15)  # 法明传〔2017〕455号
SALE_LASTS = timedelta(days=60)  # 法明传〔2017〕455号
SALE_BIDDING_HOURS = 24  # 法明传〔2017〕455号: counted from the first bid
PRICE_OUTLIVES_MONTHS = 6  # 法释〔2018〕15号 art. 27: after its last day a price serves rounds so long still

Percent = Annotated[int, Field(strict=True, ge=0, le=99)]
Days = Annotated[int, Field(strict=True, ge=0, le=366)]


class Notice(NamedTuple):
    """Days between the announcement and the first bid (公告期)."""

    movables: int
    others: int

    def days(self, kinds: Collection[str]) -> int:
        """The longest that any of the property asks for."""
        return self.movables if set(kinds) <= MOVABLES else self.others


FIRST_NOTICE = Notice(movables=15, others=30)  # 法释〔2016〕18号 art. 12
LATER_NOTICE = Notice(movables=7, others=15)  # 法释〔2016〕18号 art. 26(1); 法明传〔2017〕455号


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
    round: Nth
    mode: Mode


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


def require_bidding(plan: Plan) -> None:
    """Raises Invalid unless bidding lasts as long as the law wants."""
    lasts = plan.closes_at - plan.opens_at
    if plan.mode == "auction" and lasts < LEAST_BIDDING:
        raise Invalid("bidding is open for 24 hours at least (法释〔2016〕18号 art. 20)", field="body.closes_at")
    if plan.mode == "sale" and lasts != SALE_LASTS:
        raise Invalid("a sale lasts 60 days (法明传〔2017〕455号)", field="body.closes_at")


def require_start_price(plan: Plan, price: Price, failed: Failed | None, policy: Policy, subject: str) -> None:
    """Raises Refused for one under what the law allows: of the valuation, then of the start price that failed."""
    start, limit, cut = plan.start_price_fen, _limit(policy, "first_start_least"), _limit(policy, "price_cut_most")
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


def require_notice(plan: Plan, days: int, announced_on: date) -> None:
    """Raises Invalid when the round opens too soon after its announcement."""
    if (day_in_court(plan.opens_at) - announced_on).days < days:
        raise Invalid(
            f"is announced {days} days before it opens (法释〔2016〕18号 arts. 12, 26)", field="body.opens_at"
        )


def require_valid(price: Price, plan: Plan, announced_on: date, *, is_first: bool, calendar: Calendar) -> None:
    """Raises WrongState for a price that has run out: it is sought anew.

    The first round is announced while the price holds, and every round opens within six months after.
    """
    last_opening = months_after(price.valid_until, PRICE_OUTLIVES_MONTHS, calendar)
    if (is_first and announced_on > price.valid_until) or day_in_court(plan.opens_at) > last_opening:
        raise WrongState("the reference price has run out: it has to be sought anew (法释〔2018〕15号)")


def following(failed: Failed, number: int, mode: Mode, notice_days: int) -> Plan:
    """The next round as the panel settled it beforehand: on the last day the law allows, which leaves time to sign.

    A later auction opens within 30 days of the failure, a sale once it was announced within 15 days.
    """
    last, starts_fen = failed.plan, failed.plan.start_price_fen
    lasts = SALE_LASTS if mode == "sale" else last.closes_at - last.opens_at
    wait = SALE_NOTICE_WITHIN + timedelta(days=notice_days) if mode == "sale" else AGAIN_WITHIN
    opens = datetime.combine(day_in_court(failed.ended_at) + wait, last.opens_at.astimezone(COURT_ZONE).timetz())
    start = starts_fen if mode == "sale" else -(-starts_fen * (100 - last.cut_percent) // 100)
    fields = {
        **dict(last),
        "round": number,
        "mode": mode,
        "opens_at": opens.astimezone(UTC),
        "closes_at": (opens + lasts).astimezone(UTC),
        "start_price_fen": start,
        "deposit_fen": -(-last.deposit_fen * start // starts_fen),
    }
    return Plan.model_validate(fields)


def _limit(policy: Policy, name: str) -> Limit | None:
    return next((rule for rule in policy.rules.values() if isinstance(rule, Limit) and rule.name == name), None)


def _refused(limit: Limit, lacking: str, subject: str) -> Refused:
    return Refused(
        "the price is lower than the rules allow",
        act="announce",
        rule=limit.id,
        lacking=[lacking],
        wanted_by="auction_officer",
        subject=subject,
    )
