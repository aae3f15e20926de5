"""成交之后: the price paid or not, in kind, and the lot handed to its buyer; lots of several assets."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from auction.sale import Default, Sale
from auction.service import SERVICE as AUCTION
from contracts.funds import FundsReceived
from tests.auctions import DAY, DEPOSIT_FEN, START_FEN, STEP_FEN, Disposal
from tests.services import START, bench

REST_FEN = START_FEN - DEPOSIT_FEN


@pytest.fixture
async def d(database: str) -> AsyncIterator[Disposal]:
    async with bench(database, [AUCTION]) as running:
        yield Disposal(running)


@pytest.fixture
async def sold(d: Disposal) -> Disposal:
    await d.to_announced()
    await d.to_sold()
    return d


# -- the price


async def test_the_deposit_counts_and_the_price_is_paid_once_it_is_full(sold: Disposal) -> None:
    d = sold
    assert (await d.see())["sale"]["open_fen"] == REST_FEN
    first = await d.pay("auction_balance", REST_FEN - 1)
    assert await d.events("AuctionPaid") == []
    second = await d.pay("auction_balance", 1)
    [paid] = await d.events("AuctionPaid")
    assert paid == {
        "lot_id": d.lot, "round": 1, "price_fen": START_FEN, "payment_ids": ["yiyang-p2", first, second],
    }  # fmt: skip
    assert (await d.events("AuctionSold"))[0]["deposit_payment_id"] == "yiyang-p2"


@pytest.mark.clause("Y21")
async def test_the_handler_is_told_when_the_price_is_paid(sold: Disposal) -> None:
    await sold.to_paid()
    assert (await sold.names())[-2:] == ["AuctionPaid", "MatterProgressed"]
    [told] = await sold.events("MatterProgressed")
    assert (told["kind"], told["step"], told["matter_id"]) == ("disposal", "reported", sold.lot)


async def test_money_that_no_sale_awaits_is_shown_to_a_person(sold: Disposal) -> None:
    d = sold
    await d.pay("auction_balance", 1, round=7)
    await d.to_paid()
    await d.pay("auction_balance", 1)
    elsewhere = FundsReceived(payment_id="p9", into="case_account", amount_fen=1, purpose="auction_balance",
                              payer="buyer", lot_id=d.lot)  # fmt: skip
    await d.b.tell("funds", elsewhere, "yiyang-case2", who=d.judge)
    await d.b.settle()
    items = await d.b.work_items("auction", who=d.officer)
    assert [(i["reaction"], i["state"]) for i in items] == [("record_balance", "refused")] * 3
    assert len(await d.events("AuctionPaid")) == 1


async def test_money_in_the_main_account_counts_once_it_is_claimed_for_the_case(sold: Disposal) -> None:
    d = sold
    main = FundsReceived(payment_id="p9", into="main_account", amount_fen=REST_FEN, purpose="auction_balance",
                         payer="buyer", lot_id=d.lot)  # fmt: skip
    await d.b.tell("funds", main, "", subject="money/p9", who=d.judge)
    await d.b.settle()
    assert await d.events("AuctionPaid") == []
    await d.pay("auction_balance", REST_FEN, origin_payment_id="p9")
    assert len(await d.events("AuctionPaid")) == 1


# -- a buyer who does not pay


async def test_when_the_price_is_overdue_the_auction_staff_is_asked_to_see_to_it(sold: Disposal) -> None:
    d = sold
    await d.refused(409, f"/lots/{d.lot}/default", {"costs_fen": 0})  # due on the 12th of April
    await d.to(START + timedelta(days=41, hours=14, minutes=59))  # the last minute of that day
    assert len(await d.events("MatterAsked")) == 1
    await d.b.advance(minutes=2)
    overdue = (await d.events("MatterAsked"))[-1]
    assert (overdue["kind"], overdue["about"], overdue["to_post"]) == (
        "auction_help",
        f"lot:{d.lot}",
        "auction_officer",
    )
    assert await d.events("AuctionStopped") == []  # forfeiting a deposit is for people to decide


async def test_a_price_that_is_paid_or_a_sale_that_is_off_asks_nobody(sold: Disposal) -> None:
    await sold.to_paid()
    await sold.b.advance(days=20)
    assert len(await sold.events("MatterAsked")) == 1


async def test_a_defaulting_buyer_forfeits_his_deposit_and_does_not_bid_again(sold: Disposal) -> None:
    d = sold
    await d.b.advance(days=12)
    await d.do(f"/lots/{d.lot}/default", {"costs_fen": 500_000})
    assert await d.events("AuctionStopped") == [
        {"lot_id": d.lot, "round": 1, "mode": "auction", "cause": "buyer_defaulted"}
    ]
    await d.refused(409, f"/lots/{d.lot}/default", {"costs_fen": 500_000})
    await d.announce()
    payment = await d.pay("auction_deposit", DEPOSIT_FEN)
    again = {"bidder_id": "buyer", "deposit_payment_id": payment}
    await d.refused(409, f"/rounds/{d.round}/bidders", again)
    await d.to_sold("other", START_FEN)
    assert (await d.events("AuctionSold"))[-1]["round"] == 2
    assert (await d.see())["default"]["forfeited_fen"] == {
        "costs": 500_000, "difference": 0, "debts": DEPOSIT_FEN - 500_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("costs", "new_price", "used"),
    [(10, 70, (10, 30, 60)), (10, 120, (10, 0, 90)), (200, 50, (100, 0, 0)), (30, 20, (30, 70, 0)),
     (0, 100, (0, 0, 100))],
)  # fmt: skip
def test_a_forfeited_deposit_covers_costs_then_the_difference_then_debts(
    costs: int, new_price: int, used: tuple[int, int, int]
) -> None:
    sale = Sale(1, "auction", 100, "buyer", "payment", 100, START.date())
    assert tuple(Default(sale, costs).forfeited(new_price).values()) == used
    assert sum(used) == sale.credited_fen


async def test_what_a_buyer_pays_after_his_default_is_shown_to_a_person(sold: Disposal) -> None:
    d = sold
    await d.b.advance(days=12)
    await d.do(f"/lots/{d.lot}/default", {"costs_fen": 0})
    await d.pay("auction_balance", REST_FEN)
    [item] = await d.b.work_items("auction", who=d.officer)
    assert (item["reaction"], await d.events("AuctionPaid")) == ("record_balance", [])


async def test_a_sale_the_court_annuls_leaves_the_lot_to_be_auctioned_again(sold: Disposal) -> None:
    d = sold
    await d.to_paid()
    await d.refused(409, f"/rounds/{d.lot}.7/stop", {"cause": "annulled"})
    await d.do(f"/rounds/{d.round}/stop", {"cause": "annulled"})
    assert (await d.events("AuctionStopped"))[-1]["cause"] == "annulled"
    assert (await d.announce())["round"] == 2


# -- to a creditor in kind


def in_kind(d: Disposal, **changes: Any) -> dict[str, Any]:
    day = (d.b.clock.now() + 10 * DAY).date().isoformat()
    return {
        "creditor_id": d.creditor,
        "price_fen": START_FEN,
        "set_off_fen": START_FEN,
        "balance_due_on": day,
    } | changes


async def test_after_a_failed_round_a_creditor_may_take_the_lot_for_its_start_price(d: Disposal) -> None:
    await d.to_announced()
    path = f"/lots/{d.lot}/in-kind"
    await d.end()
    low, over = {"price_fen": START_FEN - 1, "set_off_fen": 0}, {"set_off_fen": START_FEN + 1}
    for wrong in ({"creditor_id": d.debtor}, low, over, {"balance_due_on": "2026-01-01"}):
        await d.refused(422, path, in_kind(d, **wrong))
    await d.do(path, in_kind(d))
    [given] = await d.events("AuctionSold")
    assert (given["mode"], given["buyer_id"], given["round"]) == ("in_kind", d.creditor, 1)
    assert await d.events("AuctionPaid") == [{"lot_id": d.lot, "round": 1, "price_fen": START_FEN, "payment_ids": []}]
    await d.to_delivered("in_kind_ruling")
    assert (await d.names())[-1] == "MatterDone"


async def test_what_the_creditors_claim_does_not_cover_he_pays(d: Disposal) -> None:
    await d.to_announced()
    await d.end()
    await d.do(f"/lots/{d.lot}/in-kind", in_kind(d, set_off_fen=START_FEN - 1_000))
    assert await d.events("AuctionPaid") == []
    payment = await d.pay("auction_balance", 1_000)
    assert (await d.events("AuctionPaid"))[0]["payment_ids"] == [payment]


# -- handed to the buyer


@pytest.mark.clause("Y10", "Y21")
async def test_taxes_title_and_delivery_come_in_their_order_and_finish_the_disposal(sold: Disposal) -> None:
    d, path = sold, f"/lots/{sold.lot}/transfers"
    await d.refused(409, path, {"step": "taxes_paid"})
    await d.to_paid()
    await d.refused(409, path, {"step": "title_transferred"})
    await d.do(path, {"step": "taxes_paid"})
    await d.refused(409, path, {"step": "taxes_paid"})
    await d.refused(409, path, {"step": "title_transferred"})  # no ruling is signed
    await d.sign("sale_ruling")
    await d.do(path, {"step": "title_transferred"})
    await d.do(path, {"step": "delivered"})
    [done] = await d.events("MatterDone")
    assert (done["matter_id"], done["kind"], done["result"], done["about"]) == (
        d.lot, "disposal", "done", f"asset:{d.asset}",
    )  # fmt: skip
    await d.refused(409, path, {"step": "delivered"})
    await d.refused(409, f"/lots/{d.lot}/plan", d.terms())


async def test_what_is_sold_in_a_case_that_is_closed_is_still_handed_over(sold: Disposal) -> None:
    d = sold
    await d.close_case()
    await d.to_paid()
    await d.to_delivered()
    assert [t["step"] for t in await d.events("LotTransferred")] == ["taxes_paid", "title_transferred", "delivered"]


# -- several assets, and shares


async def test_property_of_several_disposals_is_sold_in_one_lot(d: Disposal) -> None:
    await d.file(120_000_000, "vehicle")
    lot, car = await d.instruct(), await d.instruct("yiyang-vehicle")
    parts = [{"asset_id": "yiyang-real_estate", "share": 1, "whole": 2}, {"asset_id": "yiyang-vehicle"}]
    await d.do(f"/lots/{lot}/parts", {"parts": parts})
    started = (await d.events("PricingStarted"))[-1]
    assert (started["lot_id"], started["asset_ids"]) == (lot, ["yiyang-real_estate", "yiyang-vehicle"])
    assert started["method"] == "agreement"  # it had not failed: it starts again for the whole
    seen = await d.see()
    assert seen["parts"] == [parts[0], {"asset_id": "yiyang-vehicle", "share": 1, "whole": 1}]
    assert (await d.see(f"/lots/{car}"))["part_of"] == lot
    await d.refused(409, f"/lots/{car}/price", {"value_fen": 1, "valid_until": "2026-06-01"})
    await d.fix_price()
    await d.announce(30)  # the longest notice that any of the property asks for
    await d.to_sold()
    await d.to_paid()
    await d.to_delivered()
    assert {done["matter_id"] for done in await d.events("MatterDone")} == {lot, car}


@pytest.mark.parametrize(
    "parts",
    [[], [{"asset_id": "yiyang-vehicle"}], [{"asset_id": "yiyang-real_estate", "share": 3, "whole": 2}],
     [{"asset_id": "yiyang-real_estate"}, {"asset_id": "yiyang-real_estate"}],
     [{"asset_id": "yiyang-real_estate"}, {"asset_id": "yiyang-none"}]],
)  # fmt: skip
async def test_a_lot_is_made_of_its_own_property_and_that_of_other_disposals(
    d: Disposal, parts: list[dict[str, Any]]
) -> None:
    await d.file(120_000_000, "vehicle")
    lot = await d.instruct()
    await d.refused(422, f"/lots/{lot}/parts", {"parts": parts})
    assert len(await d.events("PricingStarted")) == 1


async def test_a_lot_with_a_price_is_not_put_together_anew(d: Disposal) -> None:
    await d.file()
    lot = await d.instruct()
    await d.fix_price()
    await d.refused(409, f"/lots/{lot}/parts", {"parts": [{"asset_id": d.asset, "share": 1, "whole": 2}]})


# -- the whole way, once


@pytest.mark.clause("Y10", "Y20", "Y21")
async def test_a_flat_from_the_instruction_to_its_delivery_in_the_second_round(d: Disposal) -> None:
    await d.file()
    await d.instruct()
    for _ in range(2):
        await d.do(f"/lots/{d.lot}/pricings/fail", {"reason": "no_price"})
    await d.fix_price()
    await d.announce()
    await d.end()
    await d.sign_notice()
    await d.to_sold("buyer", START_FEN * 8 // 10 + STEP_FEN)
    await d.to_paid()
    await d.to_delivered()
    assert await d.names() == [
        "MatterAsked", "MatterAccepted", "PricingStarted", "PricingFailed", "PricingStarted", "PricingFailed",
        "PricingStarted", "PriceFixed", "AuctionAnnounced", "AuctionFailed", "AuctionAnnounced", "AuctionSold",
        "AuctionPaid", "MatterProgressed", "LotTransferred", "LotTransferred", "LotTransferred", "MatterDone",
    ]  # fmt: skip
