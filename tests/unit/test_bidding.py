"""How bidding ends: example by example, and for any log, against a slow reading of the same articles."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from auction import recheck
from auction.closing import RULES, Bid, Bidder, Bidding, BidLog, Closing, close
from auction.recheck import Exported

pytestmark = pytest.mark.fast
OPENS = datetime(2026, 4, 6, 2, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=24)
RESERVE, INCREMENT = 100, 10
FIVE = timedelta(minutes=5)
PRIORITY = {"a": None, "b": None, "p1": 1, "p2": 2, "also_p2": 2}
TERMS = Bidding(reserve_fen=RESERVE, increment_fen=INCREMENT, opens_at=OPENS, closes_at=CLOSES, extension_minutes=5)
SALE = TERMS.model_copy(update={"closes_at": OPENS + timedelta(days=60), "first_bid_hours": 24})


def log(*bids: tuple[str, int, datetime], terms: Bidding = TERMS, struck: tuple[int, ...] = ()) -> BidLog:
    """The bids in the order in which they were logged."""
    numbered = [Bid(number=n, bidder_id=who, amount_fen=fen, at=at) for n, (who, fen, at) in enumerate(bids, 1)]
    bidders = tuple(Bidder(bidder_id=who, priority=priority) for who, priority in PRIORITY.items())
    return BidLog(bidding=terms, bidders=bidders, bids=tuple(numbered), struck=struck)


def at(**after: float) -> datetime:
    return OPENS + timedelta(**after)


def rules(closing: Closing) -> list[str]:
    return [step.rule for step in closing.steps]


# -- example by example


def test_one_bidder_at_the_start_price_is_enough() -> None:
    closing = close(log(("a", RESERVE, at(hours=1))))
    assert (closing.outcome, closing.buyer_id, closing.price_fen, closing.ends_at) == ("sold", "a", RESERVE, CLOSES)


def test_without_a_bid_and_with_bids_under_the_reserve_alone_the_round_fails() -> None:
    assert (close(log()).outcome, close(log()).ends_at) == ("no_bid", CLOSES)
    low = close(log(("a", RESERVE - 1, at(hours=1))))
    assert (low.outcome, rules(low), low.price_fen) == ("below_reserve", ["below_reserve"], None)


def test_a_bid_must_raise_the_price_by_the_increment() -> None:
    closing = close(log(("a", 100, at(hours=1)), ("b", 109, at(hours=2)), ("b", 110, at(hours=3))))
    assert (rules(closing), closing.buyer_id) == (["opening_bid", "below_increment", "raise"], "b")


def test_at_an_equal_price_the_first_leads_unless_the_other_has_the_stronger_right() -> None:
    hours = (at(hours=h) for h in range(1, 9))
    bids = ["a", "b", "p2", "also_p2", "p1", "p2", "a"]
    closing = close(log(*((who, 100, hour) for who, hour in zip(bids, hours, strict=False))))
    assert rules(closing) == ["opening_bid", "equal", "priority", "equal", "priority", "equal", "equal"]
    assert (closing.buyer_id, closing.price_fen) == ("p1", 100)


def test_a_higher_bid_beats_the_right_of_first_refusal() -> None:
    closing = close(log(("p1", 100, at(hours=1)), ("a", 110, at(hours=2))))
    assert closing.buyer_id == "a"


def test_of_bids_made_at_one_instant_the_platform_s_number_decides() -> None:
    moment = at(hours=1)
    assert close(log(("a", 100, moment), ("b", 100, moment))).buyer_id == "a"


def test_each_bid_in_the_last_five_minutes_moves_the_end_five_minutes_from_itself() -> None:
    last = CLOSES - timedelta(minutes=1)
    closing = close(log(("a", 100, CLOSES - FIVE), ("b", 110, last), ("a", 120, last + timedelta(minutes=4))))
    assert [step.ends_at for step in closing.steps] == [CLOSES, last + FIVE, last + timedelta(minutes=9)]
    assert closing.buyer_id == "a"


def test_a_bid_at_the_end_is_too_late_and_one_before_the_opening_too_early() -> None:
    closing = close(log(("a", 100, OPENS - timedelta(microseconds=1)), ("a", 100, OPENS), ("b", 110, CLOSES)))
    assert rules(closing) == ["before_opening", "opening_bid", "after_end"]


def test_a_bid_that_does_not_count_prolongs_nothing() -> None:
    late = CLOSES - timedelta(seconds=1)
    closing = close(log(("a", 100, at(hours=1)), ("b", 105, late), ("stranger", 200, late)))
    assert (closing.ends_at, rules(closing)[1:]) == (CLOSES, ["below_increment", "not_admitted"])


def test_a_bid_struck_out_cannot_win_and_what_it_did_before_stays() -> None:
    late = CLOSES - timedelta(minutes=1)
    bids = [("a", 100, at(hours=1)), ("b", 200, late), ("a", 150, late + timedelta(minutes=1))]
    closing = close(log(*bids, struck=(2,)))
    assert (closing.buyer_id, closing.price_fen, closing.ends_at) == ("a", 100, late + FIVE)
    assert rules(closing)[2] == "below_increment"
    assert close(log(*bids[1:2], struck=(1,))).outcome == "no_bid"


def test_in_a_sale_the_first_bid_opens_24_hours_whenever_it_comes() -> None:
    first = at(days=6)
    assert close(log(("a", 100, first), terms=SALE)).ends_at == first + timedelta(hours=24)
    last = SALE.closes_at - timedelta(minutes=1)
    closing = close(log(("a", 100, last), ("b", 110, last + timedelta(hours=23, minutes=58)), terms=SALE))
    assert (closing.buyer_id, closing.ends_at) == ("b", last + timedelta(hours=24, minutes=3))
    assert close(log(terms=SALE)).ends_at == SALE.closes_at


def test_a_log_that_contradicts_itself_is_none() -> None:
    one = log(("a", 100, at(hours=1)))
    other = one.bids[0].model_copy(update={"amount_fen": 999})
    for wrong in ({"bids": (*one.bids, other)}, {"bidders": (*one.bidders, Bidder(bidder_id="a", priority=1))}):
        with pytest.raises(ValidationError):
            BidLog(**(dict(one) | wrong))


# -- for any log


@st.composite
def logs(draw: st.DrawFn) -> BidLog:
    """Crowded: few bidders, prices and minutes, many of them in the last ones."""
    sale = draw(st.booleans())
    minutes = st.integers(-2, 40) if sale else st.one_of(st.integers(-2, 40), st.integers(1430, 1465))
    bids = st.tuples(st.sampled_from([*PRIORITY, "stranger"]), st.integers(9, 18).map(lambda n: n * 10), minutes)
    made = draw(st.lists(bids, max_size=14))
    struck = draw(st.sets(st.integers(1, 14), max_size=3))
    terms = SALE.model_copy(update={"closes_at": at(minutes=30), "first_bid_hours": 1}) if sale else TERMS
    return log(*((who, fen, at(minutes=m)) for who, fen, m in made), terms=terms, struck=tuple(struck))


def slow(one: BidLog) -> tuple[str | None, int | None, datetime]:
    """The articles read literally: each bid against everything that counted before it. Gives buyer, price and end."""
    terms, right = one.bidding, {b.bidder_id: b.priority or 999 for b in one.bidders}
    counted: list[Bid] = []

    def end() -> datetime:
        hours = terms.first_bid_hours
        first = counted[0].at + timedelta(hours=hours) if counted and hours is not None else terms.closes_at
        return max([first, *(bid.at + FIVE for bid in counted)])

    def counts(bid: Bid) -> bool:
        if bid.bidder_id not in right or not terms.opens_at <= bid.at < end() or bid.amount_fen < terms.reserve_fen:
            return False
        highest = max((b.amount_fen for b in counted), default=None)
        if highest is None or bid.amount_fen >= highest + terms.increment_fen:
            return True
        holders = [right[b.bidder_id] for b in counted if b.amount_fen == highest]
        return bid.amount_fen == highest and right[bid.bidder_id] < min(holders)

    for bid in sorted(set(one.bids), key=lambda b: (b.at, b.number)):
        if counts(bid):
            counted.append(bid)
    standing = [b for b in counted if b.number not in one.struck]
    won = max(standing, key=lambda b: (b.amount_fen, -right[b.bidder_id]), default=None)
    return (won.bidder_id, won.amount_fen, end()) if won else (None, None, end())


@given(logs())
def test_it_is_what_the_articles_say(one: BidLog) -> None:
    closing = close(one)
    assert (closing.buyer_id, closing.price_fen, closing.ends_at) == slow(one)
    assert (closing.outcome == "sold") == (closing.buyer_id is not None)
    assert {closing.rule, *rules(closing)} <= RULES.keys()


@given(logs(), st.randoms(use_true_random=False))
def test_any_order_of_delivery_and_any_repetition_end_the_same(one: BidLog, chance: object) -> None:
    bids, bidders = [*one.bids, *one.bids[:3]], [*one.bidders]
    chance.shuffle(bids)  # type: ignore[attr-defined]
    chance.shuffle(bidders)  # type: ignore[attr-defined]
    assert close(one.model_copy(update={"bids": tuple(bids), "bidders": tuple(bidders)})) == close(one)


@given(logs())
def test_the_price_is_above_the_reserve_and_no_losing_bid_was_higher(one: BidLog) -> None:
    closing, bids = close(one), {bid.number: bid for bid in one.bids}
    leading = [bids[step.number].amount_fen for step in closing.steps if step.leads and not step.struck]
    if closing.price_fen is not None:
        assert closing.price_fen == max(leading) >= RESERVE
        assert closing.number not in one.struck
    else:
        assert leading == []


@given(logs())
def test_leading_bids_rise_by_the_increment_or_pass_to_a_stronger_right(one: BidLog) -> None:
    bids = {bid.number: bid for bid in one.bids}
    leading = [bids[step.number] for step in close(one).steps if step.leads]
    for lower, higher in itertools.pairwise(leading):
        if higher.amount_fen == lower.amount_fen:
            assert (PRIORITY[higher.bidder_id] or 999) < (PRIORITY[lower.bidder_id] or 999)
        else:
            assert higher.amount_fen >= lower.amount_fen + INCREMENT


@given(logs(), st.integers(0, 30))
def test_a_later_bid_never_brings_the_end_forward_and_bidding_ends_five_minutes_after_the_last(
    one: BidLog, minutes: int
) -> None:
    closing = close(one)
    latest = max((bid.at for bid in one.bids), default=OPENS) + timedelta(minutes=minutes)
    more = Bid(number=99, bidder_id="a", amount_fen=1_000, at=latest)
    after = close(one.model_copy(update={"bids": (*one.bids, more)}))
    if any(step.leads for step in closing.steps) or one.bidding.first_bid_hours is None:
        assert after.ends_at >= closing.ends_at
    ends = [step.ends_at for step in closing.steps if step.leads]
    assert ends == sorted(ends)
    bids = {bid.number: bid for bid in one.bids}
    assert all(bids[step.number].at + FIVE <= closing.ends_at for step in closing.steps if step.leads)


# -- by anyone


@given(logs())
def test_an_exported_closing_gives_the_same_result_again(one: BidLog) -> None:
    text = Exported(log=one, result=close(one)).model_dump_json()
    read = Exported.model_validate_json(text)
    assert close(read.log) == read.result == close(one)


def test_the_example_in_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "bidding.md").read_text("utf-8")
    file = tmp_path / "closing.json"
    file.write_text(text.partition("```json\n")[2].partition("```")[0], "utf-8")
    assert recheck.main([str(file)]) == 0


def test_the_recheck_tells_a_true_result_from_a_false_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = log(("a", 100, at(hours=1)), ("b", 110, at(hours=2)))
    true, file = Exported(log=one, result=close(one)), tmp_path / "closing.json"
    file.write_text(true.model_dump_json(), "utf-8")
    assert recheck.main([str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["buyer_id"] == "b"
    file.write_text(true.model_dump_json().replace('"price_fen":110', '"price_fen":100'), "utf-8")
    assert recheck.main([str(file)]) == 1
    for wrong in ([], [str(tmp_path)], [str(tmp_path / "none")]):
        assert recheck.main(wrong) == 2
