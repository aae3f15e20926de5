"""更正: what was recorded wrong is told anew; what was known before stays known as it was then."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from tests import papers
from tests.correcting import amendment, correct, published, void
from tests.services import Bench
from tests.walks import Walk, asset, system

DAY = timedelta(days=1)
Y06 = "yiyang.first_assignment"
APPLICATION_NOTICE = "cn.notice_of_application"
FILER = "filing_officer"


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


async def filed_case(b: Bench) -> Walk:
    walk = Walk(b)
    await walk.file()
    await b.settle()
    return walk


async def filing_of(walk: Walk) -> dict[str, Any]:
    return await published(walk.b, "intake", walk.case.subject, "CaseFiled")


async def reviews(walk: Walk) -> list[dict[str, Any]]:
    asked = await walk.b.events("triage", walk.case.subject, "MatterAsked")
    return [e["data"] for e in asked if e["data"]["kind"] == "review_correction"]


# ---- what is known now, and what was known then ---------------------------------------------------------------------


@pytest.mark.clause("Y01", "Y06")
async def test_a_wrong_date_moves_the_clock_now_and_leaves_what_was_known_then(b: Bench) -> None:
    """Given a filing entered on its day but dated twelve days early, when its date is corrected, then the case is not
    overdue; that it counted as overdue until then stays on record."""
    walk = Walk(b)
    received = await papers.receive(b)
    await papers.review(b, received["case_id"])
    early = (b.clock.now() - 12 * DAY).isoformat()
    filed = await b.post("intake", f"/cases/{received['case_id']}/filing", papers.filing() | {"at": early}, who=FILER)
    walk.case = papers.Filed(received, filed)
    await b.settle()
    await b.advance(hours=1)
    wrong, before = await walk.clock(Y06), b.clock.now()
    assert (wrong["state"], wrong["standing"]) == ("breached", "standing")

    await b.advance(hours=1)
    await correct(b, "intake", amendment(await filing_of(walk), at=before - timedelta(hours=1)), FILER)

    now = await walk.clock(Y06)
    assert (now["state"], now["standing"]) == ("running", "cured")
    then = await walk.clock(Y06, as_of=before.isoformat(), as_known_at=before.isoformat())
    assert (then["state"], then["due"]) == (wrong["state"], wrong["due"])
    [listed] = await b.get("supervision", "/breaches", who="director", params={"rule": Y06})
    assert listed["standing"] == "cured"


@pytest.mark.clause("Y01")
async def test_a_wrong_amount_is_the_right_one_from_the_correction_on(b: Bench) -> None:
    walk = await filed_case(b)
    filing = await filing_of(walk)
    claim = filing["data"]["claim"] | {"amount_fen": 860_000}

    await correct(b, "intake", amendment(filing, claim=claim), FILER)

    assert (await walk.see("intake"))["claim"]["amount_fen"] == 860_000
    assert (await filing_of(walk))["data"]["claim"]["amount_fen"] == walk.claim_fen  # what left never changes
    corrected = await published(b, "intake", walk.case.subject, "FactCorrected")
    assert corrected["actor"] == "yiyang-filing-0" or corrected["post"] == FILER
    for running in b.running.values():
        known = await running.parts.facts.known("yiyang", walk.case.subject)
        assert known.view.claim_fen == 860_000, running.service.name


@pytest.mark.clause("Y01")
async def test_a_wrong_party_is_put_right(b: Bench) -> None:
    """Given a debtor entered as a person who is a party organ, when that is corrected, then it counts everywhere."""
    walk = await filed_case(b)
    filing = await filing_of(walk)
    creditor, debtor = filing["data"]["parties"]

    await correct(b, "intake", amendment(filing, parties=[creditor, debtor | {"kind": "organ"}]), FILER)

    known = await b.running["triage"].parts.facts.known("yiyang", walk.case.subject)
    assert [each["organ"] for each in known.view.debtors] == [True]
    stranger = debtor | {"party_id": "yiyang-nobody"}
    body = amendment(filing, parties=[creditor, stranger])
    refused = await b.refused(422, "intake", "/corrections", body, who=FILER)
    assert refused["errors"][0]["field"] == "body.reading.data"


@pytest.mark.clause("Y01", "Y19")
async def test_what_never_happened_is_void_and_the_deadline_it_met_runs_again(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=False)
    body = papers.contact("party_informed", walk.case.creditor, topics=["property"])
    await walk.do(walk.judge, "intake", "contacts", body)
    met = await published(b, "intake", walk.case.subject, "ContactRecorded", kind="party_informed")
    await b.advance(hours=1)
    before = b.clock.now()

    await correct(b, "intake", void(met), walk.judge)

    facts = (await b.running["supervision"].parts.facts.known("yiyang", walk.case.subject)).view
    assert "party_informed" not in facts.contacts
    told = await walk.see("supervision", "/timeline", as_known_at=before.isoformat())
    assert "party_informed" in str(told)


@pytest.mark.clause("Y01")
async def test_what_is_entered_a_week_late_cures_the_breach_but_does_not_deny_it(b: Bench) -> None:
    """Given a notice sent in time, when that is entered a week later, then the deadline is met, and was overdue as far
    as anybody knew until then."""
    walk = await filed_case(b)
    [*_, notice] = [await papers.make_document(b, walk.case, kind) for kind in ("report_order", "enforcement_notice")]
    sent = b.clock.now() + 9 * DAY
    await b.advance(days=16)
    before = b.clock.now()
    overdue = await walk.clock(APPLICATION_NOTICE)
    assert (overdue["state"], overdue["standing"]) == ("breached", "standing")

    await b.advance(hours=1)
    body = papers.sending(walk.case.debtors[0], at=sent.isoformat())
    await walk.do("service_officer", "intake", f"documents/{notice}/sendings", body)
    await b.settle()

    now = await walk.clock(APPLICATION_NOTICE)
    assert (now["state"], now["standing"]) == ("met", "cured")
    then = await walk.clock(APPLICATION_NOTICE, as_of=before.isoformat(), as_known_at=before.isoformat())
    assert (then["state"], then["due"]) == ("breached", overdue["due"])
    [listed] = await b.get("supervision", "/breaches", who="director", params={"rule": APPLICATION_NOTICE})
    assert listed["standing"] == "cured"


# ---- who may, and what may not --------------------------------------------------------------------------------------


@pytest.mark.clause("Y01", "Y22")
async def test_who_recorded_it_corrects_it_or_the_director_by_whose_leave_it_then_stands(b: Bench) -> None:
    walk = await filed_case(b)
    filing = await filing_of(walk)
    body = amendment(filing, marked_simple=True)
    refused = await b.refused(403, "intake", "/corrections", body, who="clerk")
    assert "who recorded it" in refused["detail"]

    await correct(b, "intake", body, FILER)
    await correct(b, "intake", amendment(filing, marked_simple=False), "director")

    own, others = [e["data"] for e in await b.events("intake", walk.case.subject, "FactCorrected")]
    assert "approved_by" not in own
    assert others["approved_by"] == "director"


async def test_of_several_corrections_the_last_holds(b: Bench) -> None:
    walk = await filed_case(b)
    filing = await filing_of(walk)
    for fen in (1_000, 2_000, 3_000):
        claim = filing["data"]["claim"] | {"amount_fen": fen}
        await correct(b, "intake", amendment(filing, claim=claim), FILER)
    assert (await walk.see("intake"))["claim"]["amount_fen"] == 3_000
    assert (await b.running["funds"].parts.facts.known("yiyang", walk.case.subject)).view.claim_fen == 3_000


async def test_what_cannot_be_corrected_is_refused_and_nothing_is_recorded(b: Bench) -> None:
    walk = await filed_case(b)
    filing = await filing_of(walk)
    await correct(b, "intake", amendment(filing, marked_simple=True), FILER)
    [correction] = await b.events("intake", walk.case.subject, "FactCorrected")
    heads = await b._heads()
    later = b.clock.now() + DAY
    wrong = {
        "void": (409, void(filing)),
        "of another service": (404, amendment(await published(b, "funds", walk.case.subject, "AccountOpened"))),
        "a correction": (409, amendment(correction)),
        "another number": (422, amendment(filing, case_no="（2026）豫0327执999号")),
        "another kind": (422, amendment(filing, kind="objection")),
        "a cause nobody knows": (422, amendment(filing, cause="weather")),
        "no such field": (422, amendment(filing, colour="red")),
        "to come": (422, amendment(filing, at=later)),
        "long ago": (422, amendment(filing, at=b.clock.now() - 40 * 366 * DAY)),
        "an amendment of nothing": (422, void(filing) | {"how": "amend"}),
        "a void with data": (422, amendment(filing) | {"how": "void"}),
        "of another case": (404, amendment(filing) | {"subject": "case/yiyang-other"}),
    }
    for what, (status, body) in wrong.items():
        answer = await b.call("POST", "intake", "/corrections", who="director", json=body)
        assert answer.status_code == status, (what, answer.text)
    assert await b._heads() == heads


# ---- what contradicts a decision ------------------------------------------------------------------------------------


@pytest.mark.clause("Y01", "Y11")
async def test_a_correction_that_contradicts_the_route_is_put_before_the_director_and_undoes_nothing(b: Bench) -> None:
    """Given a case on the simple track because a deposit covers it, when the claim turns out ten times as high, then
    the director has to look at it; the case stays where it is."""
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    before = await walk.see("triage")
    filing = await filing_of(walk)
    claim = filing["data"]["claim"]

    await correct(b, "intake", amendment(filing, marked_simple=True), FILER)
    assert await reviews(walk) == []

    await correct(b, "intake", amendment(filing, claim=claim | {"amount_fen": 10 * walk.claim_fen}), FILER)

    [asked] = await reviews(walk)
    assert (asked["to_post"], asked["items"]) == ("director", 1)
    after = await walk.see("triage")
    assert after["contradicted"] == ["route"]
    assert (after["route"], after["team"]) == (before["route"], before["team"])


async def test_what_happens_after_a_decision_does_not_contradict_it(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    await walk.do(walk.judge, "intake", "notes", {"marks": {"needs_disposal": True}})
    contact = await published(b, "intake", walk.case.subject, "ContactRecorded")
    await correct(b, "intake", void(contact), walk.judge)
    assert await reviews(walk) == []


@pytest.mark.clause("Y17")
async def test_a_pre_step_declared_void_contradicts_the_gate_already_passed(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    check = await published(b, "triage", walk.case.subject, "CheckRecorded", kind="contacts")
    await correct(b, "triage", void(check), "general_officer")
    [asked] = await reviews(walk)
    assert asked["items"] == len((await walk.see("triage"))["contradicted"]) > 0


async def test_a_fact_entered_late_that_contradicts_the_route_is_put_before_the_director(b: Bench) -> None:
    """Given a case routed as one with nothing to sell, when a house known since the day before is entered, then the
    director has to look at it."""
    walk = Walk(b)
    await walk.file()
    known = b.clock.now()
    await b.advance(days=1)
    await walk.send_forms()
    await walk.answer()
    await walk.prepare()
    await walk.accept(await walk.hand_over())
    await b.advance(hours=1)
    body = {"source": "clue", "assets": [asset(walk.case.debtors[0], "real_estate", 1_000_000, online=False)]}
    await walk.do("field_officer", "asset-control", "assets", body)
    await b.settle()
    assert (await walk.see("triage"))["contradicted"] == []
    await b.advance(hours=1)

    await walk.do("field_officer", "asset-control", "assets", body | {"at": known.isoformat()})
    await b.settle()

    [asked] = await reviews(walk)
    assert asked["to_post"] == "director"


async def test_a_measure_on_what_turns_out_to_be_anothers_is_put_before_the_director(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    found = await published(b, "asset-control", walk.case.subject, "AssetsFound")
    [deposit] = found["data"]["assets"]
    await correct(b, "asset-control", amendment(found, assets=[deposit | {"kind": "vehicle"}]))
    assert "measure" in (await walk.see("triage"))["contradicted"]
    assert len(await reviews(walk)) == 1


@pytest.mark.clause("Y05")
async def test_a_seizure_whose_last_day_was_wrong_is_renewed_and_ends_by_the_right_one(b: Bench) -> None:
    """Given a seizure entered as ending in a month, when its last day turns out two months later, then it does not end
    with the month, and ends when it should."""
    walk = Walk(b)
    await walk.to_first_holder(deposit=False)
    flat = await walk.find_flat()
    taken = await published(b, "asset-control", walk.case.subject, "MeasureTaken", kind="seal")
    first = b.clock.now() + 30 * DAY
    await correct(b, "asset-control", amendment(taken, expires_on=first.date().isoformat()))
    await correct(b, "asset-control", amendment(taken, expires_on=(first + 60 * DAY).date().isoformat()))

    await b.advance(days=40)
    assert [each["state"] for each in await walk.why(clock="cn.seizure_expiry")] == ["running"]
    [asset] = [a for a in (await walk.see("asset-control", "/assets"))["assets"] if a["id"] == flat]
    assert len(asset["measures"]) == 1

    await b.advance(days=60)
    [lifted] = await b.events("asset-control", walk.case.subject, "MeasureLifted")
    assert lifted["data"]["cause"] == "expired"


async def test_a_measure_that_was_lifted_is_not_declared_void_before_its_lifting_is(b: Bench) -> None:
    walk = Walk(b)
    await walk.to_first_holder(deposit=True)
    taken = await published(b, "asset-control", walk.case.subject, "MeasureTaken")
    await walk.lift()
    await b.refused(409, "asset-control", "/corrections", void(taken), who="director")
    await correct(b, "asset-control", void(await published(b, "asset-control", walk.case.subject, "MeasureLifted")))
    await correct(b, "asset-control", void(taken))
    assert (await walk.see("asset-control", "/assets"))["assets"][0]["measures"] == []
