"""The clocks of the scheme of 科尔沁右翼前旗, by clause: cases worked out by hand."""

import pytest

from tests.unit.clause_clocks import (
    accepted,
    applied,
    approval,
    asked,
    asset,
    case,
    clocks_of,
    closed,
    done,
    enquiry,
    filed,
    found,
    handed,
    material,
    progressed,
    routed,
    said,
    sent,
    stands,
    taken_over,
    told,
)

pytestmark = pytest.mark.fast

APPLIED, ARRIVED = applied("2026-03-02T09:00"), filed("2026-03-03T09:00")
TO_SERVICE = handed("2026-03-04T10:00", "materials", to_post="service_officer")
FILE = {"what": "file", "reason": "archiving", "to_post": "file_officer"}
REPORTED = {"receipts_complete": True, "reported_to_handler": True}
TERMINATED = [filed("2026-03-02T09:00"), closed("2026-06-04T10:00", "terminated_for_now")]
MAJOR = said("CaseNoted", "2026-03-09T10:00", marks={"major": True})

CASES = [
    case(
        pytest.mark.clause("H04"), "horqin.filing",
        [APPLIED, ARRIVED, TO_SERVICE, routed("2026-03-04T16:00", "initial")], "2026-03-05T00:00 met",
    ),
    case(
        pytest.mark.clause("H04"), "horqin.filing",
        [APPLIED, ARRIVED, TO_SERVICE, routed("2026-03-05T09:00", "initial")], "2026-03-05T00:00 met_late",
    ),
    case(  # two of three do not stop it
        pytest.mark.clause("H04"), "horqin.filing", [APPLIED, ARRIVED, TO_SERVICE], "2026-03-05T00:00 breached",
    ),
    case(  # the last day, Saturday the 14th, is worked
        pytest.mark.clause("H04"), "horqin.filing", [applied("2026-02-12T09:00")], "2026-02-15T00:00 breached",
    ),
    case(  # the last day, the 15th, is off
        pytest.mark.clause("H04"), "horqin.filing", [applied("2026-02-13T09:00")], "2026-02-25T00:00 breached",
    ),
    case(
        pytest.mark.clause("H04"), "horqin.filing",
        [APPLIED, said("FilingRefused", "2026-03-03T10:00")], "2026-03-05T00:00 void",
    ),
    case(pytest.mark.clause("H04"), "horqin.filing", [applied("2026-03-09T09:00", "objection")], {}),
    case(
        pytest.mark.clause("H04"), "horqin.filing_objection",
        [applied("2026-03-09T09:00", "objection"), filed("2026-03-11T09:00", "objection")], "2026-03-12T00:00 met",
    ),
    case(
        pytest.mark.clause("H04"), "horqin.assignment_objection",
        [applied("2026-03-09T09:00", "objection"), routed("2026-03-12T10:00")], "2026-03-12T00:00 met_late",
    ),
    case(  # Friday, 1 May, is off
        pytest.mark.clause("H05"), "horqin.objection_handover",
        [filed("2026-04-29T09:00", "objection"), handed("2026-05-06T17:00")], "2026-05-07T00:00 met",
    ),
    case(pytest.mark.clause("H05"), "horqin.objection_handover", [filed("2026-04-29T09:00")], {}),
    case(
        pytest.mark.clause("H08"), "horqin.form_documents",
        [
            taken_over("2026-03-04T09:00", "materials", "to_service", to_post="service_officer"),
            done("2026-03-10T08:00", "form_documents"),
        ],
        "2026-03-10T00:00 met_late",
    ),
    case(pytest.mark.clause("H08"), "horqin.form_documents", [TO_SERVICE], {}),
    case(  # the fifth day, 28 January 2025, is off
        pytest.mark.clause("H08"), "horqin.form_documents",
        [taken_over("2025-01-23T09:00", "materials", "to_service", to_post="service_officer")],
        "2025-02-06T00:00 breached",
    ),
    case(
        pytest.mark.clause("H09"), "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document", due_on="2026-03-04")], "2026-03-05T00:00 breached",
    ),
    case(
        pytest.mark.clause("H09"), "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document"), done("2026-03-05T10:00", "serve_document", "not_done")],
        "2026-03-06T00:00 breached",
    ),
    case(  # a date that was set does not roll off a Saturday
        pytest.mark.clause("H09"), "horqin.serve_asked",
        [asked("2026-03-02T09:00", "serve_document", due_on="2026-03-07")], "2026-03-08T00:00 breached",
    ),
    case(
        pytest.mark.clause("H10"), "horqin.public_notice",
        [asked("2026-03-02T09:00", "public_notice", due_on="2026-05-20"), done("2026-05-19T09:00", "public_notice")],
        "2026-05-21T00:00 met",
    ),
    case(
        pytest.mark.clause("H10"), "horqin.public_notice",
        [
            asked("2026-03-02T09:00", "public_notice", due_on="2026-05-20"),
            done("2026-05-19T09:00", "public_notice", reported_to_handler=False),
        ],
        "2026-05-21T00:00 breached",
    ),
    case(
        pytest.mark.clause("H11"), "horqin.first_enquiry",
        [taken_over("2026-03-05T09:00", "file", "", to_post="enquiry_officer"), enquiry("2026-03-09T17:00")],
        "2026-03-10T00:00 met",
    ),
    case(  # done before the file came
        pytest.mark.clause("H11"), "horqin.first_enquiry",
        [taken_over("2026-03-05T09:00", "file", "", to_post="enquiry_officer"), enquiry("2026-03-04T17:00")],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("H12"), "horqin.zero_approvals",
        [said("ApprovalAsked", "2026-03-07T11:00", approval_id="a1", next_post="enquiry_officer")],
        {"a1": "2026-03-10T00:00 breached"},
    ),
    case(
        pytest.mark.clause("H12"), "horqin.zero_approvals",
        [said("ApprovalAsked", "2026-03-06T16:50", approval_id="a1", next_post="chief")], {},
    ),
    case(
        pytest.mark.clause("H12"), "horqin.zero_matters",
        [asked("2026-03-10T09:00", "auction_help", to_post="enquiry_officer", by_actor="m1")],
        "2026-03-11T00:00 breached",
    ),
    case(
        pytest.mark.clause("H12"), "horqin.zero_matters",
        [asked("2026-03-10T09:00", "network_control", to_post="enquiry_officer", by_actor="system")], {},
    ),
    case(
        pytest.mark.clause("H14"), "horqin.sort",
        [taken_over("2026-03-09T09:00", "result_form", "", to_post="director"), routed("2026-03-11T15:00")],
        "2026-03-12T00:00 met",
    ),
    case(  # Saturday, 20 June, is off till Sunday
        pytest.mark.clause("H14"), "horqin.sort",
        [taken_over("2026-06-18T09:00", "result_form", "", to_post="director")], "2026-06-23T00:00 breached",
    ),
    case(
        pytest.mark.clause("H14"), "horqin.to_handler",
        [routed("2026-03-11T15:00"), handed("2026-03-13T17:00", reason="first_assignment")], "2026-03-14T00:00 met",
    ),
    case(
        pytest.mark.clause("H16"), "horqin.counter", [asked("2026-03-11T09:00", "counter_enquiry")],
        "2026-03-17T00:00 breached",
    ),
    case(
        pytest.mark.clause("H16"), "horqin.counter",
        [asked("2026-03-11T09:00", "counter_enquiry", due_on="2026-03-13")], "2026-03-14T00:00 breached",
    ),
    case(
        pytest.mark.clause("H16"), "horqin.counter",
        [
            asked("2026-03-11T09:00", "counter_enquiry"),
            done("2026-03-16T09:00", "counter_enquiry", reported_to_handler=False),
        ],
        "2026-03-17T00:00 breached",
    ),
    case(
        pytest.mark.clause("H16"), "horqin.counter_urgent", [asked("2026-03-11T09:00", "offline_control", urgent=True)],
        "2026-03-12T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-03-09T14:59", "find_person")],
        "2026-03-13T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-03-09T15:00", "find_person")],
        "2026-03-14T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-03-14T10:00", "find_person")],
        "2026-03-20T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-02-14T10:00", "find_person")],
        "2026-02-27T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-02-14T15:00", "find_person")],
        "2026-02-28T00:00 breached",
    ),
    case(  # the cut-off does not move a date
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-03-09T16:00", "find_thing", due_on="2026-03-10")],
        "2026-03-11T00:00 breached",
    ),
    case(  # only an urgent summons skips the cut-off
        pytest.mark.clause("H17"), "horqin.find", [asked("2026-03-09T16:00", "find_person", urgent=True)],
        "2026-03-14T00:00 breached",
    ),
    case(
        pytest.mark.clause("H17"), "horqin.urgent",
        [said("ApprovalAsked", "2026-03-13T20:00", act="urgent_summons", approval_id="a1")],
        "2026-03-14T00:00 breached",
    ),
    case(  # the 20th day, 22 March, is a Sunday
        pytest.mark.clause("H22"), "horqin.file_handover",
        [closed("2026-03-02T10:00"), handed("2026-03-20T10:00", **FILE, pages=88, register_signed=True)],
        "2026-03-24T00:00 met",
    ),
    case(
        pytest.mark.clause("H22"), "horqin.file_handover",
        [closed("2026-03-02T10:00"), handed("2026-03-20T10:00", **FILE, pages=0, register_signed=True)],
        "2026-03-24T00:00 breached",
    ),
    case(pytest.mark.clause("H22"), "horqin.file_handover", [closed("2026-09-11T10:00")], "2026-10-09T00:00 breached"),
    case(pytest.mark.clause("H22"), "horqin.archive", [closed("2026-03-02T10:00")], "2026-06-02T00:00 breached"),
    case(
        pytest.mark.clause("H22"), "horqin.catalogue", [taken_over("2026-03-20T10:00", **FILE)],
        "2026-03-28T00:00 breached",
    ),
    case(
        pytest.mark.clause("H27"), "horqin.check_received",
        [
            handed("2026-03-16T10:00", reason="first_assignment", handover_id="h1"),
            said("HandoverReturned", "2026-03-19T10:00", handover_id="h1", what="case"),
        ],
        "2026-03-20T00:00 met",
    ),
    case(
        pytest.mark.clause("H29"), "horqin.appointment_told",
        [
            accepted("2026-04-02T10:00", "answer_appointment"),
            progressed("2026-04-08T10:00", "answer_appointment", "reported"),
        ],
        "2026-04-09T00:00 met",
    ),
    case(
        pytest.mark.clause("H30"), "horqin.resume",
        [*TERMINATED, found("2026-09-29T10:00", asset("a1", "deposit")), said("CaseResumed", "2026-10-09T10:00")],
        "2026-10-10T00:00 met",
    ),
    case(
        pytest.mark.clause("H30"), "horqin.resume",
        [*TERMINATED, found("2026-09-29T10:00", asset("a1", "deposit", disposable="no"))], {},
    ),
    case(pytest.mark.clause("H30"), "horqin.resume", [TERMINATED[0], found("2026-09-29T10:00", asset("a1"))], {}),
    case(
        pytest.mark.clause("H35"), "horqin.panel",
        [
            filed("2026-03-02T10:00"), MAJOR, taken_over("2026-03-16T10:00"),
            said("PanelFormed", "2026-03-19T10:00", purpose="enforcement"),
        ],
        "2026-03-20T00:00 met",
    ),
    case(pytest.mark.clause("H35"), "horqin.panel", [filed("2026-03-02T10:00"), taken_over("2026-03-16T10:00")], {}),
    case(pytest.mark.clause("H35"), "horqin.panel", [filed("2026-03-02T10:00"), MAJOR], {}),
    case(
        pytest.mark.clause("H37"), "horqin.web",
        [
            taken_over("2026-03-20T10:00", **FILE), material("2026-03-19T10:00", "web_text", "electronic"),
            sent("2026-03-27T10:00", "end_ruling", way="web"),
        ],
        "2026-03-28T00:00 met",
    ),
    case(  # seven days from the later of the two
        pytest.mark.clause("H37"), "horqin.web",
        [taken_over("2026-03-20T10:00", **FILE), material("2026-03-23T10:00", "web_text", "electronic")],
        "2026-03-31T00:00 breached",
    ),
    case(pytest.mark.clause("H37"), "horqin.web", [taken_over("2026-03-20T10:00", **FILE)], {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected", "as_of"), CASES)
def test_a_term_of_the_scheme(rule, facts, expected, as_of):
    stands(rule, facts, expected, as_of)


@pytest.mark.clause("H01")
def test_before_anybody_accepted_the_case_the_centre_answers_for_it():
    [late] = clocks_of("cn.conclude", [filed("2026-03-02T09:00")], court="horqin").values()
    assert (late.state.value, late.answers.team) == ("breached", "centre")


@pytest.mark.clause("H04")
def test_the_legal_clock_of_an_objection_runs_beside_the_courts():
    facts = [applied("2026-03-09T09:00", "objection"), filed("2026-03-12T10:00", "objection")]
    found = {
        each: told(clocks_of(each, facts, court="horqin")[""])
        for each in ("horqin.filing_objection", "cn.objection_filed")
    }
    assert found == {
        "horqin.filing_objection": "2026-03-12T00:00 met_late",
        "cn.objection_filed": "2026-03-13T00:00 met",
    }


@pytest.mark.clause("H14")
def test_who_uses_every_term_of_the_court_names_the_handler_late_under_the_law():
    facts = [
        applied("2026-03-02T09:00"),
        filed("2026-03-02T10:00"),
        taken_over("2026-03-09T09:00", "result_form", "", to_post="director"),
        routed("2026-03-11T15:00"),
        said("CaseAssigned", "2026-03-13T09:00", stage="first"),
        handed("2026-03-13T17:00", reason="first_assignment"),
    ]
    rules = ("horqin.sort", "horqin.to_handler", "cn.handler_named")
    assert [told(clocks_of(rule, facts, court="horqin")[""]) for rule in rules] == [
        "2026-03-12T00:00 met",
        "2026-03-14T00:00 met",
        "2026-03-10T00:00 met_late",
    ]


@pytest.mark.clause("H36")
def test_a_breach_stays_with_who_held_the_case_when_it_became_late():
    facts = [
        filed("2026-03-02T09:00"),
        taken_over("2026-03-05T09:00", to_team="fast", to_post="judge", to_member="m1"),
        taken_over(
            "2026-09-07T09:00", reason="second_assignment", to_team="intensive", to_post="judge", to_member="m2"
        ),
    ]
    [late] = clocks_of("cn.conclude", facts, court="horqin").values()
    assert (told(late), late.answers.member) == ("2026-09-03T00:00 breached", "m1")


@pytest.mark.clause("H17")
def test_an_urgent_summons_is_decided_by_the_chief_the_same_day():
    facts = [
        said("ApprovalAsked", "2026-03-13T20:00", act="urgent_summons", approval_id="a1"),
        approval("2026-03-13T21:00", "urgent_summons"),
    ]
    [decided] = clocks_of("horqin.urgent", facts).values()
    assert (decided.state.value, decided.answers.post) == ("met", "chief")
