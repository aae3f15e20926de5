"""Every decision tells why: which rule, what its condition read and came to, what lacks; and the same one each time."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.assignment import Candidate, Holding, NoCandidate, assign
from rules.authority import Actor, lacks_to_decide, lacks_to_sign, lines_for_document
from rules.gates import check, checklist
from rules.packs import Assignment, Authority, Document
from rules.routing import grounds, route
from tests.unit.courts import COURTS, Court, applied, at, filed, found, held, noted, of

pytestmark = pytest.mark.fast

GUANCHENG = Court("guancheng")
HOUSE = found(("h1", "real_estate", 1, "yes"))


# ---- routing, gates, authority ------------------------------------------------------------------------------------


def test_a_route_tells_what_each_rule_read():
    view = GUANCHENG.view(filed(5_000_000), HOUSE)
    told = {ground.rule.id: ground for ground in grounds(GUANCHENG.policy, "first", view)}
    small, nothing = told["guancheng.r.small"], told["guancheng.r.nothing"]
    assert (small.decided, small.judged.verdict) == (True, "true")
    assert dict(small.judged.values) == {"case.claim_fen": 5_000_000, "case.money": True, "limit.small": 5_000_000}
    assert (nothing.decided, nothing.judged.verdict) == (False, "false")
    assert dict(nothing.judged.values)["case.assets.disposable"] == ["yes"]


@pytest.mark.parametrize("court", COURTS)
@settings(deadline=None)  # the first example loads the packs
@given(
    fen=st.integers(0, 10**9), marks=st.sets(st.sampled_from(["easy", "disputed", "needs_disposal"])), has=st.booleans()
)
def test_the_grounds_told_are_those_decided_by(court, fen, marks, has):
    view = Court(court).view(filed(fen), noted(*marks), *([HOUSE] if has else []))
    routed = route(Court(court).policy, "first", view)
    told = grounds(Court(court).policy, "first", view)
    assert [ground.rule for ground in told if ground.decided] == [routed.rule]
    assert routed.verdicts == tuple((g.rule.id, g.judged.verdict) for g in told if g.judged)


def test_a_checklist_tells_what_met_each_item_and_what_lacks():
    policy, actor = Court("nanzhao").policy, Actor("f", "filing_officer", "filing")
    facts = [applied("transfer", "custody_status")]
    fields = {"kind": "enforcement", "instrument": {"kind": "criminal"}}
    situation = Court("nanzhao").situation(facts, "2026-03-03T10:00")
    told = {each.item.id: each for each in checklist(policy, "file_case", fields, actor, situation)}
    assert (told["custody_status"].state, told["money_and_goods_list"].state) == ("met", "lacking")
    assert told["first_review"].state == "does_not_apply"
    lacking = [lack.item.id for lack in check(policy, "file_case", fields, actor, situation)]
    assert lacking == [each.item.id for each in told.values() if each.state == "lacking"]


def test_a_line_of_authority_tells_why_it_holds():
    court = Court("yiyang")
    lines = lines_for_document(court.policy, "summons", court.view(filed(), held("simple_1")))
    told = {line.rule.id: line for line in lines}
    assert (told["yiyang.a.preservation"].judged.verdict, told["yiyang.a.preservation"].holds) == ("false", False)
    assert dict(told["yiyang.a.preservation"].judged.values) == {"case.kind": "enforcement"}
    assert told["yiyang.a.else"].holds


@pytest.mark.parametrize("court", COURTS)
def test_somebody_signs_whatever_no_line_speaks_of(court):
    assert any(rule.is_fallback for rule in Court(court).policy.authority)


def test_an_alternate_decides_and_signs_while_the_condition_holds():
    absent = {"post": "deputy_chief", "if": '"handler_left" in case.marks'}
    sign = Authority.model_validate(
        {"id": "x.a", "clause": "X01", "sign": "ruling", "who": "chief", "alternate": absent}
    )
    act = Authority.model_validate(
        {"id": "x.b", "clause": "X01", "act": "resume", "chain": ["chief"], "alternate": absent}
    )
    deputy = Actor("d", "deputy_chief")
    there, away = GUANCHENG.view(filed()), GUANCHENG.view(filed(), noted("handler_left"))
    assert lacks_to_sign(sign, deputy, there, own_key=True) == ("post",)
    assert lacks_to_sign(sign, deputy, away, own_key=True) == ()
    assert lacks_to_decide(act, 0, deputy, away, own_key=True) == ()
    assert lacks_to_decide(act, 1, deputy, away, own_key=True) == ("post",)


CHAIN = {"act": "resume", "chain": ["a"]}


@pytest.mark.parametrize(
    ("model", "changed", "message"),
    [
        (
            Authority,
            {"act": "resume", "chain": ["a", "b"], "alternate": {"post": "c", "if": "case.money"}},
            "whose place",
        ),
        (Authority, {"sign": "*", "who": "judge", "evidence": ["ruling"]}, "belong to an act"),
        (
            Authority,
            {"act": "resume", "chain": ["a"], "channels": ["online"], "channels_agree": ["decision"]},
            "two channels",
        ),
        (Document, {"kinds": "*", "must_state": ["title"], "must_not_state": ["title"]}, "must and must not"),
        (Document, {"kinds": "*", "refuse_others": True}, "need made_by"),
        (Document, {"kinds": "*", "ways": ["post"], "first": "electronic"}, "none of the ways"),
    ],
)
def test_what_contradicts_itself_is_no_rule(model, changed, message):
    with pytest.raises(ValueError, match=message):
        model.model_validate({"id": "x.a", "clause": "X01", **changed})


# ---- assignment ---------------------------------------------------------------------------------------------------

STEPS = [
    {"drop": "others", "if": 'team.kind == "tribunal"'},
    {"first": "same_debtor", "within": {"months": 12}, "if": "team.id in debtor_teams"},
    {"first": "area", "of_debtor": "first_named", "if": "case.debtors.exists(d, d.area in team.areas)"},
    {"score": "load", "when_over_mean_percent": 30},
]
BOUND = {"working_days": 20}
NANZHAO = of("城关", "石门")
NOW = GUANCHENG.situation([filed()], "2026-03-30T10:00")


def policy(starvation: dict | None = BOUND) -> SimpleNamespace:
    rule = {"id": "x.a", "clause": "X01", "track": "*", "steps": STEPS, "starvation": starvation}
    return SimpleNamespace(assignments=(Assignment.model_validate(rule),), limits={})


teams = st.lists(
    st.builds(
        Candidate,
        id=st.sampled_from([f"t{n}" for n in range(8)]),
        kind=st.sampled_from(["ordinary", "tribunal"]),
        size=st.integers(0, 9),
        load=st.integers(0, 5000),
        last_assigned=st.sampled_from([None, at("2026-01-05T10:00"), at("2026-03-27T10:00")]),
        areas=st.sampled_from([(), ("城关",), ("石门",)]),
    ),
    unique_by=lambda team: team.id,
    max_size=6,
)
MOMENTS = [at("2024-12-30T10:00"), at("2026-02-02T10:00")]
held_before = st.lists(
    st.builds(
        Holding,
        st.sampled_from([f"t{n}" for n in range(8)]),
        st.sampled_from(MOMENTS),
    ),
    max_size=4,
)


@given(candidates=teams, holdings=held_before, case=st.text(min_size=1, max_size=5), data=st.data())
def test_an_assignment_is_the_same_in_whatever_order_the_teams_are_told(candidates, holdings, case, data):
    mixed = data.draw(st.permutations(candidates))
    other = data.draw(st.permutations(holdings))
    waiting = at("2026-01-05T10:00")
    try:
        first = assign(policy(), "ordinary", case, candidates, NOW, holdings, waiting)
    except NoCandidate:
        assert not any(team.size for team in candidates)
        return
    assert first == assign(policy(), "ordinary", case, mixed, NOW, other, waiting)
    assert next(team for team in candidates if team.id == first.team).size > 0


@given(candidates=teams.filter(lambda found: any(team.size for team in found)), holdings=held_before)
def test_no_case_waits_beyond_the_bound(candidates, holdings):
    assigned = assign(policy(), "ordinary", "c1", candidates, NOW, holdings, at("2026-01-05T10:00"))
    assert assigned.team in {team.id for team in candidates if team.size}


def test_a_case_within_the_bound_waits_for_a_team_that_may_have_it():
    tribunal = [Candidate("t1", "tribunal", 3, 0)]
    with pytest.raises(NoCandidate):
        assign(policy(), "ordinary", "c1", tribunal, NOW, (), at("2026-03-27T10:00"))
    with pytest.raises(NoCandidate):
        assign(policy(None), "ordinary", "c1", tribunal, NOW, (), at("2020-01-06T10:00"))
    late = assign(policy(), "ordinary", "c1", tribunal, NOW, (), at("2026-01-05T10:00"))
    assert ("dropped_after_waiting", 1) in late.factors


@given(loads=st.lists(st.integers(0, 4000), min_size=2, max_size=6))
def test_the_team_preferred_is_passed_over_only_far_above_the_mean(loads):
    recent = at("2026-03-27T10:00")
    candidates = [
        Candidate(f"t{n}", "ordinary", 4, load, recent, ("城关",) if n == 0 else ()) for n, load in enumerate(loads)
    ]
    situation = Court("nanzhao").situation([filed(parties=NANZHAO)], "2026-03-30T10:00")
    assigned = assign(policy(), "ordinary", "c1", candidates, situation)
    heads = [candidate.per_head for candidate in candidates]
    is_over = heads[0] * len(heads) * 100 > sum(heads) * 130
    assert (assigned.team != "t0") is is_over
    assert not is_over or heads[int(assigned.team[1:])] == min(heads)


def test_an_assignment_tells_what_each_step_said_of_each_team():
    candidates = [Candidate("t1", "ordinary", 3, 0, None, ("城关",)), Candidate("t2", "ordinary", 3, 0)]
    situation = Court("nanzhao").situation([filed(parties=NANZHAO)], "2026-03-30T10:00")
    assigned = assign(policy(), "ordinary", "c1", candidates, situation)
    area = next(step for step in assigned.steps if step.step == "area")
    assert {team: why.verdict for team, why in area.judged} == {"t1": "true", "t2": "false"}
    assert dict(area.judged[0][1].values) == {"case.debtors.area": ["城关"], "team.areas": ["城关"]}
    assert area.left == ("t1",)


def test_half_the_members_count_the_load_twice():
    assert Candidate("t", "ordinary", 2, 30).per_head == 2 * Candidate("t", "ordinary", 4, 30).per_head
