"""The auction clauses of courts beside the sample's: the same commands, other packs, and the clocks that watch them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from auction.service import SERVICE as AUCTION
from contracts.families import ApprovalDecided
from contracts.intake import ContactRecorded, DocumentDrafted, DocumentServed, MaterialFiled
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.auctions import Disposal
from tests.court_case import courts_of
from tests.services import START, bench

INSTRUCTED = {"materials": ["survey_report"]}


@pytest.fixture
async def shihe(database: str) -> AsyncIterator[Disposal]:
    """With the instruction of the enforcement team taken on, under its ruling to auction."""
    async with bench(database, [AUCTION, SUPERVISION], courts=courts_of("shihe"), start=START) as b:
        d = Disposal(b, "shihe")
        await d.file()
        await d.sign("auction_ruling", lot="shihe-none")
        await d.instruct(**INSTRUCTED)
        yield d


async def clocks(d: Disposal) -> dict[str, str]:
    """State by rule."""
    found = await d.b.get("supervision", f"/cases/{d.case_id}/why", who=d.judge)
    return {each["rule"].removeprefix("shihe."): each["state"] for each in found["clocks"]}


async def file_material(d: Disposal, kind: str, medium: str = "paper") -> None:
    await d.tell("intake", MaterialFiled(
        material_id=f"shihe-{kind}-{medium}", kind=kind, medium=medium, about=f"lot:{d.lot}", pages=3, catalogued=True,
        pocket=False,
    ))  # fmt: skip


async def draft(d: Disposal, kind: str) -> None:
    await d.tell("intake", DocumentDrafted(
        document_id=f"shihe-{kind}", kind=kind, about=f"lot:{d.lot}", party_ids=(d.debtor,), auto=False,
        checked_against_file=True, states=(),
    ))  # fmt: skip


async def serve_notice(d: Disposal, document: str) -> None:
    await d.tell("intake", DocumentServed(
        document_id=document, kind="auction_notice", about=f"lot:{d.lot}", party_id=d.debtor, attempt=1,
        way="electronic", outcome="served", complete=True,
    ))  # fmt: skip


@pytest.mark.clause("S17")
async def test_shihe_takes_an_instruction_under_a_ruling_that_says_which_papers_were_handed_over(
    database: str,
) -> None:
    async with bench(database, [AUCTION], courts=courts_of("shihe")) as b:
        d = Disposal(b, "shihe")
        await d.file()
        asked = {"kind": "disposal", "to_post": "auction_officer", "about": f"asset:{d.asset}", "urgent": False,
                 "items": 1, "requirement": True, "materials": []}  # fmt: skip
        refused = await d.refused(409, f"/cases/{d.case_id}/matters", asked, d.judge)
        assert refused["rule"] == "shihe.auction_instruction"
        assert {"ruling", "told"} <= set(refused["lacking"])
        await d.sign("auction_ruling", lot="shihe-none")
        await d.instruct(**INSTRUCTED)
        assert (await d.names())[-2:] == ["MatterAccepted", "PricingStarted"]


@pytest.mark.clause("S20")
async def test_in_shihe_the_parties_agree_first_then_either_enquiry_then_an_appraisal(shihe: Disposal) -> None:
    d, path = shihe, f"/lots/{shihe.lot}/pricings"
    await d.do(f"{path}/fail", {"reason": "no_agreement"})
    started = [(await d.events("PricingStarted"))[-1]["method"]]
    await d.do(f"{path}/fail", {"reason": "no_price"})
    started += [e["method"] for e in (await d.events("PricingStarted"))[2:]]
    await d.do(f"{path}/fail", {"reason": "no_price"})
    assert started == ["targeted", "network"]
    assert (await d.events("PricingStarted"))[-1]["method"] == "appraisal"
    assert (await d.events("PricingStarted"))[0]["method"] == "agreement"
    assert (await clocks(d))["appraisal"] == "met"


@pytest.mark.clause("S20")
async def test_in_shihe_an_appraisal_comes_after_an_enquiry_that_gave_no_price(shihe: Disposal) -> None:
    d, path = shihe, f"/lots/{shihe.lot}/pricings"
    for _ in range(4):
        await d.do(f"{path}/fail", {"reason": "no_price"})
    assert [e["method"] for e in await d.events("PricingStarted")] == ["agreement", "targeted", "network", "appraisal"]
    [item] = await d.b.work_items("auction", who=d.officer)
    assert (item["reaction"], item["state"]) == ("go_on_pricing", "refused")


@pytest.mark.clause("S19")
async def test_the_papers_of_the_price_are_filed_and_the_enforcement_team_is_told_in_one_working_day(
    shihe: Disposal,
) -> None:
    d = shihe
    await d.fix_price()
    assert (await clocks(d))["price_papers"] == "running"
    for kind in ("survey_report", "pricing"):
        await file_material(d, kind)
    await file_material(d, "pricing", "electronic")
    assert (await clocks(d))["price_told"] == "running"
    await d.b.advance(minutes=1)
    await d.do(f"/matters/{d.lot}/progress", {"step": "reported"})
    state = await clocks(d)
    assert (state["price_papers"], state["price_told"]) == ("met", "met")


@pytest.mark.clause("S19")
async def test_a_price_whose_papers_are_not_filed_by_the_next_working_day_is_late(shihe: Disposal) -> None:
    await shihe.fix_price()
    await shihe.b.advance(days=2)
    assert (await clocks(shihe))["price_papers"] == "breached"


@pytest.mark.clause("S21")
async def test_the_notice_is_made_in_three_working_days_of_the_price_and_served_in_three_of_its_publication(
    shihe: Disposal,
) -> None:
    d = shihe
    await d.fix_price()
    await draft(d, "auction_notice")
    announced = await d.announce()
    state = await clocks(d)
    assert (state["notice_made"], state["notice_served"]) == ("met", "running")
    await serve_notice(d, announced["notice"])
    assert (await clocks(d))["notice_served"] == "met"


@pytest.mark.clause("S21")
async def test_a_notice_made_too_late_or_not_served_in_time_is_told(shihe: Disposal) -> None:
    d = shihe
    await d.fix_price()
    await d.announce()
    await d.b.advance(days=4)
    state = await clocks(d)
    assert (state["notice_made"], state["notice_served"]) == ("breached", "breached")


@pytest.mark.clause("S22")
async def test_after_a_failed_round_the_next_is_announced_in_time_and_a_sale_is_confirmed(shihe: Disposal) -> None:
    d = shihe
    await d.fix_price()
    await d.announce()
    await d.end()
    assert ((await d.see())["plan"]["mode"], (await clocks(d))["next_round"]) == ("auction", "running")
    await d.sign_notice()
    assert (await clocks(d))["next_round"] == "met"
    await d.to_sold("buyer", (await d.see(f"/rounds/{d.round}"))["terms"]["start_price_fen"])
    state = await clocks(d)
    assert (state["sale_confirmed"], state["balance_asked"]) == ("running", "running")
    await draft(d, "sale_confirmation")
    await d.tell("intake", ContactRecorded(
        contact_id="shihe-c1", kind="party_informed", with_=(d.debtor,), visitor="other", topics=("auction_balance",),
        identity_checked=True, registered_before=True, urgent=False,
    ))  # fmt: skip
    state = await clocks(d)
    assert (state["sale_confirmed"], state["balance_asked"]) == ("met", "met")


@pytest.mark.clause("S22")
async def test_a_next_round_that_nobody_starts_is_told(shihe: Disposal) -> None:
    await shihe.fix_price()
    await shihe.announce()
    await shihe.end()
    await shihe.b.advance(days=8)  # three working days, with the days off of Qingming between them
    assert (await clocks(shihe))["next_round"] == "breached"


@pytest.mark.clause("S23")
async def test_the_full_price_is_told_the_same_day_and_the_ruling_made_in_three_working_days(shihe: Disposal) -> None:
    d = shihe
    await d.fix_price()
    await d.announce()
    await d.to_sold()
    assert "paid_told" not in await clocks(d)
    await d.to_paid()
    state = await clocks(d)
    assert (state["paid_told"], state["sale_ruling"]) == ("met", "running")
    await draft(d, "sale_ruling")
    assert (await clocks(d))["sale_ruling"] == "met"


@pytest.mark.clause("S24")
async def test_transfer_and_delivery_take_15_working_days_from_sale_and_taxes_and_three_more_for_the_papers(
    shihe: Disposal,
) -> None:
    d = shihe
    await d.fix_price()
    await d.announce()
    await d.to_sold()
    await d.to_paid()
    assert "transfer" not in await clocks(d)
    await d.to_delivered()
    state = await clocks(d)
    assert (state["transfer"], state["transfer_filed"]) == ("met", "running")
    await file_material(d, "transfer")
    assert (await clocks(d))["transfer_filed"] == "met"


@pytest.mark.clause("S24")
async def test_a_lot_with_its_taxes_paid_that_is_not_delivered_is_late_after_15_working_days(shihe: Disposal) -> None:
    d = shihe
    await d.fix_price()
    await d.announce()
    await d.to_sold()
    await d.to_paid()
    await d.do(f"/lots/{d.lot}/transfers", {"step": "taxes_paid"})
    await d.b.advance(days=30)
    assert (await clocks(d))["transfer"] == "breached"


@pytest.mark.clause("H13")
async def test_horqin_publishes_what_the_handler_asked_for_and_draws_its_appraiser_by_lot(database: str) -> None:
    async with bench(database, [AUCTION], courts=courts_of("horqin")) as b:
        d = Disposal(b, "horqin")
        await d.file()
        lot = await d.instruct()
        for _ in range(3):
            await d.do(f"/lots/{lot}/pricings/fail", {"reason": "no_price"})
        assert (await d.events("PricingStarted"))[-1]["method"] == "appraisal"
        await d.do(f"/lots/{lot}/pricings/fail", {"reason": "appraiser_withdrew"})
        appraisal: dict[str, Any] = {"method": "appraisal"}
        assert (await d.do(f"/lots/{lot}/pricings", appraisal))["warned"] == ["drawn"]
        await d.do(f"/lots/{lot}/pricings/fail", {"reason": "not_drawn"})
        await draw(d)
        assert "warned" not in await d.do(f"/lots/{lot}/pricings", appraisal)
        await d.fix_price()
        announced = await d.announce()
        assert announced["round"] == 1


async def draw(d: Disposal) -> None:
    """The handler asks for the draw, the enquiry group does it."""
    asked = {"kind": "auction_help", "sub": "appraiser_draw", "to_post": "auction_officer", "urgent": False, "items": 1,
             "requirement": True, "materials": []}  # fmt: skip
    matter = (await d.do(f"/cases/{d.case_id}/matters", asked, d.judge))["matter_id"]
    await d.do(f"/matters/{matter}/accept")
    done = {"result": "done", "receipts_complete": True, "reported_to_handler": True}
    await d.do(f"/matters/{matter}/finish", done)


@pytest.mark.clause("S16")
async def test_shihe_asks_nine_kinds_of_auction_help_of_the_disposal_team(shihe: Disposal) -> None:
    d, path = shihe, f"/cases/{shihe.case_id}/matters"
    asked = {"kind": "auction_help", "sub": "survey", "to_post": "auction_officer", "urgent": False, "items": 1,
             "requirement": True, "materials": ["asset_list"]}  # fmt: skip
    for sub in ("survey", "clear_lease", "clear_possession", "pricing", "tax_estimate", "publish", "viewing",
                "transfer", "other"):  # fmt: skip
        await d.do(path, {**asked, "sub": sub}, d.judge)
    refused = await d.refused(409, path, {**asked, "sub": "appraiser_draw"}, d.judge)
    assert (refused["rule"], refused["lacking"]) == ("shihe.auction_help", ["sub"])
    refused = await d.refused(409, path, {**asked, "to_post": "field_officer"}, d.judge)
    assert refused["lacking"] == ["to_disposal_team"]


@pytest.mark.clause("S18")
async def test_shihe_is_warned_when_a_round_is_announced_before_its_survey_report_is_served(shihe: Disposal) -> None:
    d = shihe
    await d.fix_price()
    assert (await d.do(f"/lots/{d.lot}/plan", d.terms()))["warned"] == ["served"]
    await d.tell("intake", DocumentServed(
        document_id="shihe-survey", kind="survey_report", about=f"lot:{d.lot}", party_id=d.debtor, attempt=1,
        way="electronic", outcome="served", complete=True,
    ))  # fmt: skip
    assert "warned" not in await d.do(f"/lots/{d.lot}/plan", d.terms())


@pytest.mark.clause("G03", "G08")
async def test_guancheng_s_disposal_group_alone_auctions_what_the_deputy_chief_has_moved_to_it(database: str) -> None:
    async with bench(database, [AUCTION], courts=courts_of("guancheng")) as b:
        d = Disposal(b, "guancheng")
        await d.file()
        asked = {"kind": "disposal", "to_post": "auction_officer", "about": f"asset:{d.asset}", "urgent": False,
                 "items": 1, "requirement": True, "materials": []}  # fmt: skip
        assert (await d.refused(409, f"/cases/{d.case_id}/matters", asked, d.judge))["lacking"] == ["approved"]
        await d.tell("triage", ApprovalDecided(
            approval_id="guancheng-a1", act="move_to_disposal", step=1, decision="approved", final=True,
            in_person=True, channel="online",
        ))  # fmt: skip
        lot = await d.instruct()
        brigade = Principal("guancheng-brigade", "guancheng", ("auction_officer",), "brigade_1")
        await d.fix_price()
        refused = await d.refused(409, f"/lots/{lot}/plan", d.terms(), brigade)
        assert refused["rule"] == "guancheng.auction_by_group"
        refused = await d.refused(409, f"/lots/{lot}/pricings", {"method": "agreement"}, brigade)
        assert refused["rule"] == "guancheng.pricing_by_group"
        await d.announce()
