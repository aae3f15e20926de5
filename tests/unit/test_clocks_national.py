"""The national clocks, as they bind every court: cases worked out by hand."""

import pytest

from tests.unit.clause_clocks import (
    LATER,
    accepted,
    applied,
    asked,
    asset,
    check,
    clocks_of,
    closed,
    contact,
    done,
    enquiry,
    extended,
    filed,
    found,
    handed,
    measure,
    received,
    said,
    sent,
    signed,
    stands,
    suspended,
    taken_over,
    told,
)
from tests.unit.clocks import derived
from tests.unit.courts import COURTS, rulebook

pytestmark = pytest.mark.fast

HELD = [filed("2026-03-26T09:00", debtors=["d1", "d2"]), taken_over("2026-03-27T09:00")]
MOVING = said("CaseNoted", "2026-03-03T09:00", marks={"moving_property": True}, party={})
FLAT = [filed("2026-02-02T09:00"), found("2026-02-20T09:00", asset("h1"))]
SEALED = measure("2026-03-02T10:00", "seal", "h1", asset_kind="real_estate", rank=0, measure_id="ms1")
TERMINATED = [filed("2026-01-05T09:00"), closed("2026-03-02T10:00", "terminated_for_now")]
REGISTERS = ("deposit", "securities", "real_estate", "vehicle", "equity")
RECONSIDERED = filed("2026-03-02T10:00", "reconsideration")


def answered(time, *scope):
    return said("EnquiryAnswered", time, enquiry_id=f"e-{time}", scope=list(scope), result="nothing")


def lot(name, time, **more):
    return said(name, time, **{"lot_id": "m1", "pricing_id": "pr1"} | more)


AGAIN = lot("AuctionFailed", "2026-02-27T09:00", round=2, mode="auction")
RULING = said(
    "DocumentServed", "2026-03-10T09:00", document_id="r1", kind="sale_ruling", about="lot:m1", party_id="b1",
    outcome="served", complete=True,
)  # fmt: skip
CASES = [
    # the seventh day, 19 February, is off
    ("cn.handler_named", [filed("2026-02-12T09:00")], "2026-02-25T00:00 breached"),
    # one before the hand-over counts; the other is a day late
    (
        "cn.notice",
        [
            *HELD, sent("2026-03-25T09:00", "enforcement_notice", "d1"),
            sent("2026-03-31T09:00", "enforcement_notice", "d2"),
        ],
        {"d1": "2026-03-31T00:00 met", "d2": "2026-03-31T00:00 met_late"},
    ),
    (
        "cn.notice_of_application",
        [applied("2026-03-26T09:00"), sent("2026-04-07T09:00", "enforcement_notice")], "2026-04-08T00:00 met",
    ),
    (
        "cn.notice_of_application",
        [applied("2026-03-26T09:00"), said("FilingRefused", "2026-03-27T09:00")], "2026-04-08T00:00 void",
    ),
    ("cn.ask_clues", HELD, {"c1": "2026-03-31T00:00 breached"}),
    (
        "cn.ask_clues", [*HELD, contact("2026-03-30T09:00", "party_informed", ["property_clue"], **{"with": ["c1"]})],
        {"c1": "2026-03-31T00:00 met"},
    ),
    (
        "cn.clue_verified",
        [asked("2026-03-02T09:00", "verify_clue"), done("2026-03-09T09:00", "verify_clue", "nothing_found")],
        "2026-03-10T00:00 met",
    ),
    ("cn.urgent_clue_verified", [asked("2026-03-07T09:00", "verify_clue", urgent=True)], "2026-03-10T00:00 breached"),
    (
        "cn.survey_started",
        [contact("2026-03-20T09:00", "reception", ["investigation_request"]), enquiry("2026-03-31T09:00")],
        "2026-03-31T00:00 met_late",
    ),
    # there is no 30 February; the 28th is a Saturday that is worked
    (
        "cn.survey",
        [enquiry("2026-01-30T09:00"), answered("2026-02-28T09:00", *REGISTERS[:4])], "2026-03-01T00:00 breached",
    ),
    (
        "cn.survey",
        [
            enquiry("2026-01-30T09:00"), answered("2026-02-10T09:00", "real_estate"),
            answered("2026-02-28T09:00", *REGISTERS),
        ],
        "2026-03-01T00:00 met",
    ),
    # what was frozen before it was known does not count
    ("cn.control_at_once", [measure("2026-02-25T09:00"), MOVING], "2026-03-04T00:00 breached"),
    ("cn.control_at_once", [MOVING, measure("2026-03-03T20:00")], "2026-03-04T00:00 met"),
    (
        "cn.control_at_once",
        [MOVING, said("CaseNoted", "2026-03-03T15:00", marks={"moving_property": False}, party={})],
        "2026-03-04T00:00 void",
    ),
    # a seizure runs out on a day off as well
    (
        "cn.seizure_expiry", [measure("2026-03-02T10:00", "seal", "h1", expires_on="2026-10-04")],
        "2026-10-05T00:00 breached",
    ),
    # a listing or a detention ends of itself
    ("cn.seizure_expiry", [measure("2026-03-02T10:00", "detention", party_id="d1", expires_on="2026-10-04")], {}),
    (
        "cn.pricing_start", [*FLAT, SEALED, lot("PricingStarted", "2026-04-02T09:00", asset_ids=["h1"])],
        "2026-04-02T00:00 met_late",
    ),
    (
        "cn.pricing_start",
        [*FLAT, SEALED, said("MeasureLifted", "2026-03-20T09:00", measure_id="ms1", kind="seal", asset_id="h1")],
        "2026-04-02T00:00 void",
    ),
    ("cn.network_price", [lot("PricingStarted", "2026-03-06T09:00", method="network")], "2026-03-10T00:00 breached"),
    (
        "cn.appraisal",
        [
            lot("PricingStarted", "2026-04-02T09:00", method="appraisal"),
            lot("PricingFailed", "2026-05-06T09:00", method="appraisal"),
        ],
        "2026-05-07T00:00 met",
    ),
    ("cn.disposal_start", [lot("PriceFixed", "2026-03-09T09:00")], "2026-03-20T00:00 breached"),
    (
        "cn.second_auction",
        [
            lot("AuctionFailed", "2026-02-27T09:00", round=1, mode="auction"),
            lot("AuctionAnnounced", "2026-03-30T09:00", round=2, mode="auction"),
        ],
        "2026-03-31T00:00 met",
    ),
    (
        "cn.second_auction", [AGAIN, lot("AuctionSold", "2026-03-02T09:00", balance_due_on="2026-03-20")],
        "2026-03-31T00:00 void",
    ),
    ("cn.sale_announced", [AGAIN], "2026-03-17T00:00 breached"),  # 14 March, the fifteenth day, is a Saturday
    ("cn.sale_announced", [lot("AuctionFailed", "2026-02-27T09:00", round=1, mode="auction")], {}),
    (
        "cn.sale_announced", [AGAIN, lot("AuctionAnnounced", "2026-03-02T09:00", round=3, mode="auction")],
        "2026-03-17T00:00 void",
    ),
    (
        "cn.balance",
        [
            lot("AuctionSold", "2026-03-02T09:00", balance_due_on="2026-03-15"),
            lot("AuctionPaid", "2026-03-16T09:00", price_fen=5),
        ],
        "2026-03-16T00:00 met_late",
    ),
    (
        "cn.sale_ruling_served",
        [lot("AuctionPaid", "2026-03-02T09:00", price_fen=5), RULING],
        "2026-03-13T00:00 met",
    ),
    ("cn.handed_over", [RULING], "2026-03-26T00:00 breached"),
    (
        "cn.handed_over", [RULING, lot("LotTransferred", "2026-03-20T09:00", step="delivered")], "2026-03-26T00:00 met",
    ),
    ("cn.cash", [received("2026-02-13T09:00", "cash")], "2026-02-15T00:00 breached"),
    (
        "cn.cash",
        [received("2026-03-13T09:00", "cash"), check("2026-03-16T09:00", "arrival_confirmed", about="payment:p1")],
        "2026-03-17T00:00 met",
    ),
    ("cn.payout", [received("2026-03-02T09:00")], "2026-04-02T00:00 breached"),
    (
        "cn.payout", [received("2026-03-02T09:00"), *suspended("2026-03-10T09:00", "2026-03-20T09:00")],
        "2026-04-14T00:00 breached",
    ),
    # a cause the clock does not list
    (
        "cn.payout", [received("2026-03-02T09:00"), *suspended("2026-03-10T09:00", "2026-03-20T09:00", "ruling")],
        "2026-04-02T00:00 breached",
    ),
    ("cn.payout", [received("2026-03-02T09:00", "cash")], "2026-04-02T00:00 breached"),
    (
        "cn.sale_payout",
        [lot("AuctionSold", "2026-03-02T09:00", mode="sale", deposit_payment_id="p1", balance_due_on="2026-03-12")],
        "2026-04-02T00:00 breached",
    ),
    ("cn.conclude", [filed("2025-08-31T09:00")], "2026-03-01T00:00 breached"),
    ("cn.conclude", [filed("2025-11-14T09:00", instrument={"kind": "administrative"})], {}),
    (
        "cn.conclude_admin", [filed("2025-11-14T09:00", instrument={"kind": "administrative"})],
        "2026-02-15T00:00 breached",
    ),
    (
        "cn.resume", [*TERMINATED, found("2026-03-27T09:00", asset("a1", "deposit"))], "2026-04-02T00:00 breached",
    ),
    ("cn.resume", [*TERMINATED, found("2026-03-27T09:00", asset("a1", "deposit", disposable="no"))], {}),
    ("cn.resume", [TERMINATED[0], found("2026-03-27T09:00", asset("a1", "deposit"))], {}),
    (
        "cn.objection_told",
        [
            filed("2026-03-03T09:00", "objection"), sent("2026-03-06T09:00", "acceptance_notice", "c1"),
            sent("2026-03-09T09:00", "acceptance_notice", "d1"),
        ],
        {"c1": "2026-03-07T00:00 met", "d1": "2026-03-07T00:00 met_late"},
    ),
    ("cn.objection_filed", [applied("2026-02-12T09:00", "objection")], "2026-02-25T00:00 breached"),
    ("cn.objection", [applied("2026-02-12T09:00", "objection")], "2026-02-28T00:00 breached"),
    (
        "cn.reconsideration_file",
        [applied("2026-09-30T09:00", "reconsideration"), handed("2026-10-08T09:00", "file", "court_above")],
        "2026-10-09T00:00 met",
    ),
    ("cn.reconsideration", [RECONSIDERED, signed("2026-04-01T09:00", "ruling")], "2026-04-02T00:00 met"),
    (
        "cn.reconsideration", [RECONSIDERED, extended("cn.reconsideration", "", 30, "2026-03-25T09:00")],
        "2026-05-07T00:00 breached",
    ),
    # a second time, too late, or for too long: without effect
    (
        "cn.reconsideration",
        [RECONSIDERED, *(extended("cn.reconsideration", "", 30, f"2026-03-{day}T09:00") for day in (25, 26))],
        "2026-05-07T00:00 breached",
    ),
    (
        "cn.reconsideration", [RECONSIDERED, extended("cn.reconsideration", "", 30, "2026-04-02T09:00")],
        "2026-04-02T00:00 breached",
    ),
    (
        "cn.reconsideration", [RECONSIDERED, extended("cn.reconsideration", "", 31, "2026-03-25T09:00")],
        "2026-04-02T00:00 breached",
    ),
    (
        "cn.petition_logged", [asked("2026-03-05T09:00", "petition"), accepted("2026-03-12T17:00", "petition")],
        "2026-03-13T00:00 met",
    ),
    ("cn.petition_closed", [asked("2026-03-05T09:00", "petition")], "2026-04-08T00:00 breached"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected"), CASES)
def test_a_legal_term(rule, facts, expected):
    stands(rule, facts, expected, LATER, court="guancheng")


@pytest.mark.parametrize("court", COURTS)
def test_six_months_bind_every_court_and_are_provisional_before_the_notice_for_the_year(court):
    facts = [filed("2025-08-31T09:00")]
    [known] = clocks_of("cn.conclude", facts, "2025-12-01", court).values()
    [before] = clocks_of("cn.conclude", facts, "2025-11-01", court, known_at="2025-11-01").values()
    assert (told(known), known.provisional) == ("2026-03-01T00:00 running", False)
    assert (told(before), before.provisional) == ("2026-03-03T00:00 running", True)


def test_for_five_years_an_enquiry_every_half_year_counted_from_the_closing():
    facts = [
        said("CaseClosed", "2025-08-31T10:00", way="terminated_for_now"),
        enquiry("2026-02-27T10:00", "half_yearly", cycle=1),
    ]
    found_ = clocks_of("cn.half_yearly", facts, "2026-03-02", "guancheng")
    assert (len(found_), told(found_["#1"]), told(found_["#2"])) == (
        10, "2026-03-01T00:00 met", "2026-09-01T00:00 running",
    )  # fmt: skip
    resumed = [facts[0], said("CaseResumed", "2026-01-15T10:00")]
    assert {each.state.value for each in clocks_of("cn.half_yearly", resumed, LATER, "guancheng").values()} == {"void"}


def test_leave_asked_for_in_the_last_five_days_has_its_effect_and_is_told():
    facts = [filed("2025-09-02T09:00"), extended("cn.conclude", "", 30, "2026-02-28T09:00")]
    found_ = derived(rulebook("guancheng"), facts, "2026-03-03")
    assert [(each.kind, each.rule, each.reason) for each in found_.findings] == [
        ("extension", "cn.conclude", "short_notice")
    ]
    [concluded] = clocks_of("cn.conclude", facts, "2026-03-03", "guancheng").values()
    assert told(concluded) == "2026-04-02T00:00 running"
