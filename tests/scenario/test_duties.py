"""履职: standing duties of a court stand on supervision's screens with their periods, and are done by who answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from contracts.intake import CaseFiled, CaseNoted
from contracts.triage import MemberPosted
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.contract.samples import golden
from tests.court_case import courts_of
from tests.services import START, Bench, bench

CHIEF = "chief"
DONE: dict[str, Any] = {"attendees": [], "counts": {}, "cases": [], "report": None}


def who(court: str, post: str, team: str = "centre") -> Principal:
    return Principal(f"{court}-{post}", court, (post,), team)


@asynccontextmanager
async def supervised(database: str, court: str) -> AsyncIterator[Bench]:
    """Given a court whose pack is published at nine on Monday, 2 March."""
    async with bench(database, [SUPERVISION], courts=courts_of(court)) as b:
        pack = next(pack for pack in b.host.courts[court].packs if pack.pack == court)
        body = {
            "what": "pack", "name": court, "version": pack.version, "digest": pack.digest,
            "effective_from": "2024-01-01", "effective_to": None, "provisional": False,
        }  # fmt: skip
        await b.post("supervision", "/policies", body, who=who(court, CHIEF))
        await b.settle()
        await b.running["supervision"].parts.application.live.sweep()
        yield b


async def asked(b: Bench, court: str, path: str, **query: Any) -> Any:
    return await b.get("supervision", path, who=who(court, CHIEF), params=query)


async def duty(b: Bench, court: str, rule: str) -> dict[str, Any]:
    """Its present period."""
    [found] = [each for each in await asked(b, court, "/duties") if each["rule"] == rule]
    return found


async def performed(b: Bench, court: str, rule: str, post: str, **body: Any) -> dict[str, Any]:
    answer = await b.post("supervision", "/duties/perform", {**DONE, "duty": rule, **body}, who=who(court, post))
    await b.settle()
    return answer


@pytest.mark.clause("H06")
async def test_a_duty_of_every_working_day_is_seen_running_and_breached_and_done(database: str) -> None:
    async with supervised(database, "horqin") as b:
        # given the duty to look at petitions every working day
        seen = await duty(b, "horqin", "horqin.petitions")
        assert (seen["clause"], seen["every"], seen["state"]) == ("H06", "working_day", "running")
        assert (seen["answers"]["post"], seen["occurrence"]) == ("filing_officer", "filing_officer/2026-03-02")

        # when nobody does it on Monday, and it is done on Tuesday with what was counted
        await b.advance(days=1)
        await performed(b, "horqin", "horqin.petitions", "filing_officer", counts={"petitions": 2})

        # then Monday's stands among the breaches, and the present one is met
        late = await asked(b, "horqin", "/breaches", rule="horqin.petitions")
        assert [(each["occurrence"], each["state"]) for each in late] == [("filing_officer/2026-03-02", "breached")]
        seen = await duty(b, "horqin", "horqin.petitions")
        assert (seen["state"], seen["met"], seen["breached"]) == ("met", 1, 1)


@pytest.mark.clause("H33")
async def test_the_reception_ledger_is_due_at_half_past_five(database: str) -> None:
    async with supervised(database, "horqin") as b:
        due = await asked(b, "horqin", "/due", days=1, rule="horqin.ledger")
        assert [each["due"] for each in due] == ["2026-03-02T09:30:00Z"]
        await b.advance(hours=8, minutes=31)
        await performed(b, "horqin", "horqin.ledger", "filing_officer")
        assert (await duty(b, "horqin", "horqin.ledger"))["state"] == "met_late"


@pytest.mark.clause("H19")
async def test_stand_by_of_one_is_on_record_and_does_not_count(database: str) -> None:
    async with supervised(database, "horqin") as b:
        await performed(b, "horqin", "horqin.standby", "field_officer", attendees=["horqin-1"])
        assert (await duty(b, "horqin", "horqin.standby"))["state"] == "running"
        problem = await b.refused(
            409, "supervision", "/duties/perform", DONE | {"duty": "horqin.standby"}, who=who("horqin", "field_officer")
        )
        assert "has been done" in problem["detail"]


@pytest.mark.clause("H24")
async def test_why_tells_a_weeks_duty_by_rule_clause_place_and_days_not_counted(database: str) -> None:
    async with supervised(database, "horqin") as b:
        await performed(b, "horqin", "horqin.chase_cases", "general_officer")
        told_why = await asked(b, "horqin", "/duties/why", duty="horqin.chase_cases")
        [week] = told_why["clocks"]
        assert (week["clause"], week["at"], week["state"]) == ("H24", "四（一）9 要求①", "met")
        assert week["pack"].startswith("horqin@")
        assert week["calendar"].startswith("cn@")
        assert (week["ended_with"]["event"], week["ended_with"]["post"]) == ("DutyPerformed", "general_officer")
        off = [step["at"][:10] for step in week["steps"] if step["kind"] == "day_off"]
        assert off == ["2026-03-06", "2026-03-07"]  # in UTC: Saturday and Sunday begin at 16:00 of the day before
        assert week["due"] == "2026-03-06T15:59:59Z"


@pytest.mark.clause("N10")
async def test_each_case_of_the_weekly_conference_gets_a_plan_to_follow_up(database: str) -> None:
    async with supervised(database, "nanzhao") as b:
        # given a case that is discussed at the conference of the week, and one nobody knows of
        body = {**DONE, "duty": "nanzhao.conference", "cases": ["nanzhao-nothing"]}
        await b.refused(404, "supervision", "/duties/perform", body, who=who("nanzhao", CHIEF))
        filed = CaseFiled.model_validate(golden("CaseFiled"))
        await b.tell("intake", filed, "nanzhao-1", who=who("nanzhao", "filing_officer"))
        await b.settle()
        [plan] = (await performed(b, "nanzhao", "nanzhao.conference", CHIEF, cases=["nanzhao-1"]))["matters"]
        facts = (await asked(b, "nanzhao", "/cases/nanzhao-1/timeline"))["facts"]
        [asked_of] = [each["data"] for each in facts if each["event"] == "MatterAsked"]
        assert (asked_of["matter_id"], asked_of["kind"], asked_of["to_post"]) == (plan, "conference_plan", "judge")
        judge = who("nanzhao", "judge", "first_1")
        await b.post("supervision", f"/matters/{plan}/accept", {"due_on": "2026-03-20"}, who=judge)


@pytest.mark.clause("N11")
async def test_the_weekly_bulletin_is_the_directors(database: str) -> None:
    async with supervised(database, "nanzhao") as b:
        path, body = "/duties/perform", {**DONE, "duty": "nanzhao.bulletin"}
        await b.refused(403, "supervision", path, body, who=who("nanzhao", "filing_officer"))
        await b.refused(422, "supervision", path, {**body, "period": "2026-W11"}, who=who("nanzhao", "director"))
        done = await performed(b, "nanzhao", "nanzhao.bulletin", "director", period="2026-W10")
        assert done == {"duty": "nanzhao.bulletin", "period": "2026-W10", "matters": []}
        assert (await duty(b, "nanzhao", "nanzhao.bulletin"))["state"] == "met"
        assert (await duty(b, "nanzhao", "nanzhao.appraisal"))["every"] == "quarter"
        # and what it tells of the week, and the appraisal of the quarter, are figures
        figures = {each["figure"]: each["period"] for each in await asked(b, "nanzhao", "/figures")}
        weekly = {"nanzhao.f.overdue": "2026-W10", "nanzhao.f.quality": "2026-W10"}
        assert figures | weekly | {"nanzhao.f.persons": "2026-Q1"} == figures


@pytest.mark.clause("S26")
async def test_daily_checks_of_nodes_and_instructions_are_seen_by_who_does_them(database: str) -> None:
    async with supervised(database, "shihe") as b:
        officer = who("shihe", "quality_officer")
        await b.post("supervision", "/duties/perform", DONE | {"duty": "shihe.daily_nodes"}, who=officer)
        await b.settle()
        await b.advance(days=1)
        late = {each["rule"] for each in await asked(b, "shihe", "/breaches")}
        assert "shihe.daily_instructions" in late
        assert "shihe.daily_nodes" not in late
        mine = await b.get("supervision", "/due", who=who("shihe", "funds_officer"), params={"days": 1})
        assert {each["rule"] for each in mine} == {"shihe.daily_accounts"}


async def test_a_duty_that_cannot_be_done_so_is_told(database: str) -> None:
    async with supervised(database, "horqin") as b:
        await b.refused(
            404, "supervision", "/duties/perform", DONE | {"duty": "horqin.nothing"}, who=who("horqin", CHIEF)
        )
        path = "/duties/why?duty=no.such"
        assert (await b.call("GET", "supervision", path, who=who("horqin", CHIEF))).status_code == 404
        summary = await asked(b, "horqin", "/summary")
        nodes = {node["rule"]: node["duty"] for node in summary["nodes"]}
        assert nodes["horqin.ledger"]
        assert summary["deadlines"]["running"] == 0


@pytest.mark.clause("N10")
async def test_on_the_list_of_the_conference_are_marked_cases_and_those_over_five_months(database: str) -> None:
    async with supervised(database, "nanzhao") as b:
        # given three cases filed: one named by leaders, one long ago, one neither
        officer = who("nanzhao", "filing_officer")
        filed = CaseFiled.model_validate(golden("CaseFiled"))
        for number, at in (("1", None), ("2", START - timedelta(days=170)), ("3", None)):
            await b.tell("intake", filed, f"nanzhao-{number}", who=officer, at=at)
        noted = CaseNoted.model_validate({"marks": {"named_by_leader": True}, "party": None})
        await b.tell("intake", noted, "nanzhao-1", who=officer)
        await b.settle()
        # then two of them stand on the list, and only who holds the conference or supervises sees it
        listed = await asked(b, "nanzhao", "/duties/list", duty="nanzhao.conference")
        assert [each["subject"] for each in listed] == ["case/nanzhao-1", "case/nanzhao-2"]
        path = "/duties/list?duty=nanzhao.conference"
        assert (await b.call("GET", "supervision", path, who=officer)).status_code == 403


@pytest.mark.clause("H24")
async def test_on_the_weekly_list_are_cases_near_their_limit_and_past_it(database: str) -> None:
    async with supervised(database, "horqin") as b:
        officer = who("horqin", "filing_officer")
        filed = CaseFiled.model_validate(golden("CaseFiled"))
        for number, days in (("1", 170), ("2", 200), ("3", 20)):
            await b.tell("intake", filed, f"horqin-{number}", who=officer, at=START - timedelta(days=days))
        await b.settle()
        listed = await asked(b, "horqin", "/duties/list", duty="horqin.chase_cases")
        states = {each["subject"]: each["clocks"][0]["state"] for each in listed}
        assert states == {"case/horqin-2": "breached", "case/horqin-1": "running"}


@pytest.mark.clause("N11")
async def test_the_overdue_of_a_week_are_counted_by_who_answers(database: str) -> None:
    async with supervised(database, "nanzhao") as b:
        # given a case filed seven months ago, so that the term to conclude it ended some weeks ago
        filed = CaseFiled.model_validate(golden("CaseFiled"))
        at = START - timedelta(days=210)
        await b.tell("intake", filed, "nanzhao-1", who=who("nanzhao", "filing_officer"), at=at)
        await b.settle()
        [late] = await asked(b, "nanzhao", "/breaches", rule="cn.conclude")
        # then it is counted in the week in which it was due, and in no other
        totals: dict[str, int] = {}
        for day in (late["due"][:10], "2026-03-02"):
            found = await asked(b, "nanzhao", "/figures", on=day)
            [overdue] = [each for each in found if each["figure"] == "nanzhao.f.overdue"]
            assert all(each["by"]["answered_by"] for each in overdue["counts"])
            totals[day] = overdue["total"]
        assert list(totals.values()) == [1, 0]


@pytest.mark.clause("N09")
async def test_the_rotation_of_a_year_is_held_against_its_limit(database: str) -> None:
    async with supervised(database, "nanzhao") as b:
        for number in range(20):
            reason = "rotated_in" if number < 2 else "appointed"
            told = golden("MemberPosted") | {"member_id": f"nanzhao-{number}", "team": "first_1", "reason": reason}
            event = MemberPosted.model_validate(told | {"post": "judge", "until": None})
            await b.tell("triage", event, "", subject=f"member/nanzhao-{number}", who=who("nanzhao", CHIEF))
        await b.settle()
        [rotation] = [e for e in await asked(b, "nanzhao", "/figures") if e["figure"] == "nanzhao.f.rotation"]
        limit = rotation["limit"]
        assert (rotation["total"], limit["members"], limit["permille"], limit["within"]) == (2, 20, 100, True)
