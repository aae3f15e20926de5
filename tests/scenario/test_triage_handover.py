"""移交与二次分案: a case changes hands, goes to another team under an approval, and what speaks against it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.families import CheckRecorded, FactCorrected
from tests.handling import (
    APPROVE,
    ASK,
    CASE,
    HOUSE,
    assigned,
    filed,
    found,
    handover,
    in_a_fast_team,
    pre_step,
    prepared,
    to_be_assigned_again,
    triage,
)
from tests.services import Bench


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


# -- hand-over


@pytest.mark.clause("Y01", "Y15")
async def test_a_case_changes_hands_only_when_the_receiver_accepts(b: Bench) -> None:
    # given a case assigned and handed over
    await filed(b)
    await prepared(b)
    data = await assigned(b)
    given = await b.post("triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")
    path, judge = f"/handovers/{given['handover_id']}", data["handler"].removeprefix("yiyang-")
    assert (await b.get("triage", f"/cases/{CASE}", who=judge))["holder"] == ""
    # when another team tries to take it, and a second hand-over is begun
    await b.refused(403, "triage", f"{path}/accept", who="o1-judge")
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")
    # then only the acceptance of the team it went to makes its member the holder
    await b.post("triage", f"{path}/accept", who=judge)
    await b.settle()
    seen = await b.get("triage", f"/cases/{CASE}", who=judge)
    assert (seen["team"], seen["holder"], seen["status"]) == (data["team"], data["handler"], "handled")
    await b.refused(409, "triage", f"{path}/accept", who=judge)
    await b.refused(409, "triage", f"/cases/{CASE}/handovers", handover(data["team"]), who="director")


@pytest.mark.clause("Y01")
async def test_a_case_that_lacks_something_is_returned_and_handed_over_anew(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    data = await assigned(b)
    judge, body = data["handler"].removeprefix("yiyang-"), handover(data["team"])
    given = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    await b.post("triage", f"/handovers/{given['handover_id']}/return", {"lacking": ["address_form"]}, who=judge)
    again = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    await b.post("triage", f"/handovers/{again['handover_id']}/accept", who=judge)
    assert (await b.names("triage", f"case/{CASE}"))[-4:] == [
        "HandedOver", "HandoverReturned", "HandedOver", "HandoverAccepted"
    ]  # fmt: skip


@pytest.mark.clause("Y01")
async def test_a_case_is_handed_over_as_it_was_assigned(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    team = (await assigned(b))["team"]
    wrong = {"to_team": "ordinary_1", "reason": "second_assignment", "basis": "yiyang-a1", "what": "file",
             "from_team": "general"}  # fmt: skip
    for field, value in wrong.items():
        body = handover(team, **{field: value})
        problem = await b.refused(422, "triage", f"/cases/{CASE}/handovers", body, who="director")
        assert problem["errors"][0]["field"] == f"body.{field}"
    assert "HandedOver" not in await b.names("triage")


async def test_an_approval_that_nobody_asked_for_does_not_bring_the_first_assignment_again(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    for act in ("assignments", "routes"):
        again = {"stage": "first", "basis": "yiyang-no-approval"}
        problem = await b.refused(422, "triage", f"/cases/{CASE}/{act}", again, who="director")
        assert problem["errors"][0]["field"] == "body.basis"
    assert (await b.names("triage")).count("CaseAssigned") == 1


# -- second assignment


@pytest.mark.clause("Y19", "Y07")
async def test_the_handler_proposes_the_chief_approves_and_an_ordinary_team_gets_the_case(b: Bench) -> None:
    # given a case in a fast team, in which a flat has turned up
    judge = await in_a_fast_team(b)
    await found(b, CASE, HOUSE)
    await b.settle()
    assert (await b.get("triage", f"/cases/{CASE}", who=judge))["proposed"] == ["second_assignment"]
    # when the handler proposes and the chief approves
    approval = await to_be_assigned_again(b, judge)
    waiting = await b.get("triage", f"/approvals/{approval}", who="chief")
    assert (waiting["state"], waiting["next_posts"]) == ("asked", ["chief"])
    await b.post("triage", f"/approvals/{approval}/decide", APPROVE, who="chief")
    await b.settle()
    # then the case is assigned to an ordinary team under that approval
    data = await assigned(b, stage="second")
    assert data["team"].startswith("ordinary_")
    assert data["basis"] == approval
    # and the affairs team moves it, naming the approval
    body = handover(data["team"], reason="second_assignment", from_team="fast_1", basis=approval)
    body["from_team"] = (await b.get("triage", f"/cases/{CASE}", who=judge))["team"]
    await b.refused(422, "triage", f"/cases/{CASE}/handovers", {**body, "basis": None}, who="director")
    given = await b.post("triage", f"/cases/{CASE}/handovers", body, who="director")
    new = data["handler"].removeprefix("yiyang-")
    await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=new)
    seen = await b.get("triage", f"/cases/{CASE}", who=new)
    assert (seen["team"], seen["holder"]) == (data["team"], data["handler"])
    assert await b.work_items("triage") == []


@pytest.mark.clause("Y19")
async def test_an_approval_by_another_post_is_refused_and_the_refusal_is_a_fact(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    approval = await to_be_assigned_again(b, judge)
    problem = await b.refused(409, "triage", f"/approvals/{approval}/decide", APPROVE, who="leader")
    assert (problem["rule"], problem["wanted_by"]) == ("yiyang.a.second", "chief")
    assert (await b.names("triage", f"case/{CASE}"))[-1] == "ActRefused"
    assert (await b.get("triage", f"/approvals/{approval}", who="chief"))["state"] == "asked"


@pytest.mark.clause("Y19")
async def test_only_the_handler_proposes_the_second_assignment(b: Bench) -> None:
    await in_a_fast_team(b)
    problem = await b.refused(409, "triage", f"/cases/{CASE}/approvals", ASK, who="o1-judge")
    assert (problem["rule"], problem["wanted_by"]) == ("yiyang.a.second", "handler")
    assert (await b.names("triage", f"case/{CASE}"))[-1] == "ActRefused"


@pytest.mark.clause("Y19")
async def test_without_approval_there_is_no_second_assignment(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    path = f"/cases/{CASE}/assignments"
    problem = await b.refused(409, "triage", path, {"stage": "second"}, who="director")
    assert (problem["rule"], problem["lacking"]) == ("yiyang.a.second", ["second_assignment"])
    assert problem["wanted_by"] == "chief"
    await b.refused(409, "triage", f"/cases/{CASE}/routes", {"stage": "second"}, who="director")
    # nor by one that was refused
    approval = await to_be_assigned_again(b, judge)
    await b.post("triage", f"/approvals/{approval}/decide", {**APPROVE, "decision": "refused"}, who="chief")
    await b.settle()
    await b.refused(409, "triage", path, {"stage": "second", "basis": approval}, who="director")
    assert [e["data"]["stage"] for e in await b.events("triage", name="CaseAssigned")] == ["first"]


# -- what speaks against an assignment already made


@pytest.mark.clause("Y17")
async def test_a_check_that_fails_after_the_assignment_is_put_before_the_director(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    check = await pre_step(b, "filing_standard", result="failed")
    await b.settle()
    [asked] = await b.events("triage", f"case/{CASE}", "MatterAsked")
    assert asked["data"]["kind"] == "review_correction"
    assert (asked["data"]["to_post"], asked["data"]["about"]) == ("director", f"check:{check}")
    await b.post("triage", f"/matters/{asked['data']['matter_id']}/accept", who="director")


@pytest.mark.clause("Y17")
async def test_a_fact_withdrawn_after_the_assignment_is_put_before_the_director(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    [answer] = [f for f in await known_facts(b) if f.type == "EnquiryAnswered"]
    void = FactCorrected(corrects=answer.id, how="void", reason="entry_error")
    await b.tell("asset-control", void, CASE, who="enquiry_officer")
    await b.settle()
    assert [e["data"]["kind"] for e in await b.events("triage", name="MatterAsked")] == ["review_correction"]


async def known_facts(b: Bench) -> list[Any]:
    return await b.running["triage"].parts.facts.of("yiyang", f"case/{CASE}")


async def test_checks_that_no_pre_step_needs_open_nothing(b: Bench) -> None:
    await filed(b)
    await prepared(b)
    failed = CheckRecorded(check_id="yiyang-k1", kind="document_check", result="failed", lacking=("date",))
    await b.tell("intake", failed, CASE, who="service_officer")
    await b.settle()
    assert "MatterAsked" not in await b.names("triage")
