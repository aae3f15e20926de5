"""保证金与价款: whose deposit stays, whose goes back, and what is still to be paid once a round has ended."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from contracts.auction import AuctionFailed, AuctionSold, AuctionStopped
from funds.service import SERVICE as FUNDS
from tests.court_case import courts_of
from tests.moneys import Money
from tests.services import Bench, bench

LOT, PRICE_FEN, DEPOSIT_FEN = "yiyang-lot1", 98_000_000, 10_000_000
DUE = date(2026, 3, 12)


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS]) as running:
        yield running


async def with_deposits(money: Money, bidders: int = 3, round_: int = 1) -> list[str]:
    """The deposits' payments, of as many bidders; the last one's number is not known."""
    of_round = {"purpose": "auction_deposit", "payer": "buyer", "lot_id": LOT, "round": round_}
    known = [{"payer_id": f"bidder-{n}"} for n in range(bidders - 1)]
    return [await money.receive(DEPOSIT_FEN, **of_round, **more) for more in [*known, {}]]


def sale(deposit: str | None, round_: int = 1, mode: str = "auction") -> AuctionSold:
    return AuctionSold(lot_id=LOT, round=round_, mode=mode, price_fen=PRICE_FEN, buyer_id="bidder-0",
                       deposit_payment_id=deposit, balance_due_on=DUE)  # fmt: skip


def stop(cause: str, round_: int = 1) -> AuctionStopped:
    return AuctionStopped(lot_id=LOT, round=round_, mode="auction", cause=cause)


async def returned(money: Money) -> dict[str, int]:
    """Fen that went back, by payment."""
    lines = [line for each in await money.events("FundsPaidOut") if each["way"] == "refund" for line in each["lines"]]
    assert {line["purpose"] for line in lines} <= {"deposit_back"}
    assert len(lines) == len({line["payment_id"] for line in lines})
    return {line["payment_id"]: line["amount_fen"] for line in lines}


async def test_after_a_sale_the_losers_deposits_go_back_and_the_balance_is_expected(b: Bench) -> None:
    """法释〔2016〕18号 art. 23."""
    # given the deposits of three bidders, which are not the case's money
    money = await Money(b).file()
    won, lost, unknown = await with_deposits(money)
    problem = await money.refused(409, "judge", "/allocations", {"lines": [money.line(won, 1)]})
    assert problem["type"].endswith("wrong-state")
    # when the lot is sold to one of them
    await money.tell("auction", sale(won))
    # then the others have their deposits back at once, the way they came, and nobody had to approve it
    assert await returned(money) == {lost: DEPOSIT_FEN, unknown: DEPOSIT_FEN}
    payees = {line["to"] for each in await money.events("FundsPaidOut") for line in each["lines"]}
    assert payees == {"bidder-1", unknown}
    # and the buyer's counts towards the price, of which the rest is expected
    [auction] = (await money.see())["auctions"]
    assert (auction["missing_fen"], auction["due_on"]) == (PRICE_FEN - DEPOSIT_FEN, DUE.isoformat())
    balance = {"purpose": "auction_balance", "payer": "buyer", "lot_id": LOT, "round": 1}
    await money.receive(PRICE_FEN - DEPOSIT_FEN, **balance)
    assert (await money.see())["auctions"][0]["missing_fen"] == 0
    await money.allocate(money.line(won, DEPOSIT_FEN))


@pytest.mark.parametrize("ended", ["failed", "withdrawn", "suspended"])
async def test_without_a_sale_every_deposit_goes_back(b: Bench, ended: str) -> None:
    money = await Money(b).file()
    paid = await with_deposits(money)
    event = AuctionFailed(lot_id=LOT, round=1, mode="auction", reason="below_reserve")
    await money.tell("auction", event if ended == "failed" else stop(ended))
    assert await returned(money) == dict.fromkeys(paid, DEPOSIT_FEN)
    assert await money.ledger() == {}


async def test_a_buyer_who_does_not_pay_forfeits_the_deposit_to_the_case(b: Bench) -> None:
    """法释〔2016〕18号 art. 24; what was paid of the price goes back."""
    money = await Money(b).file()
    won, lost, _ = await with_deposits(money)
    await money.tell("auction", sale(won))
    balance = {"purpose": "auction_balance", "payer": "buyer", "lot_id": LOT, "round": 1}
    part = await money.receive(1_000_000, **balance)
    await money.tell("auction", stop("buyer_defaulted"))
    back = await returned(money)
    assert (back[part], won in back, back[lost]) == (1_000_000, False, DEPOSIT_FEN)
    await money.allocate(money.line(won, DEPOSIT_FEN))


async def test_a_sale_that_is_annulled_gives_everything_back(b: Bench) -> None:
    money = await Money(b).file()
    won, *_ = paid = await with_deposits(money)
    await money.tell("auction", sale(won))
    part = await money.receive(1_000_000, purpose="auction_balance", payer="buyer", lot_id=LOT, round=1)
    await money.tell("auction", stop("annulled"))
    assert await returned(money) == {part: 1_000_000, **dict.fromkeys(paid, DEPOSIT_FEN)}
    assert await money.ledger() == {}


async def test_a_deposit_that_comes_too_late_goes_back_and_another_rounds_stays(b: Bench) -> None:
    money = await Money(b).file()
    won, *_ = await with_deposits(money)
    await money.tell("auction", sale(won))
    late, *_ = await with_deposits(money, 1)
    other, *_ = await with_deposits(money, 1, round_=2)
    await b.settle()
    back = await returned(money)
    assert (late in back, other in back, won in back) == (True, False, False)
    # and in kind nobody paid a deposit, so nothing ends by it
    await money.tell("auction", sale(None, 2, "in_kind"))
    assert other not in await returned(money)


async def test_a_sale_for_a_deposit_that_never_came_waits_for_a_person(b: Bench) -> None:
    money = await Money(b).file()
    await with_deposits(money)
    await money.tell("auction", sale("yiyang-none"))
    assert await returned(money) == {}
    assert [item["reaction"] for item in await b.work_items("funds")] == ["close_sold_round"]


@pytest.mark.parametrize("change", [{"lot_id": None}, {"round": None}])
async def test_a_deposit_names_its_lot_and_round(b: Bench, change: dict[str, Any]) -> None:
    money = await Money(b).file()
    body = {"into": "case_account", "amount_fen": 1, "purpose": "auction_deposit", "payer": "buyer", "lot_id": LOT,
            "round": 1} | change  # fmt: skip
    problem = await money.refused(422, "funds_officer", "/receipts", body)
    assert [e["field"] for e in problem["errors"]] == [f"body.{next(iter(change))}"]


async def test_the_deposits_of_many_bidders_go_back_in_as_many_payouts_as_it_takes(b: Bench) -> None:
    money = await Money(b).file()
    paid = await with_deposits(money, 205)
    await money.tell("auction", AuctionFailed(lot_id=LOT, round=1, mode="auction", reason="no_bid"))
    assert await returned(money) == dict.fromkeys(paid, DEPOSIT_FEN)
    assert [len(each["lines"]) for each in await money.events("FundsPaidOut")] == [200, 5]


@pytest.mark.clause("G14")
async def test_where_an_office_pays_out_the_law_still_gives_deposits_back(database: str) -> None:
    async with bench(database, [FUNDS], courts=courts_of("guancheng")) as b:
        # given a court whose rules leave payouts to its office
        money = await Money(b, "guancheng").file()
        won, lost, _ = await with_deposits(money)
        body = {"lot_id": LOT, "round": 1}
        await money.refused(409, "finance_officer", "/deposits/return", body)
        await money.tell("auction", sale(won))
        # then the system does: that needs nobody's leave, and people who are not the office still may not
        before = await returned(money)
        assert lost in before
        assert await b.work_items("funds", money.who("judge")) == []
        await money.refused(403, "judge", "/deposits/return", body)
        await money.do("finance_officer", "/deposits/return", body)
        assert await returned(money) == before
