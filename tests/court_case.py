"""A case of any of the five courts: filed, prepared and assigned through the services, as that court's pack wants."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.asset_control import AssetsFound, EnquiryAnswered
from contracts.base import Contract
from contracts.families import HandoverAccepted, MatterDone
from infra.installation import CourtSettings, load_courts
from kernel.principals import Principal
from rules.packs import Team
from tests.papers import PASSED, application, debtor, filing
from tests.services import Bench
from tests.unit.courts import FIRST_DAY, TEAMS

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
