"""The clocks of the scheme of 宜阳, by clause: cases worked out by hand."""

import pytest

from tests.unit.clause_clocks import (
    accepted,
    approval,
    asked,
    case,
    clocks_of,
    contact,
    filed,
    handed,
    said,
    stands,
    taken_over,
    told,
)
from tests.unit.clocks import amended, spells, void

pytestmark = pytest.mark.fast

FILED = filed("2026-02-12T09:00")
APPROVED = approval("2026-03-12T10:00", "second_assignment")
SECOND = taken_over("2026-03-12T10:00", reason="second_assignment", to_team="ordinary_1", to_post="judge")
GIVEN = handed("2026-03-13T10:00", reason="second_assignment", from_team="simple_1", from_post="judge")
PRICED = said("PriceFixed", "2026-03-19T10:00", lot_id="m1")


def assigned(time, stage="first", **more):
    return said("CaseAssigned", time, stage=stage, **more)


def informed(time, *topics):
    return contact(time, "party_informed", topics)


CASES = [
    case(  # the seventh day, 19 February, is off to the 23rd
        pytest.mark.clause("Y06"), "yiyang.first_assignment", [FILED, assigned("2026-02-24T23:00")],
        "2026-02-25T00:00 met",
    ),
    case(
        pytest.mark.clause("Y06"), "yiyang.first_assignment", [FILED, assigned("2026-02-25T00:00")],
        "2026-02-25T00:00 met_late",
    ),
    case(pytest.mark.clause("Y06"), "yiyang.first_assignment", [filed("2026-02-12T09:00", "resumption")], {}),
    case(  # the third day is a Sunday
        pytest.mark.clause("Y07"), "yiyang.second_handover",
        [APPROVED, handed("2026-03-16T17:00", reason="second_assignment", basis="a1")], {"a1": "2026-03-17T00:00 met"},
    ),
    case(
        pytest.mark.clause("Y07"), "yiyang.second_handover",
        [APPROVED, handed("2026-03-16T17:00", reason="second_assignment", basis="a2")], "2026-03-17T00:00 breached",
    ),
    case(
        pytest.mark.clause("Y07"), "yiyang.second_handover",
        [approval("2026-03-12T10:00", "second_assignment", "refused")], {},
    ),
    case(
        pytest.mark.clause("Y18"), "yiyang.clue",
        [
            asked("2026-03-06T16:00", "verify_clue", to_post="field_officer"),
            accepted("2026-03-09T10:00", "verify_clue"),
        ],
        "2026-03-07T00:00 met_late",
    ),
    case(
        pytest.mark.clause("Y18"), "yiyang.clue",
        [asked("2026-03-07T16:00", "verify_clue"), accepted("2026-03-09T10:00", "verify_clue")],
        "2026-03-10T00:00 met",
    ),
    case(
        pytest.mark.clause("Y19"), "yiyang.parties_told",
        [GIVEN, informed("2026-03-16T10:00", "property", "progress"), informed("2026-03-18T10:00", "new_handler")],
        "2026-03-19T00:00 met",
    ),
    case(
        pytest.mark.clause("Y19"), "yiyang.parties_told", [GIVEN, informed("2026-03-16T10:00", "property", "progress")],
        "2026-03-19T00:00 breached",
    ),
    case(
        pytest.mark.clause("Y20"), "yiyang.price_start", [SECOND, asked("2026-03-16T10:00", "disposal")],
        "2026-03-17T00:00 met",
    ),
    case(
        pytest.mark.clause("Y20"), "yiyang.accept",
        [asked("2026-03-16T10:00", "disposal"), accepted("2026-03-17T10:00", "disposal")], "2026-03-17T00:00 met_late",
    ),
    case(
        pytest.mark.clause("Y21"), "yiyang.price_at_once",
        [accepted("2026-03-17T10:00", "disposal"), said("PricingStarted", "2026-03-17T16:00", matter_id="m1")],
        "2026-03-18T00:00 met",
    ),
    case(pytest.mark.clause("Y21"), "yiyang.auction_at_once", [PRICED], {"m1": "2026-03-20T00:00 breached"}),
    case(  # priced again, the first segment is over
        pytest.mark.clause("Y21"), "yiyang.auction_at_once",
        [
            PRICED, said("PriceFixed", "2026-03-24T10:00", lot_id="m1"),
            said("AuctionAnnounced", "2026-03-24T15:00", lot_id="m1"),
        ],
        "2026-03-25T00:00 met",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "facts", "expected", "as_of"), CASES)
def test_a_term_of_the_scheme(rule, facts, expected, as_of):
    stands(rule, facts, expected, as_of)


@pytest.mark.clause("Y18")
def test_whom_the_handler_asked_answers_for_a_clue():
    late = clocks_of("yiyang.clue", [asked("2026-03-06T16:00", "verify_clue", to_post="field_officer")])["m1"]
    assert late.answers.post == "field_officer"


@pytest.mark.clause("Y19")
def test_the_former_team_answers_for_telling_the_parties():
    assert clocks_of("yiyang.parties_told", [GIVEN])[""].answers.team == "simple_1"


@pytest.mark.clause("Y21")
def test_at_once_of_the_court_and_ten_days_of_the_law_for_one_auction():
    courts, legal = (
        clocks_of(rule, [PRICED], "2026-03-20T09:00", court="yiyang")["m1"]
        for rule in ("yiyang.auction_at_once", "cn.disposal_start")
    )
    assert (told(courts), told(legal)) == ("2026-03-20T00:00 breached", "2026-03-31T00:00 running")


@pytest.mark.clause("Y06")
def test_an_assignment_entered_late_is_met_and_was_known_late():
    [late] = clocks_of(
        "yiyang.first_assignment", [FILED, assigned("2026-02-24T10:00", recorded="2026-02-27T09:00")], "2026-02-26"
    ).values()
    assert late.state_then is not None
    assert (late.state.value, late.state_then.value, late.standing) == ("met", "breached", "cured")
    assert spells(late) == [("02-25T00:00", "02-27T09:00")]


@pytest.mark.clause("Y06")
def test_a_day_of_assignment_that_was_entered_wrong_is_late_from_its_correction_on():
    assignment = assigned("2026-02-24T10:00")
    facts = [FILED, assignment, amended(assignment, "2026-03-02T09:00", time="2026-02-26T10:00")]
    before, after = (
        clocks_of("yiyang.first_assignment", facts, day, known_at=day)[""] for day in ("2026-03-01", "2026-03-03")
    )
    assert (told(before), told(after)) == ("2026-02-25T00:00 met", "2026-02-25T00:00 met_late")
    assert spells(after) == [("03-02T09:00", None)]


@pytest.mark.clause("Y06")
def test_a_filing_that_never_was_leaves_the_record_of_what_was_known():
    [gone] = clocks_of("yiyang.first_assignment", [FILED, void(FILED, "2026-02-27T09:00")]).values()
    assert (gone.state.value, spells(gone)) == ("withdrawn", [("02-25T00:00", "02-27T09:00")])
