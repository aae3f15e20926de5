"""对人措施 and the matters of the enquiry staff: the paper comes first, the measure ends when its ground does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from asset_control.papers import PAPERS
from asset_control.service import SERVICE as ASSET_CONTROL
from contracts.triage import PerformanceRecorded
from contracts.vocabulary import MATTER_OWNERS
from tests.contract.samples import golden
from tests.property import FIELD, OFFICER, asset, data_of, known_assets, lifted, measured, reasons, surveyed
from tests.services import Bench, bench
from tests.told import CASE, CREDITOR, DEBTOR, HANDLER, closed, filed, held, signed

MEASURES = f"/cases/{CASE}/measures"
AMOUNT = {"fine": {"amount_fen": 1_000_000}}
SIGNERS = {
    "consumption_decision": ("yiyang.a.chief", "chief"),
    "dishonest_decision": ("yiyang.a.chief", "chief"),
    "fine_decision": ("yiyang.a.coercion", "president"),
    "detention_decision": ("yiyang.a.coercion", "president"),
    "search_order": ("yiyang.a.else", "judge"),
    "summons": ("yiyang.a.else", "judge"),
}


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [ASSET_CONTROL]) as running:
        await filed(running)
        await held(running)
        yield running


def on_debtor(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "party_id": DEBTOR, "channel": "offline", **AMOUNT.get(kind, {}), **more}


# -- the paper comes first


@pytest.mark.clause("Y16", "Y18")
@pytest.mark.parametrize("kind", PAPERS)
async def test_a_measure_on_a_person_is_taken_on_a_signed_paper_only(b: Bench, kind: str) -> None:
    # when nobody has signed it, then it is refused: the answer names the paper and who signs it, and is on record
    problem = await b.refused(409, "asset-control", MEASURES, on_debtor(kind), who=HANDLER)
    paper = PAPERS[kind]
    assert (problem["rule"], problem["lacking"], problem["wanted_by"]) == (
        SIGNERS[paper][0],
        [paper],
        SIGNERS[paper][1],
    )
    assert (await b.names("asset-control", f"case/{CASE}"))[-1] == "ActRefused"
    # when it is signed, then it is taken on that paper
    document = await signed(b, paper)
    await measured(b, **on_debtor(kind))
    [taken] = await data_of(b, "MeasureTaken")
    assert (taken["kind"], taken["document_id"]) == (kind, document)


@pytest.mark.clause("Y16")
async def test_a_paper_orders_one_measure_on_whom_it_names(b: Bench) -> None:
    await signed(b, "fine_decision", party_id=CREDITOR)
    await b.refused(409, "asset-control", MEASURES, on_debtor("fine"), who=HANDLER)
    other = await signed(b, "consumption_decision")
    first = await signed(b, "fine_decision")
    named = on_debtor("fine", document_id=other)
    await b.refused(422, "asset-control", MEASURES, named, who=HANDLER)
    await measured(b, **on_debtor("fine", document_id=first))
    await b.refused(409, "asset-control", MEASURES, on_debtor("fine"), who=HANDLER)  # a second fine, a second decision
    second = await signed(b, "fine_decision")
    await measured(b, **on_debtor("fine"))
    assert [taken["document_id"] for taken in await data_of(b, "MeasureTaken")] == [first, second]


async def test_what_needs_no_paper_is_taken_without(b: Bench) -> None:
    for kind in ("ringtone", "publication", "exit_ban", "reward_notice"):
        await measured(b, **on_debtor(kind))
    assert len((await known_assets(b))["on_persons"]) == 4


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"kind": "fine"}, 422),
        ({"kind": "fine", "amount_fen": 0}, 422),
        ({"kind": "fine", "amount_fen": 1, "expires_on": "2026-09-01"}, 422),
        ({"kind": "seal"}, 422),
        ({"rank": 1}, 422),
        ({"party_id": CREDITOR}, 422),
        ({"party_id": "yiyang-nobody"}, 422),
        ({"expires_on": "2026-03-02"}, 422),
        ({"expires_on": "never"}, 422),
        ({"channel": "shouted"}, 422),
    ],
)
async def test_a_measure_that_cannot_be_is_not_taken(b: Bench, change: dict[str, Any], status: int) -> None:
    for paper in ("fine_decision", "consumption_decision"):
        await signed(b, paper)
    body = {"kind": "consumption_limit", "party_id": DEBTOR, "channel": "offline"} | change
    await b.refused(status, "asset-control", MEASURES, body, who=HANDLER)
    assert await data_of(b, "MeasureTaken") == []


@pytest.mark.parametrize(
    ("kind", "within", "past", "rule"),
    [
        ("fine", {"amount_fen": 100_000_000}, {"amount_fen": 100_000_001}, "cn.l.fine_unit"),
        ("detention", {"expires_on": "2026-03-17"}, {"expires_on": "2026-03-18"}, "cn.l.detention"),
        ("dishonest_listing", {"expires_on": "2028-03-02"}, {"expires_on": "2028-03-03"}, "cn.l.listing"),
    ],
)
async def test_a_measure_on_a_person_stays_within_what_the_law_allows(
    b: Bench, kind: str, within: dict[str, Any], past: dict[str, Any], rule: str
) -> None:
    await signed(b, PAPERS[kind])
    refused = await b.refused(409, "asset-control", MEASURES, on_debtor(kind, **past), who=HANDLER)
    assert (refused["rule"], refused["lacking"]) == (rule, list(past))
    assert (await b.names("asset-control", f"case/{CASE}"))[-1] == "ActRefused"
    await measured(b, **on_debtor(kind, **within))


async def test_a_person_is_fined_less_than_a_company(b: Bench) -> None:
    case_id = "yiyang-case2"
    parties = golden("CaseFiled")["parties"]
    await filed(b, case_id, parties=[parties[0], parties[1] | {"kind": "person"}])
    await held(b, case_id)
    await signed(b, "fine_decision", case_id=case_id)
    path, fine = f"/cases/{case_id}/measures", on_debtor("fine", amount_fen=10_000_001)
    assert (await b.refused(409, "asset-control", path, fine, who=HANDLER))["rule"] == "cn.l.fine_person"
    await b.post("asset-control", path, fine | {"amount_fen": 10_000_000}, who=HANDLER)


# -- until it ends


async def test_a_measure_on_a_person_stands_until_it_is_lifted(b: Bench) -> None:
    await signed(b, "consumption_decision")
    measure = await measured(b, **on_debtor("consumption_limit"))
    await signed(b, "consumption_decision")
    await b.refused(409, "asset-control", MEASURES, on_debtor("consumption_limit"), who=HANDLER)
    assert [m["measure_id"] for m in (await known_assets(b))["on_persons"]] == [measure]
    await lifted(b, measure, party_id=DEBTOR)
    again = {"party_id": DEBTOR, "cause": "paid"}
    await b.refused(409, "asset-control", f"{MEASURES}/{measure}/lift", again, who=HANDLER)
    assert (await known_assets(b))["on_persons"] == []


async def test_a_detention_ends_within_its_last_day_also_after_a_restart(database: str) -> None:
    async with bench(database, [ASSET_CONTROL]) as b:
        await filed(b)
        await held(b)
        await signed(b, "detention_decision")
        await measured(b, **on_debtor("detention", expires_on="2026-03-17"))
        stopped_at = b.clock.now()
    async with bench(database, [ASSET_CONTROL], start=stopped_at) as b:
        await b.advance(days=30)
        [ended] = await b.events("asset-control", f"case/{CASE}", "MeasureLifted")
        assert ended["data"]["cause"] == "expired"
        assert datetime.fromisoformat(ended["time"]) == datetime(2026, 3, 17, 15, 59, 59, tzinfo=UTC)
        assert await data_of(b, "MatterAsked") == []  # and nobody is asked to renew it


async def test_when_the_claim_is_performed_what_stands_against_persons_is_listed_until_it_is_lifted(b: Bench) -> None:
    await signed(b, "dishonest_decision")
    listing = await measured(b, **on_debtor("dishonest_listing"))
    [account] = await surveyed(b, asset())
    await measured(b, kind="freeze", asset_id=account)
    paid = PerformanceRecorded(performance_id="yiyang-pf1", kind="paid", amount_fen=1, full=True, on_the_spot=False)
    await b.tell("triage", paid, CASE, who=HANDLER)
    await b.settle()
    await b.advance(minutes=11)
    assert await reasons(b) == [f"the claim is performed: to be lifted are {listing}"]
    await lifted(b, listing, party_id=DEBTOR, cause="paid")
    assert await reasons(b) == []


# -- matters of the enquiry staff


@pytest.mark.parametrize("kind", sorted(MATTER_OWNERS["asset-control"] - {"delegation_in"}))
async def test_every_matter_is_asked_by_the_handler_done_by_who_was_asked_and_told_to_the_handler(
    b: Bench, kind: str
) -> None:
    to_post = "general_officer" if kind == "refusal_evidence" else FIELD
    ask = {"kind": kind, "to_post": to_post, "urgent": False, "items": 1, "requirement": True, "materials": []}
    path = f"/cases/{CASE}/matters"
    await b.refused(403, "asset-control", path, ask, who="funds_officer")
    matter = (await b.post("asset-control", path, ask, who=HANDLER))["matter_id"]
    await b.refused(403, "asset-control", f"/matters/{matter}/accept", who=OFFICER)
    await b.post("asset-control", f"/matters/{matter}/accept", who=to_post)
    await b.post("asset-control", f"/matters/{matter}/progress", {"step": "sent"}, who=to_post)
    record = {"place": "in_county", "doers": ["yiyang-field-1"], "media": ["video"]}
    done = {"result": "done", "receipts_complete": True, "reported_to_handler": True, "record": record}
    await b.post("asset-control", f"/matters/{matter}/finish", done, who=to_post)
    await b.refused(409, "asset-control", f"/matters/{matter}/finish", done, who=to_post)
    [told] = await data_of(b, "MatterDone")
    assert (told["kind"], told["record"]["doers"]) == (kind, ["yiyang-field-1"])
    # once the case is closed nothing but a clue is asked for
    await closed(b)
    await b.refused(200 if kind == "verify_clue" else 409, "asset-control", path, ask, who=HANDLER)


async def test_what_another_court_asks_for_is_a_matter_of_its_own(b: Bench) -> None:
    ask = {"to_post": FIELD, "urgent": False, "items": 2, "requirement": True, "materials": ["delegation_letter"]}
    await b.refused(403, "asset-control", "/delegations", ask, who="funds_officer")
    matter = (await b.post("asset-control", "/delegations", ask, who="director"))["matter_id"]
    await b.post("asset-control", f"/matters/{matter}/accept", who=FIELD)
    await b.post("asset-control", f"/matters/{matter}/progress", {"step": "replied"}, who=FIELD)
    done = {"result": "done", "receipts_complete": True, "reported_to_handler": False}
    await b.post("asset-control", f"/matters/{matter}/finish", done, who=FIELD)
    names = await b.names("asset-control", f"matter/{matter}")
    assert names == ["MatterAsked", "MatterAccepted", "MatterProgressed", "MatterDone"]


# -- enquiries that fail, and those after the closing


async def enquiries(b: Bench) -> list[dict[str, Any]]:
    return await b.get("asset-control", f"/cases/{CASE}/enquiries", who=OFFICER)


async def fail(b: Bench, enquiry_id: str, who: str = OFFICER) -> None:
    failed = {"scope": ["deposit"], "result": "failed"}
    await b.post("asset-control", f"/cases/{CASE}/enquiries/{enquiry_id}/answer", failed, who=who)
    await b.settle()


@pytest.mark.clause("Y04")
async def test_a_question_that_the_network_failed_to_answer_is_asked_again(b: Bench) -> None:
    [first] = await enquiries(b)
    await fail(b, first["enquiry_id"])
    _, again = await enquiries(b)
    like = ("channel", "purpose", "round", "party_ids")
    assert [again[name] for name in like] == [first[name] for name in like]
    assert "result" not in again


@pytest.mark.clause("Y05")
async def test_a_question_that_failed_at_the_counter_is_work_for_who_went_there(b: Bench) -> None:
    counter = {"channel": "counter", "purpose": "again", "round": 2, "party_ids": [DEBTOR]}
    asked = await b.post("asset-control", f"/cases/{CASE}/enquiries", counter, who=FIELD)
    await fail(b, asked["enquiry_id"], FIELD)
    [matter] = await data_of(b, "MatterAsked")
    assert (matter["kind"], matter["to_post"]) == ("counter_enquiry", FIELD)
    assert matter["about"] == f"enquiry:{asked['enquiry_id']}"


async def cycles(b: Bench) -> list[int]:
    return [e["cycle"] for e in await enquiries(b) if e["purpose"] == "half_yearly"]


async def test_ten_half_yearly_enquiries_follow_a_termination_for_now_also_over_restarts(database: str) -> None:
    async with bench(database, [ASSET_CONTROL]) as b:
        await filed(b)
        await held(b)
        await closed(b, way="terminated_for_now")
        await b.advance(days=160)
        assert await cycles(b) == []
        now = b.clock.now()
    for year in range(1, 6):
        async with bench(database, [ASSET_CONTROL], start=now) as b:
            await b.advance(days=365)
            assert await cycles(b) == list(range(1, 2 * year + 1))
            now = b.clock.now()
    async with bench(database, [ASSET_CONTROL], start=now) as b:
        await b.advance(days=400)
        assert len(await cycles(b)) == 10
        assert {e["actor"] for e in await b.events("asset-control", f"case/{CASE}", "EnquiryStarted")} == {"system"}


async def test_a_cycle_that_an_officer_has_enquired_for_is_not_enquired_for_twice(b: Bench) -> None:
    await closed(b, way="terminated_for_now")
    early = {"channel": "network_national", "purpose": "half_yearly", "round": 2, "cycle": 1, "party_ids": [DEBTOR]}
    await b.post("asset-control", f"/cases/{CASE}/enquiries", early, who=OFFICER)
    await b.advance(days=200)
    assert await cycles(b) == [1]


async def test_another_way_of_closing_is_followed_by_no_enquiry(b: Bench) -> None:
    await closed(b, way="performed")
    await b.advance(days=400)
    assert await cycles(b) == []


async def test_property_found_after_the_closing_is_not_touched_before_the_case_goes_on(b: Bench) -> None:
    await closed(b, way="terminated_for_now")
    await b.advance(days=200)
    [half_yearly] = [e for e in await enquiries(b) if e["purpose"] == "half_yearly"]
    answer = {"scope": ["deposit"], "result": "found", "assets": [asset()]}
    path = f"/cases/{CASE}/enquiries/{half_yearly['enquiry_id']}/answer"
    await b.post("asset-control", path, answer, who=OFFICER)
    await b.settle()
    assert (await b.names("asset-control", f"case/{CASE}"))[-2:] == ["EnquiryAnswered", "AssetsFound"]
    assert await b.work_items("asset-control") == []
