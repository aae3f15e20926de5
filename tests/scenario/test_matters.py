"""事项: what holds for a matter in whatever service it is asked."""

from datetime import timedelta

from kernel.clock import COURT_ZONE
from tests.services import START, Bench
from tests.walks import Walk, system

ASKED = {"urgent": False, "items": 1, "requirement": True, "materials": []}
TODAY = START.astimezone(COURT_ZONE).date()
YESTERDAY = TODAY - timedelta(days=1)
MATTERS = {
    "intake": {"kind": "serve_document", "to_post": "service_officer"},
    "triage": {"kind": "judicial_aid", "to_post": "general_officer"},
    "asset-control": {"kind": "site_survey", "to_post": "field_officer"},
    "auction": {"kind": "auction_help", "sub": "survey", "to_post": "auction_officer"},
}


async def held_case(b: Bench) -> Walk:
    walk = Walk(b)
    await walk.to_first_holder(deposit=False)
    return walk


async def refused_for_its_day(b: Bench, service: str, path: str, body: dict[str, object], who: str) -> None:
    problem = await b.refused(422, service, path, body | {"due_on": str(YESTERDAY)}, who=who)
    assert problem["errors"] == [{"field": "body.due_on", "reason": "lies before the day on which it is set"}]


async def test_nothing_is_due_before_the_day_on_which_it_is_asked_or_agreed(database: str) -> None:
    async with system(database) as b:
        walk = await held_case(b)
        for service, what in MATTERS.items():
            path, body = f"/cases/{walk.case.case_id}/matters", ASKED | what
            await refused_for_its_day(b, service, path, body, walk.judge)
            matter = (await walk.do(walk.judge, service, "matters", body | {"due_on": str(TODAY)}))["matter_id"]
            await refused_for_its_day(b, service, f"/matters/{matter}/accept", {}, what["to_post"])
            await b.post(service, f"/matters/{matter}/accept", {"due_on": str(TODAY)}, who=what["to_post"])


async def test_what_is_entered_late_may_have_been_due_in_the_meantime(database: str) -> None:
    async with system(database) as b:
        walk = await held_case(b)
        body = ASKED | MATTERS["intake"] | {"due_on": str(YESTERDAY), "at": (START - timedelta(days=3)).isoformat()}
        await walk.do(walk.judge, "intake", "matters", body)
