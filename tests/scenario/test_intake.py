"""Intake through its API: applications, filing, numbers, parties, documents, contacts and the file."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from contracts.families import HandoverAccepted
from contracts.funds import AccountOpened
from contracts.triage import CaseClosed, CredentialRecorded
from intake import numbers
from intake.service import SERVICE as INTAKE
from tests import papers
from tests.papers import PASSED, SIGNED, document, file_case, filing, receive, review, send_document, sending
from tests.services import START, VERSION, Bench, bench


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [INTAKE]) as running:
        yield running


async def test_a_case_is_filed(b: Bench) -> None:
    """Walk 5.1, steps 1 to 3, and what the system asks for then."""
    # given an application that has passed its review
    received = await receive(b)
    await review(b, received["case_id"])
    # when it is filed
    filed = await b.post("intake", f"/cases/{received['case_id']}/filing", filing(), who="filing_officer")
    await b.settle()
    # then the case has the first number of its series, and its form documents are asked for
    assert filed["case_no"] == "（2026）豫0327执1号"
    subject = f"case/{received['case_id']}"
    names = await b.names("intake", subject)
    assert names == ["ApplicationReceived", "CheckRecorded", "CaseFiled", "MatterAsked"]
    [event] = await b.events("intake", subject, "CaseFiled")
    creditor, debtor = event["data"]["parties"]
    assert (creditor["debtor_hash"], creditor["phone"], creditor["address_confirmed"]) == ("", False, False)
    assert (len(debtor["debtor_hash"]), debtor["phone"], debtor["address_confirmed"]) == (64, True, True)
    assert (event["actor"], event["post"], event["team"]) == ("yiyang-filing-1", "filing_officer", "affairs")
    seen = await b.get("intake", f"/cases/{received['case_id']}", who="clerk")
    assert (seen["state"], seen["case_no"]) == ("filed", filed["case_no"])


async def test_numbers_run_without_gaps_while_many_file_at_once(b: Bench) -> None:
    cases = await asyncio.gather(*(file_case(b) for _ in range(12)))
    assert sorted(c.case_no for c in cases) == sorted(f"（2026）豫0327执{n}号" for n in range(1, 13))
    # a refused filing uses no number up
    received = await receive(b)
    await b.refused(409, "intake", f"/cases/{received['case_id']}/filing", filing(), who="filing_officer")
    assert (await file_case(b)).case_no == "（2026）豫0327执13号"
    # other types have series of their own
    assert (await file_case(b, applied={"kind": "objection"})).case_no == "（2026）豫0327执异1号"
    assert (await file_case(b, applied={"kind": "advance"})).case_no == "（2026）豫0327执保1号"


async def test_a_series_goes_on_over_the_end_of_a_block(b: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "NUMBERS_PER_BLOCK", 4)
    cases = await asyncio.gather(*(file_case(b) for _ in range(10)))
    assert sorted(int(c.case_no.split("执")[1][:-1]) for c in cases) == list(range(1, 11))


async def test_the_year_of_a_number_is_the_local_year_of_filing(b: Bench) -> None:
    received = await receive(b)
    await review(b, received["case_id"])
    late = filing(at="2025-12-31T15:59:00Z")
    filed = await b.post("intake", f"/cases/{received['case_id']}/filing", late, who="filing_officer")
    assert filed["case_no"] == "（2025）豫0327执1号"
    other = await receive(b)
    await review(b, other["case_id"])
    after = filing(at="2025-12-31T16:00:00Z")  # midnight in Shanghai
    filed = await b.post("intake", f"/cases/{other['case_id']}/filing", after, who="filing_officer")
    assert filed["case_no"] == "（2026）豫0327执1号"


async def test_filing_needs_a_review_that_passed(b: Bench) -> None:
    received = await receive(b)
    case_id = received["case_id"]
    path = f"/cases/{case_id}/filing"
    await b.refused(409, "intake", path, filing(), who="filing_officer")
    # a failed review names what lacks; after a supplement the case is reviewed again
    review_path = f"/cases/{case_id}/application/review"
    failed = {"result": "failed", "lacking": ["instrument"]}
    await b.refused(422, "intake", review_path, {"result": "failed", "lacking": []}, who="filing_officer")
    await b.post("intake", review_path, failed, who="filing_officer")
    await b.refused(409, "intake", path, filing(), who="filing_officer")
    more = {"items": ["instrument"]}
    await b.post("intake", f"/cases/{case_id}/application/supplements", more, who="filing_officer")
    await b.post("intake", review_path, PASSED, who="filing_officer")
    await b.post("intake", path, filing(), who="filing_officer")
    # filed twice: another command is told so, the same one gets the same answer
    await b.refused(409, "intake", path, filing(), who="filing_officer")
    await b.refused(409, "intake", review_path, failed, who="filing_officer")


async def test_the_same_key_gets_the_same_answer(b: Bench) -> None:
    first = await b.post("intake", "/applications", papers.application(), who="filing_officer", key="k1")
    again = await b.post("intake", "/applications", papers.application(), who="filing_officer", key="k1")
    assert first == again
    await b.refused(422, "intake", "/applications", papers.application(agent="lawyer"), who="filing_officer", key="k1")
    await review(b, first["case_id"])
    path = f"/cases/{first['case_id']}/filing"
    filed = await b.post("intake", path, filing(), who="filing_officer", key="k2")
    assert filed == await b.post("intake", path, filing(), who="filing_officer", key="k2")
    assert (await b.names("intake")).count("CaseFiled") == 1


async def test_a_refused_application_is_not_filed(b: Bench) -> None:
    case_id = (await receive(b))["case_id"]
    path = f"/cases/{case_id}/application/refusal"
    reasons = {"reasons": ["not_enforceable"]}
    await b.refused(403, "intake", path, reasons, who="filing_officer")
    await b.refused(422, "intake", path, {"reasons": []}, who="director")
    await b.post("intake", path, reasons, who="director")
    await b.refused(409, "intake", f"/cases/{case_id}/application/review", PASSED, who="filing_officer")
    await b.refused(409, "intake", f"/cases/{case_id}/filing", filing(), who="filing_officer")
    assert (await b.names("intake"))[-1] == "FilingRefused"


# -- documents


@pytest.mark.clause("Y03")
async def test_form_documents_are_done_when_every_debtor_was_sent_each(b: Bench) -> None:
    # given a case with two debtors, and its matter of the form documents
    debtors = [papers.debtor(), papers.party("debtor", "Another")]
    case = await file_case(b, applied={"parties": [papers.creditor(), *debtors]})
    await b.settle()
    [asked] = await b.events("intake", case.subject, "MatterAsked")
    assert (asked["data"]["kind"], asked["data"]["to_post"]) == ("form_documents", "service_officer")
    # when one kind is sent to both, nothing is done yet; nobody can say it is
    await send_document(b, case, "enforcement_notice")
    await b.settle()
    assert not await b.events("intake", case.subject, "MatterDone")
    by_hand = {"result": "done", "receipts_complete": True, "reported_to_handler": True}
    path = f"/matters/{asked['data']['matter_id']}/finish"
    await b.refused(409, "intake", path, by_hand, who="service_officer")
    # when the other kind is sent too, the matter is done, once
    await send_document(b, case, "report_order")
    await send_document(b, case, "report_order")
    await b.settle()
    [done] = await b.events("intake", case.subject, "MatterDone")
    assert (done["data"]["kind"], done["data"]["result"], done["actor"]) == ("form_documents", "done", "system")
    assert not await b.work_items("intake")


@pytest.mark.clause("Y03")
async def test_form_documents_are_the_centralised_teams_to_make(b: Bench) -> None:
    case = await file_case(b)
    path = f"/cases/{case.case_id}/documents"
    notice = document("enforcement_notice", *case.debtors)
    refusal = await b.refused(409, "intake", path, notice, who="f1-judge")
    assert (refusal["rule"], refusal["lacking"], refusal["wanted_by"]) == ("yiyang.d.form", ["post"], "service_officer")
    await b.post("intake", path, notice, who="service_officer")
    # other papers are anybody's who deals with the case
    await b.post("intake", path, document("ruling", *case.debtors), who="f1-judge")


async def test_a_document_made_after_the_account_was_opened_states_it(b: Bench) -> None:
    case = await file_case(b)
    path = f"/cases/{case.case_id}/documents"
    await b.post("intake", path, document("enforcement_notice", *case.debtors), who="service_officer")
    await b.tell("funds", AccountOpened(account_id=case.case_id), case.case_id)
    await b.settle()
    await b.post("intake", path, document("enforcement_notice", *case.debtors), who="service_officer")
    before, after = await b.events("intake", case.subject, "DocumentDrafted")
    assert (before["data"]["states"], after["data"]["states"]) == ([], ["case_account"])


@pytest.mark.clause("Y16")
async def test_the_chief_signs_what_is_the_chiefs(b: Bench) -> None:
    # given a decision on consumption limits
    case = await file_case(b)
    papers_of_case = f"/cases/{case.case_id}/documents"
    made = await b.post("intake", papers_of_case, document("consumption_decision", *case.debtors), who="judge-0")
    path = f"{papers_of_case}/{made['document_id']}/signature"
    # when the judge signs, the refusal names the rule and who must sign, and is on record
    refusal = await b.refused(409, "intake", path, SIGNED, who="judge-0", key="once")
    assert (refusal["rule"], refusal["wanted_by"], refusal["lacking"]) == ("yiyang.a.chief", "chief", ["post"])
    assert refusal == await b.refused(409, "intake", path, SIGNED, who="judge-0", key="once")
    [recorded] = await b.events("intake", case.subject, "ActRefused")
    assert recorded["data"]["act"] == "sign/consumption_decision"
    assert (recorded["actor"], recorded["data"]["wanted_by"]) == ("yiyang-judge-0", "chief")
    # the chief can, once
    await b.post("intake", path, SIGNED, who="chief")
    await b.refused(409, "intake", path, SIGNED, who="chief")
    [signed] = await b.events("intake", case.subject, "DocumentSigned")
    assert (signed["ruleid"], signed["pack"], signed["packversion"]) == ("yiyang.a.chief", "yiyang", VERSION)


async def test_the_papers_of_a_case_are_listed_with_what_they_are_about(b: Bench) -> None:
    case = await file_case(b)
    papers_of_case = f"/cases/{case.case_id}/documents"
    made = await b.post("intake", papers_of_case, document("ruling", *case.debtors), who="judge-0")
    about = document("auction_notice", *case.debtors, about="lot:l1")
    notice = await b.post("intake", papers_of_case, about, who="judge-0")
    await b.post("intake", f"{papers_of_case}/{notice['document_id']}/signature", SIGNED, who="chief")
    await b.settle()
    assert await b.get("intake", papers_of_case, who="judge-0") == [
        {"document_id": made["document_id"], "kind": "ruling", "about": None, "signed": False},
        {"document_id": notice["document_id"], "kind": "auction_notice", "about": "lot:l1", "signed": True},
    ]
    assert (await b.call("GET", "intake", "/cases/yiyang-none/documents", who="judge-0")).status_code == 404


@pytest.mark.clause("Y16")
async def test_the_judge_of_the_team_that_holds_the_case_signs_the_rest(b: Bench) -> None:
    case = await file_case(b)
    papers_of_case = f"/cases/{case.case_id}/documents"
    made = await b.post("intake", papers_of_case, document("ruling", *case.debtors), who="judge-0")
    path = f"{papers_of_case}/{made['document_id']}/signature"
    refusal = await b.refused(409, "intake", path, SIGNED, who="f1-judge")  # the case is still the affairs team's
    assert (refusal["rule"], refusal["lacking"]) == ("yiyang.a.else", ["team"])
    refusal = await b.refused(409, "intake", path, SIGNED, who="service_officer")
    assert refusal["lacking"] == ["post"]
    await b.post("intake", path, SIGNED, who="judge-0")


@pytest.mark.clause("Y16")
async def test_papers_of_preservation_cases_wait_for_the_judge_designated(b: Bench) -> None:
    case = await file_case(b, applied={"kind": "preservation"})
    papers_of_case = f"/cases/{case.case_id}/documents"
    made = await b.post("intake", papers_of_case, document("preservation_ruling", *case.debtors), who="judge-0")
    refusal = await b.refused(409, "intake", f"{papers_of_case}/{made['document_id']}/signature", SIGNED, who="judge-0")
    assert (refusal["rule"], refusal["lacking"]) == ("yiyang.a.preservation", ["designation"])
    # once the judge is designated, the same judge can
    designated = CredentialRecorded(
        member_id="yiyang-judge-0", credential="preservation_judge", action="granted", valid_to="2026-12-31"
    )
    await b.tell("triage", designated, case.case_id, subject="member/yiyang-judge-0", who="chief")
    await b.settle()
    await b.post("intake", f"{papers_of_case}/{made['document_id']}/signature", SIGNED, who="judge-0")


async def test_whoever_holds_the_case_deals_with_it(b: Bench) -> None:
    """The role of the handler (承办人), and the judge of the team that holds the case (Y16)."""
    # given a case that the fast team has accepted
    case = await file_case(b)
    names, notes = f"/cases/{case.case_id}/parties", {"marks": {"willing_to_perform": True}}
    await b.refused(403, "intake", f"/cases/{case.case_id}/notes", notes, who="f1-judge")
    await b.tell("triage", accepted("fast_1", "yiyang-f1-judge"), case.case_id, who="f1-judge")
    await b.settle()
    # then its judge notes, sees the names, and signs; the affairs team's no longer does
    await b.post("intake", f"/cases/{case.case_id}/notes", notes, who="f1-judge")
    assert (await b.get("intake", names, who="f1-judge"))[0]["name"] == papers.CREDITOR_NAME
    made = await b.post("intake", f"/cases/{case.case_id}/documents", document("ruling"), who="f1-judge")
    path = f"/cases/{case.case_id}/documents/{made['document_id']}/signature"
    refusal = await b.refused(409, "intake", path, SIGNED, who="judge-0")
    assert (refusal["rule"], refusal["lacking"]) == ("yiyang.a.else", ["team"])
    await b.post("intake", path, SIGNED, who="f1-judge")


def accepted(team: str, member: str) -> HandoverAccepted:
    return HandoverAccepted(
        handover_id="yiyang-h1",
        what="case",
        reason="first_assignment",
        from_team="affairs",
        from_post="director",
        to_team=team,
        to_post="judge",
        items=(),
        pages=0,
        register_signed=True,
        to_member=member,
    )


async def test_sending_and_service(b: Bench) -> None:
    case = await file_case(b)
    [debtor] = case.debtors
    made = await b.post(
        "intake", f"/cases/{case.case_id}/documents", document("summons", debtor), who="service_officer"
    )
    path = f"/cases/{case.case_id}/documents/{made['document_id']}"
    await b.refused(409, "intake", f"{path}/sendings", sending(debtor), who="service_officer")  # not signed
    await b.post("intake", f"{path}/signature", SIGNED, who="judge-0")
    await b.refused(422, "intake", f"{path}/sendings", sending(case.creditor), who="service_officer")
    assert await b.post("intake", f"{path}/sendings", sending(debtor), who="service_officer") == {"attempt": 1}
    # a failure gives its reason; the second attempt reaches the debtor
    failed = {"party_id": debtor, "attempt": 1, "outcome": "failed"}
    await b.refused(422, "intake", f"{path}/services", failed, who="service_officer")
    await b.post("intake", f"{path}/services", failed | {"reason": "unreachable"}, who="service_officer")
    await b.refused(409, "intake", f"{path}/services", failed | {"reason": "unreachable"}, who="service_officer")
    served = {"party_id": debtor, "attempt": 2, "outcome": "served"}
    await b.refused(404, "intake", f"{path}/services", served, who="service_officer")
    by_post = sending(debtor, way="post", address="registered")
    assert await b.post("intake", f"{path}/sendings", by_post, who="service_officer") == {"attempt": 2}
    assert await b.post("intake", f"{path}/services", served, who="service_officer") == {"complete": True}
    last = (await b.events("intake", case.subject, "DocumentServed"))[-1]["data"]
    assert (last["way"], last["attempt"], last["complete"]) == ("post", 2, True)
    # the document of one case is not another's
    other = await file_case(b)
    stray = f"/cases/{other.case_id}/documents/{made['document_id']}/sendings"
    await b.refused(404, "intake", stray, sending(debtor), who="service_officer")
    seen = await b.get("intake", path, who="clerk")
    assert (seen["served"], seen["signed"]) == ([debtor], True)


# -- notes, contacts, the file


async def test_notes_and_contacts_speak_of_the_cases_own_parties(b: Bench) -> None:
    case, other = await file_case(b), await file_case(b)
    notes = f"/cases/{case.case_id}/notes"
    missing = {"marks": {"property_clue": True}, "party": {"party_id": case.debtors[0], "whereabouts": "missing"}}
    await b.post("intake", notes, missing, who="director")
    stranger = {"marks": {}, "party": {"party_id": other.debtors[0], "whereabouts": "missing"}}
    await b.refused(422, "intake", notes, stranger, who="director")
    await b.refused(422, "intake", notes, {"marks": {}}, who="director")
    await b.refused(403, "intake", notes, missing, who="f1-judge")  # not the holder of the case
    contacts = f"/cases/{case.case_id}/contacts"
    await b.post("intake", contacts, papers.contact("reception", case.creditor), who="general_officer")
    await b.refused(422, "intake", contacts, papers.contact("phone", other.creditor), who="general_officer")
    [met] = await b.events("intake", case.subject, "ContactRecorded")
    assert met["data"]["with"] == [case.creditor]


CLOSED = CaseClosed(
    way="performed",
    closed_on="2026-03-02",
    cause="performed",
    applied_fen=1,
    closed_fen=1,
    waived_fen=0,
    recovered_fen=1,
    funds_settled=True,
    signed_by="judge",
)


def handover(reason: str, to_team: str, to_post: str, **more: Any) -> dict[str, Any]:
    giver = {"what": "file", "reason": reason, "from_team": "affairs", "from_post": "clerk", "register_signed": True}
    return giver | {"to_team": to_team, "to_post": to_post, "items": ["whole_file"], "pages": 120, **more}


async def test_the_file_goes_to_the_archives_when_the_case_is_closed(b: Bench) -> None:
    """Walk 5.1, steps 33 to 36; both sides of every hand-over are on record (Y01)."""
    case = await file_case(b)
    path = f"/cases/{case.case_id}/handovers"
    to_file_centre = handover("archiving", "affairs", "file_officer")
    await b.refused(409, "intake", path, to_file_centre, who="f1-clerk")
    await b.tell("triage", CLOSED, case.case_id)
    await b.settle()
    given = await b.post("intake", path, to_file_centre, who="f1-clerk")
    await b.refused(403, "intake", f"/handovers/{given['handover_id']}/accept", who="f1-clerk")
    await b.post("intake", f"/handovers/{given['handover_id']}/accept", who="file_officer")
    materials = f"/cases/{case.case_id}/file/materials"
    await b.post("intake", materials, papers.material("whole_file", pages=120), who="file_officer")
    given = await b.post("intake", path, handover("archiving", "general", "trial_management"), who="file_officer")
    await b.post("intake", f"/handovers/{given['handover_id']}/accept", who="trial_management")
    await b.settle()
    archived = [
        n for n in await b.names("intake", case.subject) if not n.startswith(("Matter", "Case", "App", "Check"))
    ]
    to_keeper, to_archive = ["HandedOver", "ActRefused", "HandoverAccepted"], ["HandedOver", "HandoverAccepted"]
    assert archived == [*to_keeper, "MaterialFiled", *to_archive]
    seen = await b.get("intake", f"/cases/{case.case_id}/file", who="file_officer")
    assert [m["kind"] for m in seen["materials"]] == ["whole_file"]
    # a closed case takes no marks, but later papers
    await b.refused(409, "intake", f"/cases/{case.case_id}/notes", {"marks": {"easy": True}}, who="director")
    await b.post("intake", materials, papers.material("later_material", pocket=True), who="file_officer")


async def test_a_case_itself_is_not_handed_over_here(b: Bench) -> None:
    case = await file_case(b)
    body = handover("first_assignment", "fast_1", "judge", what="case")
    problem = await b.refused(422, "intake", f"/cases/{case.case_id}/handovers", body, who="director")
    assert problem["errors"][0]["field"] == "body.what"


# -- what everybody gets wrong


async def recorded(b: Bench) -> int:
    return await b.running["intake"].log.head()


BAD_APPLICATIONS: dict[str, Any] = {
    "no_debtor": papers.application(parties=[papers.creditor()]),
    "no_parties": papers.application(parties=[]),
    "unknown_field": papers.application(extra=1),
    "wrong_type": papers.application(items="application_form"),
    "unknown_kind": papers.application(kind="lawsuit"),
    "nul_in_name": papers.application(parties=[papers.party("debtor", "a\0b")]),
    "nul_in_code": papers.application(items=["a\0b"]),
    "nul_in_address": papers.application(parties=[papers.debtor(addresses={"confirmed": "x\0y"})]),
    "long_name": papers.application(parties=[papers.party("debtor", "x" * 201)]),
    "blank_name": papers.application(parties=[papers.party("debtor", " ")]),
    "no_name": papers.application(parties=[papers.party("debtor", "")]),
    "the_future": papers.application(at="2026-03-02T01:06:00Z"),
    "long_ago": papers.application(at="1989-03-02T01:06:00Z"),
    "no_zone": papers.application(at="2026-03-02T01:00:00"),
    "not_an_object": [1],
}


@pytest.mark.parametrize("name", BAD_APPLICATIONS)
async def test_a_bad_application_leaves_no_trace(b: Bench, name: str) -> None:
    problem = await b.refused(422, "intake", "/applications", BAD_APPLICATIONS[name], who="filing_officer")
    assert problem["errors"][0]["field"].startswith("body")
    assert await recorded(b) == 0


async def test_what_is_not_json_leaves_no_trace(b: Bench) -> None:
    nested = "[" * 10_000 + "]" * 10_000
    surrogate = json.dumps(papers.application(parties=[papers.party("debtor", "a\ud800")]))
    for content in ('{"kind":', nested, '{"items": ' + nested + "}", b"\xff\xfe", surrogate, '{"items": NaN}'):
        answer = await b.call("POST", "intake", "/applications", who="filing_officer", content=content)
        assert 400 <= answer.status_code < 500, answer.text
    assert await recorded(b) == 0


BAD_FILINGS: dict[str, Any] = {
    "body.claim.amount_fen": [filing(-1), filing(2**63), filing(0), filing("1"), filing(1.5)],  # type: ignore[arg-type]
    "body.cause": [filing(cause="heartbreak")],
    "body.claim.acts.*": [filing(claim=filing()["claim"] | {"acts": ["dancing"]})],
    "body.at": [filing(at="1990-06-01T00:00:00Z"), filing(at="2026-03-03T00:00:00Z")],
    "body.case_no": [filing(case_no="（2026）豫0327执9号")],
}


@pytest.mark.parametrize("field", BAD_FILINGS)
async def test_a_bad_filing_names_the_field_and_leaves_no_trace(b: Bench, field: str) -> None:
    received = await receive(b)
    await review(b, received["case_id"])
    before = await recorded(b)
    for body in BAD_FILINGS[field]:
        problem = await b.refused(422, "intake", f"/cases/{received['case_id']}/filing", body, who="filing_officer")
        assert problem["errors"][0]["field"] == field
    assert await recorded(b) == before


async def test_unknown_kinds_are_refused_on_entry_wherever_they_stand(b: Bench) -> None:
    case = await file_case(b)
    before, one = await recorded(b), f"/cases/{case.case_id}"
    bad = {
        f"{one}/notes": ({"marks": {"handsome": True}}, "body.marks.*", "director"),
        f"{one}/documents": (document("sonnet"), "body.kind", "service_officer"),
        f"{one}/contacts": (papers.contact("seance"), "body.kind", "general_officer"),
        f"{one}/file/materials": (papers.material("poem"), "body.kind", "file_officer"),
    }
    for path, (body, field, who) in bad.items():
        problem = await b.refused(422, "intake", path, body, who=who)
        assert problem["errors"][0]["field"] == field
    assert await recorded(b) == before


async def test_unknown_cases_and_other_courts(b: Bench) -> None:
    ghost = "/cases/yiyang-ghost"
    for path, body, who in (
        (f"{ghost}/filing", filing(), "filing_officer"),
        (f"{ghost}/application/review", PASSED, "filing_officer"),
        (f"{ghost}/notes", {"marks": {"easy": True}}, "director"),
        (f"{ghost}/documents", document("summons"), "service_officer"),
        (f"{ghost}/contacts", papers.contact("phone"), "general_officer"),
        (f"{ghost}/file/materials", papers.material("draft"), "file_officer"),
        (f"{ghost}/handovers", handover("archiving", "affairs", "file_officer"), "clerk"),
        (f"{ghost}/parties/yiyang-nobody", {"phones": []}, "filing_officer"),
        (f"{ghost}/parties/yiyang-nobody/forget", {}, "director"),
    ):
        await b.refused(404, "intake", path, body, who=who)
    await b.refused(403, "intake", "/cases/horqin-1/filing", filing(), who="filing_officer")
    assert await recorded(b) == 0


async def test_a_late_entry_keeps_both_times(b: Bench) -> None:
    at = START - timedelta(days=2)
    received = await b.post("intake", "/applications", papers.application(at=at.isoformat()), who="filing_officer")
    [event] = await b.events("intake", f"case/{received['case_id']}")
    assert (event["time"], event["recordedat"]) == ("2026-02-28T01:00:00.000000Z", "2026-03-02T01:00:00.000000Z")
