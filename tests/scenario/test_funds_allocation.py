"""分配与发放: what the law makes of the claims, what the handler decides, and every fen's way to its payee."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from funds.service import SERVICE as FUNDS
from tests.moneys import CLAIM_FEN, Money
from tests.services import Bench, bench

FEE_FEN = 119_000  # of 86,000 yuan, by the scale
CHAIN = ("judge", "chief")


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS]) as running:
        yield running


@pytest.mark.clause("Y16")
async def test_the_system_proposes_the_handler_decides_and_the_chain_approves(b: Bench) -> None:
    # given more money than the claim and the fee come to
    money = await Money(b).file()
    payment = await money.receive(9_000_000)
    # when the handler asks what the law makes of it
    proposed = await money.do("judge", "/allocations/propose")
    # then the fee comes first, the claim is met, and the rest is the debtor's; nothing is allocated yet
    assert [(each["to"], each["purpose"], each["amount_fen"]) for each in proposed["lines"]] == [
        (money.creditor, "principal", CLAIM_FEN), ("court", "enforcement_fee", FEE_FEN),
        (money.debtor, "surplus", 9_000_000 - CLAIM_FEN - FEE_FEN),
    ]  # fmt: skip
    assert await money.events("FundsAllocated") == []
    assert (await money.see())["proposal"]["proposal_id"] == proposed["proposal_id"]
    # when the handler decides so, and the chain approves
    allocation = await money.allocate(*proposed["lines"])
    approval = await money.approve(9_000_000, *CHAIN)
    # then each part leaves in its own way, under the one approval, and the last settles the payment
    for way in ("transfer", "fee", "refund"):
        await money.pay_out(allocation, approval, way)
    assert [each["settled_payments"] for each in await money.events("FundsPaidOut")] == [[], [], [payment]]
    assert await money.ledger() == {}
    assert (await money.see())["held_fen"] == 0


async def test_several_creditors_share_to_the_fen(b: Bench) -> None:
    money = await Money(b).file("yiyang-second", "yiyang-bank")
    await money.receive(3_000_001)
    await money.receive(1_000_000)
    claims = [
        {"to": money.creditor, "principal_fen": 4_000_000},
        {"to": "yiyang-second", "principal_fen": 2_000_000},
        {"to": "yiyang-bank", "principal_fen": 1_000_000, "rank": "priority"},
    ]
    await money.refused(422, "judge", "/allocations/propose")  # who claims what does not follow from the filing
    proposed = await money.do("judge", "/allocations/propose", {"claims": claims, "fee_fen": 0})
    got: dict[str, int] = {}
    for line in proposed["lines"]:
        got[line["to"]] = got.get(line["to"], 0) + line["amount_fen"]
    assert got == {"yiyang-bank": 1_000_000, money.creditor: 2_000_001, "yiyang-second": 1_000_000}
    await money.allocate(*proposed["lines"])


async def test_of_a_company_who_seized_first_is_paid_first(b: Bench) -> None:
    """法释〔2015〕5号 art. 516."""
    money = Money(b)
    await money.file("yiyang-second")
    await money.receive(3_000_000)
    claims = [
        {"to": money.creditor, "principal_fen": 2_000_000, "place": 2},
        {"to": "yiyang-second", "principal_fen": 2_000_000, "place": 1},
    ]
    body: dict[str, Any] = {"claims": claims, "fee_fen": 0, "method": "by_seizure"}
    lines = (await money.do("funds_officer", "/allocations/propose", body))["lines"]
    assert {line["to"]: line["amount_fen"] for line in lines} == {money.creditor: 1_000_000, "yiyang-second": 2_000_000}


async def test_the_interest_for_delay_is_reckoned_to_the_day_and_comes_last(b: Bench) -> None:
    money = await Money(b).file()
    await money.receive(8_700_000)
    claim = {"to": money.creditor, "principal_fen": 8_600_000, "delay_since": "2026-02-20"}
    lines = (await money.do("judge", "/allocations/propose", {"claims": [claim], "fee_fen": 0}))["lines"]
    # 10 days at 0.0175 % of 86,000 yuan are 150.50 yuan
    assert {line["purpose"]: line["amount_fen"] for line in lines} == {
        "principal": 8_600_000, "delay": 15_050, "surplus": 84_950,
    }  # fmt: skip


@pytest.mark.clause("H20")
async def test_money_of_a_payee_who_cannot_be_reached_is_deposited(b: Bench) -> None:
    """法发〔2017〕6号: 提存. That it is done to somebody who can be reached is a warning."""
    money = await Money(b).file("yiyang-second")
    payment = await money.receive()
    lines = money.line(payment, 6_000_000), money.line(payment, 2_600_000, "yiyang-second")
    allocation, approval = await money.allocate(*lines), await money.approve(CLAIM_FEN, *CHAIN)
    body = {"allocation_id": allocation, "approval_id": approval, "way": "deposited", "to": "yiyang-second"}
    answer = await money.do("finance_officer", "/payouts", body)
    assert answer["warned"] == ["unreachable"]
    await money.pay_out(allocation, approval)
    # then the ledger says for whom it is kept, and nothing lies with the court
    assert await money.ledger() == {"deposited": 2_600_000, "kept_for/yiyang-second": 2_600_000}
    assert [each["way"] for each in await money.events("FundsPaidOut")] == ["deposited", "transfer"]


async def test_every_fen_can_be_followed_from_payer_to_payee(b: Bench) -> None:
    money = await Money(b).file()
    payment = await money.receive()
    other = await money.receive(5)
    allocation = await money.allocate(money.line(payment, 8_500_000), money.line(other, 5))
    approval = await money.approve(8_500_005, *CHAIN)
    payout = await money.pay_out(allocation, approval)
    await b.settle()
    trail = await b.get("funds", f"/payments/{payment}/trail", who=money.handler)
    assert (trail["amount_fen"], trail["rest_fen"], trail["case_id"]) == (CLAIM_FEN, 100_000, money.case_id)
    owed = f"payable/{allocation}/{money.creditor}"
    assert [(s["event"], s["about"], s["debit"], s["credit"], s["amount_fen"]) for s in trail["steps"]] == [
        ("FundsReceived", payment, "bank", f"held/{payment}", CLAIM_FEN),
        ("FundsAllocated", allocation, f"held/{payment}", owed, 8_500_000),
        ("FundsPaidOut", payout, owed, "bank", 8_500_000),
    ]
    assert [line["paid_out"] for line in trail["lines"]] == [True]
    await b.call("GET", "funds", "/payments/yiyang-none/trail", who=money.handler)
    ledger = await money.see("/ledger?after=1&limit=2")
    assert (len(ledger["entries"]), ledger["next"], ledger["total"]) == (2, 3, 6)


async def test_an_approval_is_for_one_allocation(b: Bench) -> None:
    money = await Money(b).file()
    payment = await money.receive()
    first, second = [await money.allocate(money.line(payment, 100)) for _ in "xy"]
    approval = await money.approve(100, *CHAIN)
    await money.pay_out(first, approval)
    body = {"allocation_id": second, "approval_id": approval, "way": "transfer"}
    await money.refused(409, "finance_officer", "/payouts", body)
    assert len(await money.events("FundsPaidOut")) == 1


@pytest.mark.parametrize(
    ("line", "status", "field"),
    [
        ({"to": "yiyang-creditor", "purpose": "enforcement_fee"}, 422, "body.lines.0.to"),
        ({"purpose": "deposit_back"}, 422, "body.lines.0.purpose"),
        ({"payment_id": "yiyang-none"}, 404, None),
    ],
)
async def test_what_an_allocation_may_not_say(b: Bench, line: dict[str, str], status: int, field: str | None) -> None:
    money = await Money(b).file()
    payment = await money.receive()
    problem = await money.refused(status, "judge", "/allocations", {"lines": [money.line(payment, 1) | line]})
    assert [e["field"] for e in problem.get("errors", [])] == ([field] if field else [])
    assert await money.events("FundsAllocated") == []


async def test_an_allocation_declared_void_frees_its_money_until_it_is_paid(b: Bench) -> None:
    money = await Money(b).file()
    payment = await money.receive()
    await money.allocate(money.line(payment, CLAIM_FEN))
    await b.settle()
    [told] = await b.events("funds", money.subject, "FundsAllocated")
    body = {"subject": money.subject, "corrects": told["id"], "reason": "entry_mismatch", "how": "void"}
    await b.post("funds", "/corrections", body, who=money.handler)
    allocation = await money.allocate(money.line(payment, CLAIM_FEN))
    approval = await money.approve(CLAIM_FEN, *CHAIN)
    await money.pay_out(allocation, approval)
    await b.settle()
    paid = (await b.events("funds", money.subject, "FundsAllocated"))[-1]
    await b.refused(409, "funds", "/corrections", body | {"corrects": paid["id"]}, who=money.handler)
    received = (await b.events("funds", money.subject, "FundsReceived"))[-1]
    await b.refused(409, "funds", "/corrections", body | {"corrects": received["id"]}, who=money.who("funds_officer"))
    assert await money.ledger() == {}
