"""浉河: who makes, signs and approves, what must be there first (scheme seeds/003)."""

import pytest

from rules.authority import Actor, disagreements, for_act, lacks_to_ask, lacks_to_decide, next_step
from rules.documents import form_documents, service
from rules.packs import Destination
from tests.unit.courts import Court, answered, checked, done, fact, filed, found, held, noted, of, signed

pytestmark = pytest.mark.fast

COURT = Court("shihe")
JUDGE = Actor("j1", "judge", "team_1")
WRITER = Actor("w1", "service_officer", "documents")
AUCTION = Actor("a1", "auction_officer", "disposal")
CHIEF = Actor("c1", "chief", "centre")
CASE = [filed(), held("team_1")]


@pytest.mark.clause("S01")
def test_cases_are_shared_out_by_the_load_of_the_enforcement_teams():
    assert COURT.routed(filed()) == ("else", "ordinary")
    assert COURT.view(filed()).team == "centre"
    to = Destination(track="ordinary")
    assert COURT.assigned(to, COURT.candidates(to, team_1=(50, 4), team_2=(40, 4)), filed()).team == "team_2"


@pytest.mark.clause("S02")
@pytest.mark.parametrize(
    ("kind", "actor", "states", "lacks"),
    [
        ("enforcement_notice", WRITER, [], ["case_account"]),
        ("enforcement_notice", WRITER, ["case_account"], []),
        ("enforcement_notice", JUDGE, ["case_account"], ["post"]),
        ("fine_decision", WRITER, ["case_reasons"], ["post"]),
        ("sale_ruling", WRITER, [], ["post"]),
        ("sale_ruling", JUDGE, [], []),
    ],
)
def test_the_document_staff_makes_forms_and_a_judge_what_only_a_judge_can(kind, actor, states, lacks):
    assert COURT.making(kind, actor, *CASE, states=states) == lacks


@pytest.mark.clause("S02")
def test_forms_are_made_for_every_debtor_and_checked_against_the_file():
    view = COURT.view(*CASE)
    kinds = [kind for rule in form_documents(COURT.policy, view) for kind in rule.kinds]
    assert kinds == ["enforcement_notice", "report_order", "declaration_form"]
    assert COURT.making("report_order", WRITER, *CASE, checked=False) == ["checked_against_file"]


@pytest.mark.clause("S03")
@pytest.mark.parametrize(
    ("actor", "own_key", "lacks"),
    [
        (JUDGE, True, ("post",)),
        (CHIEF, False, ("own_key",)),
        (CHIEF, True, ()),
        (Actor("p1", "president"), True, ()),
        (Actor("d1", "deputy_chief"), True, ("post",)),
    ],
)
def test_chief_and_president_sign_themselves(actor, own_key, lacks):
    assert COURT.signing("consumption_decision", actor, *CASE, own_key=own_key) == lacks


@pytest.mark.clause("S04")
def test_reasons_are_those_of_the_case_and_forms_are_approved_and_sealed():
    assert COURT.making("fine_decision", JUDGE, *CASE) == ["case_reasons"]
    both = ["case_reasons", "template_reasons"]
    assert COURT.making("termination_ruling", JUDGE, *CASE, states=both) == ["no_template_reasons"]
    assert COURT.signing("enforcement_notice", JUDGE, *CASE) == ("post",)
    assert COURT.signing("enforcement_notice", Actor("d", "deputy_chief"), *CASE) == ()
    form = {"kind": "enforcement_notice", "sealed": False}
    assert COURT.lacks("sign", form, CHIEF, *CASE) == ["sealed"]
    assert COURT.lacks("sign", {**form, "kind": "termination_ruling"}, CHIEF, *CASE) == []


@pytest.mark.clause("S05")
def test_where_no_address_is_confirmed_papers_go_to_all_three_at_once():
    view = COURT.view(filed(parties=of("", address_confirmed=False)))
    doc = {"kind": "enforcement_notice", "states": []}
    planned = service(COURT.policy, doc, view.debtors[0], view)
    assert (planned.addresses, planned.together) == (("registered", "residence", "business"), True)
    assert (planned.ways, planned.report_to) == (("electronic", "post", "direct"), ("director", "team_lead"))
    known = service(COURT.policy, doc, view.creditors[0], view)
    assert (known.addresses, known.together) == (("confirmed",), False)


@pytest.mark.clause("S13")
def test_a_delegation_comes_with_its_papers():
    ask = {"kind": "delegation_out", "materials": []}
    assert COURT.lacks("ask_matter/delegation_out", ask, JUDGE, *CASE) == ["papers"]
    assert COURT.lacks("ask_matter/delegation_out", ask, Actor("e", "enquiry_officer", "control"), *CASE) == []
    assert COURT.making("delegation_letter", JUDGE, *CASE) == ["post"]


@pytest.mark.clause("S16")
@pytest.mark.clause("S17")
def test_auction_help_is_one_of_nine_kinds_asked_of_the_disposal_team():
    act = "ask_matter/auction_help"
    right = {"sub": "viewing", "to_post": "auction_officer", "materials": ["survey_report"]}
    wrong = {"sub": "appraiser_draw", "to_post": "field_officer", "materials": []}
    assert COURT.lacks(act, right, JUDGE, *CASE) == []
    assert COURT.lacks(act, wrong, JUDGE, *CASE) == ["sub", "to_disposal_team", "told"]
    assert COURT.lacks(act, {"to_post": "auction_officer", "materials": ["x"]}, JUDGE, *CASE) == ["sub"]


@pytest.mark.clause("S17")
def test_a_sale_is_asked_on_a_ruling_with_its_papers():
    act, house = "ask_matter/disposal", found(("h1", "real_estate", 1, "yes"))
    assert COURT.lacks(act, {"materials": []}, JUDGE, *CASE, house) == ["ruling", "told", "title?"]
    title = fact("MaterialFiled", material_id="t", kind="title", about="asset:h1")
    whole = [*CASE, house, signed("auction_ruling"), title]
    assert COURT.lacks(act, {"materials": ["survey_report"]}, JUDGE, *whole) == []


@pytest.mark.clause("S18")
def test_the_survey_report_tells_all_and_disclaims_nothing():
    told = ["title", "burdens", "possession", "taxes", "particulars"]
    assert COURT.making("survey_report", AUCTION, *CASE, states=told) == ["defects"]
    disclaimed = [*told, "defects", "defects_disclaimed"]
    assert COURT.making("survey_report", AUCTION, *CASE, states=disclaimed) == ["no_defects_disclaimed"]
    assert COURT.making("auction_notice", JUDGE, *CASE) == ["post"]
    assert COURT.making("auction_notice", AUCTION, *CASE, states=["defects_disclaimed"]) == ["no_defects_disclaimed"]
    view = COURT.view(*CASE)
    assert service(COURT.policy, {"kind": "survey_report", "states": []}, view.debtors[0], view).all_parties
    assert COURT.lacks("announce", {"asset_kind": "land"}, AUCTION, *CASE) == ["served?"]


@pytest.mark.clause("S21")
def test_the_enforcement_team_signs_the_notice():
    assert COURT.signing("auction_notice", JUDGE, *CASE) == ()
    assert COURT.signing("auction_notice", Actor("j2", "judge", "team_2"), *CASE) == ("team",)


def closing(**changed):
    return {
        "way": "terminated_for_now", "closed_on": "2026-06-30", "cause": "no_property", "applied_fen": 100,
        "closed_fen": 100, "waived_fen": 0, "recovered_fen": 0, "funds_settled": True, "signed_by": "chief", **changed,
    }  # fmt: skip


NODES = [
    *CASE, checked("closing_review"), checked("termination_review"),
    answered(purpose="before_termination"), done("site_survey", "nothing_found"),
    fact("ContactRecorded", contact_id="c", kind="termination_interview"),
    fact("MeasureTaken", measure_id="l", kind="consumption_limit", party_id="d1", rank=0),
]  # fmt: skip


@pytest.mark.clause("S29")
@pytest.mark.parametrize(
    ("more", "changed", "lacks"),
    [
        ([], {}, []),
        ([checked("closing_review", "failed", "2026-03-06T10:00")], {}, ["review"]),
        ([], {"recovered_fen": 90, "waived_fen": 20}, ["amounts"]),
        ([], {"funds_settled": False}, ["paid_out"]),
    ],
)
def test_a_closing_is_reviewed_and_adds_up(more, changed, lacks):
    assert COURT.lacks("close_case", closing(**changed), JUDGE, *NODES, *more) == lacks


@pytest.mark.clause("S26")
@pytest.mark.clause("S30")
def test_a_termination_for_now_needs_every_node():
    bare = COURT.lacks("close_case", closing(), JUDGE, *CASE)
    assert sorted(set(bare)) == ["interview", "limit", "offline", "review", "second_enquiry"]
    lifted = fact("MeasureLifted", "2026-06-25T10:00", measure_id="l", kind="consumption_limit", cause="released")
    assert COURT.lacks("close_case", closing(), JUDGE, *NODES, lifted) == ["limit"]
    assert COURT.lacks("close_case", closing(), JUDGE, *NODES, found(("h", "real_estate", 1, "yes"))) == ["substance"]
    assert COURT.lacks("close_case", closing(), JUDGE, *NODES, noted("property_clue")) == ["clue"]


@pytest.mark.clause("S31")
def test_money_goes_through_the_account_of_the_case_and_no_paper_names_another():
    finance = Actor("f", "finance_officer", "centre")
    assert COURT.lacks("pay_out", {"way": "transfer"}, finance, *CASE) == ["account"]
    assert COURT.lacks("pay_out", {"way": "transfer"}, finance, *CASE, fact("AccountOpened", account_id="a")) == []
    states = ["case_account", "main_account"]
    assert "no_main_account" in COURT.making("summons", WRITER, *CASE, states=states)


@pytest.mark.clause("S32")
def test_a_payout_goes_through_four_steps_on_evidence():
    view = COURT.view(*CASE)
    line, handler = for_act(COURT.policy, "payout", view), Actor("j1", "judge", "team_1")
    steps = [next_step(line, approved) for approved in range(5)]
    assert steps == [("funds_officer",), ("chief", "leader"), ("finance_head",), ("finance_officer",), ()]
    assert lacks_to_ask(line, handler, view, [], []) == ("evidence",)
    assert lacks_to_ask(line, handler, view, [], ["mandate"]) == ()
    assert lacks_to_decide(line, 1, CHIEF, view, own_key=False) == ()
    assert lacks_to_decide(line, 0, CHIEF, view, own_key=False) == ("post",)
    assert COURT.lacks("ask_payout", {"evidence": []}, handler, *CASE) == ["form", "evidence"]
    form = fact("DocumentDrafted", document_id="f", kind="payout_form", states=[])
    assert COURT.lacks("ask_payout", {"evidence": ["ruling"]}, handler, *CASE, form) == []


@pytest.mark.clause("S32")
@pytest.mark.parametrize(
    ("decisions", "lacks"),
    [
        ([("online", "approved", 100)], ("paper",)),
        ([("both", "approved", 100)], ()),
        ([("online", "approved", 100), ("paper", "approved", 100)], ()),
        ([("online", "approved", 100), ("paper", "approved", 90)], ("amount_fen",)),
        ([("online", "approved", 100), ("paper", "refused", 100)], ("decision",)),
    ],
)
def test_approvals_online_and_on_paper_agree(decisions, lacks):
    line = for_act(COURT.policy, "payout", COURT.view(*CASE))
    told = [{"channel": channel, "decision": said, "amount_fen": fen} for channel, said, fen in decisions]
    assert disagreements(line, told) == lacks
