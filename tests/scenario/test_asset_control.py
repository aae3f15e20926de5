"""财产查控: enquiries, what they find, and measures on things and persons, with their terms."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from asset_control.reactions import TIMERS
from asset_control.service import SERVICE as ASSET_CONTROL
from contracts.intake import CaseNoted
from kernel.call import system_call
from kernel.principals import Principal
from supervision.service import SERVICE as SUPERVISION
from tests.services import Bench, bench
from tests.told import CASE, CLAIM_FEN, CREDITOR, DEBTOR, HANDLER, closed, filed, held, signed

SUBJECT = f"case/{CASE}"
OFFICER, FIELD = "enquiry_officer", "field_officer"
ALL_KINDS = ["deposit", "network_account", "real_estate", "vehicle", "equity", "housing_fund"]


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with bench(database, [ASSET_CONTROL]) as running:
        yield running


def asset(kind: str = "deposit", **other: Any) -> dict[str, Any]:
    known = {"party_id": DEBTOR, "kind": kind, "valued": True, "value_fen": 9_100_000, "place": "in_county",
             "online": True, "disposable": "yes"}  # fmt: skip
    return known | other


CLUE = {"kind": "verify_clue", "to_post": OFFICER, "urgent": True, "items": 1, "requirement": True, "materials": []}
FLAT = asset("real_estate", valued=False, value_fen=0, online=False)


async def first_enquiry(b: Bench) -> str:
    return (await b.get("asset-control", f"/cases/{CASE}/enquiries", who=OFFICER))[0]["enquiry_id"]


async def answered(b: Bench, *assets: dict[str, Any], result: str = "found", **more: Any) -> dict[str, Any]:
    """The first enquiry's answer, and its effects."""
    body = {"scope": ALL_KINDS, "result": result, "assets": list(assets)}
    path = f"/cases/{CASE}/enquiries/{await first_enquiry(b)}/answer"
    ids = await b.post("asset-control", path, body, who=OFFICER, **more)
    await b.settle()
    return ids


async def measured(b: Bench, who: str = HANDLER, **body: Any) -> str:
    ids = await b.post("asset-control", f"/cases/{CASE}/measures", {"channel": "offline"} | body, who=who)
    await b.settle()
    return ids["measure_id"]


async def lifted(b: Bench, asset_id: str, measure_id: str, cause: str = "released") -> None:
    lift = {"asset_id": asset_id, "cause": cause}
    await b.post("asset-control", f"/cases/{CASE}/measures/{measure_id}/lift", lift, who=HANDLER)


async def data_of(b: Bench, name: str) -> list[dict[str, Any]]:
    return [e["data"] for e in await b.events("asset-control", SUBJECT, name)]


async def reasons(b: Bench) -> list[str]:
    return [item["reason"] for item in await b.work_items("asset-control")]


# -- enquiries


@pytest.mark.clause("Y04")
async def test_filing_starts_the_first_national_enquiry_by_itself(b: Bench) -> None:
    await filed(b)
    [started] = await b.events("asset-control", SUBJECT, "EnquiryStarted")
    assert started["actor"] == "system"
    assert started["pack"] == "yiyang"
    del started["data"]["enquiry_id"]
    assert started["data"] == {
        "channel": "network_national", "purpose": "first", "round": 1, "party_ids": [DEBTOR],
    }  # fmt: skip


@pytest.mark.clause("Y04")
async def test_an_objection_case_starts_no_enquiry(b: Bench) -> None:
    await filed(b, kind="objection")
    assert await b.events("asset-control", SUBJECT) == []


@pytest.mark.clause("Y04")
async def test_a_deposit_found_is_frozen_online_for_a_year_and_no_more_than_the_claim(b: Bench) -> None:
    await filed(b)
    ids = await answered(b, asset())
    assert await b.names("asset-control", SUBJECT) == [
        "EnquiryStarted", "EnquiryAnswered", "AssetsFound", "MeasureTaken",
    ]  # fmt: skip
    [taken] = await data_of(b, "MeasureTaken")
    del taken["measure_id"]
    assert taken == {
        "kind": "freeze", "asset_id": ids["asset_ids"][0], "asset_kind": "deposit", "party_id": DEBTOR,
        "channel": "online", "amount_fen": CLAIM_FEN, "expires_on": "2027-03-02", "rank": 0,
    }  # fmt: skip


@pytest.mark.clause("Y04")
async def test_what_is_found_is_controlled_only_as_far_as_the_claim_is_open(b: Bench) -> None:
    await filed(b)
    await answered(b, asset(value_fen=6_000_000), asset("network_account"), asset("equity"))
    frozen = [(taken["asset_kind"], taken["amount_fen"]) for taken in await data_of(b, "MeasureTaken")]
    assert frozen == [("deposit", 6_000_000), ("network_account", 2_600_000)]


@pytest.mark.parametrize(
    ("kind", "measure", "until"),
    [
        ("network_account", "freeze", "2027-03-02"),
        ("vehicle", "seal", "2028-03-02"),
        ("real_estate", "seal", "2029-03-02"),
        ("equity", "freeze", "2029-03-02"),
    ],
)
@pytest.mark.clause("Y04")
async def test_each_kind_of_property_has_its_measure_and_longest_term(
    b: Bench, kind: str, measure: str, until: str
) -> None:
    await filed(b)
    await answered(b, asset(kind))
    [taken] = await data_of(b, "MeasureTaken")
    assert (taken["kind"], taken["expires_on"]) == (measure, until)


@pytest.mark.clause("Y04")
async def test_what_cannot_be_controlled_online_becomes_a_matter(b: Bench) -> None:
    await filed(b)
    ids = await answered(b, FLAT, FLAT | {"place": "outside"})
    asked = [(m["kind"], m["to_post"], m["about"], m["place"]) for m in await data_of(b, "MatterAsked")]
    here, elsewhere = (f"asset:{name}" for name in ids["asset_ids"])
    assert asked == [
        ("offline_control", FIELD, here, "in_county"),
        ("delegation_out", FIELD, elsewhere, "outside"),
    ]
    assert await data_of(b, "MeasureTaken") == []


async def test_an_answer_comes_once(b: Bench) -> None:
    await filed(b)
    ids = await answered(b, asset(), key="answer")
    assert await answered(b, asset(), key="answer") == ids
    path = f"/cases/{CASE}/enquiries/{ids['enquiry_id']}/answer"
    await b.refused(409, "asset-control", path, {"scope": ALL_KINDS, "result": "nothing", "assets": []}, who=OFFICER)
    assert len(await data_of(b, "EnquiryAnswered")) == 1
    [found] = await b.get("asset-control", f"/cases/{CASE}/enquiries", who=OFFICER)
    assert (found["round"], found["result"]) == (1, "found")


async def test_of_two_answers_at_once_one_counts(b: Bench) -> None:
    await filed(b)
    path = f"/cases/{CASE}/enquiries/{await first_enquiry(b)}/answer"
    bodies = ({"scope": ["deposit"], "result": "nothing"}, {"scope": ALL_KINDS, "result": "found", "assets": [asset()]})
    calls = [b.call("POST", "asset-control", path, who=OFFICER, json=body) for body in bodies]
    assert sorted(answer.status_code for answer in await asyncio.gather(*calls)) == [200, 409]
    assert len(await data_of(b, "EnquiryAnswered")) == 1


@pytest.mark.clause("Y04")
async def test_only_the_centralised_team_asks_and_controls_through_the_network(b: Bench) -> None:
    await filed(b)
    [deposit] = (await answered(b, asset(online=False)))["asset_ids"]
    again = {"channel": "network_national", "purpose": "again", "round": 2, "party_ids": [DEBTOR]}
    freeze = {"kind": "freeze", "asset_id": deposit, "channel": "online", "amount_fen": CLAIM_FEN}
    # when an enquiry officer of another team does it, then each is refused; one of the centralised team may
    elsewhere = Principal("yiyang-elsewhere", "yiyang", (OFFICER,), "fast_1")
    for path, body, rule in (("enquiries", again, "yiyang.network"), ("measures", freeze, "yiyang.online_control")):
        problem = await b.refused(409, "asset-control", f"/cases/{CASE}/{path}", body, who=elsewhere)
        assert (problem["rule"], problem["lacking"]) == (rule, ["centralised"])
        await b.post("asset-control", f"/cases/{CASE}/{path}", body, who=OFFICER)


@pytest.mark.clause("Y05")
async def test_the_offices_are_asked_at_the_counter_in_a_further_round(b: Bench) -> None:
    await filed(b)
    await answered(b, result="nothing")
    counter = {"channel": "counter", "purpose": "again", "round": 2, "party_ids": [DEBTOR]}
    # when one of another team goes there, then that is refused: the centralised team does it
    elsewhere = Principal("yiyang-elsewhere", "yiyang", (OFFICER,), "fast_1")
    problem = await b.refused(409, "asset-control", f"/cases/{CASE}/enquiries", counter, who=elsewhere)
    assert (problem["rule"], problem["lacking"]) == ("yiyang.counter", ["centralised"])
    ids = await b.post("asset-control", f"/cases/{CASE}/enquiries", counter, who=OFFICER)
    answer = {"scope": ["real_estate", "vehicle", "equity", "housing_fund"], "result": "found", "assets": [FLAT]}
    await b.post("asset-control", f"/cases/{CASE}/enquiries/{ids['enquiry_id']}/answer", answer, who=OFFICER)
    await b.settle()
    assert (await data_of(b, "EnquiryAnswered"))[1]["scope"] == answer["scope"]
    [found] = await data_of(b, "AssetsFound")
    assert (found["source"], found["enquiry_id"]) == ("enquiry", ids["enquiry_id"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"round": 1}, 422),
        ({"round": 3}, 409),
        ({"round": 0}, 422),
        ({"cycle": 1}, 422),
        ({"purpose": "half_yearly"}, 422),
        ({"purpose": "first"}, 422),
        ({"purpose": "first", "round": 1, "channel": "network_national"}, 409),
        ({"party_ids": []}, 422),
        ({"party_ids": [CREDITOR]}, 422),
        ({"party_ids": ["yiyang-nobody"]}, 422),
        ({"channel": "rumour"}, 422),
    ],
)
async def test_rounds_and_purposes_fit_together(b: Bench, change: dict[str, Any], status: int) -> None:
    await filed(b)
    body = {"channel": "counter", "purpose": "again", "round": 2, "party_ids": [DEBTOR]} | change
    await b.refused(status, "asset-control", f"/cases/{CASE}/enquiries", body, who=OFFICER)
    assert len(await data_of(b, "EnquiryStarted")) == 1


async def test_the_filing_officer_makes_the_first_enquiry_only(b: Bench) -> None:
    await filed(b)
    body = {"channel": "network_local", "purpose": "again", "round": 2, "party_ids": [DEBTOR]}
    await b.refused(403, "asset-control", f"/cases/{CASE}/enquiries", body, who="filing_officer")
    local = {"channel": "network_local", "purpose": "first", "round": 1, "party_ids": [DEBTOR]}
    await b.post("asset-control", f"/cases/{CASE}/enquiries", local, who="filing_officer")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"result": "nothing"}, 422),
        ({"assets": []}, 422),
        ({"scope": ["vehicle"]}, 422),
        ({"scope": ["treasure"]}, 422),
        ({"assets": [asset(party_id=CREDITOR)]}, 422),
        ({"assets": [asset(asset_id="yiyang-unknown")]}, 404),
        ({"assets": [asset(valued=False)]}, 422),
        ({"assets": [asset(value_fen=-1)]}, 422),
        ({"assets": [asset(value_fen=2**63)]}, 422),
        ({"assets": [asset(value_fen="9100000")]}, 422),
        ({"assets": [asset("treasure")]}, 422),
        ({"assets": [asset(owner_name="…")]}, 422),
    ],
)
async def test_an_answer_that_contradicts_itself_records_nothing(b: Bench, change: dict[str, Any], status: int) -> None:
    await filed(b)
    body = {"scope": ALL_KINDS, "result": "found", "assets": [asset()]} | change
    path = f"/cases/{CASE}/enquiries/{await first_enquiry(b)}/answer"
    await b.refused(status, "asset-control", path, body, who=OFFICER)
    assert await b.names("asset-control", SUBJECT) == ["EnquiryStarted"]


# -- finds and measures


async def test_an_asset_found_again_is_the_same_and_is_not_controlled_twice(b: Bench) -> None:
    await filed(b)
    await held(b)
    [known] = (await answered(b, asset()))["asset_ids"]
    body = {"source": "clue", "assets": [asset(asset_id=known, value_fen=5_000_000)]}
    await b.post("asset-control", f"/cases/{CASE}/assets", body, who=HANDLER)
    await b.settle()
    [seen] = (await b.get("asset-control", f"/cases/{CASE}/assets", who=HANDLER))["assets"]
    assert (seen["id"], seen["value_fen"], len(seen["measures"])) == (known, 5_000_000, 1)


async def test_what_a_survey_finds_is_sealed_by_who_stands_there(b: Bench) -> None:
    await filed(b)
    body = {"source": "survey", "assets": [asset("machinery", online=False)]}
    [found] = (await b.post("asset-control", f"/cases/{CASE}/assets", body, who=FIELD))["asset_ids"]
    await b.settle()
    assert await data_of(b, "MatterAsked") == []
    await measured(b, FIELD, kind="seize", asset_id=found, expires_on="2026-09-02")
    [taken] = await data_of(b, "MeasureTaken")
    assert (taken["asset_kind"], taken["expires_on"], taken["rank"]) == ("machinery", "2026-09-02", 0)


@pytest.mark.clause("Y18")
async def test_a_clue_goes_to_the_enquiry_staff_at_once(b: Bench) -> None:
    await filed(b)
    await held(b)
    matter = (await b.post("asset-control", f"/cases/{CASE}/matters", CLUE, who=HANDLER))["matter_id"]
    await b.post("asset-control", f"/matters/{matter}/accept", who=OFFICER)
    done = {"result": "nothing_found", "receipts_complete": True, "reported_to_handler": True}
    await b.post("asset-control", f"/matters/{matter}/finish", done, who=OFFICER)
    assert (await b.names("asset-control", SUBJECT))[-3:] == ["MatterAsked", "MatterAccepted", "MatterDone"]


@pytest.mark.clause("Y18")
async def test_a_clue_that_nobody_takes_up_that_day_is_overdue(database: str) -> None:
    async with bench(database, [ASSET_CONTROL, SUPERVISION]) as b:
        await filed(b)
        await held(b)
        matter = (await b.post("asset-control", f"/cases/{CASE}/matters", CLUE, who=HANDLER))["matter_id"]
        await b.settle()
        # given a clue asked to be checked, when the day has passed, then whoever was asked answers for it
        await b.advance(days=1)
        breaches = await b.get("supervision", "/breaches", who="director")
        [overdue] = [each for each in breaches if each["rule"] == "yiyang.clue"]
        assert (overdue["clause"], overdue["answers"]["post"]) == ("Y18", OFFICER)
        # and when it is taken up, then it was late, and stays so
        await b.post("asset-control", f"/matters/{matter}/accept", who=OFFICER)
        await b.settle()
        why = await b.get("supervision", f"/cases/{CASE}/why", who="director", params={"clock": "yiyang.clue"})
        assert [each["state"] for each in why["clocks"]] == ["met_late"]


@pytest.mark.clause("Y18")
async def test_an_untrue_report_is_put_before_the_handler_until_a_coercive_measure_is_taken(b: Bench) -> None:
    await filed(b)
    await held(b)
    await b.tell("intake", CaseNoted(marks={"no_report": True}), CASE, who=HANDLER)
    await b.settle()
    await b.advance(minutes=11)
    assert ["no true report" in reason for reason in await reasons(b)] == [True]
    assert await data_of(b, "MeasureTaken") == []  # never a sanction by itself
    await signed(b, "fine_decision")
    await measured(b, kind="fine", party_id=DEBTOR, amount_fen=1_000_000)
    assert await reasons(b) == []


async def test_the_handler_deducts_what_is_frozen_and_lifts_the_freeze(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    await measured(b, kind="deduct", channel="online", asset_id=account, amount_fen=CLAIM_FEN)
    [freeze, deduct] = await data_of(b, "MeasureTaken")
    assert (deduct["kind"], deduct["amount_fen"], "expires_on" in deduct) == ("deduct", CLAIM_FEN, False)
    await lifted(b, account, freeze["measure_id"], "paid")
    [told] = await data_of(b, "MeasureLifted")
    assert told == {
        "measure_id": freeze["measure_id"], "kind": "freeze", "asset_id": account, "asset_kind": "deposit",
        "party_id": DEBTOR, "cause": "paid",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"party_id": DEBTOR}, 422),
        ({"asset_id": None}, 422),
        ({"asset_id": "yiyang-unknown"}, 404),
        ({"kind": "curse"}, 422),
        ({"kind": "fine"}, 422),
        ({"kind": "freeze"}, 409),
        ({"kind": "seal", "expires_on": "2026-03-02"}, 422),
        ({"kind": "seal", "expires_on": "2027-03-03"}, 422),
        ({"kind": "seal", "expires_on": "2026-13-01"}, 422),
        ({"kind": "seal", "rank": 1}, 422),
        ({"kind": "waiting"}, 422),
        ({"kind": "deduct", "amount_fen": 0}, 422),
        ({"kind": "deduct", "amount_fen": -5}, 422),
        ({"kind": "deduct", "amount_fen": 1.5}, 422),
        ({"kind": "deduct", "amount_fen": 2**64}, 422),
        ({"kind": "deduct", "amount_fen": 1, "expires_on": "2026-04-01"}, 422),
        ({"kind": "seal", "at": "2026-03-09T01:00:00Z"}, 422),
        ({"kind": "seal", "document_id": "paper\u0000"}, 422),
        ({"kind": "seal", "note": "free text"}, 422),
    ],
)
async def test_a_measure_that_cannot_be_is_not_taken(b: Bench, change: dict[str, Any], status: int) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    body = {"kind": "guard", "asset_id": account, "channel": "offline"} | change
    await b.refused(status, "asset-control", f"/cases/{CASE}/measures", body, who=HANDLER)
    assert len(await data_of(b, "MeasureTaken")) == 1


@pytest.mark.clause("Y04")
async def test_each_post_takes_measures_in_its_own_way(b: Bench) -> None:
    await filed(b)
    [account] = (await answered(b, asset(online=False)))["asset_ids"]
    path, seal = f"/cases/{CASE}/measures", {"kind": "seal", "asset_id": account}
    await b.refused(403, "asset-control", path, seal | {"channel": "offline"}, who=OFFICER)
    await b.refused(403, "asset-control", path, seal | {"channel": "online"}, who=FIELD)
    await b.refused(403, "asset-control", path, seal | {"channel": "online"}, who="funds_officer")
    await b.refused(403, "asset-control", path, seal | {"channel": "online"}, who=HANDLER)  # does not hold the case


# -- terms


@pytest.mark.clause("Y04")
async def test_a_seizure_that_runs_out_is_put_before_the_handler_in_time_also_after_a_restart(database: str) -> None:
    async with bench(database, [ASSET_CONTROL]) as b:
        await filed(b)
        await held(b)
        await answered(b, asset())
        await b.advance(days=300)
        assert await data_of(b, "MatterAsked") == []
        stopped_at = b.clock.now()
    async with bench(database, [ASSET_CONTROL], start=stopped_at) as b:
        await b.advance(days=35)  # 4 February 2027: 30 days before 2 March are past
        [freeze] = await data_of(b, "MeasureTaken")
        [asked] = await b.events("asset-control", SUBJECT, "MatterAsked")
        assert (asked["actor"], asked["ruleid"]) == ("system", "cn.seizure_expiry")
        assert asked["data"] | {"matter_id": ""} == {
            "matter_id": "", "kind": "network_control", "about": f"measure:{freeze['measure_id']}",
            "to_post": "handler", "due_on": "2027-03-02", "urgent": True, "items": 1, "requirement": True,
            "materials": [],
        }  # fmt: skip
        await b.advance(days=1)
        assert len(await data_of(b, "MatterAsked")) == 1


async def test_a_seizure_entered_late_runs_from_the_day_it_was_taken(b: Bench) -> None:
    await filed(b)
    await held(b)
    ids = await b.post("asset-control", f"/cases/{CASE}/assets", {"source": "survey", "assets": [FLAT]}, who=FIELD)
    await measured(b, FIELD, kind="seal", asset_id=ids["asset_ids"][0], at="2026-02-27T17:00:00Z")
    [taken] = await data_of(b, "MeasureTaken")
    assert taken["expires_on"] == "2029-02-28"  # it was the 28th in Shanghai already


async def test_a_measure_lifted_in_time_asks_for_no_renewal(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    [freeze] = await data_of(b, "MeasureTaken")
    await lifted(b, account, freeze["measure_id"], "paid")
    await b.settle()
    await b.advance(days=400)
    assert await data_of(b, "MatterAsked") == []


async def test_a_measure_lifted_after_its_renewal_was_proposed_ends_the_proposal(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    await b.advance(days=340)
    [freeze] = await data_of(b, "MeasureTaken")
    await lifted(b, account, freeze["measure_id"], "released")
    await b.settle()
    [done] = await data_of(b, "MatterDone")
    assert (done["about"], done["result"]) == (f"measure:{freeze['measure_id']}", "not_done")


async def test_a_renewal_that_comes_up_after_the_measure_was_lifted_is_not_proposed(b: Bench) -> None:
    # given a measure that was lifted, with all that follows from it
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    [freeze] = await data_of(b, "MeasureTaken")
    await lifted(b, account, freeze["measure_id"])
    await b.settle()
    # when a timer that was on its way already fires
    app = b.running["asset-control"].parts.application
    call = system_call("yiyang", "timer", correlation_id="timer", causation_id="timer", now=b.clock.now())
    data = {"case_id": CASE, "measure": freeze, "term_no": 1, "rule": "cn.seizure_expiry", "rung": 1}
    await TIMERS["propose_renewal"](app, call, data)
    # then nothing is asked of anybody
    assert await data_of(b, "MatterAsked") == []


async def test_of_measures_lifted_as_their_renewals_come_up_none_stays_proposed(b: Bench) -> None:
    # given eight seizures that run out on one day
    await filed(b)
    await held(b)
    cars = [asset("vehicle", valued=False, value_fen=0) for _ in range(8)]
    ids = (await answered(b, *cars))["asset_ids"]
    sealed = {taken["asset_id"]: taken["measure_id"] for taken in await data_of(b, "MeasureTaken")}
    assert sealed.keys() == set(ids)
    # when they are lifted at the moment at which their renewals are proposed
    b.clock.move_to(b.clock.now() + timedelta(days=720))
    parts = b.running["asset-control"].parts
    await asyncio.gather(parts.timers.fire_due(parts.application), *(lifted(b, *each) for each in sealed.items()))
    await b.advance(days=1)
    # then each that was proposed is done with
    asked, done = await data_of(b, "MatterAsked"), await data_of(b, "MatterDone")
    assert {matter["matter_id"] for matter in asked} == {matter["matter_id"] for matter in done}
    assert len(await data_of(b, "MeasureLifted")) == 8


async def test_a_seizure_entered_after_it_ran_out_is_put_before_the_handler_at_once(b: Bench) -> None:
    await filed(b)
    await held(b)
    ids = await b.post("asset-control", f"/cases/{CASE}/assets", {"source": "survey", "assets": [FLAT]}, who=FIELD)
    seal = {"kind": "seal", "asset_id": ids["asset_ids"][0], "at": "2026-01-05T02:00:00Z", "expires_on": "2026-02-05"}
    await measured(b, FIELD, **seal)
    await b.advance(minutes=1)
    [asked] = await data_of(b, "MatterAsked")
    assert asked["due_on"] == "2026-03-02"
    assert await b.work_items("asset-control") == []


# -- the end of a case


async def test_what_is_in_force_when_the_case_ends_is_listed_until_it_is_lifted(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    await closed(b)
    await b.advance(minutes=11)
    [freeze] = await data_of(b, "MeasureTaken")
    assert [freeze["measure_id"] in reason for reason in await reasons(b)] == [True]
    await lifted(b, account, freeze["measure_id"], "paid")
    await b.settle()
    assert await reasons(b) == []


async def test_a_closed_case_takes_no_further_measures(b: Bench) -> None:
    await filed(b)
    await held(b)
    [account] = (await answered(b, asset()))["asset_ids"]
    await closed(b, way="terminated_for_now")
    again = {"channel": "counter", "purpose": "again", "round": 2, "party_ids": [DEBTOR]}
    await b.refused(409, "asset-control", f"/cases/{CASE}/enquiries", again, who=OFFICER)
    seal = {"kind": "seal", "asset_id": account, "channel": "offline"}
    await b.refused(409, "asset-control", f"/cases/{CASE}/measures", seal, who=HANDLER)
    await b.refused(409, "asset-control", f"/cases/{CASE}/assets", {"source": "clue", "assets": [FLAT]}, who=HANDLER)
    await b.refused(409, "asset-control", f"/cases/{CASE}/matters", CLUE | {"kind": "site_survey"}, who=HANDLER)
    await b.post("asset-control", f"/cases/{CASE}/matters", CLUE, who=HANDLER)
    half_yearly = again | {"channel": "network_national", "purpose": "half_yearly", "cycle": 1}
    await b.post("asset-control", f"/cases/{CASE}/enquiries", half_yearly, who=OFFICER)


# -- what is not there, and what cannot be read


async def test_an_unknown_case_and_another_courts_case_are_refused(b: Bench) -> None:
    body = {"channel": "counter", "purpose": "first", "round": 1, "party_ids": [DEBTOR]}
    await b.refused(404, "asset-control", "/cases/yiyang-none/enquiries", body, who=OFFICER)
    await b.refused(403, "asset-control", "/cases/horqin-none/enquiries", body, who=OFFICER)
    await b.refused(404, "asset-control", "/cases/yiyang-none/assets", {"source": "clue", "assets": [FLAT]}, who=FIELD)
    answer = {"scope": ["deposit"], "result": "nothing"}
    await b.refused(404, "asset-control", "/cases/yiyang-none/enquiries/yiyang-none/answer", answer, who=OFFICER)
    assert await b.events("asset-control") == []


@pytest.mark.parametrize(
    ("content", "status"),
    [(b'{"source": ', 400), (b'{"source": "clue\x00", "assets": []}', 400), (b"[" * 10_000, 400), (b"[]", 422)],
)
async def test_a_body_that_cannot_be_read_is_refused(b: Bench, content: bytes, status: int) -> None:
    await filed(b)
    json = {"content-type": "application/json"}
    answer = await b.call("POST", "asset-control", f"/cases/{CASE}/assets", who=FIELD, content=content, headers=json)
    assert answer.status_code == status
    assert await b.names("asset-control", SUBJECT) == ["EnquiryStarted"]
