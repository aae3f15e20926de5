"""When the courts' own terms end, by clause of their schemes: cases worked out by hand, over days off and make-up days.

D is the first instant that is late. 2026: off 15-23 February (14 and 28 February are worked), 1-5 May (9 May is
worked), 1-7 October (10 October is worked).
"""

from dataclasses import replace

import pytest

from rules.calendar import SHANGHAI
from tests.contract.samples import NAMES, golden
from tests.unit.clocks import derived, fact
from tests.unit.courts import rulebook

pytestmark = pytest.mark.fast

FILED = {"kind": "enforcement"}
ENQUIRED = {"purpose": "first", "channel": "network_national", "enquiry_id": "e1"}
CLOSED = {"way": "performed"}
ASSET = {"party_id": "party-2", "valued": False, "value_fen": None, "disposable": "unknown", "place": "outside"}
DEPOSIT = ASSET | {"asset_id": "a1", "kind": "deposit", "online": True}
FLAT = ASSET | {"asset_id": "a2", "kind": "real_estate", "online": False}
LATER = "2026-12-31"
SANCTIONS = ["consumption_limit", "dishonest_listing", "ringtone", "publication"]


def due(rule, facts, ends, state, clause):
    """`ends`: D, as month, day and time."""
    return pytest.param(rule, facts, ends, state, marks=clause)


def said(name, time, by_post="", **data):
    """With the other fields of the golden event, where there is one."""
    return replace(fact(name, time, by_post=by_post), data=(golden(name) if name in NAMES else {}) | data)


def asked(time, kind, **more):
    return said("MatterAsked", time, kind=kind, **{"matter_id": "m1", "urgent": False, "due_on": None} | more)


def done(time, kind, result="done", **more):
    return said("MatterDone", time, kind=kind, matter_id="m1", result=result, **more)


DUES = [
    due(
        "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document"), done("2026-03-05T10:00", "serve_document")],
        "03-06T00:00",
        "met",
        pytest.mark.clause("H09"),
    ),
    due(
        "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document", due_on="2026-03-07")],  # a Saturday: a set date does not roll
        "03-08T00:00",
        "breached",
        pytest.mark.clause("H09"),
    ),
    due(
        "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document"), done("2026-03-05T10:00", "serve_document", "not_done")],
        "03-06T00:00",
        "breached",
        pytest.mark.clause("H09"),
    ),
    due(
        "horqin.zero_approvals",
        [
            said("ApprovalAsked", "2026-03-06T16:50", approval_id="a1", next_post="enquiry_officer", act="payout"),
            said(
                "ApprovalDecided", "2026-03-09T09:00", approval_id="a1", by_post="enquiry_officer", act="payout",
                decision="approved", final=True, next_post="",
            ),
        ],
        "03-07T00:00",
        "met_late",
        pytest.mark.clause("H12"),
    ),
    due(
        "horqin.file_handover",
        [
            said("CaseClosed", "2026-03-02T10:00", **CLOSED),  # the 20th day, 22 March, is a Sunday
            said(
                "HandedOver", "2026-03-20T10:00", what="file", reason="archiving", to_post="file_officer",
                register_signed=True, pages=88,
            ),
        ],
        "03-24T00:00",
        "met",
        pytest.mark.clause("H22"),
    ),
    due(
        "horqin.file_handover",
        [said("CaseClosed", "2026-09-11T10:00", **CLOSED)],  # the 20th day, 1 October, is off
        "10-09T00:00",
        "breached",
        pytest.mark.clause("H22"),
    ),
    due(
        "horqin.archive",
        [said("CaseClosed", "2026-03-02T10:00", **CLOSED)],
        "06-02T00:00",
        "breached",
        pytest.mark.clause("H22"),
    ),
    due(
        "nanzhao.first_enquiry",
        [
            said("CaseFiled", "2026-02-13T09:00", **FILED),  # 14 February is worked, 24 February the next day
            said("EnquiryStarted", "2026-02-13T10:30", **ENQUIRED),
            said("HandedOver", "2026-02-24T17:00", what="case", reason="to_centre", items=["enquiry_result"]),
        ],
        "02-25T00:00",
        "met",
        pytest.mark.clause("N15"),
    ),
    due(
        "nanzhao.first_enquiry",
        [
            said("CaseFiled", "2026-02-13T09:00", **FILED),
            said("HandedOver", "2026-02-24T17:00", what="case", reason="to_centre", items=["enquiry_result"]),
        ],
        "02-25T00:00",
        "breached",  # handed over, but nothing was enquired
        pytest.mark.clause("N15"),
    ),
    due(
        "shihe.documents",
        [said("CaseFiled", "2026-03-02T09:00", **FILED), done("2026-03-09T23:59", "form_documents")],
        "03-10T00:00",
        "met",
        pytest.mark.clause("S06"),
    ),
    due(
        "shihe.documents",
        [said("CaseFiled", "2026-02-12T09:00", **FILED), done("2026-02-27T00:00", "form_documents")],
        "02-27T00:00",
        "met_late",
        pytest.mark.clause("S06"),
    ),
    due(
        "shihe.drafts",
        [
            said("DocumentSent", "2026-03-05T15:00", document_id="d1", kind="enforcement_notice", party_id="p1"),
            said("MaterialFiled", "2026-03-09T17:00", kind="draft", medium="electronic", about="document:d1"),
        ],
        "03-10T00:00",
        "met",
        pytest.mark.clause("S07"),
    ),
    due(
        "shihe.enquiry_24h",
        [said("CaseFiled", "2026-03-07T10:00", **FILED), said("EnquiryStarted", "2026-03-09T09:00", **ENQUIRED)],
        "03-08T10:00",  # a Sunday: hours run on
        "met_late",
        pytest.mark.clause("S08"),
    ),
    due(
        "shihe.enquiry_at_once",
        [said("CaseFiled", "2026-03-07T10:00", **FILED), said("EnquiryStarted", "2026-03-09T09:00", **ENQUIRED)],
        "03-10T00:00",  # filed on a Saturday: the Monday
        "met",
        pytest.mark.clause("S08"),
    ),
    due(
        "shihe.offline",
        [asked("2026-04-29T09:00", "offline_control"), done("2026-05-15T20:00", "offline_control")],
        "05-16T00:00",  # ten working days, 9 May among them
        "met",
        pytest.mark.clause("S10"),
    ),
    due(
        "shihe.result_filed",
        [
            said(
                "EnquiryAnswered", "2026-03-03T17:50", enquiry_id="e1", channel="network_national", purpose="first",
                result="found", scope=[],
            ),
            said("MaterialFiled", "2026-03-03T23:00", kind="enquiry_result", medium="electronic", about="enquiry:e1"),
        ],
        "03-04T00:00",
        "met",
        pytest.mark.clause("S12"),
    ),
    due(
        "shihe.delegated_in",
        [
            asked("2026-09-30T09:00", "delegation_in"),
            said("MatterAccepted", "2026-10-09T16:00", kind="delegation_in", matter_id="m1"),
        ],
        "10-10T00:00",
        "met",
        pytest.mark.clause("S14"),
    ),
    due(
        "shihe.sale_ruling",
        [
            said("AuctionPaid", "2026-03-06T17:30", lot_id="l1"),
            said("DocumentDrafted", "2026-03-11T10:00", document_id="d1", kind="sale_ruling", about="lot:l1"),
        ],
        "03-12T00:00",
        "met",
        pytest.mark.clause("S23"),
    ),
    due(
        "shihe.transfer",
        [
            said("AuctionSold", "2026-03-02T10:00", lot_id="l1"),
            said("LotTransferred", "2026-03-20T10:00", lot_id="l1", step="taxes_paid"),
            said("LotTransferred", "2026-04-09T10:00", lot_id="l1", step="title_transferred"),
            said("LotTransferred", "2026-04-13T10:00", lot_id="l1", step="delivered"),
        ],
        "04-14T00:00",
        "met",
        pytest.mark.clause("S24"),
    ),
    due(
        "shihe.payout",
        [
            said(
                "FundsReceived", "2026-03-06T10:00", payment_id="p1", into="case_account", purpose="performance",
                amount_fen=100, payer="debtor",
            ),
            said("FundsPaidOut", "2026-03-09T10:00", payout_id="o1", settled_payments=[], amount_fen=50, lines=[]),
        ],
        "03-10T00:00",
        "breached",  # paid out in part: nothing is settled
        pytest.mark.clause("S35"),
    ),
    due(
        "shihe.payout",
        [
            said(
                "FundsReceived", "2026-02-12T10:00", payment_id="p1", into="case_account", purpose="performance",
                amount_fen=100, payer="debtor",
            ),
            said("FundsPaidOut", "2026-02-24T10:00", payout_id="o1", settled_payments=["p1"], amount_fen=100, lines=[]),
        ],
        "02-25T00:00",  # the third day, 15 February, is off
        "met",
        pytest.mark.clause("S35"),
    ),
    due(
        "nanzhao.sanctions",
        [
            said("CaseFiled", "2025-12-31T15:00", **FILED),  # two months end on 28 February, then comes a Sunday
            *(said("MeasureTaken", "2026-02-02T10:00", kind=kind, party_id="party-2") for kind in SANCTIONS),
        ],
        "03-03T00:00",
        "met",
        pytest.mark.clause("N16"),
    ),
    due(
        "nanzhao.sanctions",
        [
            said("CaseFiled", "2025-12-31T15:00", **FILED),
            *(said("MeasureTaken", "2026-02-02T10:00", kind=kind, party_id="party-2") for kind in SANCTIONS[1:]),
        ],
        "03-03T00:00",
        "breached",  # three of four
        pytest.mark.clause("N16"),
    ),
    due(
        "nanzhao.offline",
        [
            said("HandoverAccepted", "2026-01-08T15:00", what="case", reason="first_assignment", to_team="first_1"),
            done("2026-02-09T16:00", "offline_control", "nothing_found"),
        ],
        "02-10T00:00",  # 8 February is a Sunday
        "met",
        pytest.mark.clause("N17"),
    ),
    due(
        "shihe.delegation_filed",
        [
            said("MatterProgressed", "2026-03-06T10:00", kind="delegation_out", step="replied", matter_id="m1"),
            said("MaterialFiled", "2026-03-12T08:00", kind="delegation", medium="paper", about="matter:m1"),
        ],
        "03-12T00:00",
        "met_late",
        pytest.mark.clause("S15"),
    ),
    due(
        "shihe.price_papers",
        [
            said("MaterialFiled", "2026-03-02T09:00", kind="survey_report", medium="paper", about="lot:m1"),
            said("PriceFixed", "2026-03-05T10:00", lot_id="m1"),
            said("MaterialFiled", "2026-03-06T09:00", kind="pricing", medium="paper", about="lot:m1"),
        ],
        "03-07T00:00",
        "met",
        pytest.mark.clause("S19"),
    ),
    due(
        "shihe.notice",
        [
            said("CaseFiled", "2026-03-02T09:00", **FILED),
            said("DocumentSent", "2026-03-16T20:00", kind="enforcement_notice", party_id="party-2"),
        ],
        "03-17T00:00",  # of the one debtor; ten working days
        "met",
        pytest.mark.clause("S25"),
    ),
    due(
        "shihe.claim_money",
        [
            said(
                "FundsReceived", "2026-09-30T10:00", payment_id="p1", into="main_account", purpose="unknown",
                payer="debtor",
            ),
            said("FundsIdentified", "2026-10-09T10:00", payment_id="p1", case_id="c1", amount_fen=50, rest_fen=50),
            said("FundsIdentified", "2026-10-10T20:00", payment_id="p1", case_id="c1", amount_fen=50, rest_fen=0),
        ],
        "10-11T00:00",  # 10 October is worked
        "met",
        pytest.mark.clause("S34"),
    ),
    due(
        "horqin.web",
        [
            said("HandoverAccepted", "2026-03-20T10:00", what="file", reason="archiving", to_post="file_officer"),
            said("MaterialFiled", "2026-03-23T10:00", kind="web_text", medium="electronic"),
            said("DocumentSent", "2026-03-27T10:00", kind="end_ruling", way="web"),
        ],
        "03-31T00:00",  # seven days from the later of the two
        "met",
        pytest.mark.clause("H37"),
    ),
    due(
        "shihe.online_24h",
        [said("AssetsFound", "2026-03-06T14:10", source="enquiry", assets=[FLAT, DEPOSIT])],
        "03-07T15:00",  # of the deposit alone; counted from the next full hour, on over the Saturday
        "breached",
        pytest.mark.clause("S09"),
    ),
    due(
        "shihe.outside",
        [
            said("AssetsFound", "2026-03-06T14:10", source="enquiry", assets=[FLAT]),
            said(
                "MatterProgressed", "2026-03-11T10:00", kind="delegation_out", step="sent", matter_id="m1",
                about="asset:a2",
            ),
        ],
        "03-12T00:00",
        "met",
        pytest.mark.clause("S09"),
    ),
    due(
        "shihe.instruction",
        [
            asked("2026-03-02T09:00", "site_survey", due_on="2026-03-13"),
            done("2026-03-12T09:00", "site_survey", reported_to_handler=False),
        ],
        "03-14T00:00",
        "breached",  # done, and nobody was told
        pytest.mark.clause("S28"),
    ),
    due(
        "shihe.instruction",
        [
            asked("2026-03-02T09:00", "site_survey", due_on="2026-03-13"),
            done("2026-03-12T09:00", "site_survey", reported_to_handler=True),
        ],
        "03-14T00:00",
        "met",
        pytest.mark.clause("S28"),
    ),
    due(
        "shihe.anomaly_checked",
        [
            said("FundsAnomalyFound", "2026-03-06T09:00", anomaly_id="a1", kind="other", amount_fen=100),
            said("CheckRecorded", "2026-03-06T10:00", by_post="funds_officer", kind="anomaly", result="passed"),
            said("CheckRecorded", "2026-03-07T10:00", by_post="chief", kind="anomaly", result="passed"),
        ],
        "03-07T00:00",  # what anybody but the chief finds does not count
        "met_late",
        pytest.mark.clause("S33"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "ends", "state"), DUES)
def test_a_term_of_the_scheme_ends_when_it_should(rule, facts, ends, state):
    found = [each for each in derived(rulebook(rule.split(".")[0]), facts, LATER).clocks if each.rule == rule]
    assert [(f"{each.due.astimezone(SHANGHAI):%m-%dT%H:%M}", each.state.value) for each in found] == [(ends, state)]
