"""其他事务与人员: affairs beside casework, and who belongs to which team."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts import intake
from tests.handling import triage
from tests.services import Bench


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with triage(database) as running:
        yield running


async def loads(b: Bench) -> dict[str, dict[str, Any]]:
    """What is shown of each team."""
    rules = await b.get("triage", "/loads", who="director")
    return {team["team"]: team for rule in rules for team in rule["teams"]}


@pytest.mark.parametrize(("post", "team"), [("director", "affairs"), ("general_officer", "general")])
@pytest.mark.clause("Y13")
async def test_other_affairs_are_recorded_apart_from_casework(b: Bench, post: str, team: str) -> None:
    body = {"kind": "affairs", "sub": "statistics", "to_post": post, "urgent": False, "items": 1,
            "requirement": True, "materials": []}  # fmt: skip
    matter = (await b.post("triage", "/affairs", body, who="chief"))["matter_id"]
    await b.refused(403, "triage", f"/matters/{matter}/accept", who="filing_officer")  # it was not asked of him
    await b.post("triage", f"/matters/{matter}/accept", who=post)
    done = {"result": "done", "receipts_complete": True, "reported_to_handler": False}
    await b.post("triage", f"/matters/{matter}/finish", done, who=post)
    await b.settle()
    told = ["MatterAsked", "ActRefused", "MatterAccepted", "MatterDone"]
    assert await b.names("triage", f"matter/{matter}") == told
    affairs = (await loads(b))[team]
    assert (affairs["load"], affairs["apart"]) == (0, 1)


@pytest.mark.clause("Y13")
async def test_a_request_to_resume_becomes_affairs_work(b: Bench) -> None:
    asked = intake.ApplicationReceived(application_id="yiyang-a2", kind="resumption", items=(), agent="none")
    await b.tell("intake", asked, "yiyang-case2", who="filing_officer")
    await b.settle()
    [matter] = await b.events("triage", name="MatterAsked")
    assert (matter["data"]["sub"], matter["data"]["for_case"]) == ("resumption_review", "yiyang-case2")
    assert matter["subject"].startswith("matter/")


@pytest.mark.clause("Y14")
async def test_a_posting_says_once_who_belongs_to_which_team(b: Bench) -> None:
    path, before = "/members/yiyang-f2-officer/postings", len(await b.events("triage", name="MemberPosted"))
    await b.post("triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "appointed"}, who="chief")
    assert len(await b.events("triage", name="MemberPosted")) == before
    # when the member leaves, the team is smaller
    await b.post("triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "left"}, who="chief")
    assert (await loads(b))["fast_2"]["size"] == 1
    await b.refused(409, "triage", path, {"team": "fast_2", "post": "enforcement_officer", "reason": "left"},
                    who="chief")  # fmt: skip


@pytest.mark.clause("Y14")
async def test_a_team_shows_which_of_the_schemes_posts_nobody_in_it_holds(b: Bench) -> None:
    # given a fast team with an enforcement officer, as the scheme has it
    assert "enforcement_officer" not in (await loads(b))["fast_2"]["vacant"]
    # when the officer leaves, then the post is shown as vacant
    gone = {"team": "fast_2", "post": "enforcement_officer", "reason": "left"}
    await b.post("triage", "/members/yiyang-f2-officer/postings", gone, who="chief")
    assert "enforcement_officer" in (await loads(b))["fast_2"]["vacant"]
    assert (await loads(b))["affairs"]["vacant"] == []  # of whom it consists, the scheme does not say


async def test_a_posting_does_not_end_before_it_begins(b: Bench) -> None:
    posting = {"team": "fast_1", "post": "judge", "reason": "appointed", "until": "2026-03-01"}
    problem = await b.refused(422, "triage", "/members/yiyang-f2-officer/postings", posting, who="chief")
    assert [error["field"] for error in problem["errors"]] == ["body.until"]
    await b.post("triage", "/members/yiyang-f2-officer/postings", posting | {"until": "2026-03-02"}, who="chief")
