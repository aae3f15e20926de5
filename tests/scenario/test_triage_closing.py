"""履行与结案: what performs a claim, and what a closing needs and may say."""

from collections.abc import AsyncIterator

import pytest

from contracts.catalogue import BY_NAME
from tests.contract.samples import golden
from tests.handling import (
    APPROVE,
    CASE,
    CLAIM_FEN,
    DEPOSIT,
    PASSED,
    closing,
    commands,
    filed,
    found,
    in_a_fast_team,
    paid_in,
    paid_out,
    pre_step,
    ruled,
    to_be_assigned_again,
    triage,
)
from tests.services import Bench


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


@pytest.mark.clause("Y11")
async def test_the_payment_that_covers_the_claim_performs_it_once(b: Bench) -> None:
    await in_a_fast_team(b)
    await paid_in(b, "yiyang-p1", CLAIM_FEN - 1)
    assert "PerformanceRecorded" not in await b.names("triage")
    await paid_in(b, "yiyang-p2", 1)
    await paid_in(b, "yiyang-p3", 1)
    [performed] = await b.events("triage", name="PerformanceRecorded")
    assert performed["data"]["kind"] == "paid"
    assert performed["data"]["full"]
    assert (await b.get("triage", f"/cases/{CASE}", who="director"))["proposed"] == ["close"]


@pytest.mark.clause("Y11")
async def test_of_payments_that_become_known_together_the_one_that_covers_the_claim_performs_it(b: Bench) -> None:
    # given two payments that wait for their case
    await paid_in(b, "yiyang-p1", CLAIM_FEN - 1)
    await paid_in(b, "yiyang-p2", 1)
    # when it is here, then both are noted as if they had come one by one
    await filed(b)
    await pre_step(b, "contacts")
    await b.settle()
    [performed] = await b.events("triage", name="PerformanceRecorded")
    assert (performed["data"]["amount_fen"], performed["data"]["full"]) == (1, True)


@pytest.mark.clause("Y16")
async def test_a_case_closes_as_performed_only_when_paid_and_paid_out(b: Bench) -> None:
    judge, path = await in_a_fast_team(b), f"/cases/{CASE}/closing"
    # given nothing is paid: closing is refused and says so
    problem = await b.refused(409, "triage", path, closing("performed", recovered_fen=0), who=judge)
    assert (problem["rule"], problem["lacking"]) == ("cn.close_performed", ["performed"])
    # given the money lies with the court: it may neither close nor say that nothing is left
    await paid_in(b, "yiyang-p1", CLAIM_FEN)
    await b.refused(422, "triage", path, closing("performed"), who=judge)
    problem = await b.refused(409, "triage", path, closing("performed", funds_settled=False), who=judge)
    assert problem["lacking"] == ["paid_out"]
    # when it is paid out
    await paid_out(b, CLAIM_FEN)
    await b.post("triage", f"/cases/{CASE}/reviews", {"kind": "closing_review", **PASSED}, who="director")
    answer = await b.post("triage", path, closing("performed"), who=judge)
    # then it closes, signed by the judge, because no ruling of the chief's is needed
    assert answer == {"case_id": CASE, "warned": []}
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "judge"
    assert [n for n in await b.names("triage", f"case/{CASE}") if n == "ActRefused"] == ["ActRefused"] * 2


MONEY = {  # what funds and the handler told -> the least and the most that a closing may say was recovered
    "nothing": ([], 0, 0),
    "received": ([("in", 500, "deduction")], 0, 500),
    "paid out in part": ([("in", 500, "deduction"), ("out", 200, "principal")], 200, 500),
    "paid out, with the court's fee": ([("in", 500, "auction_balance"), ("out", 450, "principal"),
                                        ("out", 50, "enforcement_fee")], 500, 500),
    "more came than was due": ([("in", 500, "deduction"), ("out", 400, "principal"), ("out", 100, "surplus")],
                               400, 400),
    "costs that the creditor advanced": ([("in", 500, "cost_advance"), ("out", 450, "costs"), ("out", 50, "surplus")],
                                         0, 0),
    "paid to the creditor": ([("performed", 300, "paid_directly")], 300, 300),
    "goods handed to the creditor": ([("performed", 300, "goods_delivered")], 300, 300),
    "a promise": ([("performed", 300, "settled")], 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("told", MONEY)
async def test_a_closing_says_of_the_money_what_is_known(b: Bench, told: str) -> None:
    judge, path = await in_a_fast_team(b), f"/cases/{CASE}/closing"
    acts, least, most = MONEY[told]
    for act, amount_fen, what in acts:
        if act == "in":
            await paid_in(b, "yiyang-p1", amount_fen, what)
        elif act == "out":
            await paid_out(b, amount_fen, what)
        else:
            body = {"kind": what, "amount_fen": amount_fen, "full": False, "on_the_spot": False}
            await b.post("triage", f"/cases/{CASE}/performances", body, who=judge)
    await ruled(b)
    body = closing("withdrawn", funds_settled=False)
    for wrong in {most + 1, max(least - 1, 0)} - {least}:
        problem = await b.refused(422, "triage", path, body | {"recovered_fen": wrong}, who=judge)
        [error] = problem["errors"]
        assert error["field"] == "body.recovered_fen"
        assert f"{least} to {most} fen" in error["reason"]
    problem = await b.refused(422, "triage", path, body | {"applied_fen": CLAIM_FEN - 1}, who=judge)
    assert [error["field"] for error in problem["errors"]] == ["body.applied_fen"]
    await b.post("triage", path, body | {"recovered_fen": least}, who=judge)


@pytest.mark.clause("Y08", "Y16")
async def test_termination_for_now_names_everything_national_and_own_that_lacks(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    body = closing("terminated_for_now")
    await ruled(b, "termination_ruling")
    problem = await b.refused(409, "triage", f"/cases/{CASE}/closing", body, who=judge)
    assert set(problem["lacking"]) == {
        "site_survey", "over_3_months", "notice", "report_order", "limit", "exhausted", "interview"
    }  # fmt: skip


@pytest.mark.clause("Y08", "Y13")
async def test_a_case_terminated_for_now_is_looked_into_again_when_property_turns_up(b: Bench) -> None:
    # given everything that must come before, but for the place of the survey, which is only as a rule the county
    judge = await in_a_fast_team(b)
    await exhausted(b)
    await b.post("triage", f"/cases/{CASE}/reviews", {"kind": "no_assets_confirmed", **PASSED}, who=judge)
    await b.advance(days=100)
    await ruled(b, "termination_ruling")
    # when it is closed for now
    body = closing("terminated_for_now", closed_on="2026-06-10")
    answer = await b.post("triage", f"/cases/{CASE}/closing", body, who=judge)
    # then that is only a warning, and the chief signs
    assert answer["warned"] == ["in_county"]
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "chief"
    # and property found later becomes affairs work: is the case to go on?
    await found(b, CASE, DEPOSIT)
    await b.settle()
    [matter] = await b.events("triage", name="MatterAsked")
    assert (matter["data"]["sub"], matter["data"]["for_case"]) == ("resumption_review", CASE)


async def exhausted(b: Bench) -> None:
    survey = {**golden("MatterDone"), "kind": "site_survey", "result": "nothing_found"}
    survey["record"]["place"] = "outside"
    for service, name, data in (
        ("intake", "DocumentSent", {"kind": "enforcement_notice"}),
        ("intake", "DocumentSent", {"kind": "report_order"}),
        ("intake", "ContactRecorded", {"kind": "termination_interview"}),
        ("asset-control", "MeasureTaken", {"kind": "consumption_limit", "asset_id": None, "asset_kind": None}),
        ("asset-control", "MatterDone", survey),
    ):
        event = BY_NAME[name].model_validate(golden(name) | data)
        await b.tell(service, event, CASE, who="field-1" if name == "MatterDone" else "f1-judge")
    await b.settle()


@pytest.mark.clause("Y16")
async def test_a_withdrawn_case_is_signed_by_the_chief_and_closed_by_its_own_team(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await b.refused(403, "triage", f"/cases/{CASE}/closing", closing("withdrawn"), who="o1-judge")
    problem = await b.refused(409, "triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge)
    assert (problem["rule"], problem["lacking"]) == ("yiyang.a.chief", ["withdrawal_ruling"])
    await ruled(b)
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge)
    [closed] = await b.events("triage", name="CaseClosed")
    assert closed["data"]["signed_by"] == "chief"


async def test_a_closed_case_takes_no_further_command(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    approval = await to_be_assigned_again(b, judge)
    await ruled(b)
    await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge, key="closing")
    before = await b.names("triage")
    for path, body, who in (*commands(), (f"/approvals/{approval}/decide", APPROVE, "chief")):
        await b.refused(409, "triage", path, body, who=judge if who == "handler" else who)
    assert await b.names("triage") == before
    # but the command that closed it gets its answer again
    again = await b.post("triage", f"/cases/{CASE}/closing", closing("withdrawn"), who=judge, key="closing")
    assert again["case_id"] == CASE
