"""责任追究: a fault is laid to somebody, and who answers for it goes by the court's chain; faults are counted."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.triage import MemberPosted
from supervision.service import SERVICE as SUPERVISION
from tests import told
from tests.contract.samples import golden
from tests.correcting import amendment, correct, published, void
from tests.services import Bench, bench

LEAD = "f1-judge"
CASE = told.CASE
FAULTS, APPROVALS = f"/cases/{CASE}/faults", f"/cases/{CASE}/approvals"
LATE: dict[str, Any] = {
    "class": "late_or_refused", "responsible": "handler", "member_id": f"yiyang-{LEAD}", "about": "matter:m-1",
    "clock": "yiyang.first_assignment", "occurrence": "", "count": 1,
}  # fmt: skip


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    """Given a case that somebody holds."""
    async with bench(database, [SUPERVISION]) as running:
        posting = golden("MemberPosted") | {"member_id": f"yiyang-{LEAD}", "team": "f1", "post": "judge", "until": None}
        event = MemberPosted.model_validate(posting | {"reason": "appointed"})
        await running.tell("triage", event, "", subject=f"member/yiyang-{LEAD}", who="chief")
        await told.filed(running)
        await told.held(running)
        yield running


async def recorded(b: Bench, who: str = "chief", **changes: Any) -> str:
    answer = await b.post("supervision", FAULTS, LATE | changes, who=who)
    await b.settle()
    return answer["fault_id"]


def opinion(fault: str, *outcomes: str) -> dict[str, Any]:
    return {
        "act": "accountability", "about": f"fault:{fault}", "proposal": list(outcomes), "amount_fen": None,
        "evidence": [],
    }  # fmt: skip


def decision(decision: str = "approved") -> dict[str, Any]:
    return {"decision": decision, "in_person": True, "channel": "online", "amount_fen": None}


async def figure(b: Bench, **query: Any) -> dict[str, Any]:
    found = await b.get("supervision", "/figures", who="chief", params=query)
    [faults] = [each for each in found if each["figure"] == "yiyang.f.faults"]
    return faults


@pytest.mark.clause("Y22")
async def test_a_fault_is_laid_to_handler_approver_or_assistant_with_its_class(b: Bench) -> None:
    await recorded(b)
    await recorded(b, **{"class": "five_faults_in_a_document", "responsible": "assistant", "clock": None, "count": 5})
    told_of = [each["data"] for each in await b.events("supervision", f"case/{CASE}", "FaultRecorded")]
    assert [(each["class"], each["responsible"]) for each in told_of] == [
        ("late_or_refused", "handler"),
        ("five_faults_in_a_document", "assistant"),
    ]


@pytest.mark.clause("Y22")
async def test_faults_are_counted_by_person_and_class_in_each_quarter(b: Bench) -> None:
    await recorded(b)
    await recorded(b)
    await recorded(b, **{"class": "other", "clock": None})
    counted = await figure(b)
    assert (counted["period"], counted["clause"], counted["total"]) == ("2026-Q1", "Y22", 3)
    assert counted["counts"] == [
        {"by": {"member_id": f"yiyang-{LEAD}", "class": "late_or_refused"}, "count": 2},
        {"by": {"member_id": f"yiyang-{LEAD}", "class": "other"}, "count": 1},
    ]
    assert (await figure(b, on="2025-12-31"))["counts"] == []


@pytest.mark.clause("Y22")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member_id": "yiyang-nobody"}, "body.member_id"),
        ({"clock": "yiyang.no_such_clock"}, "body.clock"),
        ({"occurrence": "李四光 138"}, "body.occurrence"),  # which might name somebody
        ({"class": "laziness"}, "body.class"),
        ({"responsible": "president"}, "body.responsible"),
    ],
)
async def test_what_lays_a_fault_to_nobody_is_refused(b: Bench, changes: dict[str, Any], field: str) -> None:
    problem = await b.refused(422, "supervision", FAULTS, LATE | changes, who="chief")
    assert field in {each["field"] for each in problem.get("errors", [])} | {problem.get("field")}
    await b.refused(403, "supervision", FAULTS, LATE, who="filing_officer")
    await b.refused(404, "supervision", "/cases/yiyang-nothing/faults", LATE, who="chief")


@pytest.mark.clause("Y23")
async def test_the_leads_opinion_goes_to_the_chief_and_the_leader(b: Bench) -> None:
    # given a fault, and the team lead's opinion of what should follow
    fault = await recorded(b)
    asked = await b.post("supervision", APPROVALS, opinion(fault, "criticism"), who="team_lead")
    path = f"/approvals/{asked['approval_id']}/decide"
    # then the leader is not asked before the chief
    await b.refused(409, "supervision", path, decision(), who="leader")
    assert not (await b.post("supervision", path, decision(), who="chief"))["final"]
    assert (await b.post("supervision", path, decision(), who="leader"))["final"]
    # and all of it stands on the case
    await b.settle()
    decided = [each["data"] for each in await b.events("supervision", f"case/{CASE}", "ApprovalDecided")]
    assert [(each["act"], each["step"], each["final"]) for each in decided] == [
        ("accountability", 1, False),
        ("accountability", 2, True),
    ]


@pytest.mark.clause("Y23")
async def test_serious_faults_may_be_referred_to_discipline_and_nothing_else_is_an_outcome(b: Bench) -> None:
    fault = await recorded(b)
    problem = await b.refused(409, "supervision", APPROVALS, opinion(fault, "flogging"), who="team_lead")
    assert problem["lacking"] == ["outcome"]
    await b.refused(409, "supervision", APPROVALS, opinion(fault, "talk"), who="chief")
    await b.post("supervision", APPROVALS, opinion(fault, "moved", "to_discipline"), who="team_lead")


@pytest.mark.clause("Y23")
async def test_an_account_is_asked_of_a_fault_of_the_case_only(b: Bench) -> None:
    fault = await recorded(b)
    await b.refused(422, "supervision", APPROVALS, opinion(fault, "talk") | {"act": "close"}, who="team_lead")
    await b.refused(422, "supervision", APPROVALS, opinion("no-fault", "talk"), who="team_lead")
    asked = await b.post("supervision", APPROVALS, opinion(fault, "talk"), who="team_lead")
    await b.post("supervision", f"/approvals/{asked['approval_id']}/decide", decision("refused"), who="chief")
    path = f"/approvals/{asked['approval_id']}/decide"
    await b.refused(409, "supervision", path, decision(), who="leader")


@pytest.mark.clause("Y22")
async def test_a_fault_laid_to_the_wrong_person_is_laid_to_the_right_one(b: Bench) -> None:
    """Given a fault laid to somebody by mistake, when that is corrected, then it counts for the other, and it stays on
    record to whom it was laid before; one that was none counts for nobody."""
    await recorded(b)
    told_of = await published(b, "supervision", f"case/{CASE}", "FaultRecorded")
    await correct(b, "supervision", amendment(told_of, member_id="yiyang-f2-judge"), who="chief")
    assert "f2-judge" in str(await figure(b))
    assert f"yiyang-{LEAD}" not in str(await figure(b))
    assert (await published(b, "supervision", f"case/{CASE}", "FaultRecorded"))["data"]["member_id"] == f"yiyang-{LEAD}"

    await correct(b, "supervision", void(told_of), who="chief")
    assert "f2-judge" not in str(await figure(b))
