"""The clocks of the scheme of 浉河, by clause: cases worked out by hand."""

from datetime import datetime

import pytest

from rules.calendar import SHANGHAI
from tests.unit.clause_clocks import (
    accepted,
    asked,
    asset,
    case,
    changed,
    check,
    clocks_of,
    closed,
    contact,
    declined,
    done,
    drafted,
    enquiry,
    extended,
    filed,
    found,
    material,
    measure,
    paid_out,
    progressed,
    received,
    said,
    sent,
    signed,
    stands,
    taken_over,
    told,
)
from tests.unit.clocks import derived, spells
from tests.unit.courts import rulebook

pytestmark = pytest.mark.fast

FILED = filed("2026-03-02T10:20", debtors=["p2", "p3"])
FRIDAY = filed("2026-03-06T16:40")
SATURDAY = filed("2026-03-07T10:00")
OUTSIDE = found(
    "2026-03-06T14:10",
    asset("a1", "deposit", "outside", online=True),
    asset("a2", "real_estate", "outside"),
    asset("a3", "real_estate", "in_prefecture"),
)
ANSWERED = said("EnquiryAnswered", "2026-03-03T17:50", enquiry_id="e1", result="found")
PAPERS = ("auction_ruling", "survey_report", "reserve_minutes", "asset_list", "identities")
RULING = signed("2026-03-02T15:00", "auction_ruling", about="asset:a1")
ANOMALY = said("FundsAnomalyFound", "2026-03-06T09:00", anomaly_id="an1", kind="mismatch", amount_fen=1)
HELD = taken_over("2026-03-05T11:00", to_team="team_1", to_post="judge")


def lot(name, time, **more):
    return said(name, time, lot_id="m1", **more)


def papers(time, *kinds):
    return [material(time, kind, about="asset:a1") for kind in kinds]


CASES = [
    case(
        pytest.mark.clause("S06"), "shihe.documents",
        [FILED, done("2026-03-09T23:59", "form_documents")], "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("S06"), "shihe.documents", [FILED, done("2026-03-10T00:00", "form_documents")],
        "2026-03-10T00:00 met_late",
    ),
    case(pytest.mark.clause("S06"), "shihe.documents", [FILED, closed("2026-03-05T10:00")], "2026-03-10T00:00 void"),
    case(pytest.mark.clause("S06"), "shihe.documents", [filed("2026-02-12T09:00")], "2026-02-27T00:00 breached"),
    case(pytest.mark.clause("S06"), "shihe.documents", [filed("2026-03-02T10:20", "preservation")], {}),
    case(
        pytest.mark.clause("S07"), "shihe.drafts",
        [
            sent("2026-03-05T15:00", "enforcement_notice", document_id="d1"),
            sent("2026-03-06T15:00", "enforcement_notice", document_id="d1", attempt=2),
            material("2026-03-09T17:00", "draft", about="document:d1"),
        ],
        {"d1": "2026-03-10T00:00 met"},
    ),
    case(pytest.mark.clause("S07"), "shihe.drafts", [sent("2026-03-05T15:00", "auction_notice", document_id="d9")], {}),
    case(
        pytest.mark.clause("S08"), "shihe.enquiry_at_once", [FRIDAY, enquiry("2026-03-07T09:00")],
        "2026-03-07T00:00 met_late",
    ),
    case(pytest.mark.clause("S08"), "shihe.enquiry_24h", [FRIDAY, enquiry("2026-03-07T09:00")], "2026-03-07T17:00 met"),
    case(
        pytest.mark.clause("S08"), "shihe.enquiry_24h", [FRIDAY, enquiry("2026-03-06T17:00", channel="network_local")],
        "2026-03-07T17:00 met",
    ),
    case(
        pytest.mark.clause("S08"), "shihe.enquiry_at_once",
        [SATURDAY, enquiry("2026-03-09T09:00")], "2026-03-10T00:00 met",
    ),
    case(  # counted from 10:00 sharp, on over the Sunday
        pytest.mark.clause("S08"), "shihe.enquiry_24h", [SATURDAY, enquiry("2026-03-09T09:00")],
        "2026-03-08T10:00 met_late",
    ),
    case(
        pytest.mark.clause("S08"), "shihe.roster", [accepted("2026-03-03T09:30", "network_control", "n1")],
        {"n1": "2026-03-04T00:00 breached"}, "2026-03-04",
    ),
    case(
        pytest.mark.clause("S09"), "shihe.online_24h", [OUTSIDE, measure("2026-03-06T16:00", "freeze", "a1")],
        {"a1": "2026-03-07T15:00 met"},
    ),
    case(
        pytest.mark.clause("S09"), "shihe.outside",
        [
            OUTSIDE, measure("2026-03-06T16:00", "freeze", "a1"),
            progressed("2026-03-11T10:00", "delegation_out", "sent", about="asset:a2"),
        ],
        {"a1": "2026-03-12T00:00 void", "a2": "2026-03-12T00:00 met"},
    ),
    case(
        pytest.mark.clause("S09"), "shihe.online_24h",
        [OUTSIDE], {"a1": "2026-03-07T15:00 breached"}, "2026-03-07T15:00",
    ),
    case(
        pytest.mark.clause("S09"), "shihe.outside_offline",
        [found("2026-03-06T14:10", asset("a4", place="outside"), source="survey")], {"a4": "2026-03-12T00:00 breached"},
    ),
    case(  # 1-5 May are off, Saturday, 9 May, is worked; accepting moves nothing
        pytest.mark.clause("S10"), "shihe.offline",
        [
            asked("2026-04-29T10:00", "offline_control"), accepted("2026-05-06T10:00", "offline_control"),
            done("2026-05-15T20:00", "offline_control"),
        ],
        "2026-05-16T00:00 met",
    ),
    case(
        pytest.mark.clause("S10"), "shihe.offline", [asked("2026-03-02T16:00", "site_survey")],
        "2026-03-17T00:00 breached",
    ),
    case(
        pytest.mark.clause("S12"), "shihe.result_filed",
        [ANSWERED, material("2026-03-03T23:00", "enquiry_result", "electronic", "enquiry:e1")], "2026-03-04T00:00 met",
    ),
    case(  # answered on a Sunday
        pytest.mark.clause("S12"), "shihe.result_filed",
        [said("EnquiryAnswered", "2026-03-08T10:00", enquiry_id="e1", result="found")], "2026-03-10T00:00 breached",
    ),
    case(
        pytest.mark.clause("S12"), "shihe.result_filed",
        [said("EnquiryAnswered", "2026-03-03T10:00", enquiry_id="e1", result="failed")], {},
    ),
    case(  # both are needed
        pytest.mark.clause("S12"), "shihe.offline_filed",
        [
            done("2026-04-30T10:00", "counter_enquiry", matter="m7"),
            material("2026-05-07T10:00", "offline_result", "electronic", "matter:m7"),
            material("2026-05-09T10:00", "offline_result", "paper", "matter:m7"),
        ],
        "2026-05-09T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S13"), "shihe.delegation_sent",
        [asked("2026-03-06T11:00", "delegation_out"), progressed("2026-03-09T18:00", "delegation_out", "sent")],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("S13"), "shihe.delegation_told",
        [
            progressed("2026-03-11T10:00", "delegation_out", "replied"),
            progressed("2026-03-17T00:00", "delegation_out", "reported"),
        ],
        "2026-03-17T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S14"), "shihe.delegated_in",
        [asked("2026-09-30T10:00", "delegation_in"), accepted("2026-10-09T16:00", "delegation_in")],
        "2026-10-10T00:00 met",
    ),
    case(  # a day that was set is not moved off a Sunday
        pytest.mark.clause("S14"), "shihe.delegated_done",
        [asked("2026-09-30T10:00", "delegation_in", due_on="2026-10-18")],
        "2026-10-19T00:00 breached",
    ),
    case(
        pytest.mark.clause("S14"), "shihe.delegated_done",
        [
            asked("2026-09-30T10:00", "delegation_in", due_on="2026-10-20"),
            progressed("2026-10-19T10:00", "delegation_in", "replied"), done("2026-10-20T16:00", "delegation_in"),
        ],
        "2026-10-21T00:00 met",
    ),
    case(pytest.mark.clause("S14"), "shihe.delegated_done", [asked("2026-09-30T10:00", "delegation_in")], {}),
    case(
        pytest.mark.clause("S15"), "shihe.delegation_filed",
        [
            progressed("2026-03-06T10:00", "delegation_out", "replied", "m8"),
            material("2026-03-12T08:00", "delegation", about="matter:m8"),
        ],
        "2026-03-12T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S15"), "shihe.delegated_filed",
        [
            progressed("2026-03-06T10:00", "delegation_in", "replied"),
            progressed("2026-03-11T17:00", "delegation_in", "closed"),
        ],
        "2026-03-12T00:00 met",
    ),
    case(
        pytest.mark.clause("S17"), "shihe.auction_papers", [RULING, *papers("2026-03-02T17:00", *PAPERS)],
        {"a1": "2026-03-03T00:00 met"},
    ),
    case(
        pytest.mark.clause("S17"), "shihe.auction_papers",
        [RULING, *papers("2026-03-02T17:00", *PAPERS[:4]), *papers("2026-03-03T09:00", "identities")],
        {"a1": "2026-03-03T00:00 met_late"},
    ),
    case(
        pytest.mark.clause("S19"), "shihe.price_papers",
        [
            lot("PriceFixed", "2026-03-05T10:00"), material("2026-03-02T10:00", "survey_report", about="lot:m1"),
            material("2026-03-06T09:00", "pricing", about="lot:m1"),
        ],
        "2026-03-07T00:00 met",
    ),
    case(
        pytest.mark.clause("S19"), "shihe.price_told",
        [
            material("2026-03-06T16:00", "pricing", "electronic", "lot:m1"),
            progressed("2026-03-09T16:00", "disposal", "reported"),
        ],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("S20"), "shihe.appraisal", [lot("PricingFailed", "2026-03-05T10:00", method="network")],
        "2026-03-11T00:00 breached",
    ),
    case(
        pytest.mark.clause("S20"), "shihe.appraisal",
        [lot("PricingFailed", "2026-03-05T10:00", method="agreement")], {},
    ),
    case(
        pytest.mark.clause("S21"), "shihe.notice_made",
        [lot("PriceFixed", "2026-02-12T10:00"), drafted("2026-02-24T18:00", "auction_notice", "lot:m1")],
        "2026-02-25T00:00 met",
    ),
    case(
        pytest.mark.clause("S21"), "shihe.notice_served",
        [
            lot("AuctionAnnounced", "2026-02-26T10:00", notice="d7"),
            *(
                said("DocumentServed", time, kind="auction_notice", document_id="d7", outcome="served", complete=all)
                for time, all in (("2026-02-27T10:00", False), ("2026-03-03T09:00", True))
            ),
        ],
        "2026-03-03T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S22"), "shihe.next_round",
        [
            lot("AuctionFailed", "2026-03-02T10:00", round=1, mode="auction"),
            lot("AuctionAnnounced", "2026-03-05T17:00", round=2, mode="auction"),
        ],
        "2026-03-06T00:00 met",
    ),
    case(
        pytest.mark.clause("S22"), "shihe.next_round",
        [lot("AuctionFailed", "2026-03-02T10:00", round=3, mode="sale")], {},
    ),
    case(
        pytest.mark.clause("S22"), "shihe.sale_confirmed",
        [
            lot("AuctionSold", "2026-03-02T10:00", mode="auction"),
            drafted("2026-03-05T10:00", "sale_confirmation", "lot:m1"),
        ],
        "2026-03-06T00:00 met",
    ),
    case(
        pytest.mark.clause("S22"), "shihe.balance_asked",
        [
            lot("AuctionSold", "2026-03-02T10:00", mode="auction"),
            contact("2026-03-06T10:00", "party_informed", ["auction_balance"]),
        ],
        "2026-03-06T00:00 met_late",
    ),
    case(  # what was told of before does not meet it
        pytest.mark.clause("S23"), "shihe.paid_told",
        [
            progressed("2026-03-04T10:00", "disposal", "reported"), lot("AuctionPaid", "2026-03-06T17:30"),
            progressed("2026-03-07T10:00", "disposal", "reported"),
        ],
        "2026-03-07T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S23"), "shihe.paid_told",
        [lot("AuctionPaid", "2026-03-07T10:00")], "2026-03-10T00:00 breached",
    ),
    case(
        pytest.mark.clause("S23"), "shihe.sale_ruling",
        [lot("AuctionPaid", "2026-03-06T17:30"), drafted("2026-03-11T10:00", "sale_ruling", "lot:m1")],
        "2026-03-12T00:00 met",
    ),
    case(
        pytest.mark.clause("S23"), "shihe.sale_ruling",
        [lot("AuctionPaid", "2026-03-07T10:00")], "2026-03-12T00:00 breached",
    ),
    case(
        pytest.mark.clause("S24"), "shihe.transfer",
        [
            lot("AuctionSold", "2026-03-02T10:00"),
            *(
                lot("LotTransferred", time, step=step)
                for time, step in (
                    ("2026-03-20T10:00", "taxes_paid"), ("2026-04-09T10:00", "title_transferred"),
                    ("2026-04-13T10:00", "delivered"),
                )
            ),
        ],
        "2026-04-14T00:00 met",
    ),
    case(
        pytest.mark.clause("S24"), "shihe.transfer_filed",
        [
            lot("LotTransferred", "2026-04-09T10:00", step="title_transferred"),
            lot("LotTransferred", "2026-04-13T10:00", step="delivered"),
            material("2026-04-17T00:00", "transfer", about="lot:m1"),
        ],
        "2026-04-17T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S25"), "shihe.notice", [FILED, sent("2026-03-16T20:00", "enforcement_notice", "p2")],
        {"p2": "2026-03-17T00:00 met", "p3": "2026-03-17T00:00 breached"},
    ),
    case(  # a party added later has a term of his own
        pytest.mark.clause("S25"), "shihe.notice", [FILED, changed("2026-03-09T10:00", added=["p4"])],
        {name: f"2026-03-{day}T00:00 breached" for name, day in (("p2", 17), ("p3", 17), ("p4", 24))},
    ),
    case(
        pytest.mark.clause("S28"), "shihe.instruction",
        [asked("2026-03-02T10:00", "site_survey", due_on="2026-03-13"), done("2026-03-12T10:00", "site_survey")],
        "2026-03-14T00:00 met",
    ),
    case(  # done, and the handler was not told
        pytest.mark.clause("S28"), "shihe.instruction",
        [
            asked("2026-03-02T10:00", "site_survey", due_on="2026-03-13"),
            done("2026-03-12T10:00", "site_survey", reported_to_handler=False),
        ],
        "2026-03-14T00:00 breached",
    ),
    case(
        pytest.mark.clause("S28"), "shihe.instruction", [asked("2026-03-02T10:00", "site_survey", due_on="2026-03-14")],
        "2026-03-15T00:00 breached",
    ),
    case(
        pytest.mark.clause("S28"), "shihe.instruction",
        [asked("2026-03-02T10:00", "site_survey", due_on="2026-03-13"), declined("2026-03-04T10:00", "site_survey")],
        "2026-03-14T00:00 void",
    ),
    case(
        pytest.mark.clause("S29"), "shihe.correction",
        [
            check("2026-03-06T16:00", "closing_review", "failed", check_id="k1"),
            asked("2026-03-06T17:00", "correct_defect", about="check:k1"),
        ],
        "2026-03-07T00:00 met",
    ),
    case(  # the account was there before
        pytest.mark.clause("S33"), "shihe.account", [FILED, said("AccountOpened", "2026-03-02T10:30"), HELD],
        "2026-03-06T00:00 met",
    ),
    case(pytest.mark.clause("S33"), "shihe.account", [FILED, HELD], "2026-03-06T00:00 breached"),
    case(
        pytest.mark.clause("S33"), "shihe.account_told", [FILED, HELD, contact("2026-03-06T09:00", "account_told")],
        "2026-03-06T00:00 met_late",
    ),
    case(
        pytest.mark.clause("S33"), "shihe.account_told",
        [FILED, HELD, sent("2026-03-04T10:00", "enforcement_notice", "p2")],
        "2026-03-06T00:00 met",
    ),
    case(
        pytest.mark.clause("S33"), "shihe.anomaly_reported",
        [
            ANOMALY,
            said("ReminderSent", "2026-03-06T09:01", to_post="chief", clock="shihe.anomaly_reported", kind="report",
                 reminder_id="r1", rung=1, occurrence="", due_at="2026-03-06T15:59:59Z"),
        ],
        "2026-03-07T00:00 met",
    ),
    case(
        pytest.mark.clause("S33"), "shihe.anomaly_checked",
        [ANOMALY, check("2026-03-07T10:00", "anomaly", by_post="chief")],
        "2026-03-07T00:00 met_late",
    ),
    case(  # what anybody but the chief finds does not count
        pytest.mark.clause("S33"), "shihe.anomaly_checked",
        [ANOMALY, check("2026-03-06T10:00", "anomaly", by_post="director")],
        "2026-03-07T00:00 breached",
    ),
    case(  # 10 October, a Saturday, is worked; what is left over must be nothing
        pytest.mark.clause("S34"), "shihe.claim_money",
        [
            received("2026-09-30T10:00", "main_account"),
            said("FundsIdentified", "2026-10-09T10:00", payment_id="p1", rest_fen=50),
            said("FundsIdentified", "2026-10-10T20:00", payment_id="p1", rest_fen=0),
        ],
        "2026-10-11T00:00 met",
    ),
    case(
        pytest.mark.clause("S34"), "shihe.claim_money",
        [received("2026-09-30T10:00", "main_account", payer="unknown")], {},
    ),
    case(
        pytest.mark.clause("S34"), "shihe.claim_money",
        [received("2026-09-30T10:00", "main_account", payer="unknown"), asked("2026-10-12T10:00", "claim_funds")],
        "2026-10-16T00:00 breached",
    ),
    case(
        pytest.mark.clause("S35"), "shihe.payout", [received("2026-03-06T10:00"), paid_out("2026-03-09T10:00")],
        {"p1": "2026-03-10T00:00 breached"},
    ),
    case(
        pytest.mark.clause("S35"), "shihe.payout", [received("2026-03-06T10:00"), paid_out("2026-03-09T15:00", "p1")],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("S35"), "shihe.payout",
        [received("2026-03-06T10:00"), extended("shihe.payout", "p1", 10, "2026-03-08T10:00")],
        "2026-03-20T00:00 breached",
    ),
    case(  # asked for when it was late already
        pytest.mark.clause("S35"), "shihe.payout",
        [received("2026-03-06T10:00"), extended("shihe.payout", "p1", 10, "2026-03-10T00:00")],
        "2026-03-10T00:00 breached",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected", "as_of"), CASES)
def test_a_term_of_the_scheme(rule, facts, expected, as_of):
    stands(rule, facts, expected, as_of)


@pytest.mark.clause("S01")
def test_the_centre_answers_for_a_notice_before_anybody_holds_the_case():
    late = clocks_of("shihe.notice", [FILED])["p2"]
    assert (late.state.value, late.answers.team) == ("breached", "centre")


@pytest.mark.clause("S25")
def test_three_terms_for_one_notice_run_side_by_side():
    facts = [FILED, HELD, sent("2026-03-16T20:00", "enforcement_notice", "p2")]
    notice, legal = (clocks_of(rule, facts, court="shihe") for rule in ("shihe.notice", "cn.notice"))
    [documents] = clocks_of("shihe.documents", facts).values()
    assert {key: told(each) for key, each in notice.items()} == {
        "p2": "2026-03-17T00:00 met",
        "p3": "2026-03-17T00:00 breached",
    }
    assert {key: told(each) for key, each in legal.items()} == {
        "p2": "2026-03-10T00:00 met_late",
        "p3": "2026-03-10T00:00 breached",
    }
    assert told(documents) == "2026-03-10T00:00 breached"


@pytest.mark.clause("S35")
@pytest.mark.parametrize(
    ("arrived", "court", "legal"),
    [
        ("2026-03-06T10:00", "2026-03-10T00:00", "2026-04-08T00:00"),
        ("2026-02-12T10:00", "2026-02-25T00:00", "2026-03-17T00:00"),
    ],
)
def test_three_days_of_the_court_beside_thirty_of_the_law(arrived, court, legal):
    found_ = [clocks_of(rule, [received(arrived)], court="shihe")["p1"] for rule in ("shihe.payout", "cn.payout")]
    assert [(told(each), each.type) for each in found_] == [
        (f"{court} breached", "service"),
        (f"{legal} breached", "legal"),
    ]


@pytest.mark.clause("S35")
def test_leave_to_defer_recorded_late_cures_but_does_not_clean():
    leave = extended("shihe.payout", "p1", 10, "2026-03-08T10:00", "2026-03-12T10:00")
    [deferred] = clocks_of("shihe.payout", [received("2026-03-06T10:00"), leave], "2026-03-13").values()
    assert (told(deferred), deferred.standing) == ("2026-03-20T00:00 running", "cured")
    assert spells(deferred) == [("03-10T00:00", "03-12T10:00")]


@pytest.mark.clause("S34")
def test_what_comes_straight_into_the_account_of_the_case_is_told_the_holder():
    assert _rungs("shihe.payout", [received("2026-03-06T10:00")], "2026-03-06T12:00")[0] == ("03-07T00:00", ["holder"])


@pytest.mark.clause("S27")
def test_who_has_a_term_is_told_before_it_ends_and_the_director_after():
    assert _rungs("shihe.notice", [filed("2026-03-02T10:20", debtors=["p2"])], "2026-03-03") == [
        ("03-11T00:00", ["holder"]),
        ("03-17T00:00", ["director"]),
    ]
    assert (
        _rungs("shihe.notice", [filed("2026-03-02T10:20"), sent("2026-03-03", "enforcement_notice")], "2026-03-04")
        == []
    )
    assert _rungs("shihe.enquiry_24h", [FILED], "2026-03-02T12:00")[0] == ("03-03T07:00", ["filing_officer"])


@pytest.mark.clause("S28")
def test_who_was_asked_and_the_director_are_told_near_and_past_the_day():
    facts = [asked("2026-03-02T10:00", "site_survey", due_on="2026-03-13", to_post="field_officer")]
    assert _rungs("shihe.instruction", facts, "2026-03-03") == [
        ("03-12T00:00", ["asked", "director"]),
        ("03-14T00:00", ["asked", "director"]),
    ]


@pytest.mark.clause("S27")
def test_a_reminder_wants_to_be_acknowledged():
    reminder = {"reminder_id": "r1", "kind": "near", "clock": "shihe.notice", "occurrence": "p2"}
    facts = [FILED, said("ReminderSent", "2026-03-11T00:00", rung=1, to_post="judge", **reminder)]
    unread = derived(rulebook("shihe"), facts, "2026-03-11T09:00").findings
    assert [(each.kind, each.rule, each.occurrence) for each in unread] == [("acknowledgement", "shihe.notice", "p2")]
    read = [*facts, said("ReminderAcknowledged", "2026-03-11T08:00", **reminder)]
    assert derived(rulebook("shihe"), read, "2026-03-11T09:00").findings == ()


def _rungs(rule, facts, as_of):
    [clock] = clocks_of(rule, facts, as_of).values()
    return [(_local(rung.at), [who.name or who.role for who in rung.to]) for rung in clock.rungs]


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(SHANGHAI):%m-%dT%H:%M}"
