"""中止、恢复、延期、合议庭、资格、改派: what the handler and the director do to the course of a case."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts import intake
from supervision.service import SERVICE as SUPERVISION
from tests.handling import (
    APPROVE,
    CASE,
    CLAIM_FEN,
    EXTENSION,
    HOUSE,
    PANEL,
    filed,
    found,
    handover,
    in_a_fast_team,
    paid_in,
    ruled,
    staffed,
    to_be_assigned_again,
    triage,
)
from tests.services import Bench, bench
from triage.service import SERVICE as TRIAGE

TERMS = f"/cases/{CASE}"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


@pytest.fixture
async def watched(database: str) -> AsyncIterator[Bench]:
    """With supervision, which says what the terms come to."""
    async with bench(database, [TRIAGE, SUPERVISION]) as running:
        await staffed(running)
        yield running


async def due(b: Bench, rule: str = "cn.conclude") -> dict[str, Any]:
    await b.settle()
    seen = await b.get("supervision", f"/cases/{CASE}/why", who="director", params={"clock": rule})
    return seen["clocks"][0]


# -- suspension


async def test_a_settlement_stops_the_terms_that_list_it_until_they_run_again(watched: Bench) -> None:
    b, judge = watched, await in_a_fast_team(watched)
    assert (await due(b))["due"].startswith("2026-09-02")
    # when the parties settle, then the term of conclusion stands still; once they resume, it ends so much later
    stopped = await b.post("triage", f"{TERMS}/suspensions", {"cause": "settlement", "clocks": []}, who=judge)
    assert (await due(b))["state"] == "suspended"
    again = {"cause": "settlement", "clocks": []}
    await b.refused(409, "triage", f"{TERMS}/suspensions", again, who=judge)
    await b.advance(days=30)
    path = f"{TERMS}/suspensions/{stopped['suspension_id']}/end"
    await b.post("triage", path, who=judge)
    await b.refused(404, "triage", path, who=judge)
    running = await due(b)
    assert (running["state"], running["due"][:10]) == (
        "running",
        "2026-10-08",
    )  # 30 days on lies in the National Day week


@pytest.mark.clause("Y16")
async def test_a_suspension_by_ruling_waits_until_the_chief_has_signed_it(b: Bench) -> None:
    judge, body = await in_a_fast_team(b), {"cause": "ruling", "clocks": ["cn.conclude"]}
    problem = await b.refused(409, "triage", f"{TERMS}/suspensions", body, who=judge)
    assert (problem["rule"], problem["lacking"], problem["wanted_by"]) == (
        "yiyang.a.chief", ["suspension_ruling"], "chief"
    )  # fmt: skip
    assert problem["grounds"][0]["clause"] == "Y16"
    ruling = await ruled(b, "suspension_ruling")
    other = body | {"document_id": "yiyang-other"}
    await b.refused(409, "triage", f"{TERMS}/suspensions", other, who=judge)
    await b.post("triage", f"{TERMS}/suspensions", body | {"document_id": ruling}, who=judge)
    [stopped] = await b.events("triage", name="TermSuspended")
    assert (stopped["data"]["document_id"], stopped["data"]["clocks"]) == (ruling, ["cn.conclude"])


@pytest.mark.parametrize(
    ("change", "status", "who"),
    [
        ({"cause": "boredom"}, 422, "handler"),
        ({"clocks": ["cn.payout"]}, 422, "handler"),  # a settlement does not stop it
        ({"clocks": ["cn.none"]}, 422, "handler"),
        ({"basis": "yiyang-a1"}, 422, "handler"),
        ({"at": "2027-01-01T00:00:00Z"}, 422, "handler"),
        ({}, 403, "o1-judge"),
        ({}, 403, "director"),
    ],
)
async def test_terms_are_stopped_by_who_holds_the_case_and_for_causes_that_stop_them(
    b: Bench, change: dict[str, Any], status: int, who: str
) -> None:
    judge = await in_a_fast_team(b)
    body = {"cause": "settlement", "clocks": []} | change
    await b.refused(status, "triage", f"{TERMS}/suspensions", body, who=judge if who == "handler" else who)
    assert await b.events("triage", name="TermSuspended") == []


# -- extension


async def leave(b: Bench, judge: str, act: str = "extend", who: str = "leader") -> str:
    """Asked for, and given."""
    ask = {"act": act, "proposal": [], "evidence": []}
    asked = await b.post("triage", f"{TERMS}/approvals", ask, who=judge)
    await b.post("triage", f"/approvals/{asked['approval_id']}/decide", APPROVE, who=who)
    await b.settle()
    return asked["approval_id"]


async def test_a_term_is_extended_under_an_approval_that_was_asked_for_in_time(watched: Bench) -> None:
    b, judge = watched, await in_a_fast_team(watched)
    await b.advance(days=100)
    asked_on = b.clock.now()
    approval = await leave(b, judge)
    await b.advance(days=10)
    answer = await b.post("triage", f"{TERMS}/extensions", EXTENSION | {"approval_id": approval}, who=judge)
    assert answer["warned"] == []
    [extended] = await b.events("triage", name="TermExtended")
    assert extended["data"]["asked_on"].startswith(asked_on.isoformat()[:16])
    assert (await due(b))["due"].startswith("2026-12-02")
    # one approval extends once
    again = EXTENSION | {"approval_id": approval}
    await b.refused(409, "triage", f"{TERMS}/extensions", again, who=judge)


async def test_an_approval_asked_for_after_the_term_ran_out_extends_nothing_and_the_answer_names_the_rule(
    b: Bench,
) -> None:
    judge = await in_a_fast_team(b)
    await b.advance(days=200)  # the six months ended on 2 September
    approval = await leave(b, judge)
    body = EXTENSION | {"approval_id": approval}
    problem = await b.refused(409, "triage", f"{TERMS}/extensions", body, who=judge)
    assert (problem["rule"], problem["lacking"]) == ("cn.conclude", ["asked_before_expiry"])
    assert problem["grounds"][0]["clause"] == "national"
    assert (await b.names("triage", f"case/{CASE}"))[-1] == "ActRefused"


async def test_an_extension_asked_for_on_short_notice_has_its_effect_and_says_so(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await b.advance(days=182)  # 31 August: later than 5 days before
    body = EXTENSION | {"approval_id": await leave(b, judge)}
    assert (await b.post("triage", f"{TERMS}/extensions", body, who=judge))["warned"] == ["short_notice"]


@pytest.mark.parametrize(
    ("change", "status", "lacking"),
    [
        ({}, 409, ["extend"]),  # no such approval
        ({"unit": "hours"}, 422, None),
        ({"clock": "cn.notice"}, 422, None),
        ({"clock": "cn.none"}, 422, None),
        ({"occurrence": "other"}, 422, None),
        ({"amount": 0}, 422, None),
        ({"amount": -3}, 422, None),
        ({"unit": "years"}, 422, None),
    ],
)
async def test_an_extension_that_would_have_no_effect_is_not_recorded(
    b: Bench, change: dict[str, Any], status: int, lacking: list[str] | None
) -> None:
    judge = await in_a_fast_team(b)
    approval = await leave(b, judge)
    body = EXTENSION | {"approval_id": approval} | change
    if not change:
        body |= {"approval_id": "yiyang-none"}
    problem = await b.refused(status, "triage", f"{TERMS}/extensions", body, who=judge)
    assert lacking is None or problem["lacking"] == lacking
    assert await b.events("triage", name="TermExtended") == []


# -- panels, credentials, another handler


@pytest.mark.parametrize("size", [0, 1, 2, 4])
async def test_a_panel_has_an_odd_number_of_members_three_at_least(b: Bench, size: int) -> None:
    await filed(b)
    members = [{"member_id": f"yiyang-j{n}", "division": "civil"} for n in range(size)]
    await b.refused(422, "triage", f"{TERMS}/panels", PANEL | {"members": members}, who="director")
    twice = PANEL | {"members": [PANEL["members"][0], *PANEL["members"][:2]]}
    await b.refused(422, "triage", f"{TERMS}/panels", twice, who="director")
    await b.refused(403, "triage", f"{TERMS}/panels", PANEL, who="finance_officer")
    await b.post("triage", f"{TERMS}/panels", PANEL, who="director")
    [formed] = await b.events("triage", name="PanelFormed")
    assert len(formed["data"]["members"]) == 3


@pytest.mark.clause("Y16")
async def test_a_credential_counts_from_when_it_is_granted_until_it_is_withdrawn(b: Bench) -> None:
    path = "/members/yiyang-f1-judge/credentials"
    granted = {"credential": "preservation_judge", "action": "granted", "valid_to": "2026-12-31"}
    await b.refused(403, "triage", path, granted, who="f1-judge")
    await b.refused(404, "triage", "/members/yiyang-nobody/credentials", granted, who="chief")
    await b.refused(422, "triage", path, granted | {"valid_to": "2026-03-01"}, who="chief")
    await b.refused(422, "triage", path, granted | {"credential": "charm"}, who="chief")
    await b.post("triage", path, granted, who="chief")
    [told] = await b.events("triage", name="CredentialRecorded")
    assert (told["subject"], told["data"]["credential"]) == ("member/yiyang-f1-judge", "preservation_judge")


async def test_the_director_assigns_a_case_to_another_member_and_it_changes_hands_as_after_every_assignment(
    b: Bench,
) -> None:
    judge = await in_a_fast_team(b)
    path, other = f"{TERMS}/assignments/again", "f2-judge" if judge == "f1-judge" else "f1-judge"
    await b.refused(403, "triage", path, {"handler": f"yiyang-{other}"}, who=judge)
    await b.refused(422, "triage", path, {"handler": "yiyang-nobody"}, who="director")
    await b.refused(409, "triage", path, {"handler": f"yiyang-{judge}"}, who="director")
    assigned = await b.post("triage", path, {"handler": f"yiyang-{other}"}, who="director")
    given = await b.post("triage", f"{TERMS}/handovers", handover(assigned["team"]), who="director")
    await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=other)
    await b.settle()
    assert (await b.get("triage", TERMS, who=other))["holder"] == f"yiyang-{other}"


# -- what the rules propose


async def proposals(b: Bench) -> list[str]:
    await b.advance(minutes=11)
    return [item["reason"] for item in await b.work_items("triage")]


@pytest.mark.clause("Y19")
async def test_what_must_be_sold_is_put_before_a_fast_team_until_the_second_assignment_is_asked_for(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await found(b, CASE, HOUSE)
    await b.settle()
    assert await proposals(b) == ["to be proposed to the handler: second_assignment"]
    await to_be_assigned_again(b, judge)
    await b.settle()
    assert await proposals(b) == []


async def test_a_claim_that_is_performed_is_to_be_closed(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    await paid_in(b, "yiyang-p1", CLAIM_FEN)
    await b.settle()
    assert await proposals(b) == ["to be proposed to the handler: close"]
    assert (await b.get("triage", TERMS, who=judge))["proposed"] == ["close"]


async def test_an_objection_is_put_before_who_holds_the_case_it_speaks_against(b: Bench) -> None:
    judge = await in_a_fast_team(b)
    case = intake.CaseFiled.model_validate({
        "case_no": "（2026）豫0327执异1号", "kind": "objection", "application_id": "yiyang-a9", "cause": "other",
        "instrument": {"kind": "judgment"}, "parties": [], "earlier_preservation": False, "marked_simple": False,
        "claim": {"money": False, "amount_fen": 0, "basis": "instrument", "interest_apart": False, "costs_apart": False,
                  "acts": []}, "related_case_id": CASE,
    })  # fmt: skip
    await b.tell("intake", case, "yiyang-case9", who="filing_officer")
    await b.settle()
    [told] = await b.events("triage", name="MatterAsked")
    assert (told["data"]["to_post"], told["data"]["for_case"], told["data"]["about"]) == (
        "handler", CASE, "case:yiyang-case9"
    )  # fmt: skip
    await b.post("triage", f"/matters/{told['data']['matter_id']}/accept", who=judge)


# -- before a case is filed


async def test_a_request_to_resume_is_looked_into_but_not_assigned_before_it_is_filed(b: Bench) -> None:
    asked = intake.ApplicationReceived(application_id="yiyang-a2", kind="resumption", items=(), agent="none")
    await b.tell("intake", asked, "yiyang-case2", who="filing_officer")
    await b.settle()
    path = "/cases/yiyang-case2"
    clue = {"kind": "clue", "result": "passed", "lacking": []}
    await b.post("triage", f"{path}/reviews", clue, who="director")
    await b.refused(409, "triage", f"{path}/assignments", {"stage": "first"}, who="director")
    await b.refused(409, "triage", f"{path}/routes", {"stage": "first"}, who="director")
    await b.refused(404, "triage", f"{path}/panels", PANEL, who="director")
    assert "CaseAssigned" not in await b.names("triage")
