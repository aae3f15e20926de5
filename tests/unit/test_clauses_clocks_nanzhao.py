"""The clocks of the scheme of 南召, by clause: cases worked out by hand."""

import pytest

from rules.calendar import SHANGHAI
from tests.unit.clause_clocks import (
    approval,
    asked,
    asset,
    case,
    changed,
    check,
    clocks_of,
    closed,
    done,
    enquiry,
    extended,
    filed,
    found,
    handed,
    measure,
    paid_out,
    received,
    said,
    stands,
    suspended,
    taken_over,
    told,
)
from tests.unit.clocks import spells

pytestmark = pytest.mark.fast

FILED = filed("2026-01-05T10:00")
ENQUIRED = enquiry("2026-01-05T10:30")
SANCTIONS = ("consumption_limit", "dishonest_listing", "ringtone", "publication")


def to_centre(time, *items):
    return handed(time, reason="to_centre", items=list(items))


def sanctioned(time, *kinds, debtor="d1"):
    return [measure(time, kind, party_id=debtor) for kind in kinds or SANCTIONS]


CASES = [
    case(
        pytest.mark.clause("N15"), "nanzhao.first_enquiry",
        [FILED, ENQUIRED, to_centre("2026-01-07T17:00", "enquiry_result")], "2026-01-08T00:00 met",
    ),
    case(
        pytest.mark.clause("N15"), "nanzhao.first_enquiry",
        [FILED, ENQUIRED, to_centre("2026-01-08T00:00", "enquiry_result")], "2026-01-08T00:00 met_late",
    ),
    case(
        pytest.mark.clause("N15"), "nanzhao.first_enquiry", [FILED, ENQUIRED, to_centre("2026-01-07T17:00")],
        "2026-01-08T00:00 breached",
    ),
    case(
        pytest.mark.clause("N15"), "nanzhao.first_enquiry", [FILED, to_centre("2026-01-07T17:00", "enquiry_result")],
        "2026-01-08T00:00 breached",
    ),
    case(  # Saturday, 14 February, is worked; the next working day is the 24th
        pytest.mark.clause("N15"), "nanzhao.first_enquiry", [filed("2026-02-13T09:00", "resumption")],
        "2026-02-25T00:00 breached",
    ),
    case(pytest.mark.clause("N15"), "nanzhao.first_enquiry", [filed("2026-02-13T09:00", "preservation")], {}),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions", [FILED], {"d1": "2026-03-07T00:00 pending"},
        "2026-03-05T23:59",
    ),
    case(pytest.mark.clause("N16"), "nanzhao.sanctions", [FILED], "2026-03-07T00:00 running", "2026-03-06T12:00"),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions", [FILED, *sanctioned("2026-03-06T10:00", *SANCTIONS[:3])],
        "2026-03-07T00:00 breached",
    ),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions", [FILED, *sanctioned("2026-03-06T10:00")],
        "2026-03-07T00:00 met",
    ),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions", [FILED, *sanctioned("2026-02-02T10:00")],
        "2026-03-07T00:00 met",
    ),
    case(  # the two months end with 28 February, which is not moved; the day after is a Sunday
        pytest.mark.clause("N16"), "nanzhao.sanctions", [filed("2025-12-31T15:00")], "2026-03-03T00:00 breached",
    ),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions",
        [FILED, said("PerformanceRecorded", "2026-03-04T10:00", full=True)], "2026-03-07T00:00 void",
    ),
    case(
        pytest.mark.clause("N16"), "nanzhao.sanctions",
        [FILED, said("PerformanceRecorded", "2026-03-04T10:00", full=False)], "2026-03-07T00:00 breached",
    ),
    case(  # each debtor for himself; one who is no longer a party is out of it
        pytest.mark.clause("N16"), "nanzhao.sanctions",
        [
            filed("2026-01-05T10:00", debtors=["d1", "d2", "d3"]), *sanctioned("2026-02-10T10:00", debtor="d1"),
            changed("2026-02-02T10:00", removed=["d3"]),
        ],
        {"d1": "2026-03-07T00:00 met", "d2": "2026-03-07T00:00 breached", "d3": "2026-03-07T00:00 void"},
    ),
    case(  # 8 February is a Sunday
        pytest.mark.clause("N17"), "nanzhao.offline",
        [
            taken_over("2026-01-08T15:00", to_team="first_1"),
            done("2026-02-09T16:00", "offline_control", "nothing_found"),
        ],
        "2026-02-10T00:00 met",
    ),
    case(  # there is no 30 February; the 28th is a Saturday that is worked
        pytest.mark.clause("N17"), "nanzhao.offline", [taken_over("2026-01-30T15:00", to_team="yunyang")],
        "2026-03-01T00:00 breached",
    ),
    case(pytest.mark.clause("N17"), "nanzhao.offline", [taken_over("2026-01-30T15:00", to_team="fast")], {}),
    case(
        pytest.mark.clause("N17"), "nanzhao.offline_each",
        [
            FILED,
            found(
                "2026-01-07T09:00", asset("A"), asset("B", "land", online=True), asset("C", "vehicle"),
                asset("D", "land"),
            ),
            taken_over("2026-01-08T15:00", to_team="first_1"),
            done("2026-02-02T10:00", "offline_control", about="asset:A"),
        ],
        {"A": "2026-02-10T00:00 met", "D": "2026-02-10T00:00 breached"},
    ),
    case(  # the thirtieth day, Saturday the 14th, is worked
        pytest.mark.clause("N18"), "nanzhao.payout", [received("2026-01-15T10:00"), paid_out("2026-02-13T10:00")],
        {"p1": "2026-02-15T00:00 breached"},
    ),
    case(
        pytest.mark.clause("N18"), "nanzhao.payout", [received("2026-01-15T10:00"), paid_out("2026-02-14T10:00", "p1")],
        "2026-02-15T00:00 met",
    ),
    case(pytest.mark.clause("N18"), "nanzhao.payout", [received("2026-01-16T10:00")], "2026-02-25T00:00 breached"),
    case(
        pytest.mark.clause("N20"), "nanzhao.resume_handover",
        [
            check("2026-03-05T16:00", "resumption_first_review"),
            handed("2026-03-09T18:00", "materials", "resumption_review"),
        ],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("N20"), "nanzhao.resume_handover",
        [check("2026-03-05T16:00", "resumption_first_review", "failed")], {},
    ),
    case(
        pytest.mark.clause("N20"), "nanzhao.resume_clue",
        [taken_over("2026-03-09T09:00", "materials", "resumption_review")], "2026-03-13T00:00 breached",
    ),
    case(  # the third day, 3 October, is off
        pytest.mark.clause("N20"), "nanzhao.resume_clue",
        [
            taken_over("2026-09-30T09:00", "materials", "resumption_review"),
            check("2026-10-08T09:00", "clue", "failed"),
        ],
        "2026-10-09T00:00 met",
    ),
    case(
        pytest.mark.clause("N10"), "nanzhao.plan", [asked("2026-03-04T09:00", "conference_plan", due_on="2026-03-20")],
        "2026-03-21T00:00 breached",
    ),
    case(  # a day that was set is not moved off a Saturday
        pytest.mark.clause("N10"), "nanzhao.plan", [asked("2026-03-04T09:00", "conference_plan", due_on="2026-03-21")],
        "2026-03-22T00:00 breached",
    ),
    case(pytest.mark.clause("N10"), "nanzhao.plan", [asked("2026-03-04T09:00", "conference_plan")], {}),
    case(
        pytest.mark.clause("N10"), "nanzhao.plan",
        [
            asked("2026-03-04T09:00", "conference_plan", due_on="2026-03-20"),
            done("2026-03-18T09:00", "conference_plan", "partly"),
        ],
        "2026-03-21T00:00 breached",
    ),
    case(
        pytest.mark.clause("N27"), "nanzhao.payout_formal", [approval("2026-04-01T10:00", "payout")],
        "2026-04-04T00:00 breached",
    ),
    case(  # 4 to 6 April are off
        pytest.mark.clause("N27"), "nanzhao.payout_formal", [approval("2026-04-02T10:00", "payout")],
        "2026-04-08T00:00 breached",
    ),
    case(pytest.mark.clause("N27"), "nanzhao.payout_formal", [approval("2026-04-01T10:00", "payout", final=False)], {}),
    case(
        pytest.mark.clause("N27"), "nanzhao.funds_approval",
        [
            approval("2026-04-01T10:00", "payout", final=False, next_post="finance_officer", by_post="director"),
            approval("2026-04-07T10:00", "payout", next_post="", by_post="finance_officer"),
        ],
        "2026-04-08T00:00 met",
    ),
    case(
        pytest.mark.clause("N27"), "nanzhao.arrival",
        [received("2026-04-29T10:00"), check("2026-05-07T10:00", "arrival_confirmed", about="payment:p1")],
        "2026-05-08T00:00 met",
    ),
    case(
        pytest.mark.clause("N27"), "nanzhao.receipt_no",
        [paid_out("2026-04-29T10:00", "p1", payout_id="o1", receipt_no=None)], {"o1": "2026-05-08T00:00 breached"},
    ),
    case(
        pytest.mark.clause("N27"), "nanzhao.receipt_no",
        [paid_out("2026-04-29T10:00", "p1", payout_id="o1", receipt_no="r1")], {},
    ),
    case(
        pytest.mark.clause("N27"), "nanzhao.unidentified",
        [received("2026-04-29T10:00", "main_account", "unknown"), asked("2026-05-06T10:00", "claim_funds")],
        "2026-05-08T00:00 met",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected", "as_of"), CASES)
def test_a_term_of_the_scheme(rule, facts, expected, as_of):
    stands(rule, facts, expected, as_of)


@pytest.mark.clause("N01")
def test_a_node_that_is_late_is_told_the_director_the_day_it_is_found():
    [late] = clocks_of("nanzhao.first_enquiry", [FILED], "2026-01-08T08:00").values()
    [rung] = late.rungs
    assert (rung.kind, f"{rung.at.astimezone(SHANGHAI):%m-%dT%H:%M}", rung.to[0].name) == (
        "past", "01-08T00:00", "director",
    )  # fmt: skip


@pytest.mark.clause("N17")
def test_a_breach_of_the_offline_control_is_the_holders():
    [late] = clocks_of("nanzhao.offline", [FILED, taken_over("2026-01-08T15:00", to_team="first_1")]).values()
    assert late.answers.team == "first_1"


@pytest.mark.clause("N18")
def test_an_objection_stops_the_legal_term_of_a_payout_and_not_the_courts():
    facts = [received("2026-01-15T10:00"), *suspended("2026-01-20T09:00", "2026-01-30T09:00")]
    courts, legal = (clocks_of(rule, facts, court="nanzhao")["p1"] for rule in ("nanzhao.payout", "cn.payout"))
    assert (told(courts), courts.type) == ("2026-02-15T00:00 breached", "service")
    assert (told(legal), legal.type) == ("2026-02-25T00:00 breached", "legal")


@pytest.mark.clause("N18")
def test_the_courts_term_of_a_payout_cannot_be_extended():
    facts = [received("2026-01-15T10:00"), extended("nanzhao.payout", "p1", 10, "2026-02-02T10:00")]
    assert told(clocks_of("nanzhao.payout", facts)["p1"]) == "2026-02-15T00:00 breached"


@pytest.mark.clause("N27")
def test_thirty_days_from_arrival_and_two_from_the_formalities_both_run():
    facts = [received("2026-01-15T10:00"), approval("2026-04-01T10:00", "payout")]
    [arrival] = clocks_of("nanzhao.payout", facts, "2026-04-02").values()
    [formal] = clocks_of("nanzhao.payout_formal", facts, "2026-04-02").values()
    assert (told(arrival), told(formal)) == ("2026-02-15T00:00 breached", "2026-04-04T00:00 running")


@pytest.mark.clause("N15")
def test_a_hand_over_entered_late_meets_the_term_and_stays_on_record():
    late = handed("2026-01-07T17:00", reason="to_centre", items=["enquiry_result"], recorded="2026-01-09T09:00")
    [found_] = clocks_of("nanzhao.first_enquiry", [FILED, ENQUIRED, late], "2026-01-08T12:00").values()
    assert found_.state_then is not None
    assert (found_.state.value, found_.state_then.value, found_.standing) == ("met", "breached", "cured")
    assert spells(found_) == [("01-08T00:00", "01-09T09:00")]


@pytest.mark.clause("N16")
def test_closing_the_case_ends_the_sanctions_of_all_debtors():
    facts = [filed("2026-01-05T10:00", debtors=["d1", "d2"]), closed("2026-02-02T10:00")]
    assert [each.state.value for each in clocks_of("nanzhao.sanctions", facts).values()] == ["void", "void"]
