"""Walk 5.3 of the published language: terminated for now, ten half-yearly enquiries, property found, resumed."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.host import SERVICES
from tests import papers
from tests.resumed import ForNow
from tests.services import Bench, bench
from tests.walks import system

OFFICER = "enquiry_officer"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


async def lists(walk: ForNow) -> Counter[str]:
    """How many half-yearly enquiries are in which state."""
    return Counter((await walk.cycles()).values())


@pytest.mark.clause("Y08")
@pytest.mark.clause("Y16")
@pytest.mark.clause("Y18")
async def test_a_case_is_terminated_for_now_only_when_nothing_lacks(b: Bench) -> None:
    """Walk 5.3, 1 to 13."""
    # given a case in which the first enquiry found nothing, in the hands of a fast team
    walk = ForNow(b)
    await walk.to_nothing_found()
    await walk.news()
    # when the counters are asked, the debtor is looked for, and the centralised team surveys the place
    for kind, who in (("counter_enquiry", OFFICER), ("find_person", "field_officer"), ("site_survey", "field_officer")):
        await walk.look_for(kind, who)
    matter = "MatterAsked({0}) · MatterAccepted({0}) · MatterDone({0})"
    done = " · ".join(matter.format(kind) for kind in ("counter_enquiry", "find_person", "site_survey"))
    assert await walk.news() == {"asset-control": done}
    # and the debtor's consumption is limited and the debtor listed, each on the chief's decision
    await walk.measure("consumption_limit", "consumption_decision")
    await walk.measure("dishonest_listing", "dishonest_decision")
    paper = "DocumentDrafted({0}) · DocumentSigned({0})"
    assert await walk.news() == {
        "intake": " · ".join(paper.format(kind) for kind in ("consumption_decision", "dishonest_decision")),
        "asset-control": "MeasureTaken(consumption_limit) · MeasureTaken(dishonest_listing)",
    }

    # when the handler asks to close too early, then the refusal names everything that lacks, and is on record
    path = f"/cases/{walk.case.case_id}/closing"
    problem = await b.refused(409, "triage", path, walk.closing(), who=walk.judge)
    assert set(problem["lacking"]) >= {"over_3_months", "exhausted", "interview", "termination_ruling"}
    assert not {"site_survey", "limit", "notice", "report_order", "debtor_sought"} & set(problem["lacking"])
    assert await walk.news() == {"triage": "ActRefused(close_case)"}
    [refused] = await b.events("triage", walk.case.subject, "ActRefused")
    assert (refused["data"]["act"], refused["data"]["lacking"]) == ("close_case", problem["lacking"])

    # when the second enquiry finds nothing, the creditor is heard, the clue verified and the termination reviewed
    await b.advance(days=100)
    await walk.enquire("before_termination", round=2)
    await walk.interview()
    await walk.look_for("verify_clue", OFFICER)
    await walk.review("no_assets_confirmed", "termination_review")
    assert await walk.news() == {
        "asset-control": "EnquiryStarted(before_termination) · EnquiryAnswered(before_termination) · "
        + matter.format("verify_clue"),
        "intake": "ContactRecorded(termination_interview)",
        "triage": "CheckRecorded(no_assets_confirmed) · CheckRecorded(termination_review)",
    }
    # then the ruling alone lacks, which the chief signs in person
    problem = await b.refused(409, "triage", path, walk.closing(), who=walk.judge)
    assert (problem["rule"], problem["lacking"], problem["wanted_by"]) == (
        "yiyang.a.chief", ["termination_ruling"], "chief"
    )  # fmt: skip
    await walk.serve_ruling()
    await walk.news()
    await walk.terminate()
    assert await walk.news() == {"triage": "CaseClosed"}
    [closed] = await b.events("triage", walk.case.subject, "CaseClosed")
    assert (closed["data"]["way"], closed["data"]["signed_by"]) == ("terminated_for_now", "chief")
    # and ten half-yearly enquiries are due from then on
    assert await lists(walk) == {"running": 10}


async def test_a_case_terminated_for_now_is_enquired_for_and_goes_on_as_another(b: Bench) -> None:
    """Walk 5.3, 14 to 25."""
    walk = ForNow(b)
    await walk.to_terminated()
    await walk.news()
    # when half a year has passed, then the system enquires, in time; nothing is found
    await walk.to_next_enquiry()
    await walk.answer_cycle(1)
    assert await walk.news() == {"asset-control": "EnquiryStarted(half_yearly) · EnquiryAnswered(half_yearly)"}
    assert await lists(walk) == {"met": 1, "running": 9}
    # when the second finds a deposit, then whether the case goes on is asked as affairs work, and nothing is frozen
    await walk.to_next_enquiry()
    await walk.answer_cycle(2, walk.deposit())
    assert await walk.news() == {
        "asset-control": "EnquiryStarted(half_yearly) · EnquiryAnswered(half_yearly) · AssetsFound"
    }
    [asked] = await b.events("triage", name="MatterAsked")
    assert asked["subject"].startswith("matter/")
    assert (asked["data"]["sub"], asked["data"]["for_case"]) == ("resumption_review", walk.case.case_id)
    # when the creditor applies, the request is reviewed and handed to the centre
    await walk.apply_to_resume()
    await walk.review_request()
    await walk.give_materials()
    assert await b.names("intake", walk.later.subject) == [
        "ApplicationReceived", "CheckRecorded", "HandedOver", "HandoverAccepted"
    ]  # fmt: skip
    # then it is not filed before the chief has given leave
    problem = await b.refused(
        409, "intake", f"/cases/{walk.later.case_id}/filing", papers.filing(), who="filing_officer"
    )
    assert (problem["rule"], problem["lacking"]) == ("yiyang.a.resume", ["resume"])
    approval = await walk.ask_leave()
    await walk.approve("triage", approval, "chief")
    await b.settle()
    await assert_resumed(b, walk)


async def assert_resumed(b: Bench, walk: ForNow) -> None:
    """The new case is filed for the property found, the earlier one goes on as it, and is enquired for no more."""
    later = await b.names("triage", walk.later.subject)
    assert later[:3] == ["CheckRecorded", "ApprovalAsked", "ApprovalDecided"]
    [filed] = await b.events("intake", walk.later.subject, "CaseFiled")
    told = filed["data"]
    assert (told["kind"], told["earlier_case_id"], filed["actor"]) == ("resumption", walk.case.case_id, "system")
    assert (told["claim"]["basis"], told["claim"]["amount_fen"]) == ("offered_property", walk.claim_fen)
    assert "执恢" in told["case_no"]
    assert await walk.news() == {"triage": "CaseResumed"}
    [resumed] = await b.events("triage", walk.case.subject, "CaseResumed")
    assert resumed["data"] == {"new_case_id": walk.later.case_id, "trigger": "re_enquiry"}
    assert await lists(walk) == {"met": 2, "void": 8}
    # later papers of the earlier case go into its file's pocket
    late = papers.material("later_material", pocket=True)
    await walk.do("file_officer", "intake", "file/materials", late)
    assert await walk.news() == {"intake": "MaterialFiled(later_material)"}
    await b.advance(days=800)
    assert await walk.news() == {}


async def test_the_half_yearly_enquiries_survive_restarts_and_each_has_its_clock(database: str) -> None:
    async with system(database) as b:
        walk = ForNow(b)
        await walk.to_terminated()
        now = b.clock.now()
    for met in (4, 8, 10):
        async with bench(database, list(SERVICES.values()), start=now) as b:
            walk.b = b
            while (await lists(walk))["met"] < met:
                await walk.to_next_enquiry()
            assert await lists(walk) == Counter(met=met, running=10 - met) - Counter()
            now = b.clock.now()
    async with bench(database, list(SERVICES.values()), start=now) as b:
        walk.b = b
        await b.advance(days=366)
        started = await b.events("asset-control", walk.case.subject, "EnquiryStarted")
        assert [e["data"].get("cycle") for e in started][-10:] == list(range(1, 11))
        assert await lists(walk) == {"met": 10}


async def test_an_enquiry_that_was_not_made_in_its_half_year_is_on_record_as_late(b: Bench) -> None:
    """By the state of what is known: the timer fires late when everything stood still."""
    walk = ForNow(b)
    await walk.to_terminated()
    b.clock.move_to(b.clock.now().replace(year=b.clock.now().year + 1))
    await b.advance(days=0)
    cycles = await walk.why(clock="cn.half_yearly")
    late = {each["occurrence"]: (each["state"], each["overdue"] > 0) for each in cycles if each["state"] == "met_late"}
    assert late == {"#1": ("met_late", True)}
    assert {each["answers"]["post"] for each in cycles} == {"director"}


@pytest.mark.parametrize("kind", ["enforcement", "objection"])
async def test_only_a_request_to_resume_has_a_first_review(b: Bench, kind: str) -> None:
    received = await papers.receive(b, kind=kind)
    path = f"/cases/{received['case_id']}/application/first-review"
    await b.refused(409, "intake", path, papers.PASSED, who="filing_officer")
    await b.refused(403, "intake", path, papers.PASSED, who="judge")


# -- hand-overs: who answers for a delay follows them


def shares(clock: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """(days of the term, days overdue) by the member or team they fell on."""
    told = {each["holder"]["member"] or each["holder"]["team"]: each for each in clock["shares"]}
    return {who: (each["counted"], each["overdue"]) for who, each in told.items()}


@pytest.mark.clause("Y01")
async def test_who_answers_for_a_delay_follows_the_hand_over_and_why_shows_the_shares_of_both(b: Bench) -> None:
    # given a case that is assigned, and handed over to the fast team only in the sixth month
    walk = ForNow(b)
    await walk.file()
    await b.settle()
    await walk.send_forms()
    await walk.answer()
    await walk.prepare()
    await b.advance(days=150)
    handover = await walk.hand_over()
    # when the receiver waits ten more days, then the giver holds it, and answers, until the other side confirms
    await b.advance(days=10)
    await b.settle()
    assert (await walk.clock("cn.conclude"))["answers"]["team"] == "affairs"
    await walk.accept(handover)
    assert (await walk.clock("cn.conclude"))["answers"]["member"] == f"yiyang-{walk.judge}"
    # and when the six months end, the breach is laid on who holds it then; each has the days in which it was his
    await b.advance(days=40)
    late = await walk.clock("cn.conclude")
    assert (late["state"], late["answers"]["member"]) == ("breached", f"yiyang-{walk.judge}")
    assert late["due"].startswith("2026-09-02")
    assert shares(late) == {"affairs": (159, 0), f"yiyang-{walk.judge}": (25, 16)}
    # and once it changes hands again, the new holder has what runs from then, and the breach stays where it was
    first, other = walk.judge, "f2-judge" if walk.judge == "f1-judge" else "f1-judge"
    await walk.do("director", "triage", "assignments/again", {"handler": f"yiyang-{other}"})
    again = await walk.hand_over()
    await b.advance(days=5)
    await b.post("triage", f"/handovers/{again}/accept", who=other)
    await b.advance(days=7)
    late = await walk.clock("cn.conclude")
    assert late["answers"]["member"] == f"yiyang-{first}"
    assert shares(late) == {"affairs": (159, 0), f"yiyang-{first}": (25, 20), f"yiyang-{other}": (0, 8)}


@pytest.mark.clause("Y01")
async def test_a_hand_over_that_is_returned_leaves_the_case_and_its_delay_with_the_giver(b: Bench) -> None:
    walk = ForNow(b)
    await walk.file()
    await b.settle()
    await walk.send_forms()
    await walk.answer()
    await walk.prepare()
    handover = await walk.hand_over()
    judge = (await walk.see("triage"))["assignment"]["handler"].removeprefix("yiyang-")
    await b.post("triage", f"/handovers/{handover}/return", {"lacking": ["address_form"]}, who=judge)
    await b.advance(days=200)
    late = await walk.clock("cn.conclude")
    assert (late["answers"]["team"], set(shares(late))) == ("affairs", {"affairs"})
    assert "HandoverAccepted" not in await b.names("triage", walk.case.subject)
