"""Workload: what a case weighs on the team that holds it, load per head and its spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.workload import Contribution, contributions, per_head, spread
from tests.unit.yiyang import DAY, FILED, POLICY, fact, filed, found, party, view

pytestmark = [pytest.mark.fast, pytest.mark.clause("Y02")]


def held_by(team: str):
    return fact("HandoverAccepted", FILED + 2 * DAY, what="case", to_team=team, to_member="h")


def routed(track: str):
    return fact("CaseRouted", FILED + DAY, stage="first", track=track, team="x")


def done(kind: str, team: str = "affairs"):
    return fact("MatterDone", FILED + 3 * DAY, matter_id=f"m-{kind}", kind=kind, result="done", by_team=team)


CLOSED = fact("CaseClosed", FILED + 9 * DAY, way="performed", funds_settled=True)
SELLING = [
    found(a=("land", 1, "yes")),
    fact("AssetStateChanged", FILED + 2 * DAY, asset_id="a", kind="land", state="in_disposal"),
]


def load(*facts) -> dict[str, tuple[int, int]]:
    found = contributions(POLICY, sorted(facts), view(*facts))
    return {each.team: (each.load, each.apart) for each in found}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], {}),
        ([filed()], {"affairs": (15, 0)}),
        ([filed(), routed("simple")], {"affairs": (15, 0)}),
        ([filed(), routed("simple"), held_by("simple_1")], {"simple_1": (10, 0)}),
        ([filed(), routed("ordinary"), held_by("ordinary_2")], {"ordinary_2": (30, 0)}),
        ([filed(), routed("ordinary"), held_by("ordinary_2"), *SELLING], {"ordinary_2": (40, 0)}),
        (
            [filed(parties=[party(f"d{n}") for n in range(6)]), routed("simple"), held_by("simple_1")],
            {"simple_1": (15, 0)},
        ),
        ([filed(), routed("simple"), held_by("simple_1"), CLOSED], {}),
        ([filed(), held_by("general")], {"general": (0, 0)}),
    ],
)
def test_a_case_weighs_by_its_difficulty_while_it_is_open(facts, expected):
    assert load(*facts) == expected


def test_work_done_on_an_open_case_weighs_on_who_did_it():
    facts = [filed(), routed("simple"), held_by("simple_1"), done("site_survey"), done("form_documents")]
    assert load(*facts) == {"simple_1": (10, 0), "affairs": (4, 0)}
    assert load(*facts, CLOSED) == {}


@pytest.mark.clause("Y13")
def test_affairs_are_counted_apart_from_casework_and_stay_on_record():
    assert load(done("affairs")) == {"affairs": (0, 1)}
    assert load(filed(), done("affairs"), CLOSED) == {"affairs": (0, 1)}


@pytest.mark.clause("Y13", "Y14")
def test_other_affairs_of_the_general_team_are_recorded():
    assert load(done("affairs", "general")) == {"general": (0, 1)}


def test_balanced_with_each_other_are_the_teams_that_cases_are_shared_out_to():
    """衡量相当 weighs by how hard the work is and by the division of teams: who handles no case is no measure."""
    shared_out = {rule.to.track for route in POLICY.routes.values() for rule in route.rules if not rule.to.team_kind}
    kinds = {rule.id: set(rule.of_team_kinds) for rule in POLICY.workloads}
    assert kinds == {"yiyang.load": shared_out, "yiyang.affairs_load": {"affairs"}, "yiyang.other_load": {"general"}}


def test_the_rule_is_named():
    assert contributions(POLICY, [filed()], view(filed())) == (Contribution("yiyang.affairs_load", "affairs", 15),)


def test_load_per_head():
    assert per_head(100, 3) == 33_333
    with pytest.raises(ValueError, match="without members"):
        per_head(100, 0)


@pytest.mark.parametrize(
    ("loads", "permille"), [([], 0), ([0, 0], 0), ([500], 0), ([100, 200], 666), ([10, 10, 40], 1500)]
)
def test_spread(loads, permille):
    assert spread(loads) == permille


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8), st.integers(2, 5))
def test_spread_is_free_of_order_and_nothing_where_all_are_equal(loads, times):
    assert spread(loads) == spread(sorted(loads)) >= 0
    assert spread([loads[0]] * times) == 0
