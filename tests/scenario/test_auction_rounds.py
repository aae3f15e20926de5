"""拍卖: from the price fixed to the end of the last round, by the national terms and limits."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from typing import Any

import pytest

from auction.closing import close
from auction.recheck import Exported
from auction.round import MOST_BIDS, Round
from auction.service import SERVICE as AUCTION
from auction.terms import Plan
from kernel.call import system_call
from kernel.principals import Principal
from kernel.problems import TooLarge
from tests.auctions import DAY, DEPOSIT_FEN, HOUR, START_FEN, STEP_FEN, VALUE_FEN, Disposal, text
from tests.services import COURT, START, bench

MINUTE = timedelta(minutes=1)
OTHER_TEAM = Principal("yiyang-auction-2", "yiyang", ("auction_officer",), "ordinary_1")


@pytest.fixture
async def d(database: str) -> AsyncIterator[Disposal]:
    async with bench(database, [AUCTION]) as running:
        yield Disposal(running)


@pytest.fixture
async def priced(d: Disposal) -> Disposal:
    await d.file()
    await d.instruct()
    await d.fix_price()
    return d


@pytest.fixture
async def announced(priced: Disposal) -> Disposal:
    await priced.announce()
    return priced


# -- the price


@pytest.mark.clause("Y21")
async def test_the_price_is_fixed_by_the_method_under_way(d: Disposal) -> None:
    await d.file()
    lot = await d.instruct()
    await d.do(f"/lots/{lot}/pricings/fail", {"reason": "no_agreement"})
    await d.fix_price()
    [fixed] = await d.events("PriceFixed")
    assert (fixed["lot_id"], fixed["method"], fixed["value_fen"]) == (lot, "targeted", VALUE_FEN)
    assert (await d.see())["price"]["valid_until"] == fixed["valid_until"] == "2027-03-01"
    await d.refused(409, f"/lots/{lot}/price", {"value_fen": 1, "valid_until": "2026-06-01"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"value_fen": 0}, "body.value_fen"), ({"valid_until": "2026-03-01"}, "body.valid_until"),
     ({"valid_until": "2027-03-03"}, "body.valid_until")],
)  # fmt: skip
async def test_a_price_of_nothing_or_for_longer_than_a_year_is_none(
    d: Disposal, changes: dict[str, Any], field: str
) -> None:
    await d.file()
    lot = await d.instruct()
    body = {"value_fen": VALUE_FEN, "valid_until": "2027-03-02", **changes}
    assert (await d.refused(422, f"/lots/{lot}/price", body))["errors"][0]["field"] == field
    assert await d.events("PriceFixed") == []


# -- the terms of a round


@pytest.mark.parametrize(
    ("changes", "rule", "lacking"),
    [({"start_price_fen": START_FEN - 1}, "cn.l.first_start", "start_price"), ({"cut_percent": 21}, "cn.l.price_cut",
     "cut_percent")],
)  # fmt: skip
async def test_a_first_round_starts_at_70_per_cent_of_the_value_and_the_next_20_per_cent_lower_at_most(
    priced: Disposal, changes: dict[str, Any], rule: str, lacking: str
) -> None:
    refused = await priced.refused(409, f"/lots/{priced.lot}/plan", priced.terms(**changes))
    assert (refused["rule"], refused["lacking"], refused["act"]) == (rule, [lacking], "announce")
    assert (await priced.see())["plan"] is None


@pytest.mark.parametrize(
    "changes",
    [{"start_price_fen": 0}, {"increment_fen": 0}, {"deposit_fen": -1}, {"balance_days": 367}, {"cut_percent": 100},
     {"closes_at": "2026-04-01T23:59:59Z"}, {"closes_at": "2026-03-01T01:00:00Z"}, {"opens_at": "2026-04-01"}],
)  # fmt: skip
async def test_terms_that_no_round_can_have_are_not_planned(priced: Disposal, changes: dict[str, Any]) -> None:
    await priced.refused(
        422, f"/lots/{priced.lot}/plan", priced.terms(30, **{"opens_at": text(START + 30 * DAY)} | changes)
    )
    assert (await priced.see())["plan"] is None


async def test_without_a_price_nothing_is_planned_and_without_a_plan_nothing_announced(d: Disposal) -> None:
    await d.file()
    lot = await d.instruct()
    await d.refused(409, f"/lots/{lot}/plan", d.terms())
    await d.fix_price()
    notice = await d.sign("auction_notice")
    await d.refused(409, f"/lots/{lot}/announcement", {"notice": notice})
    assert await d.events("AuctionAnnounced") == []


# -- the announcement


@pytest.mark.clause("Y16", "Y21")
async def test_a_planned_round_is_announced_as_its_notice_is_signed(priced: Disposal) -> None:
    announced = await priced.announce()
    opens = START + 30 * DAY
    assert announced == {
        "lot_id": priced.lot, "round": 1, "mode": "auction", "asset_kind": "real_estate", "opens_at": text(opens),
        "closes_at": text(opens + DAY), "start_price_fen": START_FEN, "deposit_fen": DEPOSIT_FEN,
        "notice": "yiyang-d1",
    }  # fmt: skip
    assert (await priced.see(f"/rounds/{priced.round}"))["state"] == "under_way"


async def test_a_notice_that_is_not_signed_not_of_this_lot_or_used_before_announces_nothing(priced: Disposal) -> None:
    other = await priced.sign("auction_notice", lot="yiyang-other")
    ruling = await priced.sign("sale_ruling")
    early = await priced.sign("auction_notice")
    await priced.plan()
    for notice in (other, ruling, "yiyang-none"):
        await priced.refused(409, f"/lots/{priced.lot}/announcement", {"notice": notice})
    done = await priced.do(f"/lots/{priced.lot}/announcement", {"notice": early})
    await priced.do(f"/rounds/{done['round_id']}/stop", {"cause": "withdrawn"})
    await priced.plan()
    await priced.refused(409, f"/lots/{priced.lot}/announcement", {"notice": early})


@pytest.mark.parametrize(("kind", "days"), [("real_estate", 30), ("equity", 30), ("vehicle", 15)])
async def test_a_first_round_is_announced_30_days_before_it_opens_that_of_movables_15(
    database: str, kind: str, days: int
) -> None:
    async with bench(database, [AUCTION]) as b:
        d = Disposal(b, kind=kind)
        await d.file()
        await d.instruct()
        await d.fix_price()
        await d.plan(days - 1)
        await d.sign("auction_notice")
        assert await d.events("AuctionAnnounced") == []
        [item] = await b.work_items("auction", who=d.officer)
        assert (item["reaction"], item["state"]) == ("announce", "refused")
        await d.announce(days)


@pytest.mark.parametrize("deposit", [START_FEN // 20 - 1, START_FEN // 5 + 1])
async def test_a_deposit_is_5_to_20_per_cent_of_the_start_price(priced: Disposal, deposit: int) -> None:
    refused = await priced.refused(409, f"/lots/{priced.lot}/plan", priced.terms(deposit_fen=deposit))
    assert refused["rule"] == "cn.bid_deposit"


async def test_a_price_that_has_run_out_keeps_the_first_round_from_being_announced_until_there_is_another(
    d: Disposal,
) -> None:
    await d.file()
    lot = await d.instruct()
    await d.fix_price(valid_until=(START + 10 * DAY).date())
    await d.b.advance(days=11)
    await d.plan()
    notice = await d.sign("auction_notice")
    await d.refused(409, f"/lots/{lot}/announcement", {"notice": notice})
    await d.do(f"/lots/{lot}/pricings", {"method": "agreement"})
    await d.refused(409, f"/lots/{lot}/plan", d.terms())  # while the price is being sought
    await d.fix_price()
    await d.announce()


async def test_a_round_opens_within_six_months_after_the_price_ran_out(d: Disposal) -> None:
    await d.file()
    lot = await d.instruct()
    await d.fix_price(valid_until=(START + 1 * DAY).date())  # 3 March: until 3 September
    await d.plan(186)
    notice = await d.sign("auction_notice")
    await d.refused(409, f"/lots/{lot}/announcement", {"notice": notice})
    assert (await d.announce(185))["opens_at"] == "2026-09-03T01:00:00Z"


@pytest.mark.clause("Y10")
async def test_only_the_centralised_team_prices_and_auctions(priced: Disposal) -> None:
    early = await priced.sign("auction_notice")
    refused = await priced.refused(409, f"/lots/{priced.lot}/plan", priced.terms(), OTHER_TEAM)
    assert refused["rule"] == "yiyang.auction"  # else the chief's signature would announce it
    await priced.plan()
    body = {"notice": early}
    refused = await priced.refused(409, f"/lots/{priced.lot}/announcement", body, OTHER_TEAM)
    assert (refused["rule"], refused["lacking"]) == ("yiyang.auction", ["centralised"])
    refused = await priced.refused(409, f"/lots/{priced.lot}/pricings", {"method": "agreement"}, OTHER_TEAM)
    assert refused["rule"] == "yiyang.pricing"
    await priced.do(f"/lots/{priced.lot}/announcement", body)


# -- bidders


async def test_who_has_paid_the_deposit_may_bid(announced: Disposal) -> None:
    d, bidders = announced, f"/rounds/{announced.round}/bidders"
    small = await d.pay("auction_deposit", DEPOSIT_FEN - 1)
    for payment in (None, "yiyang-none", small):
        await d.refused(409, bidders, {"bidder_id": "x", "deposit_payment_id": payment})
    paid = await d.admit("one")
    await d.refused(409, bidders, {"bidder_id": "other", "deposit_payment_id": paid})
    await d.refused(
        409, bidders, {"bidder_id": "one", "deposit_payment_id": await d.pay("auction_deposit", DEPOSIT_FEN)}
    )
    await d.open()
    await d.refused(409, f"/rounds/{d.round}/bids", {"bidder_id": "x", "amount_fen": START_FEN})


async def test_a_creditor_pays_only_what_the_deposit_exceeds_his_claim_by(database: str) -> None:
    async with bench(database, [AUCTION]) as b:
        d = Disposal(b)
        await d.file(claim_fen=DEPOSIT_FEN - 1_000)
        await d.instruct()
        await d.fix_price()
        await d.announce()
        await d.refused(409, f"/rounds/{d.round}/bidders", {"bidder_id": d.creditor})
        await d.admit(d.creditor, 1_000)


async def test_a_deposit_for_a_round_that_is_over_or_none_is_shown_to_a_person(announced: Disposal) -> None:
    d = announced
    await d.do(f"/rounds/{d.round}/stop", {"cause": "suspended"})
    await d.pay("auction_deposit", DEPOSIT_FEN)
    await d.pay("auction_deposit", DEPOSIT_FEN, round=9)
    items = await d.b.work_items("auction", who=d.officer)
    assert [(i["reaction"], i["state"]) for i in items] == [("receive_deposit", "refused")] * 2


# -- bids


async def test_the_highest_bid_wins_and_the_round_closes_by_itself(announced: Disposal) -> None:
    d = announced
    payments = {who: await d.admit(who) for who in ("one", "two")}
    await d.open()
    await d.bid("one", START_FEN)
    await d.bid("two", START_FEN + STEP_FEN)
    await d.bid("one", START_FEN + 2 * STEP_FEN)
    await d.b.advance(hours=24)
    assert await d.events("AuctionSold") == []  # bids may still be on their way here
    await d.b.advance(minutes=5)
    assert await d.events("AuctionSold") == [{
        "lot_id": d.lot, "round": 1, "mode": "auction", "price_fen": START_FEN + 2 * STEP_FEN, "buyer_id": "one",
        "deposit_payment_id": payments["one"], "balance_due_on": "2026-04-12",
    }]  # fmt: skip
    [sold] = await d.b.events("auction", d.subject, "AuctionSold")
    assert sold["time"] == "2026-04-02T01:00:00.000000Z"  # when bidding ended, not when it was found to have
    await d.refused(409, f"/rounds/{d.round}/bids", {"bidder_id": "two", "amount_fen": 2 * START_FEN})


async def test_bids_that_arrive_late_and_out_of_order_count_as_made(announced: Disposal) -> None:
    d = announced
    for who in ("one", "two"):
        await d.admit(who)
    await d.open()
    opened = d.b.clock.now()
    await d.b.advance(hours=24)
    await d.bid("two", START_FEN, opened + 2 * HOUR)
    await d.bid("one", START_FEN, opened + HOUR)
    await d.do(f"/rounds/{d.round}/close")
    [sold] = await d.events("AuctionSold")
    assert sold["buyer_id"] == "one"


async def test_bids_in_the_last_minutes_keep_the_round_open(announced: Disposal) -> None:
    d = announced
    for who in ("one", "two"):
        await d.admit(who)
    await d.open()
    await d.bid("one", START_FEN)
    await d.b.advance(hours=23, minutes=58)
    await d.bid("two", START_FEN + STEP_FEN)
    await d.b.advance(minutes=4, seconds=59)
    await d.refused(409, f"/rounds/{d.round}/close")
    await d.bid("one", START_FEN + 2 * STEP_FEN)
    seen = await d.see(f"/rounds/{d.round}")
    assert seen["ends_at"] == text(d.b.clock.now() + 5 * MINUTE)
    await d.b.advance(minutes=4)
    assert await d.events("AuctionSold") == []
    await d.b.advance(minutes=6)
    assert [sold["buyer_id"] for sold in await d.events("AuctionSold")] == ["one"]


async def test_a_right_of_first_refusal_takes_the_lot_at_the_same_price(announced: Disposal) -> None:
    d = announced
    await d.admit("stranger")
    await d.admit("tenant", priority=2)
    await d.admit("co_owner", priority=1)
    await d.open()
    for who in ("stranger", "tenant", "co_owner", "tenant"):
        await d.bid(who, START_FEN)
    await d.end()
    [sold] = await d.events("AuctionSold")
    assert (sold["buyer_id"], sold["price_fen"]) == ("co_owner", START_FEN)


async def test_a_bid_is_not_taken_back_but_the_court_may_strike_it_out(announced: Disposal) -> None:
    d = announced
    for who in ("one", "two"):
        await d.admit(who)
    await d.open()
    await d.bid("one", START_FEN)
    wrong = await d.bid("two", 10 * START_FEN)
    strikes = f"/rounds/{d.round}/strikes"
    await d.do(strikes, {"number": wrong, "reason": "not_qualified"})
    await d.refused(409, strikes, {"number": wrong, "reason": "not_qualified"})
    await d.refused(422, strikes, {"number": 9, "reason": "not_qualified"})
    await d.end()
    assert [(s["buyer_id"], s["price_fen"]) for s in await d.events("AuctionSold")] == [("one", START_FEN)]


async def test_nobody_bids_before_the_round_opens_or_twice_with_one_key(announced: Disposal) -> None:
    d, body = announced, {"bidder_id": "one", "amount_fen": START_FEN}
    await d.admit("one")
    await d.refused(409, f"/rounds/{d.round}/bids", body)
    await d.open()
    path = f"/rounds/{d.round}/bids"
    answers = [await d.b.post("auction", path, body, who=d.officer, key="one-bid") for _ in range(2)]
    assert answers == [{"number": 1}] * 2
    assert (await d.see(f"/rounds/{d.round}"))["bids"] == 1


async def test_who_bids_is_secret_until_the_end_and_then_anyone_can_run_the_closing_again(announced: Disposal) -> None:
    d = announced
    await d.admit("bidder-1")
    await d.open()
    await d.bid("bidder-1", START_FEN)
    assert (await d.b.call("GET", "auction", f"/rounds/{d.round}/closing", who=d.officer)).status_code == 409
    assert "bidder-1" not in str(await d.see(f"/rounds/{d.round}"))
    await d.end()
    exported = Exported.model_validate(await d.b.get("auction", f"/rounds/{d.round}/closing", who=d.judge))
    assert close(exported.log) == exported.result
    assert (exported.result.buyer_id, exported.result.steps[0].rule) == ("bidder-1", "opening_bid")
    assert exported.rules["opening_bid"].startswith("法释〔2016〕18号")


async def test_a_round_survives_a_restart_in_the_middle_of_bidding(database: str) -> None:
    async with bench(database, [AUCTION]) as b:
        d = Disposal(b)
        await d.to_announced()
        await d.admit("one")
        await d.open()
        await d.bid("one", START_FEN)
        now = b.clock.now()
    async with bench(database, [AUCTION], start=now) as b:
        d.b = b
        await d.bid("one", START_FEN + STEP_FEN)
        await d.end()
        assert [sold["price_fen"] for sold in await d.events("AuctionSold")] == [START_FEN + STEP_FEN]


def test_a_round_takes_only_so_many_bids_and_can_still_be_closed() -> None:
    plan = Plan.model_validate({
        "round": 1, "mode": "auction", "opens_at": START, "closes_at": START + DAY, "start_price_fen": 1,
        "deposit_fen": 0, "increment_fen": 1, "balance_days": 1, "cut_percent": 0,
    })  # fmt: skip
    held = Round.empty("lot.1").draft(system_call(COURT, "c", correlation_id="c", causation_id="c", now=START).by)
    held.begin("case/yiyang-case1", "lot", plan)
    held.admit("one", None, None, 0)
    for amount in range(1, MOST_BIDS + 1):
        held.place("one", amount, START + timedelta(seconds=amount))
    with pytest.raises(TooLarge):
        held.place("one", 10 * MOST_BIDS, START + HOUR)
    closing = held.close(START + DAY)
    assert closing is not None
    assert closing.price_fen == MOST_BIDS


# -- rounds that fail, and what follows


@pytest.mark.parametrize(("bids", "reason"), [((), "no_bid"), ((START_FEN - 1,), "below_reserve")])
async def test_without_a_bid_that_reaches_the_start_price_a_round_fails(
    announced: Disposal, bids: tuple[int, ...], reason: str
) -> None:
    d = announced
    await d.admit("one")
    await d.open()
    for amount in bids:
        await d.bid("one", amount)
    await d.end()
    assert await d.events("AuctionFailed") == [{"lot_id": d.lot, "round": 1, "mode": "auction", "reason": reason}]


async def test_after_a_failed_round_the_next_is_planned_in_time_and_after_two_the_sale(announced: Disposal) -> None:
    d = announced
    await d.end()
    second = (await d.see())["plan"]
    assert (second["round"], second["mode"], second["start_price_fen"]) == (2, "auction", START_FEN * 8 // 10)
    assert (second["opens_at"], second["closes_at"]) == ("2026-05-02T01:00:00Z", "2026-05-03T01:00:00Z")
    assert (second["deposit_fen"], second["increment_fen"]) == (DEPOSIT_FEN * 8 // 10, STEP_FEN)
    await d.b.advance(days=14)  # the notice is signed as late as that: 15 days are left
    assert (await d.sign_notice())["round"] == 2
    await d.end()
    sale = (await d.see())["plan"]
    assert (sale["round"], sale["mode"], sale["start_price_fen"]) == (3, "sale", START_FEN * 8 // 10)
    assert sale["deposit_fen"] == sale["start_price_fen"]  # who bids in a sale pays the whole before
    assert (sale["opens_at"], sale["closes_at"]) == ("2026-06-02T01:00:00Z", "2026-08-01T01:00:00Z")
    assert (await d.sign_notice())["mode"] == "sale"
    await d.end()
    assert [(f["round"], f["mode"]) for f in await d.events("AuctionFailed")] == [
        (1, "auction"), (2, "auction"), (3, "sale"),
    ]  # fmt: skip
    assert (await d.see())["plan"] is None
    await d.refused(409, f"/lots/{d.lot}/plan", d.terms())


async def test_a_person_may_plan_the_next_round_sooner_but_not_lower(announced: Disposal) -> None:
    d = announced
    await d.end()
    low = d.terms(15, start_price_fen=START_FEN * 8 // 10 - 1)
    assert (await d.refused(409, f"/lots/{d.lot}/plan", low))["rule"] == "cn.l.price_cut"
    assert (await d.announce(15, start_price_fen=START_FEN * 8 // 10))["round"] == 2


async def test_the_first_bid_of_a_sale_opens_24_hours(announced: Disposal) -> None:
    d = announced
    await d.end()
    await d.sign_notice()
    await d.end()
    await d.sign_notice()
    await d.admit("one", START_FEN * 8 // 10)
    await d.open()
    await d.b.advance(days=3)
    await d.bid("one", START_FEN * 8 // 10)
    await d.b.advance(hours=24, minutes=5)
    [sold] = await d.events("AuctionSold")
    assert (sold["mode"], sold["round"], sold["price_fen"]) == ("sale", 3, START_FEN * 8 // 10)
    assert len(await d.events("AuctionPaid")) == 1  # by what was paid before


async def test_a_sale_that_asks_for_less_than_the_whole_price_before_is_refused(announced: Disposal) -> None:
    d = announced
    await d.end()
    await d.sign_notice()
    await d.end()
    start, ends_at = START_FEN * 8 // 10, text(d.b.clock.now() + 90 * DAY)
    part = d.terms(30, start_price_fen=start, closes_at=ends_at, deposit_fen=start - 1)
    assert (await d.refused(409, f"/lots/{d.lot}/plan", part))["rule"] == "cn.sale_deposit"


# -- rounds that are stopped


@pytest.mark.parametrize("cause", ["withdrawn", "suspended"])
async def test_a_round_that_was_stopped_is_held_again_on_its_rung_under_a_number_of_its_own(
    announced: Disposal, cause: str
) -> None:
    d, first = announced, announced.round
    await d.refused(409, f"/rounds/{first}/stop", {"cause": "annulled"})
    await d.do(f"/rounds/{first}/stop", {"cause": cause})
    assert await d.events("AuctionStopped") == [{"lot_id": d.lot, "round": 1, "mode": "auction", "cause": cause}]
    await d.refused(409, f"/rounds/{first}/stop", {"cause": cause})
    assert (await d.refused(409, f"/lots/{d.lot}/plan", d.terms(start_price_fen=START_FEN - 1)))[
        "rule"
    ] == "cn.l.first_start"
    assert (await d.announce())["round"] == 2
    await d.b.advance(days=40)
    assert [(f["round"]) for f in await d.events("AuctionFailed")] == [2]


async def test_a_case_that_is_closed_auctions_nothing_more(announced: Disposal) -> None:
    d = announced
    await d.close_case()
    [stopped] = await d.events("AuctionStopped")
    assert (stopped["round"], stopped["cause"]) == (1, "withdrawn")
    await d.refused(409, f"/lots/{d.lot}/plan", d.terms())
    await d.b.advance(days=60)
    assert await d.events("AuctionFailed") == []


async def test_while_a_round_is_under_way_the_lot_is_neither_priced_nor_planned_nor_given_up(
    announced: Disposal,
) -> None:
    d = announced
    finish = {"result": "not_done", "receipts_complete": True, "reported_to_handler": True}
    await d.refused(409, f"/lots/{d.lot}/pricings", {"method": "agreement"})
    await d.refused(409, f"/lots/{d.lot}/plan", d.terms())
    await d.refused(409, f"/matters/{d.lot}/finish", finish)
    await d.refused(409, f"/lots/{d.lot}/in-kind", in_kind(d))
    await d.do(f"/rounds/{d.round}/stop", {"cause": "withdrawn"})
    await d.refused(409, f"/matters/{d.lot}/finish", {**finish, "result": "done"})
    await d.do(f"/matters/{d.lot}/finish", finish)
    await d.refused(409, f"/lots/{d.lot}/plan", d.terms())
    assert (await d.see())["given_up"]


def in_kind(d: Disposal, **changes: Any) -> dict[str, Any]:
    day = (d.b.clock.now() + 10 * DAY).astimezone(UTC).date().isoformat()
    return {
        "creditor_id": d.creditor,
        "price_fen": START_FEN,
        "set_off_fen": START_FEN,
        "balance_due_on": day,
        **changes,
    }


# -- who may, and what there is not


async def test_nobody_but_the_auction_staff_runs_an_auction(announced: Disposal) -> None:
    d = announced
    paths: dict[str, Any] = {
        f"/lots/{d.lot}/plan": d.terms(), f"/lots/{d.lot}/announcement": {"notice": "yiyang-d1"},
        f"/lots/{d.lot}/price": {"value_fen": 1, "valid_until": "2026-06-01"},
        f"/lots/{d.lot}/default": {"costs_fen": 0},
        f"/lots/{d.lot}/parts": {"parts": [{"asset_id": d.asset}]}, f"/lots/{d.lot}/in-kind": in_kind(d),
        f"/lots/{d.lot}/transfers": {"step": "delivered"}, f"/rounds/{d.round}/stop": {"cause": "withdrawn"},
        f"/rounds/{d.round}/bidders": {"bidder_id": "x"},
        f"/rounds/{d.round}/bids": {"bidder_id": "x", "amount_fen": 1},
        f"/rounds/{d.round}/strikes": {"number": 1, "reason": "x"}, f"/rounds/{d.round}/close": {},
    }  # fmt: skip
    before = await d.names()
    for path, body in paths.items():
        await d.refused(403, path, body, d.judge)
        await d.refused(404, path.replace(d.lot, "yiyang-none"), body)
    await d.refused(404, "/rounds/yiyang-none/close")
    assert await d.names() == before + ["ActRefused"] * len(paths)
