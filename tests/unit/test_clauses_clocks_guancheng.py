"""The clocks of the scheme of 管城, by clause: cases worked out by hand."""

import pytest

from tests.unit.clause_clocks import (
    accepted,
    applied,
    asked,
    asset,
    case,
    clocks_of,
    contact,
    done,
    filed,
    found,
    handed,
    measure,
    progressed,
    said,
    signed,
    stands,
    taken_over,
    told,
)

pytestmark = pytest.mark.fast

BRIGADE = [filed("2026-03-02T09:00"), taken_over("2026-03-05T09:00", to_team="brigade_2", to_post="judge")]
FAST = [filed("2026-03-02T09:00"), taken_over("2026-03-05T09:00", to_team="fast", to_post="judge")]
FOUND = found(
    "2026-03-13T10:00",
    asset("h1"),
    asset("v1", "vehicle", disposable="no"),
    asset("b1", "deposit", disposable="unknown"),
)
OBJECTION = [applied("2026-03-02T09:00", "objection"), filed("2026-03-03T09:00", "objection")]

CASES = [
    case(  # Saturday, 14 February, is worked
        pytest.mark.clause("G07"), "guancheng.to_centre",
        [filed("2026-02-13T15:00"), handed("2026-02-14T17:00", reason="to_centre")], "2026-02-15T00:00 met",
    ),
    case(
        pytest.mark.clause("G07"), "guancheng.to_centre",
        [filed("2026-02-13T15:00"), handed("2026-02-24T09:00", reason="to_centre")], "2026-02-15T00:00 met_late",
    ),
    case(pytest.mark.clause("G07"), "guancheng.to_centre", [filed("2026-02-14T10:00")], "2026-02-25T00:00 breached"),
    case(pytest.mark.clause("G07"), "guancheng.to_centre", [filed("2026-04-30T10:00")], "2026-05-07T00:00 breached"),
    case(pytest.mark.clause("G07"), "guancheng.to_centre", [filed("2026-04-30T10:00", "objection")], {}),
    case(  # Friday 13, Saturday 14 (worked), Tuesday 24 February
        pytest.mark.clause("G03"), "guancheng.disposal_arranged", [asked("2026-02-12T10:00", "disposal")],
        "2026-02-25T00:00 breached",
    ),
    case(  # an earlier seal does not count
        pytest.mark.clause("G03"), "guancheng.disposal_measures",
        [
            measure("2026-01-20T10:00", "seal", "h1"), accepted("2026-03-02T10:00", "disposal"),
            said("PricingStarted", "2026-03-05T17:00", matter_id="m1"),
        ],
        "2026-03-06T00:00 met",
    ),
    case(
        pytest.mark.clause("G03"), "guancheng.disposal_measures",
        [
            measure("2026-01-20T10:00", "seal", "h1"), accepted("2026-03-02T10:00", "disposal"),
            said("PricingStarted", "2026-03-06T09:00", matter_id="m1"),
        ],
        "2026-03-06T00:00 met_late",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.objection_filed", [applied("2026-02-12T10:00", "objection")],
        "2026-02-25T00:00 breached",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.objection", [applied("2026-02-12T10:00", "objection")],
        "2026-02-28T00:00 breached",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.hearing", [*OBJECTION, contact("2026-03-06T15:00", "hearing")],
        "2026-03-07T00:00 met",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.hearing", [*OBJECTION, signed("2026-03-05T15:00", "ruling")],
        "2026-03-07T00:00 void",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.objection", [*OBJECTION, signed("2026-03-17T15:00", "ruling")],
        "2026-03-18T00:00 met",
    ),
    case(
        pytest.mark.clause("G04"), "guancheng.objection", [*OBJECTION, signed("2026-03-18T15:00", "ruling")],
        "2026-03-18T00:00 met_late",
    ),
    case(  # the fifth day, 5 October, is off
        pytest.mark.clause("G04"), "guancheng.reconsideration_file", [applied("2026-09-30T10:00", "reconsideration")],
        "2026-10-09T00:00 breached",
    ),
    case(
        pytest.mark.clause("G05"), "guancheng.new_property",
        [*BRIGADE, FOUND, measure("2026-03-18T10:00", "seal", "h1")],
        {"h1": "2026-03-19T00:00 met", "b1": "2026-03-19T00:00 breached"},
    ),
    case(pytest.mark.clause("G05"), "guancheng.new_property", [*FAST, FOUND], {}),
    case(  # Saturday, 28 February, is worked
        pytest.mark.clause("G09"), "guancheng.refusal_link",
        [
            accepted("2026-02-27T10:00", "refusal_evidence"),
            progressed("2026-03-03T16:00", "refusal_evidence", "routed"),
        ],
        "2026-03-04T00:00 met",
    ),
    case(
        pytest.mark.clause("G09"), "guancheng.refusal_link",
        [
            accepted("2026-02-27T10:00", "refusal_evidence"),
            progressed("2026-03-02T16:00", "refusal_evidence", "supplement_asked"),
        ],
        "2026-03-04T00:00 void",
    ),
    case(  # accepted again, once the evidence is complete
        pytest.mark.clause("G09"), "guancheng.refusal_link",
        [
            accepted("2026-02-27T10:00", "refusal_evidence"),
            progressed("2026-03-02T16:00", "refusal_evidence", "supplement_asked"),
            accepted("2026-03-20T10:00", "refusal_evidence"),
        ],
        "2026-03-26T00:00 breached",
    ),
    case(
        pytest.mark.clause("G11"), "guancheng.disposal_back",
        [done("2026-06-30T10:00", "disposal"), handed("2026-07-03T15:00", "file", "disposal_back")],
        "2026-07-04T00:00 met",
    ),
    case(pytest.mark.clause("G11"), "guancheng.disposal_reply", [done("2026-06-30T10:00", "disposal")], {}),
    case(
        pytest.mark.clause("G11"), "guancheng.disposal_reply",
        [
            done("2026-06-30T10:00", "disposal", reported_to_handler=False),
            progressed("2026-07-06T10:00", "disposal", "replied"),
        ],
        "2026-07-04T00:00 met_late",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected", "as_of"), CASES)
def test_a_term_of_the_scheme(rule, facts, expected, as_of):
    stands(rule, facts, expected, as_of)


@pytest.mark.clause("G01")
def test_the_filing_division_holds_a_case_until_the_general_group_accepts_it():
    facts = [filed("2026-03-02T09:00"), taken_over("2026-03-03T09:00", reason="to_centre", to_team="general")]
    days = ("2026-03-02T12:00", "2026-03-04T12:00")
    held = [clocks_of("cn.conclude", facts, day, court="guancheng")[""].answers.team for day in days]
    assert held == ["filing", "general"]


@pytest.mark.clause("G04")
def test_the_courts_own_terms_of_an_objection_are_the_legal_ones_and_run_beside_them():
    facts = [applied("2026-02-12T10:00", "objection")]
    for name in ("objection_filed", "objection"):
        courts, legal = (clocks_of(rule, facts, court="guancheng")[""] for rule in (f"guancheng.{name}", f"cn.{name}"))
        assert told(courts) == told(legal)
        assert (courts.answers.team, courts.type, legal.type) == ("objections", "service", "legal")


@pytest.mark.clause("G12")
def test_a_petition_is_logged_in_five_working_days_and_closed_in_thirty():
    facts = [asked("2026-03-05T10:00", "petition")]
    logged, ended = (
        clocks_of(rule, facts, court="guancheng")["m1"] for rule in ("cn.petition_logged", "cn.petition_closed")
    )
    assert (told(logged), told(ended)) == ("2026-03-13T00:00 breached", "2026-04-08T00:00 breached")
