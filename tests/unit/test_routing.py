"""Yiyang's split of simple and ordinary cases: each ground alone, and which goes before which."""

import pytest

from rules.routing import route
from tests.unit.yiyang import DAY, FILED, POLICY, fact, filed, found, noted, party, view

pytestmark = pytest.mark.fast

ENOUGH = ("deposit", 10_000_000, "yes")
LITTLE = ("deposit", 1, "yes")
PERFORMED = fact("PerformanceRecorded", FILED + DAY, kind="paid", amount_fen=1, full=True)
SOLD_KINDS = ["real_estate", "land", "vehicle", "shares", "equity", "securities", "machinery"]


def first(*facts):
    return route(POLICY, "first", view(*facts))


def with_debtor(**changed):
    return filed(parties=[party("c1", "creditor"), party("d1", **changed)])


@pytest.mark.clause("Y09")
def test_a_preservation_case_goes_to_the_centralised_team():
    routed = first(filed(kind="preservation"))
    assert routed.rule.id == "yiyang.r.preservation"
    assert (routed.to.track, routed.to.team_kind) == ("preservation", "affairs")


@pytest.mark.clause("Y11")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([filed(), found(a=LITTLE), PERFORMED], "performs"),
        ([filed(), found(a=LITTLE), noted("performed")], "performs"),
        ([filed(), found(a=LITTLE), noted("willing_to_perform")], "performs"),
        ([filed(), found(a=ENOUGH)], "covered"),
        ([filed(), found(a=("network_account", 9_999_999, "yes"), b=LITTLE)], "covered"),
        ([filed()], "nothing"),
        ([filed(), found(a=("real_estate", 50_000_000, "no"))], "nothing"),
        ([filed(), found(a=LITTLE), noted("will_refuse_or_dismiss")], "refuse"),
        ([filed(), found(a=LITTLE), noted("easy")], "refuse"),
    ],
)
def test_each_ground_alone_makes_a_case_simple(facts, rule):
    routed = first(*facts)
    assert (routed.rule.id, routed.to.track) == (f"yiyang.r.{rule}", "simple")
    assert routed.rule.clause == "Y11"


@pytest.mark.clause("Y12")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([with_debtor(kind="organ")], "organ"),
        ([filed(instrument={"kind": "criminal"}), noted("criminal_terms_unclear")], "criminal"),
        ([filed(claim={"acts": ["return_real_estate"]})], "return"),
        ([filed(claim={"acts": ["return_shop"]})], "return"),
        ([filed(claim={"acts": ["return_machinery"]})], "return"),
        *([[filed(), found(a=(kind, 50_000_000, "yes"))], "dispose"] for kind in SOLD_KINDS),
        ([filed(), found(a=LITTLE)], "else"),
    ],
)
def test_each_ground_alone_makes_a_case_ordinary(facts, rule):
    routed = first(*facts)
    assert (routed.rule.id, routed.to.track) == (f"yiyang.r.{rule}", "ordinary")
    assert routed.rule.clause == "Y12"


@pytest.mark.clause("Y11")
@pytest.mark.clause("Y12")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([with_debtor(kind="organ"), found(a=ENOUGH)], "organ"),
        ([with_debtor(kind="organ"), PERFORMED], "organ"),
        ([filed(), found(a=ENOUGH, b=("real_estate", 1, "yes"))], "covered"),
        ([filed(), found(a=LITTLE, b=("real_estate", 1, "yes")), noted("easy")], "dispose"),
    ],
)
def test_where_two_grounds_meet_the_reading_of_the_conflict_decides(facts, rule):
    assert first(*facts).rule.id == f"yiyang.r.{rule}"
    assert "yiyang.c1" in POLICY.conflicts


@pytest.mark.clause("Y11")
def test_property_of_which_it_is_unknown_whether_it_can_be_disposed_of_is_not_nothing():
    routed = first(filed(), found(a=("real_estate", 50_000_000, "unknown")))
    assert routed.rule.id == "yiyang.r.else"
    assert dict(routed.verdicts)["yiyang.r.nothing"] == "false"


@pytest.mark.clause("Y11")
def test_deposits_do_not_cover_what_is_no_money_claim():
    routed = first(filed(0, claim={"money": False}), found(a=ENOUGH))
    assert dict(routed.verdicts)["yiyang.r.covered"] == "false"


@pytest.mark.clause("Y19")
def test_the_second_assignment_leads_to_an_ordinary_team():
    routed = route(POLICY, "second", view(filed(), found(a=ENOUGH)))
    assert (routed.rule.id, routed.to.track) == ("yiyang.r.second", "ordinary")


def test_every_verdict_is_kept():
    routed = first(filed(), found(a=ENOUGH))
    assert [rule for rule, _ in routed.verdicts] == [rule.id for rule in POLICY.routes["first"].rules]
    assert dict(routed.verdicts)["yiyang.r.covered"] == "true"
    assert dict(routed.verdicts)["yiyang.r.organ"] == "false"


def test_what_cannot_be_judged_is_unknown_and_does_not_match():
    too_many = filed(parties=[party(f"d{n}", kind="organ") for n in range(201)])
    routed = first(too_many)
    assert {rule for rule, verdict in routed.verdicts if verdict == "unknown"} == {"yiyang.r.organ"}
    assert routed.rule.id == "yiyang.r.nothing"


def test_a_stage_the_court_does_not_have():
    with pytest.raises(LookupError, match="no routing at stage initial; the court has"):
        route(POLICY, "initial", view(filed()))
