"""What a scheme wants before a matter is asked, taken on or finished, and before a measure, in asset-control."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from asset_control.service import SERVICE as ASSET_CONTROL
from contracts.base import Contract
from contracts.families import ApprovalDecided, HandoverAccepted
from contracts.intake import CaseFiled
from contracts.triage import CredentialRecorded
from infra.installation import CourtSettings, load_courts
from kernel.principals import Principal
from tests.contract.samples import golden
from tests.services import Bench, bench
from tests.unit.courts import FIRST_DAY, TEAMS

pytestmark = pytest.mark.asyncio(loop_scope="module")
HANDLERS = {"horqin": "intensive", "nanzhao": "first_1", "shihe": "team_1", "guancheng": "brigade_1"}
OFFICES = {"horqin": "centre", "nanzhao": "centre", "shihe": "control", "guancheng": "disposal"}
MEDIA = ["transcript", "video", "pictures", "form"]


class Files:
    """One case of each court, in the hands of its handler; every court has its asset-control."""

    def __init__(self, b: Bench) -> None:
        self.b = b

    def handler(self, court: str) -> Principal:
        return Principal(f"{court}-judge", court, ("judge",), HANDLERS[court])

    def officer(self, court: str, post: str = "enquiry_officer") -> Principal:
        return Principal(f"{court}-{post}", court, (post,), OFFICES[court])

    async def tell(self, court: str, service: str, event: Contract, subject: str | None = None) -> None:
        await self.b.tell(service, event, f"{court}-case1", who=self.handler(court), subject=subject)
        await self.b.settle()

    async def file(self, court: str) -> None:
        data = golden("CaseFiled")
        data["parties"][1]["party_id"] = f"{court}-debtor"
        await self.tell(court, "intake", CaseFiled.model_validate(data))
        await self.tell(court, "triage", HandoverAccepted(
            handover_id=f"{court}-h", what="case", reason="first_assignment", from_team="centre", from_post="director",
            to_team=HANDLERS[court], to_post="judge", items=(), pages=0, register_signed=True,
            to_member=f"{court}-judge",
        ))  # fmt: skip

    async def approve(self, court: str, act: str) -> None:
        await self.tell(court, "triage", ApprovalDecided(
            approval_id=f"{court}-{act}", act=act, step=1, decision="approved", final=True, in_person=True,
            channel="online",
        ))  # fmt: skip

    def asking(self, kind: str, **more: Any) -> dict[str, Any]:
        plain = {"to_post": "enquiry_officer", "urgent": False, "items": 1, "requirement": True, "materials": []}
        return plain | {"kind": kind} | more

    async def ask(self, court: str, body: dict[str, Any]) -> str:
        path = f"/cases/{court}-case1/matters"
        asked = await self.b.post("asset-control", path, body, who=self.handler(court))
        await self.b.settle()
        return asked["matter_id"]

    async def take_on(self, court: str, kind: str, **more: Any) -> str:
        matter = await self.ask(court, self.asking(kind, **more))
        await self.b.post("asset-control", f"/matters/{matter}/accept", who=self.officer(court))
        return matter

    async def refused(self, court: str, path: str, body: Any = None, who: Principal | None = None) -> tuple[str, Any]:
        """The rule that refuses, and what lacks."""
        problem = await self.b.refused(409, "asset-control", path, body, who=who or self.handler(court))
        return problem["rule"], problem["lacking"]

    async def refused_to_ask(self, court: str, body: dict[str, Any]) -> tuple[str, Any]:
        return await self.refused(court, f"/cases/{court}-case1/matters", body)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def files(module_database: str) -> AsyncIterator[Files]:
    settings = {
        court: CourtSettings(code=f"示000{n}", effective_from=FIRST_DAY, teams=tuple(TEAMS.get(court, ())))
        for n, court in enumerate(HANDLERS)
    }
    async with bench(module_database, [ASSET_CONTROL], courts=load_courts(settings)) as b:
        at_work = Files(b)
        for court in HANDLERS:
            await at_work.file(court)
        yield at_work


@pytest.mark.clause("H28")
async def test_who_delegates_a_matter_says_what_is_required(files: Files) -> None:
    bare = files.asking("network_control", requirement=False)
    assert await files.refused_to_ask("horqin", bare) == ("horqin.requirement", ["requirement"])
    await files.ask("horqin", bare | {"requirement": True})


@pytest.mark.clause("H17")
async def test_an_urgent_summons_is_the_chiefs_before_it_is_asked_for(files: Files) -> None:
    urgent = files.asking("forced_summons", to_post="field_officer", urgent=True)
    assert await files.refused_to_ask("horqin", urgent) == ("horqin.urgent_summons", ["chief_approved"])
    await files.ask("horqin", urgent | {"urgent": False})
    await files.approve("horqin", "urgent_summons")
    await files.ask("horqin", urgent)


@pytest.mark.clause("H16")
async def test_counter_business_is_for_who_holds_both_permits_and_ends_with_its_receipts(files: Files) -> None:
    officer = files.officer("horqin")
    matter = await files.ask("horqin", files.asking("counter_enquiry"))
    path, permits = f"/matters/{matter}/accept", ["work_permit", "enforcement_permit"]
    assert await files.refused("horqin", path, {}, officer) == ("horqin.counter_taken", permits)
    for permit in permits:
        granted = CredentialRecorded(member_id=officer.member, credential=permit, action="granted")
        await files.tell("horqin", "triage", granted, f"member/{officer.member}")
    await files.b.post("asset-control", path, who=officer)
    finish, done = f"/matters/{matter}/finish", {"result": "done", "receipts_complete": False}
    body = done | {"reported_to_handler": True}
    assert await files.refused("horqin", finish, body, officer) == ("horqin.counter_done", ["receipts"])
    await files.b.post("asset-control", finish, body | {"receipts_complete": True}, who=officer)


@pytest.mark.clause("H18")
async def test_a_find_without_transcript_video_pictures_and_form_is_warned_of(files: Files) -> None:
    first, second = [await files.take_on("horqin", "find_person") for _ in range(2)]
    record = {"place": "town", "doers": ["horqin-a", "horqin-b"], "media": []}
    body = {"result": "done", "receipts_complete": True, "reported_to_handler": True, "record": record}
    officer, whole = files.officer("horqin"), body | {"record": record | {"media": MEDIA}}
    bare = await files.b.post("asset-control", f"/matters/{first}/finish", body, who=officer)
    assert bare["warned"] == MEDIA
    assert "warned" not in await files.b.post("asset-control", f"/matters/{second}/finish", whole, who=officer)


@pytest.mark.clause("N03")
async def test_the_centre_alone_takes_the_sanctions_and_the_counter_enquiries(files: Files) -> None:
    path = "/cases/nanzhao-case1/measures"
    ringtone = {"kind": "ringtone", "party_id": "nanzhao-debtor", "channel": "online"}
    assert await files.refused("nanzhao", path, ringtone) == ("nanzhao.central_measures", ["centre"])
    await files.b.post("asset-control", path, ringtone, who=files.officer("nanzhao"))
    elsewhere = files.asking("counter_enquiry", to_team="first_2", place="in_county")
    assert await files.refused_to_ask("nanzhao", elsewhere) == ("nanzhao.central_enquiries", ["centre"])
    await files.ask("nanzhao", elsewhere | {"to_team": "centre"})


@pytest.mark.clause("N13")
async def test_nobody_goes_out_of_town_without_the_chiefs_leave(files: Files) -> None:
    outside = files.asking("counter_enquiry", to_team="centre", place="outside")
    assert await files.refused_to_ask("nanzhao", outside) == ("nanzhao.travel_enquiry", ["leave"])
    await files.ask("nanzhao", files.asking("delegation_out", to_team="centre", place="outside"))
    await files.approve("nanzhao", "travel_out")
    await files.ask("nanzhao", outside)


@pytest.mark.clause("S13")
async def test_a_delegation_is_asked_for_with_its_papers(files: Files) -> None:
    bare = files.asking("delegation_out", to_post="delegation_officer")
    assert await files.refused_to_ask("shihe", bare) == ("shihe.delegation_papers", ["papers"])
    await files.ask("shihe", bare | {"materials": ["ruling"]})


@pytest.mark.clause("G09")
async def test_evidence_of_refusal_goes_to_the_general_group_with_its_materials(files: Files) -> None:
    bare = files.asking("refusal_evidence", to_post="field_officer")
    lacking = ["materials", "to_general_group"]
    assert await files.refused_to_ask("guancheng", bare) == ("guancheng.refusal_materials", lacking)
    await files.ask("guancheng", bare | {"materials": ["evidence"], "to_post": "general_officer"})
