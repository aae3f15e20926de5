"""对账: the bank's statement against the cash book; every difference is shown, and becomes an anomaly once."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from funds.service import SERVICE as FUNDS
from tests.moneys import CLAIM_FEN, Money
from tests.services import Bench, bench

CHAIN = ("judge", "chief")
HEADER = "交易日期,流水号,账号,收入,支出,对方户名,余额"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS]) as running:
        yield running


def body(*lines: str, closing: str, opening: str = "0", encoding: str = "utf-8", **more: Any) -> dict[str, Any]:
    content = "\n".join([HEADER, *lines]).encode(encoding)
    told = {"first": "2026-03-01", "last": "2026-03-31", "opening": opening, "closing": closing}
    return {**told, "content": base64.b64encode(content).decode(), **more}


async def send(money: Money, sent: dict[str, Any]) -> str:
    await money.b.settle()
    answer = await money.b.post("funds", "/statements", sent, who=money.who("finance_officer"))
    return answer["statement_id"]


async def compared(money: Money, statement: str) -> dict[str, Any]:
    return await money.b.get("funds", f"/statements/{statement}", who=money.who("finance_officer"))


async def paid_case(b: Bench) -> tuple[Money, str]:
    """86,000 yuan that came as bank-1 and went to the creditor. Gives the payout's id."""
    money = await Money(b).file()
    payment = await money.receive(payment="bank-1")
    allocation, approval = await money.allocate(money.line(payment, CLAIM_FEN)), await money.approve(CLAIM_FEN, *CHAIN)
    return money, await money.pay_out(allocation, approval)


async def test_a_statement_that_agrees_says_so(b: Bench) -> None:
    # given money that came and went, cash that was handed in, some handed over on the spot, some not handed in yet
    money, payout = await paid_case(b)
    cash = await money.receive(700, into="cash")
    await money.do("finance_officer", "/arrivals", {"payment_id": cash})
    await money.receive(900, into="cash")
    await money.receive(800, into="on_the_spot")
    # when the bank tells the same, in the Chinese encoding, with names that are no business of ours
    lines = ["2026-03-02,bank-1,,86000.00,,某某某,86000.00", f"2026-03-02,{payout},,,86000,某某某,0.00",
             "2026-03-02,x-99,,7.00,,某某某,7"]  # fmt: skip
    statement = await send(money, body(*lines, closing="7.00", encoding="gb18030"))
    # then nothing differs; what the bank calls otherwise was found by day and amount
    found = await compared(money, statement)
    assert (found["agrees"], found["matched"], found["matched_by_amount"]) == (True, 3, [4])
    assert found["closing"] == {"bank_fen": 700, "book_fen": 700}


async def test_every_difference_is_shown_and_reported_once(b: Bench) -> None:
    money, _ = await paid_case(b)
    lines = [f"2026-03-02,bank-1,{money.case_id},86000.01,,,", f"2026-03-02,bank-2,{money.case_id},5.00,,,",
             "2026-03-02,bank-3,,6.00,,,"]  # fmt: skip
    sent = body(*lines, closing="86011.01")
    statement = await send(money, sent)
    found = await compared(money, statement)
    assert [(each["kind"], each["difference_fen"]) for each in found["differences"]] == [
        ("amount_differs", 1), ("missing_in_ledger", 500), ("missing_in_ledger", 600), ("missing_at_bank", 8_600_000),
    ]  # fmt: skip
    assert found["closing"] == {"bank_fen": 8_601_101, "book_fen": 0}
    # when the same file comes again, it is the same statement
    assert await send(money, sent) == statement
    # when the funds officer reports what can be told to a case, then each is an anomaly of it, once
    path = f"/statements/{statement}/anomalies"
    for _ in "xy":
        told = await b.post("funds", path, {}, who=money.who("funds_officer"))
        assert told["cases"] == [money.case_id]
    anomalies = await money.events("FundsAnomalyFound")
    assert sorted((each["kind"], each["amount_fen"]) for each in anomalies) == [
        ("mismatch", 1), ("mismatch", 500), ("mismatch", 8_600_000),
    ]  # fmt: skip
    # when what was missing is entered, a look at the same statement shows one difference less
    await money.receive(500, payment="bank-2")
    await b.settle()
    assert [each["difference_fen"] for each in (await compared(money, statement))["differences"]] == [1, 600, 8_600_000]


async def test_the_book_opens_with_what_lay_there_before_the_period(b: Bench) -> None:
    money = await Money(b).file()
    await money.receive(100, payment="bank-1")
    await b.advance(days=31)
    await money.receive(50, payment="bank-2")
    april = {"first": "2026-04-01", "last": "2026-04-30", "opening": "1.00"}
    found = await compared(money, await send(money, body("2026-04-02,bank-2,,0.50,,,1.50", closing="1.50", **april)))
    assert (found["agrees"], found["opening"]) == (True, {"bank_fen": 100, "book_fen": 100})


async def test_a_correction_is_in_the_book_too(b: Bench) -> None:
    money = await Money(b).file()
    await money.receive(100, payment="bank-1")
    await b.settle()
    [told] = await b.events("funds", money.subject, "FundsReceived")
    wrong = {"subject": money.subject, "corrects": told["id"], "reason": "entry_mismatch", "how": "amend",
             "reading": {"data": told["data"] | {"amount_fen": 90}}}  # fmt: skip
    await b.post("funds", "/corrections", wrong, who=money.who("funds_officer"))
    found = await compared(money, await send(money, body("2026-03-02,bank-1,,0.90,,,", closing="0.90")))
    assert found["differences"] == []
    assert (await money.see())["held_fen"] == 90


@pytest.mark.parametrize(
    ("lines", "closing", "where"),
    [
        (["2026-03-02,p1,,1.00,,,"], "2.00", "body.closing"),
        (["2026-02-28,p1,,1.00,,,"], "1.00", "line 2"),
        (["2026-03-02,p1,,1.00,,,1.00", "2026-03-02,p2,,1.00,,,3.00"], "2.00", "line 3"),
        (["2026-03-02,p1,,1.00,,,", "02.03.2026,p2,,1.00,,,"], "2.00", "line 3"),
        (["2026-03-02,p1,,1.00,1.00,,"], "0.00", "line 2"),
        (["2026-03-02,p1,,九,,,"], "0.00", "line 2"),
    ],
)
async def test_a_statement_with_anything_wrong_is_refused_whole_and_says_where(
    b: Bench, lines: list[str], closing: str, where: str
) -> None:
    money = await Money(b).file()
    problem = await b.refused(
        422, "funds", "/statements", body(*lines, closing=closing), who=money.who("finance_officer")
    )
    assert any(where in f"{each['field']} {each['reason']}" for each in problem["errors"])
    assert "九" not in str(problem)


async def test_who_may_not_look_into_the_banks_account_is_told_so(b: Bench) -> None:
    money, _ = await paid_case(b)
    statement = await send(money, body(closing="0"))
    answer = await b.call("GET", "funds", f"/statements/{statement}", who=money.who("clerk"))
    assert answer.status_code == 403
    await b.refused(403, "funds", "/statements", body(closing="0"), who=money.who("judge"))
    await b.refused(404, "funds", "/statements/yiyang-none/anomalies", {}, who=money.who("funds_officer"))
    await b.refused(
        422, "funds", "/statements", body(closing="0", first="2026-04-01"), who=money.who("finance_officer")
    )
    await b.refused(422, "funds", "/statements", body(closing="x"), who=money.who("finance_officer"))
