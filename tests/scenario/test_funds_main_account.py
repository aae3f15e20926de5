"""主账号与异常: money that has no case yet is claimed, part by part; what is wrong is reported once and settled."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from contracts.supervision import ReminderSent
from funds.service import SERVICE as FUNDS
from supervision.service import SERVICE as SUPERVISION
from tests.court_case import courts_of
from tests.moneys import CLAIM_FEN, Money
from tests.services import Bench, bench

ARRIVED = {"into": "main_account", "amount_fen": 1_000, "purpose": "performance", "payer": "debtor"}
ASK = {"to_post": "funds_officer", "urgent": False, "items": 1, "requirement": True, "materials": []}


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [FUNDS, SUPERVISION]) as running:
        yield running


async def arrived(money: Money, **more: Any) -> str:
    answer = await money.b.post("funds", "/money", ARRIVED | more, who=money.who("funds_officer"))
    return answer["payment_id"]


async def identify(money: Money, payment: str, fen: int) -> None:
    body = {"case_id": money.case_id, "amount_fen": fen}
    await money.b.post("funds", f"/money/{payment}/identify", body, who=money.who("funds_officer"))
    await money.b.settle()


@pytest.mark.clause("N27", "S34")
async def test_money_in_the_main_account_is_claimed_for_its_cases_part_by_part(b: Bench) -> None:
    # given money whose case is not known, and somebody asked to find it
    first, second = await Money(b).file(), await Money(b, number=2).file()
    payment = await arrived(first, payment_id="bank-77")
    assert payment == "yiyang-bank-77"
    officer = first.who("funds_officer")
    await b.post("funds", f"/money/{payment}/claims", ASK, who=officer)
    await b.settle()
    assert [each["rest_fen"] for each in await b.get("funds", "/money", who=officer)] == [1_000]
    # when a part is one case's and the rest another's
    await identify(first, payment, 600)
    await identify(second, payment, 400)
    # then each has it on its own account, and it says where it comes from
    for money, fen in ((first, 600), (second, 400)):
        [received] = await money.events("FundsReceived")
        told = received["into"], received["amount_fen"], received["purpose"], received["origin_payment_id"]
        assert told == ("case_account", fen, "performance", payment)
    subject = f"money/{payment}"
    assert [each["rest_fen"] for each in await first.events("FundsIdentified", subject)] == [400, 0]
    [done] = await first.events("MatterDone", subject)
    assert (done["kind"], done["result"]) == ("claim_funds", "done")
    assert await b.get("funds", "/money", who=officer) == []
    trail = await b.get("funds", f"/payments/{payment}/trail", who=officer)
    assert [claim["case_id"] for claim in trail["claims"]] == [first.case_id, second.case_id]


async def test_no_more_is_claimed_than_came_and_for_no_case_that_is_none(b: Bench) -> None:
    money = await Money(b).file()
    payment, officer = await arrived(money), money.who("funds_officer")
    path, body = f"/money/{payment}/identify", {"case_id": money.case_id, "amount_fen": 1_001}
    await b.refused(422, "funds", path, body, who=officer)
    await b.refused(422, "funds", path, body | {"amount_fen": 0}, who=officer)
    await b.refused(404, "funds", path, body | {"case_id": "yiyang-none", "amount_fen": 1}, who=officer)
    await b.refused(422, "funds", path, body | {"case_id": "shihe-case1", "amount_fen": 1}, who=officer)
    await b.refused(404, "funds", "/money/yiyang-none/identify", body, who=officer)
    await b.refused(403, "funds", path, body, who=money.who("judge"))
    await b.refused(422, "funds", f"/cases/{money.case_id}/matters", {"kind": "claim_funds", **ASK}, who=officer)
    await b.refused(409, "funds", "/money", ARRIVED | {"payment_id": payment, "amount_fen": 2}, who=officer)
    assert await money.events("FundsIdentified", f"money/{payment}") == []


async def test_money_is_chased_as_a_matter_of_the_case(b: Bench) -> None:
    money = await Money(b).file()
    asked = await money.do("funds_officer", "/matters", ASK | {"kind": "chase_funds", "to_post": "funds_officer"})
    path = f"/matters/{asked['matter_id']}/accept"
    await b.post("funds", path, {}, who=money.who("funds_officer"))
    [matter] = await money.events("MatterAccepted")
    assert matter["kind"] == "chase_funds"


@pytest.mark.clause("S33")
async def test_an_anomaly_is_reported_once_and_settled_by_who_checks_it(b: Bench) -> None:
    money = await Money(b).file()
    payment = await money.receive()
    body = {"kind": "mismatch", "payment_id": payment, "amount_fen": 5}
    first = await money.do("funds_officer", "/anomalies", body)
    assert await money.do("funds_officer", "/anomalies", body) == first
    await money.refused(404, "funds_officer", "/anomalies", body | {"payment_id": "yiyang-none"})
    await money.refused(422, "funds_officer", "/anomalies", body | {"kind": "odd"})
    # when the chief has looked into it and it is not settled, it stays open; then it is settled, once
    path = f"/anomalies/{first['anomaly_id']}/check"
    await money.do("chief", path, {"result": "failed", "lacking": ["bank_confirmation"]})
    await money.do("chief", path, {"result": "passed", "lacking": []})
    await money.refused(409, "chief", path, {"result": "passed", "lacking": []})
    assert [each["about"] for each in await money.events("CheckRecorded")] == [f"payment:{payment}"] * 2
    assert len(await money.events("FundsAnomalyFound")) == 1
    assert [each["checked"] for each in (await money.see())["anomalies"]] == [True]


@pytest.mark.clause("S35")
async def test_money_not_paid_out_by_its_term_is_an_anomaly_told_once(b: Bench) -> None:
    # given a payment whose term of payout has passed, as supervision tells
    money = await Money(b).file()
    payment = await money.receive()
    await b.advance(days=40)
    assert (await money.clocks())["cn.payout"] == "breached"
    # when it is reminded of more than once, and of other clocks besides
    for rung, clock in ((1, "cn.payout"), (2, "cn.payout"), (1, "cn.conclude")):
        await told(b, money, clock, payment, rung)
    await b.settle()
    # then that is one anomaly
    assert [(a["kind"], a["amount_fen"]) for a in await money.events("FundsAnomalyFound")] == [
        ("overdue_unpaid", CLAIM_FEN)
    ]


async def told(b: Bench, money: Money, clock: str, payment: str, rung: int) -> None:
    reminder = ReminderSent(
        reminder_id=f"r{rung}", kind="past", clock=clock, occurrence=payment, rung=rung,
        due_at=datetime.fromisoformat("2026-04-01T16:00:00+00:00"), to_post="chief", channel="system",
    )  # fmt: skip
    await b.tell("intake", reminder, money.case_id, who=money.who("chief"))


# -- clauses of other courts, by their packs


@pytest.mark.clause("S34")
async def test_in_shihe_money_whose_case_can_be_told_is_claimed_in_time(database: str) -> None:
    async with bench(database, [FUNDS, SUPERVISION], courts=courts_of("shihe")) as b:
        money = await Money(b, "shihe").file()
        payment = await arrived(money)
        await b.advance(days=1)
        due = await b.get("supervision", "/due", who=money.who("director"))
        assert [each["rule"] for each in due if each["subject"] == f"money/{payment}"] == ["shihe.claim_money"]
        await identify(money, payment, 1_000)
        assert [each["rest_fen"] for each in await money.events("FundsIdentified", f"money/{payment}")] == [0]
        due = await b.get("supervision", "/due", who=money.who("director"))
        assert [each["rule"] for each in due if each["subject"] == f"money/{payment}"] == []


@pytest.mark.clause("S31", "S32", "S35")
async def test_in_shihe_money_goes_out_through_the_cases_account_in_three_days(database: str) -> None:
    async with bench(database, [FUNDS, SUPERVISION], courts=courts_of("shihe")) as b:
        money = await Money(b, "shihe").file()
        payment = await money.receive()
        await money.allocate(money.line(payment, CLAIM_FEN))
        # without the payout form and the papers that prove it, leave is not even asked for (S32)
        body = {"act": "payout", "proposal": [], "amount_fen": CLAIM_FEN, "evidence": []}
        problem = await money.refused(409, "judge", "/approvals", body)
        assert problem["rule"] in ("shihe.payout_form", "shihe.a.payout")
        await b.settle()
        clocks = await money.clocks()
        assert (clocks["shihe.payout"], clocks["cn.payout"]) == ("running", "running")
        await b.advance(days=4)
        clocks = await money.clocks()
        assert (clocks["shihe.payout"], clocks["cn.payout"]) == ("breached", "running")


@pytest.mark.clause("N18", "N27")
async def test_in_nanzhao_an_allocation_too_is_approved_and_the_money_leaves_two_days_later(database: str) -> None:
    chain = ("director", "finance_officer")
    async with bench(database, [FUNDS, SUPERVISION], courts=courts_of("nanzhao")) as b:
        money = await Money(b, "nanzhao").file()
        payment = await money.receive()
        await money.do("finance_officer", "/arrivals", {"payment_id": payment})
        line = money.line(payment, CLAIM_FEN)
        # when the handler allocates without leave, or with leave for another amount, the rule of the pack says no
        problem = await money.refused(409, "judge", "/allocations", {"lines": [line]})
        assert (problem["rule"], problem["lacking"]) == ("nanzhao.a.allocation", ["approval"])
        other = await money.approve(CLAIM_FEN - 1, *chain, act="allocation")
        await money.refused(409, "judge", "/allocations", {"lines": [line], "approval_id": other})
        open_ = await money.approve(CLAIM_FEN, "director", act="allocation")
        await money.refused(409, "judge", "/allocations", {"lines": [line], "approval_id": open_})
        assert await money.events("FundsAllocated") == []
        # when both are approved, then the money is paid out, in time, and its receipt entered
        leave = await money.approve(CLAIM_FEN, *chain, act="allocation")
        allocation = await money.allocate(line, approval_id=leave)
        approval = await money.approve(CLAIM_FEN, *chain)
        await b.settle()
        assert (await money.clocks())["nanzhao.payout_formal"] == "running"
        payout = await money.pay_out(allocation, approval)
        await b.settle()
        assert (await money.clocks())["nanzhao.receipt_no"] == "running"
        path, receipt = f"/payouts/{payout}/receipt", {"receipt_no": "R-7"}
        await money.do("finance_officer", path, receipt)
        await money.do("finance_officer", path, receipt)
        await money.refused(409, "finance_officer", path, {"receipt_no": "R-8"})
        await money.refused(404, "finance_officer", "/payouts/nanzhao-none/receipt", receipt)
        await b.settle()
        states = await money.clocks()
        met = ("nanzhao.payout", "nanzhao.payout_formal", "nanzhao.receipt_no", "nanzhao.arrival", "cn.payout")
        assert {rule: states[rule] for rule in met} == dict.fromkeys(met, "met")


@pytest.mark.clause("G14")
async def test_in_guancheng_the_office_settles_the_fee_and_pays_out(database: str) -> None:
    async with bench(database, [FUNDS], courts=courts_of("guancheng")) as b:
        money = await Money(b, "guancheng").file()
        await money.receive(CLAIM_FEN)
        lines = (await money.do("judge", "/allocations/propose"))["lines"]
        allocation = await money.allocate(*lines)
        approval = await money.approve(CLAIM_FEN, "judge")
        for way in ("transfer", "fee"):
            await money.pay_out(allocation, approval, way, receipt_no=f"R-{way}")
        [fee] = [each for each in await money.events("FundsPaidOut") if each["way"] == "fee"]
        assert (fee["amount_fen"], fee["receipt_no"], fee["lines"][0]["to"]) == (119_000, "R-fee", "court")


@pytest.mark.clause("H20")
async def test_in_horqin_a_payout_is_deferred_by_leave_and_counted(database: str) -> None:
    async with bench(database, [FUNDS], courts=courts_of("horqin")) as b:
        money = await Money(b, "horqin").file()
        payment = await money.receive()
        approval = await money.approve(CLAIM_FEN, "chief", act="defer_payout", about=f"payment:{payment}")
        [decided] = await money.events("ApprovalDecided")
        assert (decided["approval_id"], decided["act"], decided["about"], decided["final"]) == (
            approval, "defer_payout", f"payment:{payment}", True,
        )  # fmt: skip
