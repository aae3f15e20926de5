"""Which team of which court a case goes to, filed and sorted through the services."""

import pytest

from intake.service import SERVICE as INTAKE
from tests.court_case import HOUSE, courts_of, opened
from tests.papers import filing
from tests.services import bench
from triage.service import SERVICE as TRIAGE

ROUTES = [
    pytest.param("horqin", 20_000_000, "horqin.r.small", "fast", marks=pytest.mark.clause("H25"), id="H25"),
    pytest.param("horqin", 20_000_001, "horqin.r.else", "intensive", marks=pytest.mark.clause("H26"), id="H26"),
    pytest.param("guancheng", 5_000_000, "guancheng.r.small", "fast", marks=pytest.mark.clause("G02"), id="G02"),
    pytest.param("guancheng", 5_000_001, "guancheng.r.else", "brigade", marks=pytest.mark.clause("G05"), id="G05"),
]


@pytest.mark.parametrize(("court", "claim_fen", "rule", "team"), ROUTES)
async def test_a_case_goes_where_the_courts_list_sends_it(
    database: str, court: str, claim_fen: int, rule: str, team: str
) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of(court)) as b:
        # given a claim for money at, or one fen above, the sum that the court's list names
        case = await opened(b, court)
        await case.post(case.judge("fast"), "judge")
        house = HOUSE if court == "guancheng" else HOUSE | {"disposable": "no"}
        await case.file(assets=(house,), claim=filing(claim_fen)["claim"])
        for step in case.court.before:
            await case.prepare(step)
        # then the first list that holds sends it to its team
        assert (await case.assigned())["team"].startswith(team)
        [routed] = [e["data"] for e in await case.events("CaseRouted") if e["data"]["stage"] == "first"]
        assert routed["rule"] == rule


@pytest.mark.clause("G07")
async def test_nothing_is_sorted_before_it_is_with_the_centre_entered_and_enquired_for(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("guancheng")) as b:
        case = await opened(b, "guancheng")
        await case.file()
        lacking = ["arrived", "registered", "enquiry"]
        for step in case.court.before:
            path, first = f"/cases/{case.id}/assignments", {"stage": "first"}
            refused = await b.refused(409, "triage", path, first, who=case.who("director"))
            assert (refused["rule"], refused["lacking"]) == ("guancheng.sorting", lacking)
            await case.prepare(step)
            lacking.pop(0)
        await case.assigned()


@pytest.mark.clause("N28")
async def test_the_centre_enquires_again_before_it_sorts(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("nanzhao")) as b:
        case = await opened(b, "nanzhao")
        await case.file()
        await case.prepare("to_centre")
        path, first = f"/cases/{case.id}/assignments", {"stage": "first"}
        refused = await b.refused(409, "triage", path, first, who=case.who("director"))
        assert refused["rule"] == "nanzhao.sorting"
        await case.prepare("sorting")
        await case.assigned()
