"""Every court files, routes, assigns and hands over a case through the same APIs: only its pack differs."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from asset_control.service import SERVICE as ASSET_CONTROL
from auction.service import SERVICE as AUCTION
from contracts.asset_control import AssetsFound, EnquiryAnswered
from contracts.base import Contract
from contracts.families import ApprovalDecided, HandoverAccepted, MatterDone
from funds.service import SERVICE as FUNDS
from infra.installation import CourtSettings, load_courts
from intake.service import SERVICE as INTAKE
from kernel.principals import Principal
from rules.packs import Team
from supervision.service import SERVICE as SUPERVISION
from tests.papers import PASSED, application, debtor, filing
from tests.services import Bench, bench
from tests.unit.courts import FIRST_DAY, TEAMS
from triage.service import SERVICE as TRIAGE

SIX = (INTAKE, TRIAGE, ASSET_CONTROL, AUCTION, FUNDS, SUPERVISION)
HOUSE = {
    "asset_id": "x-house", "party_id": "x", "kind": "real_estate", "valued": True, "value_fen": 90_000_000,
    "place": "in_county", "online": False, "disposable": "yes",
}  # fmt: skip
MATERIALS = [
    "application_form", "sanctions_stated", "instrument_original", "clue_form", "fee_receipt", "identity", "payee_form",
    "address_or_missing_proof",
]  # fmt: skip


class Court(NamedTuple):
    """Whose posts lie in which team; what comes before the first assignment, and where an ordinary case then goes."""

    posts: Mapping[str, str]
    teams: tuple[str, ...]
    before: tuple[str, ...]
    kind: str


COURTS = {
    "yiyang": Court(
        {
            "filing_officer": "affairs",
            "director": "affairs",
            "enquiry_officer": "affairs",
            "service_officer": "affairs",
        },
        ("ordinary_1", "ordinary_2"),
        ("filing_standard", "data_verified", "contacts", "earlier_preservation", "form_documents", "enquiry"),
        "ordinary",
    ),
    "horqin": Court({"filing_officer": "centre", "director": "centre"}, ("intensive",), ("result_form",), "ordinary"),
    "nanzhao": Court(
        {"filing_officer": "filing", "director": "centre"},
        ("first_1", "first_2", "first_3", "first_4", "yunyang", "huangludian"),
        ("to_centre", "sorting"),
        "ordinary",
    ),
    "shihe": Court({"filing_officer": "centre", "director": "centre"}, ("team_1", "team_2"), (), "ordinary"),
    "guancheng": Court(
        {"filing_officer": "filing", "director": "general"},
        ("brigade_1", "brigade_2", "brigade_3", "brigade_4"),
        ("to_centre", "data_verified", "enquiry"),
        "brigade",
    ),
}


class Case:
    """One case of one court, and those who work on it."""

    def __init__(self, b: Bench, court: str) -> None:
        self.b, self.name, self.court = b, court, COURTS[court]
        self.id = ""

    def who(self, post: str) -> Principal:
        return Principal(f"{self.name}-{post}", self.name, (post,), self.court.posts[post])

    def judge(self, team: str) -> Principal:
        return Principal(f"{self.name}-{team}", self.name, ("judge", "team_lead"), team)

    @property
    def everybody(self) -> list[Principal]:
        return [*map(self.who, self.court.posts), *map(self.judge, self.court.teams)]

    async def post(self, who: Principal, post: str) -> None:
        body = {"team": who.team, "post": post, "reason": "appointed"}
        await self.b.post("triage", f"/members/{who.member}/postings", body, who=self.who("director"))

    async def do(self, service: str, path: str, body: Any, post: str = "director") -> dict[str, Any]:
        return await self.b.post(service, f"/cases/{self.id}{path}", body, who=self.who(post))

    async def tell(self, event: Contract) -> None:
        """What a service that does not run here would tell."""
        await self.b.tell("asset-control", event, self.id, who=self.who("director"))
        await self.b.settle()

    async def file(self, assets: tuple[dict[str, object], ...] = (HOUSE,), **more: Any) -> None:
        body = application(items=MATERIALS, parties=[*application()["parties"][:1], debtor(area="城关")])
        received = await self.b.post("intake", "/applications", body, who=self.who("filing_officer"))
        self.id = received["case_id"]
        await self.do("intake", "/application/review", PASSED, "filing_officer")
        await self.do("intake", "/filing", filing(80_000_000, **more), "filing_officer")
        await self.b.settle()
        if assets:
            found = {"find_id": f"{self.id}-f", "source": "enquiry", "assets": assets}
            await self.tell(AssetsFound.model_validate(found))

    async def prepare(self, step: str) -> None:
        """One of the things that must come before the first assignment."""
        if step == "to_centre":
            await self.to_centre()
        elif step in ("enquiry", "sorting"):
            await self.tell(EnquiryAnswered(
                enquiry_id=f"{self.id}-{step}", channel="network_national", round=1, scope=("deposit",),
                purpose="sorting" if step == "sorting" else "first", result="nothing",
            ))  # fmt: skip
        elif step == "form_documents":
            await self.tell(MatterDone(
                matter_id=f"{self.id}-m", kind="form_documents", result="done", receipts_complete=True,
                reported_to_handler=False,
            ))  # fmt: skip
        elif step == "result_form":
            await self.tell(HandoverAccepted(**handover("result_form", "posting", "centre", "centre"),
                                                       handover_id=f"{self.id}-h", to_member="x"))  # fmt: skip
        else:
            await self.do("triage", "/pre-steps", {"kind": step, **PASSED})
            await self.b.settle()

    async def to_centre(self) -> None:
        body = handover("case", "to_centre", self.court.posts["filing_officer"], self.court.posts["director"])
        given = await self.do("triage", "/handovers", body, "filing_officer")
        await self.b.post("triage", f"/handovers/{given['handover_id']}/accept", who=self.who("director"))
        await self.b.settle()

    async def assigned(self) -> dict[str, Any]:
        """The latest assignment; made by the director where the system did not already."""
        if not await self.events("CaseAssigned"):
            await self.do("triage", "/assignments", {"stage": "first"})
        return (await self.events("CaseAssigned"))[-1]["data"]

    async def events(self, name: str) -> list[dict[str, Any]]:
        found = await self.b.get("triage", "/events?limit=1000", who=self.who("director"))
        return [e for e in found["events"] if e["subject"] == f"case/{self.id}" and e["type"] == f"zhixing.{name}.v1"]


def handover(what: str, reason: str, from_team: str, to_team: str) -> dict[str, Any]:
    return {
        "what": what, "reason": reason, "from_team": from_team, "from_post": "director", "to_team": to_team,
        "to_post": "director", "items": [], "pages": 1, "register_signed": True,
    }  # fmt: skip


async def opened(b: Bench, court: str) -> Case:
    """A court whose members are posted."""
    case = Case(b, court)
    postings = [(m, post) for m in case.everybody for post in m.posts]
    await asyncio.gather(*(case.post(m, post) for m, post in postings))
    await b.settle()
    return case


def courts_of(court: str):
    teams: tuple[Team, ...] = tuple(TEAMS.get(court, ()))
    return load_courts({court: CourtSettings(code="豫0001", effective_from=FIRST_DAY, teams=teams)})


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
