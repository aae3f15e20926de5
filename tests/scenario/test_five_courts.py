"""Every court files, routes, assigns and hands over a case through the same APIs: only its pack differs."""

import pytest

from asset_control.service import SERVICE as ASSET_CONTROL
from auction.service import SERVICE as AUCTION
from contracts.families import ApprovalDecided, HandoverAccepted
from funds.service import SERVICE as FUNDS
from intake.service import SERVICE as INTAKE
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.court_case import COURTS, Case, courts_of, handover, opened
from tests.papers import PASSED
from tests.services import bench
from tests.unit.courts import FIRST_DAY
from triage.service import SERVICE as TRIAGE

SIX = (INTAKE, TRIAGE, ASSET_CONTROL, AUCTION, FUNDS, SUPERVISION)


@pytest.mark.parametrize("court", COURTS)
async def test_a_case_is_filed_routed_assigned_and_handed_over(database: str, court: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of(court)) as b:
        # given a case of much money with a house to be sold
        case = await opened(b, court)
        await case.file()
        # when all is done that this court wants before
        for number, step in enumerate(case.court.before):
            problem = await b.refused(
                409, "triage", f"/cases/{case.id}/assignments", {"stage": "first"}, who=case.who("director")
            )
            assert len(problem["lacking"]) >= len(case.court.before) - number - (case.name == "nanzhao")
            await case.prepare(step)
        # then it goes to a team of the kind that the court's pack says, by a rule of that pack
        assigned = await case.assigned()
        [routed] = [e for e in await case.events("CaseRouted") if e["data"]["stage"] == "first"]
        assert routed["ruleid"].startswith(f"{court}.")
        assert b.host.courts[court].on(FIRST_DAY.replace(year=2026)).teams[assigned["team"]].kind == case.court.kind
        # and is handed over to it, and taken
        by = case.who("director")
        body = handover("case", "first_assignment", by.team, assigned["team"])
        given = await case.do("triage", "/handovers", body)
        await b.post("triage", f"/handovers/{given['handover_id']}/accept", who=case.judge(assigned["team"]))
        seen = await b.get("triage", f"/cases/{case.id}", who=by)
        assert (seen["team"], seen["holder"]) == (assigned["team"], f"{court}-{assigned['team']}")


@pytest.mark.parametrize("court", COURTS)
async def test_all_six_services_take_in_a_case_of_every_court(database: str, court: str) -> None:
    async with bench(database, SIX, courts=courts_of(court)) as b:
        case = await opened(b, court)
        await case.file(assets=())
        for service in SIX:
            assert await b.work_items(service.name, who=case.who("director")) == [], service.name


@pytest.mark.clause("H04")
async def test_a_court_with_an_initial_stage_routes_every_case_as_it_is_filed(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("horqin")) as b:
        case = await opened(b, "horqin")
        await case.file()
        [routed] = await case.events("CaseRouted")
        assert (routed["data"]["stage"], routed["data"]["rule"]) == ("initial", "horqin.r.centre")


@pytest.mark.clause("G04")
async def test_an_award_is_sorted_again_once_it_is_reviewed(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("guancheng")) as b:
        case = await opened(b, "guancheng")
        judge = Principal("guancheng-objections", "guancheng", ("judge",), "objections")
        await case.post(judge, "judge")
        await case.file(instrument={"kind": "award"})
        for step in case.court.before:
            await case.prepare(step)
        assert (await case.assigned())["team"] == "objections"
        again = {"stage": "first"}
        await b.refused(409, "triage", f"/cases/{case.id}/assignments", again, who=case.who("director"))
        # when the group's judge records the review, then the case is sorted like any other
        reviewed = {"kind": "award_review", **PASSED}
        await b.post("triage", f"/cases/{case.id}/reviews", reviewed, who=judge)
        await b.settle()
        first, second = await case.events("CaseAssigned")
        assert (first["data"]["team"], second["data"]["team"].rpartition("_")[0]) == ("objections", "brigade")
        await b.refused(409, "triage", f"/cases/{case.id}/assignments", again, who=case.who("director"))


@pytest.mark.clause("N14")
async def test_the_same_debtors_next_case_goes_to_the_same_team(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("nanzhao")) as b:
        teams = []
        case = await opened(b, "nanzhao")
        for _ in range(2):
            await case.file()
            for step in case.court.before:
                await case.prepare(step)
            data = await case.assigned()
            teams.append(data["team"])
        assert teams == ["first_2", "first_2"]
        assert {"name": "same_debtor", "value": 1} in data["factors"]


@pytest.mark.clause("G06")
@pytest.mark.clause("G13")
async def test_a_gate_of_the_court_guards_the_command_of_whatever_service(database: str) -> None:
    async with bench(database, [INTAKE, ASSET_CONTROL], courts=courts_of("guancheng")) as b:
        case, judge = Case(b, "guancheng"), Principal("guancheng-j1", "guancheng", ("judge",), "brigade_1")
        await case.file(assets=())
        taken = HandoverAccepted(
            **handover("case", "first_assignment", "general", judge.team), handover_id="h", to_member=judge.member
        )
        await b.tell("triage", taken, case.id, who=case.who("director"))
        await b.settle()
        parties = (await b.get("intake", f"/cases/{case.id}", who=judge))["parties"]
        listing = {"kind": "dishonest_listing", "party_id": parties[-1]["party_id"], "channel": "online"}
        # when the handler lists a debtor as dishonest without the chief, then he is refused, and that is on record
        path = f"/cases/{case.id}/measures"
        problem = await b.refused(409, "asset-control", path, listing, who=judge)
        assert (problem["rule"], problem["lacking"]) == ("guancheng.listing", ["approved"])
        # and once the chief has approved, it is done
        leave = ApprovalDecided(
            approval_id="a", act="dishonest_listing", step=1, decision="approved", final=True, in_person=True,
            channel="online",
        )  # fmt: skip
        await b.tell("triage", leave, case.id, who=case.who("director"))
        await b.settle()
        await b.post("asset-control", path, listing, who=judge)
        told = await b.get("asset-control", "/events?limit=100", who=judge)
        names = [e["type"].split(".")[1] for e in told["events"]]
        assert names[-2:] == ["ActRefused", "MeasureTaken"]


@pytest.mark.clause("N24")
async def test_a_panel_is_put_together_as_the_courts_pack_says_for_its_purpose(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("nanzhao")) as b:
        case = await opened(b, "nanzhao")
        await case.file()
        director, path = case.who("director"), f"/cases/{case.id}/panels"

        def panel(purpose: str, *divisions: str) -> dict[str, object]:
            members = [{"member_id": f"nanzhao-p{n}", "division": name} for n, name in enumerate(divisions)]
            return {"purpose": purpose, "members": members, "sits_in": []}

        mostly_civil = panel("private_prosecution", "civil", "civil", "criminal")
        problem = await b.refused(409, "triage", path, mostly_civil, who=director)
        assert (problem["rule"], problem["lacking"]) == ("nanzhao.p.panel", ["majority_from", "includes"])
        problem = await b.refused(409, "triage", path, panel("compensation", *["state"] * 3), who=director)
        assert problem["lacking"] == ["sits_in"]  # the handler attends
        await b.post("triage", path, panel("private_prosecution", "criminal", "criminal", "enforcement"), who=director)
