"""Who may propose, decide and sign at Yiyang."""

import pytest

from rules.authority import Actor, for_act, for_document, lacks_to_ask, lacks_to_decide, lacks_to_sign, next_step
from rules.packs import Authority
from tests.unit.yiyang import DAY, FILED, POLICY, fact, filed, view

pytestmark = pytest.mark.fast

CASE = view(filed(), fact("HandoverAccepted", FILED + DAY, what="case", to_team="simple_1", to_member="judge-1"))
PRESERVATION = view(filed(kind="preservation"))
HANDLER = Actor("judge-1", "judge", "simple_1")
CHIEF = Actor("chief-1", "chief", "general")
CHIEFS_PAPERS = [
    "termination_ruling", "end_ruling", "dismissal_ruling", "withdrawal_ruling", "suspension_ruling",
    "dishonest_decision", "consumption_decision", "auction_notice", "auction_instructions", "auction_notification",
    "sale_ruling",
]  # fmt: skip


def signing(kind: str, actor: Actor, case=CASE) -> tuple[str, ...]:
    return lacks_to_sign(for_document(POLICY, kind, case), actor, case, own_key=False)


@pytest.mark.clause("Y16")
@pytest.mark.parametrize("kind", CHIEFS_PAPERS)
def test_the_chief_signs_what_is_reserved_to_him(kind):
    assert for_document(POLICY, kind, CASE).clause == "Y16"
    assert signing(kind, CHIEF) == ()
    assert signing(kind, HANDLER) == ("post",)


@pytest.mark.clause("Y16")
@pytest.mark.parametrize(
    ("actor", "lacks"),
    [
        (HANDLER, ()),
        (Actor("judge-9", "judge", "ordinary_1"), ("team",)),
        (Actor("clerk-1", "clerk", "simple_1"), ("post",)),
        (CHIEF, ("post", "team")),
    ],
)
def test_the_rest_is_signed_by_a_judge_of_the_team_that_holds_the_case(actor, lacks):
    assert signing("enforcement_notice", actor) == lacks


@pytest.mark.clause("Y16")
def test_papers_of_a_preservation_case_are_signed_by_the_judge_designated():
    assert signing("preservation_ruling", Actor("judge-2", "judge", "affairs"), PRESERVATION) == ("designation",)
    assert signing("preservation_ruling", Actor("judge-3", "judge", "x", ("preservation_judge",)), PRESERVATION) == ()


@pytest.mark.clause("Y16")
def test_a_payout_is_decided_by_the_handler_and_then_the_chief():
    rule = for_act(POLICY, "payout", CASE)
    assert [next_step(rule, approved) for approved in range(3)] == [("handler",), ("chief",), ()]
    assert lacks_to_decide(rule, 0, HANDLER, CASE, own_key=False) == ()
    assert lacks_to_decide(rule, 0, Actor("judge-2", "judge", "simple_1"), CASE, own_key=False) == ("post",)
    assert lacks_to_decide(rule, 1, HANDLER, CASE, own_key=False) == ("post",)
    assert lacks_to_decide(rule, 1, CHIEF, CASE, own_key=False) == ()


@pytest.mark.clause("Y19")
def test_the_handler_proposes_the_second_assignment_and_the_chief_approves_it():
    rule = for_act(POLICY, "second_assignment", CASE)
    assert (rule.id, rule.clause, rule.chain) == ("yiyang.a.second", "Y19", (("chief",),))
    assert lacks_to_ask(rule, HANDLER, CASE) == ()
    assert lacks_to_ask(rule, Actor("judge-2", "judge", "simple_1"), CASE) == ("post",)
    assert lacks_to_decide(rule, 0, CHIEF, CASE, own_key=False) == ()
    assert lacks_to_decide(rule, 0, HANDLER, CASE, own_key=False) == ("post",)


@pytest.mark.clause("Y23")
def test_accountability_goes_from_the_team_lead_over_the_chief_to_the_leader():
    rule = for_act(POLICY, "accountability", CASE)
    assert (rule.asks, rule.chain) == (("team_lead",), (("chief",), ("leader",)))
    assert "to_discipline" in rule.outcomes


def test_a_term_is_extended_by_the_president_or_a_vice_president():
    rule = for_act(POLICY, "extend", CASE)
    assert rule.source.startswith("法发〔2006〕35号")
    assert lacks_to_decide(rule, 0, Actor("l", "leader"), CASE, own_key=False) == ()


def test_an_act_without_a_line_needs_no_approval():
    assert for_act(POLICY, "travel_out", CASE) is None


def test_in_person_demands_the_own_key():
    rule = Authority(id="x.a", clause="X01", sign=("ruling",), who=("chief",), in_person=True)
    assert lacks_to_sign(rule, CHIEF, CASE, own_key=True) == ()
    assert lacks_to_sign(rule, HANDLER, CASE, own_key=False) == ("post", "own_key")
