"""Assignment: the team with the least load per head, with the factors that decided and ties anyone can check."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assignment import Candidate, Holding, NoCandidate, assign, assignment_for, teams_for
from rules.packs import Assignment, Destination
from tests.unit.yiyang import DAY, FILED, POLICY, filed, situation

pytestmark = pytest.mark.fast

NOW = situation([filed()])


def team(id: str, load: int = 0, size: int = 3, kind: str = "simple", last=None) -> Candidate:
    return Candidate(id, kind, size, load, last)


def chosen(*candidates: Candidate, case_id: str = "yiyang-1", **more):
    return assign(POLICY, "simple", case_id, candidates, NOW, **more)


@pytest.mark.clause("Y02")
def test_the_least_load_per_head_gets_the_case_and_the_factors_are_kept():
    assigned = chosen(team("simple_1", load=40, size=4), team("simple_2", load=33, size=3))
    assert assigned.team == "simple_1"
    assert assigned.factors == (("load_simple_1", 10_000), ("load_simple_2", 11_000))
    assert (assigned.rule.id, assigned.rule.version) == ("yiyang.assign_simple", POLICY.versions["yiyang"])


@pytest.mark.clause("Y02")
def test_a_tie_is_broken_by_the_case_and_the_version_alone():
    pair = [team("simple_1"), team("simple_2")]
    assert chosen(*pair) == chosen(*reversed(pair))
    winners = {chosen(*pair, case_id=f"yiyang-{n}").team for n in range(20)}
    assert winners == {"simple_1", "simple_2"}


def test_a_team_without_members_is_no_candidate():
    assert chosen(team("simple_1", load=90), team("simple_2", size=0)).team == "simple_1"
    with pytest.raises(NoCandidate, match=r"yiyang\.assign"):
        chosen(team("simple_2", size=0))


@given(loads=st.lists(st.integers(0, 10**6), min_size=1, max_size=6), case_id=st.text(min_size=1, max_size=9))
def test_no_candidate_has_less_load_per_head_than_the_one_chosen(loads, case_id):
    candidates = [team(f"t{n}", load=load, size=n + 1) for n, load in enumerate(loads)]
    assigned = chosen(*candidates, case_id=case_id)
    factors = dict(assigned.factors)
    assert factors[f"load_{assigned.team}"] == min(factors.values())
    assert 0 <= assigned.seed < 2**63


@pytest.mark.clause("Y15")
@pytest.mark.parametrize(
    ("to", "teams"),
    [
        ({"track": "simple"}, ["simple_1", "simple_2"]),
        ({"track": "ordinary"}, ["ordinary_1", "ordinary_2"]),
        ({"track": "preservation", "team_kind": "affairs"}, ["affairs"]),
        ({"track": "ordinary", "team": "general"}, ["general"]),
        ({"track": "objection"}, []),
    ],
)
def test_a_track_is_worked_by_the_teams_of_its_kind(to, teams):
    assert [each.id for each in teams_for(POLICY, Destination.model_validate(to))] == teams


def policy(*steps: dict, **more) -> SimpleNamespace:
    rule = Assignment.model_validate({"id": "x.a", "clause": "X01", "track": "simple", "steps": steps, **more})
    return SimpleNamespace(assignments=(rule,), limits={})


FIRST = {"first": "same_debtor", "if": "team.id in debtor_teams"}
DROP = {"drop": "others", "if": 'team.kind == "tribunal"'}
LOAD = {"score": "load"}


def test_first_keeps_those_that_match_and_ends_with_one():
    teams = [team("a", load=9), team("b", load=5), team("c", kind="tribunal")]
    only = assign(policy(FIRST, DROP, LOAD), "simple", "x", teams, NOW, [Holding("c", FILED)])
    assert (only.team, only.factors) == ("c", (("same_debtor", 1), ("load_c", 0)))
    two = assign(policy(FIRST, DROP, LOAD), "simple", "x", teams, NOW, [Holding("a", FILED), Holding("b", FILED)])
    assert (two.team, two.factors[:2]) == ("b", (("same_debtor", 2), ("others", 2)))
    none = assign(policy(FIRST, DROP, LOAD), "simple", "x", teams, NOW)
    assert (none.team, none.factors[:2]) == ("b", (("same_debtor", 3), ("others", 2)))


def test_drop_may_leave_nobody():
    with pytest.raises(NoCandidate):
        assign(policy(DROP, LOAD), "simple", "x", [team("c", kind="tribunal")], NOW)


def test_points_are_added_to_the_load():
    large = {"score": "large", "if": "team.size > 3", "points": 5000}
    teams = [team("a", load=10, size=5), team("b", load=18, size=3)]
    assert assign(policy(LOAD, large), "simple", "x", teams, NOW).team == "b"


def test_a_team_long_without_a_new_case_goes_first():
    teams = [team("a", load=1, last=FILED), team("b", load=50, last=FILED - 40 * DAY), team("c", load=60, last=FILED)]
    starving = policy(LOAD, starvation={"working_days": 20})
    assert assign(starving, "simple", "x", teams, NOW).team == "b"
    assert assign(policy(LOAD), "simple", "x", teams, NOW).team == "a"


AREA = {"first": "area", "if": 'team.id == "a"'}


@pytest.mark.clause("N14")
def test_a_team_long_without_a_new_case_goes_before_the_one_preferred():
    # given a case of the area of a, and b that has waited for longer than the bound
    bound, long_ago = {"working_days": 20}, FILED - 40 * DAY
    teams = [team("a", load=1, last=FILED), team("b", load=50, last=long_ago), team("c", load=60, last=long_ago)]
    assigned = assign(policy(AREA, LOAD, starvation=bound), "simple", "x", teams, NOW)
    # then b goes first, the one with less to do of those who wait, and this is told
    assert (assigned.team, assigned.able) == ("b", ("a", "b", "c"))
    assert ("starving", 2) in assigned.factors
    # but where there is no bound, it has not passed, the preferred one waits too, or only a may have the case
    assert assign(policy(AREA, LOAD), "simple", "x", teams, NOW).team == "a"
    waiting = [team("a", load=1, last=FILED), team("b", last=FILED - 5 * DAY)]
    assert assign(policy(AREA, LOAD, starvation=bound), "simple", "x", waiting, NOW).team == "a"
    all_wait = [team("a", load=1, last=long_ago), team("b", last=long_ago)]
    assert assign(policy(AREA, LOAD, starvation=bound), "simple", "x", all_wait, NOW).team == "a"
    alone = assign(policy(AREA, DROP, LOAD, starvation=bound), "simple", "x", teams, NOW)
    assert (alone.team, alone.able) == ("a", ("a",))
    dropped = [team("b", load=9, last=FILED), team("t", kind="tribunal", last=long_ago)]
    assert assign(policy(DROP, AREA, LOAD, starvation=bound), "simple", "x", dropped, NOW).team == "b"


def test_a_team_that_never_had_a_case_goes_first_only_among_those_preferred():
    teams = [team("a", load=9, last=FILED), team("b")]
    starving = {"working_days": 20}
    assert assign(policy(AREA, LOAD, starvation=starving), "simple", "x", teams, NOW).team == "a"
    assert assign(policy(LOAD, starvation=starving), "simple", "x", teams, NOW).team == "b"


def test_a_track_without_a_rule():
    assert assignment_for(POLICY, "simple").id == "yiyang.assign_simple"
    with pytest.raises(LookupError, match="no assignment rule for track ordinary"):
        assignment_for(policy(LOAD), "ordinary")
