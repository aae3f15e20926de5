"""The walks of the published language, through all six services: what each act causes, and what the clocks say."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests import papers
from tests.services import Bench
from tests.walks import Walk, system

Y06, Y07 = "yiyang.first_assignment", "yiyang.second_handover"
Y20, Y20_ACCEPT, Y21 = "yiyang.price_start", "yiyang.accept", "yiyang.price_at_once"
FLAT_CLAIM_FEN = 120_000_000
DAY = timedelta(days=1)


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


# -- walk 5.1: a money case, simple, closed in the fast team by payment


@pytest.mark.clause("Y03")
@pytest.mark.clause("Y04")
@pytest.mark.clause("Y06")
@pytest.mark.clause("Y11")
@pytest.mark.clause("Y17")
async def test_a_money_case_reaches_the_fast_team(b: Bench) -> None:
    """Walk 5.1, 1 to 19."""
    walk = Walk(b)
    # when the case is filed, then its account, its form documents and its first enquiry are under way at once
    await walk.file()
    assert await walk.news() == {
        "intake": "ApplicationReceived(enforcement) · CheckRecorded(filing_review) · CaseFiled(enforcement) · "
        "MatterAsked(form_documents)",
        "funds": "AccountOpened",
        "asset-control": "EnquiryStarted(first)",
    }
    running = {Y06, "cn.handler_named", "cn.conclude", "cn.notice_of_application", "cn.survey"}
    assert await walk.clocks() == dict.fromkeys(running, "running")

    # when the form documents are made, signed, sent and served, then the matter is done with the last that is sent
    await b.advance(days=1)
    notice, _ = await walk.send_forms()
    one = "DocumentDrafted({0}) · DocumentSigned({0}) · DocumentSent({0})"
    papers_sent = " · ".join(one.format(kind) for kind in ("enforcement_notice", "report_order"))
    assert await walk.news() == {"intake": f"{papers_sent} · MatterDone(form_documents)"}
    await walk.serve(notice)
    assert await walk.news() == {"intake": "DocumentServed(enforcement_notice)"}
    [drafted, _] = await b.events("intake", walk.case.subject, "DocumentDrafted")
    assert (drafted["data"]["states"], drafted["data"]["auto"]) == (["case_account"], True)

    # when the enquiry finds a deposit, then no more of it is frozen than the claim, for a year
    await walk.answer(walk.deposit())
    assert await walk.news() == {"asset-control": "EnquiryAnswered(first) · AssetsFound · MeasureTaken(freeze)"}
    [frozen] = await b.events("asset-control", walk.case.subject, "MeasureTaken")
    assert (frozen["data"]["amount_fen"], frozen["data"]["expires_on"]) == (8_600_000, "2027-03-03")
    assert frozen["actor"] == "system"

    # when the last pre-step is done, then the case is routed and assigned, in time
    await b.advance(days=1)
    await walk.prepare()
    steps = " · ".join(f"CheckRecorded({kind})" for kind in ("filing_standard", "data_verified", "contacts"))
    assert await walk.news() == {
        "triage": f"{steps} · CheckRecorded(earlier_preservation) · CaseRouted(first) · CaseAssigned(first)"
    }
    [routed] = await b.events("triage", walk.case.subject, "CaseRouted")
    assert (routed["data"]["track"], routed["data"]["rule"]) == ("simple", "yiyang.r.covered")
    assert (await walk.clocks())[Y06] == "met"

    # when the team accepts the hand-over, then it holds the case
    handover = await walk.hand_over()
    assert await walk.news() == {"triage": "HandedOver(case, first_assignment)"}
    assert (await walk.see("triage"))["holder"] == ""
    await walk.accept(handover)
    assert await walk.news() == {"triage": "HandoverAccepted(case, first_assignment)"}
    assert (await walk.see("triage"))["holder"] == f"yiyang-{walk.judge}"


@pytest.mark.clause("Y16")
async def test_a_money_case_is_paid_out_and_closed(b: Bench) -> None:
    """Walk 5.1, 20 to 32."""
    # given the case in the hands of the fast team, its deposit frozen
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    await walk.news()

    # when the deposit is deducted and arrives, then the claim is performed in full
    await b.advance(days=1)
    await walk.deduct()
    payment = await walk.receive()
    assert await walk.news() == {
        "asset-control": "MeasureTaken(deduct)",
        "funds": "FundsReceived(deduction) · CheckRecorded(arrival_confirmed)",
        "triage": "PerformanceRecorded(paid)",
    }
    paying = await walk.clock("cn.payout")
    assert (paying["state"], paying["occurrence"]) == ("running", payment)

    # when the chain of the pack, handler then chief, has approved, then the money is paid out
    await b.advance(days=2)
    allocation, approval = await walk.allocate(payment), await walk.ask_payout()
    await walk.approve("funds", approval, walk.judge, "chief")
    assert await walk.news() == {
        "funds": "FundsAllocated · ApprovalAsked(payout) · ApprovalDecided(payout) · ApprovalDecided(payout)"
    }
    await walk.pay_out(allocation, approval)
    assert await walk.news() == {"funds": "FundsPaidOut · FundsPaidOut"}
    assert (await walk.clocks())["cn.payout"] == "met"

    # when the measures are lifted and the case is closed, then every clock of it was met
    await walk.lift()
    await walk.close()
    assert await walk.news() == {
        "asset-control": "MeasureLifted(freeze)",
        "triage": "CheckRecorded(closing_review) · CaseClosed",
    }
    of_the_start = {"cn.handler_named", "cn.notice_of_application", "cn.notice", "cn.ask_clues", "cn.survey"}
    rules = {Y06, "cn.conclude", "cn.payout", "cn.seizure_expiry", *of_the_start}
    assert await walk.clocks() == dict.fromkeys(rules, "met")


@pytest.mark.clause("Y01")
async def test_the_file_of_a_closed_case_goes_to_the_archives(b: Bench) -> None:
    """Walk 5.1, 33 to 36."""
    # given a case that is closed
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    await walk.to_closed()
    await walk.news()

    # when its file goes from hand to hand, then both sides of every hand-over are on record
    await walk.to_archived()
    changed = "HandedOver(file, archiving) · HandoverAccepted(file, archiving)"
    assert await walk.news() == {"intake": f"{changed} · MaterialFiled(whole_file) · {changed}"}
    accepted = await b.events("intake", walk.case.subject, "HandoverAccepted")
    assert [e["post"] for e in accepted] == ["file_officer", "trial_management"]
    # and the case takes no further command
    problem = await b.refused(
        409, "triage", f"/cases/{walk.case.case_id}/reviews", {"kind": "clue", **papers.PASSED}, who=walk.judge
    )
    assert problem["detail"] == "the case is closed"


# -- walk 5.2: a flat, the second assignment, and the start of pricing


@pytest.mark.clause("Y07")
@pytest.mark.clause("Y10")
@pytest.mark.clause("Y12")
@pytest.mark.clause("Y19")
@pytest.mark.clause("Y20")
@pytest.mark.clause("Y21")
async def test_a_flat_found_later_brings_the_case_to_an_ordinary_team_and_to_pricing(b: Bench) -> None:
    """Walk 5.2, 12 to 28."""
    # given a case in which nothing was found, in the hands of the fast team
    walk = Walk(b, FLAT_CLAIM_FEN)
    await walk.to_first_holder(deposit=False)
    [first] = await b.events("triage", walk.case.subject, "CaseRouted")
    assert (first["data"]["track"], first["data"]["rule"]) == ("simple", "yiyang.r.nothing")
    former = walk.judge
    await walk.news()

    # when a flat is found and sealed on the spot
    await b.advance(days=3)
    flat = await walk.find_flat()
    assert await walk.news() == {
        "asset-control": "EnquiryStarted(again) · EnquiryAnswered(again) · AssetsFound · "
        "MatterAsked(offline_control) · MeasureTaken(seal)"
    }
    # then the seal lasts for three years, and a clock runs to its end
    expiry = await walk.clock("cn.seizure_expiry")
    assert (expiry["state"], expiry["due"][:10]) == ("running", "2029-03-05")
    assert (await walk.see("triage"))["proposed"] == ["second_assignment"]

    # when the handler proposes, and the chief approves, then the case is assigned again
    approval = await walk.propose_second_assignment()
    assert await walk.news() == {"intake": "CaseNoted", "triage": "ApprovalAsked(second_assignment)"}
    await walk.approve("triage", approval, "chief")
    assert await walk.news() == {
        "triage": "ApprovalDecided(second_assignment) · CaseRouted(second) · CaseAssigned(second)"
    }
    second = (await walk.see("triage"))["route"]
    assert (second["track"], second["rule"]) == ("ordinary", "yiyang.r.second")

    # when the centralised team hands it over, and the new handler accepts and asks for its disposal
    await b.advance(days=1)
    handover = await walk.hand_over("second", approval)
    await walk.inform_parties(former)
    await walk.accept(handover)
    await b.advance(days=1)
    matter = await walk.ask_disposal(flat)
    await walk.take_on(matter)
    for _ in range(2):
        await walk.fail_pricing(matter)
    assert await walk.news() == {
        "triage": "HandedOver(case, second_assignment) · HandoverAccepted(case, second_assignment)",
        "intake": "ContactRecorded(party_informed)",
        "auction": "MatterAsked(disposal) · MatterAccepted(disposal) · PricingStarted"
        + " · PricingFailed(no_agreement) · PricingStarted" * 2,
    }
    methods = [e["data"]["method"] for e in await b.events("auction", walk.case.subject, "PricingStarted")]
    assert methods == ["agreement", "targeted", "network"]  # the order of 法释〔2018〕15号
    # then everything was in time, and the matter moved, not the case
    assert {(await walk.clocks())[rule] for rule in (Y06, Y07, Y20, Y20_ACCEPT, Y21)} == {"met"}
    assert (await walk.see("triage"))["holder"] == f"yiyang-{walk.judge}" != f"yiyang-{former}"


# -- the same, late


async def approved_for_the_second_assignment(b: Bench, first_late_by: float = 0) -> tuple[Walk, str, str]:
    """Approved on Thursday, 12 March; gives the flat and the approval too."""
    walk = Walk(b, FLAT_CLAIM_FEN)
    await walk.file()
    await b.settle()
    await walk.send_forms()
    await walk.answer()
    await b.advance(days=7 + first_late_by)
    await walk.prepare()
    await walk.accept(await walk.hand_over())
    await walk.ask_for_clues()
    flat = await walk.find_flat()
    approval = await walk.propose_second_assignment()
    await b.advance(days=3 - first_late_by)
    await walk.approve("triage", approval, "chief")
    return walk, flat, approval


@pytest.mark.clause("Y06")
@pytest.mark.clause("Y07")
@pytest.mark.clause("Y20")
@pytest.mark.clause("Y21")
async def test_what_is_late_at_every_node_is_on_record_at_each(b: Bench) -> None:
    # given the first assignment on the tenth day, not the seventh
    walk, flat, approval = await approved_for_the_second_assignment(b, first_late_by=3)
    # and the case handed over on the sixth day after the approval, whose third and fourth are no working days
    await b.advance(days=6)
    handover, former = await walk.hand_over("second", approval), walk.judge
    await b.advance(minutes=30)
    await walk.inform_parties(former)
    await walk.accept(handover)
    # and the disposal asked for on the seventh day; accepted a day later, which is entered after one more
    await b.advance(days=7)
    matter = await walk.ask_disposal(flat)
    accepted_at = b.clock.now() + DAY
    await b.advance(days=2)
    await walk.take_on(matter, at=accepted_at.isoformat())
    await b.settle()
    # then each clock says by how much
    late = {each["rule"]: (each["clause"], each["overdue"]) for each in await walk.why() if each["overdue"]}
    assert late == {
        "cn.handler_named": ("national", 3),
        Y06: ("Y06", 3),
        Y07: ("Y07", 2),
        Y20: ("Y20", 2),
        Y20_ACCEPT: ("Y20", 1),
        Y21: ("Y21", 1),
    }
    assert {(await walk.clocks())[rule] for rule in late} == {"met_late"}
    # and who answers for it
    answers = {rule: (await walk.clock(rule))["answers"] for rule in (Y07, Y20, Y21)}
    assert answers[Y07]["post"] == "director"
    assert answers[Y20]["member"] == f"yiyang-{walk.judge}"
    assert answers[Y21]["member"] == "yiyang-auction-1"


@pytest.mark.clause("Y07")
async def test_a_late_entry_cures_what_stays_on_record_for_ever(b: Bench) -> None:
    # given a case that was handed over in time, which nobody has entered
    walk, _, approval = await approved_for_the_second_assignment(b)
    approved_at = b.clock.now()
    await b.advance(days=8)
    # then it is the worst of the court, with its clause
    [worst] = (await b.get("supervision", "/summary", who="chief"))["worst"]
    assert (worst["subject"], worst["rule"], worst["clause"]) == (walk.case.subject, Y07, "Y07")
    assert (worst["overdue"], worst["unit"], worst["state"]) == (4, "days", "breached")
    known_then = b.clock.now()

    # when the hand-over is entered, as of the day on which it happened
    await b.advance(hours=1)
    await walk.hand_over("second", approval, at=(approved_at + DAY).isoformat())
    await b.settle()
    # then it is met as known now, and was breached as known then
    now, then = await walk.clock(Y07), await walk.clock(Y07, as_known_at=known_then.isoformat())
    assert (now["state"], now["standing"], now["overdue"]) == ("met", "cured", 0)
    assert (then["state"], then["overdue"]) == ("breached", 4)
    # and the record keeps from when to when it was known to be late
    [spell] = now["record"]
    assert datetime.fromisoformat(spell["from"]) == datetime.fromisoformat("2026-03-17T00:00:00+08:00")
    assert datetime.fromisoformat(spell["to"]) == b.clock.now()
    listed = await b.get("supervision", "/breaches", who="chief", params={"rule": Y07})
    assert [(each["state"], each["standing"]) for each in listed] == [("met", "cured")]
