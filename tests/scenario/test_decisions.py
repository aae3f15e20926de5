"""Decisions of the courts' packs through the services: who chooses and approves, and why a case stands as it does."""

from typing import Any

import pytest

from contracts.families import HandoverAccepted
from funds.service import SERVICE as FUNDS
from intake.service import SERVICE as INTAKE
from kernel.principals import Principal
from tests.court_case import Case, courts_of, handover, opened
from tests.services import Bench, bench
from triage.service import SERVICE as TRIAGE

AMOUNT_FEN = 8_600_000


def member(court: str, post: str, team: str) -> Principal:
    return Principal(f"{court}-{post}-{team}", court, (post,), team)


# ---- approvals through two channels -------------------------------------------------------------------------------


async def asked_payout(b: Bench, case: Case, handler: Principal) -> str:
    """The payout that the handler of a case asks leave for, with its form and a ruling."""
    taken = HandoverAccepted(
        **handover("case", "first_assignment", "centre", handler.team), handover_id="h", to_member=handler.member
    )
    await b.tell("triage", taken, case.id, who=handler)
    form = {"kind": "payout_form", "party_ids": [], "checked_against_file": True, "states": []}
    await b.post("intake", f"/cases/{case.id}/documents", form, who=handler)
    await b.settle()
    body = {"act": "payout", "proposal": [], "amount_fen": AMOUNT_FEN, "evidence": ["ruling"]}
    return (await b.post("funds", f"/cases/{case.id}/approvals", body, who=handler))["approval_id"]


def decision(channel: str, **more: Any) -> dict[str, Any]:
    return {"decision": "approved", "in_person": True, "channel": channel, **more}


@pytest.mark.clause("S32")
async def test_a_payout_is_approved_online_and_on_paper_by_every_post_in_order(database: str) -> None:
    async with bench(database, [INTAKE, FUNDS], courts=courts_of("shihe")) as b:
        # given a payout that the handler has asked leave for
        case = await opened_without_triage(b)
        approval = await asked_payout(b, case, member("shihe", "judge", "team_1"))
        path = f"/approvals/{approval}/decide"
        specialist = member("shihe", "funds_officer", "centre")
        # when the first post has approved online only, then the step is still open, and nobody else's turn
        told = await b.post("funds", path, decision("online"), who=specialist)
        assert (told["final"], told["waits_for"]) == (False, ["paper"])
        problem = await b.refused(409, "funds", path, decision("both"), who=member("shihe", "chief", "centre"))
        assert problem["lacking"] == ["post"]
        # and a paper that says something else is refused by the rule, and that is on record
        for differing in ({"amount_fen": AMOUNT_FEN - 1}, {"decision": "refused"}):
            problem = await b.refused(409, "funds", path, decision("paper", **differing), who=specialist)
            assert (problem["rule"], problem["lacking"]) == ("shihe.a.payout", [*differing])
            assert problem["grounds"][0]["clause"] == "S32"
        # when paper and system agree, then the next post has its turn, and so on to the end
        told = await b.post("funds", path, decision("paper", amount_fen=AMOUNT_FEN), who=specialist)
        assert told == {"approval_id": approval, "final": False, "waits_for": []}
        for post in ("leader", "finance_head"):
            assert not (await b.post("funds", path, decision("both"), who=member("shihe", post, "centre")))["final"]
        payer = member("shihe", "finance_officer", "centre")
        assert not (await b.post("funds", path, decision("paper"), who=payer))["final"]
        assert (await b.post("funds", path, decision("online"), who=payer))["final"]
        names = [(e["data"]["step"], e["data"]["channel"], e["data"]["final"]) for e in await decided(b, case, payer)]
        assert names == [
            (1, "online", False), (1, "paper", False), (2, "both", False), (3, "both", False), (4, "paper", False),
            (4, "online", True),
        ]  # fmt: skip


async def opened_without_triage(b: Bench) -> Case:
    case = Case(b, "shihe")
    await case.file(assets=())
    return case


async def decided(b: Bench, case: Case, who: Principal) -> list[dict[str, Any]]:
    found = await b.get("funds", "/events?limit=1000", who=who)
    return [e for e in found["events"] if e["type"] == "zhixing.ApprovalDecided.v1"]


@pytest.mark.clause("S32")
async def test_a_payout_refused_in_both_channels_is_refused(database: str) -> None:
    async with bench(database, [INTAKE, FUNDS], courts=courts_of("shihe")) as b:
        case = await opened_without_triage(b)
        approval = await asked_payout(b, case, member("shihe", "judge", "team_1"))
        path, specialist = f"/approvals/{approval}/decide", member("shihe", "funds_officer", "centre")
        await b.post("funds", path, decision("online"), who=specialist)
        # what holds in both channels stands for all that was said before
        told = await b.post("funds", path, decision("both", decision="returned"), who=specialist)
        assert told["final"]
        await b.refused(409, "funds", path, decision("both"), who=specialist)


# ---- a person chooses ---------------------------------------------------------------------------------------------


@pytest.mark.clause("H15")
async def test_the_chief_names_the_handler_of_a_disputed_case(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("horqin")) as b:
        # given a disputed case with all that comes before its assignment
        case = await opened(b, "horqin")
        director, chief = case.who("director"), member("horqin", "chief", "centre")
        handler = member("horqin", "judge", "fast")
        await case.post(handler, "judge")
        await case.file()
        await case.do("intake", "/notes", {"marks": {"disputed": True}})
        await b.settle()
        for step in case.court.before:
            await case.prepare(step)
        # then the system assigns it to nobody, and the director, who tries, is told to ask the chief
        assert await case.events("CaseAssigned") == []
        seen = await b.get("triage", f"/cases/{case.id}", who=director)
        assert seen["asks"] == {"post": "chief", "act": "name_handler"}
        problem = await b.refused(409, "triage", f"/cases/{case.id}/assignments", {"stage": "first"}, who=director)
        assert (problem["lacking"], problem["wanted_by"]) == (["name_handler"], "chief")
        assert problem["grounds"][0] | {"rule": "horqin.r.disputed", "clause": "H15"} == problem["grounds"][0]
        # when the director asks, and the chief has not answered, nobody is named
        leave = {"act": "name_handler", "proposal": [], "evidence": []}
        approval = (await case.do("triage", "/approvals", leave))["approval_id"]
        named = {"stage": "first", "handler": handler.member, "basis": approval}
        path = f"/cases/{case.id}/assignments/named"
        await b.refused(409, "triage", path, named, who=chief)
        # when the chief approves and names the handler, the case goes to that member's team, under the approval
        await b.post("triage", f"/approvals/{approval}/decide", decision("online"), who=chief)
        outsider = {**named, "handler": "horqin-nobody"}
        await b.refused(422, "triage", path, outsider, who=chief)
        await b.post("triage", path, named, who=chief)
        [assigned] = await case.events("CaseAssigned")
        data = assigned["data"]
        assert (data["team"], data["handler"], data["method"], data["basis"]) == (
            "fast", handler.member, "named", approval
        )  # fmt: skip
        [routed] = [e for e in await case.events("CaseRouted") if e["data"]["stage"] == "first"]
        assert (routed["data"]["rule"], routed["data"]["track"]) == ("horqin.r.disputed", "simple")
        await b.refused(409, "triage", path, named, who=chief)


# ---- why ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("Y12")
@pytest.mark.clause("Y17")
async def test_a_handler_sees_which_rule_held_what_it_read_and_what_lacks(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("yiyang")) as b:
        case = await opened(b, "yiyang")
        await case.file()
        by = case.who("director")
        # given a case with a house to be sold, of which only one piece of work has been done
        await case.prepare("filing_standard")
        told = await b.get("triage", f"/cases/{case.id}/checklist?act=assign_case&stage=first", who=by)
        assert {"data", "contacts", "enquiry"} <= set(told["lacking"])
        items = {each["item"]: each for each in told["items"] if each["rule"] == "yiyang.pre_steps"}
        assert items["standard"]["state"] == "met"
        assert items["standard"]["because"][-1]["values"] == {"case.checks.filing_standard": "passed"}
        assert (items["data"]["state"], items["data"]["clause"]) == ("lacking", "Y17")
        # then the rule that would decide says why, and so do those before it
        told = await b.get("triage", f"/cases/{case.id}/grounds?stage=first", who=by)
        rules = {each["rule"]: each for each in told["rules"]}
        assert (told["rule"], told["to"]) == ("yiyang.r.dispose", {"track": "ordinary"})
        assert rules["yiyang.r.dispose"]["decides"]
        assert rules["yiyang.r.dispose"]["values"]["case.assets.disposable"] == ["yes"]
        assert (rules["yiyang.r.organ"]["verdict"], rules["yiyang.r.organ"]["clause"]) == ("false", "Y12")
        # and which team would get the case, by which numbers
        told = await b.get("triage", f"/cases/{case.id}/candidates", who=by)
        assert told["rule"] == "yiyang.assign_ordinary"
        assert told["factors"] == {"load_ordinary_1": 0, "load_ordinary_2": 0}
        # and who signs and who decides
        [line, *_] = await b.get("triage", f"/cases/{case.id}/authority?document=termination_ruling", who=by)
        assert (line["rule"], line["who"], line["holds"]) == ("yiyang.a.chief", ["chief"], True)
        [line] = await b.get("triage", f"/cases/{case.id}/authority?act=second_assignment", who=by)
        assert (line["asks"], line["chain"]) == (["handler"], [["chief"]])


async def test_a_question_about_what_the_language_has_not_is_a_clear_4xx(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("yiyang")) as b:
        case = await opened(b, "yiyang")
        await case.file()
        for path, field in (
            ("checklist?act=clause_case", "query.act"),
            ("checklist?act=close_case&wey=ended", "query.wey"),
            ("grounds?stage=returned", "query.stage"),
        ):
            answer = await b.call("GET", "triage", f"/cases/{case.id}/{path}", who=case.who("director"))
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"][0]["field"] == field
        answer = await b.call("GET", "triage", "/cases/yiyang-none/grounds", who=case.who("director"))
        assert answer.status_code == 404


@pytest.mark.clause("S05")
async def test_the_server_sees_how_a_paper_is_served_where_no_address_is_confirmed(database: str) -> None:
    async with bench(database, [INTAKE], courts=courts_of("shihe")) as b:
        # given a debtor who has confirmed no address
        case = await opened_without_triage(b)
        clerk = case.who("filing_officer")
        parties = (await b.get("intake", f"/cases/{case.id}", who=clerk))["parties"]
        unconfirmed = next(party["party_id"] for party in parties if not party["address_confirmed"])
        # then papers go electronically first, to the three addresses together, and who hears of a failure is told
        told = await b.get("intake", f"/cases/{case.id}/service?kind=enforcement_notice", who=clerk)
        way = told["parties"][unconfirmed]
        assert way["ways"][0] == "electronic"
        assert (way["addresses"], way["together"]) == (["registered", "residence", "business"], True)
        assert way["report_to"] == ["director", "team_lead"]
        assert "shihe.d.serve" in [rule["rule"] for rule in told["rules"]]


@pytest.mark.clause("N06")
async def test_a_case_that_nobody_can_take_is_tried_again_once_it_has_waited_long_enough(database: str) -> None:
    async with bench(database, [INTAKE, TRIAGE], courts=courts_of("nanzhao")) as b:
        # given a court in which only a tribunal's team has members, which takes none but the tribunal's own cases
        case = Case(b, "nanzhao")
        for member in (case.who("filing_officer"), case.who("director"), case.judge("yunyang")):
            for post in member.posts:
                await case.post(member, post)
        await case.file()
        for step in case.court.before:
            await case.prepare(step)
        assert await case.events("CaseAssigned") == []
        # when the case has waited for as long as the pack lets one wait, then the tribunal takes it
        await b.advance(days=40)
        [assigned] = await case.events("CaseAssigned")
        assert assigned["data"]["team"] == "yunyang"
        assert {"name": "dropped_after_waiting", "value": 1} in assigned["data"]["factors"]
