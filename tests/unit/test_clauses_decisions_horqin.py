"""科右前旗: where cases go, who decides, what must be there first (scheme seeds/001)."""

import pytest

from rules.authority import Actor, for_act, lacks_to_ask, lacks_to_decide
from rules.documents import form_documents, service
from tests.contract.samples import golden
from tests.unit.courts import (
    Court,
    applied,
    approved,
    checked,
    fact,
    filed,
    found,
    held,
    noted,
    of,
)  # fmt: skip

pytestmark = pytest.mark.fast

COURT = Court("horqin")
JUDGE = Actor("j1", "judge", "fast")
DIRECTOR = Actor("d1", "director", "centre")
MUCH = 90_000_000


def deposit(fen: int, kind: str = "deposit"):
    return found(("a", kind, fen, "yes"))


@pytest.mark.clause("H01")
def test_the_centre_holds_a_case_until_it_is_handed_over():
    assert COURT.view(filed()).team == "centre"
    assert COURT.policy.teams["centre"].head == "director"
    assert {"fast": "simple", "intensive": "ordinary"}.items() <= COURT.policy.court.team_kinds.items()


@pytest.mark.clause("H02")
def test_a_case_is_filed_when_its_data_were_found_right_and_refused_with_reasons():
    filing = {"kind": "enforcement", "instrument": {"kind": "judgment"}}
    who = Actor("f", "filing_officer", "centre")
    assert "filing_review" in COURT.lacks("file_case", filing, who, applied("enforcement"))
    assert "filing_review" not in COURT.lacks(
        "file_case", filing, who, applied("enforcement"), checked("filing_review")
    )
    failed, passed = checked("filing_review", "failed"), checked("filing_review")
    assert COURT.lacks("refuse_filing", {"reasons": []}, DIRECTOR, applied("enforcement"), failed) == ["reasons"]
    assert COURT.lacks("refuse_filing", {"reasons": ["x"]}, DIRECTOR, applied("enforcement"), failed) == []
    assert COURT.lacks("refuse_filing", {"reasons": ["x"]}, DIRECTOR, applied("enforcement"), passed) == [
        "review_failed"
    ]
    line = for_act(COURT.policy, "refuse_filing", COURT.view())
    assert lacks_to_ask(line, who, COURT.view()) == ()
    assert line.chain == (("director",),)
    assert COURT.signing("refusal_ruling", DIRECTOR) == ()
    assert COURT.signing("refusal_ruling", JUDGE) == ("post",)


@pytest.mark.clause("H03")
def test_another_kind_than_the_four_is_received_with_a_warning():
    who = Actor("f", "filing_officer", "centre")
    assert COURT.lacks("receive_application", {"kind": "preservation"}, who) == ["one_of_four?"]
    assert COURT.lacks("receive_application", {"kind": "transfer"}, who) == []


@pytest.mark.clause("H04")
@pytest.mark.clause("H05")
def test_every_case_is_first_with_the_centre_but_an_objection_goes_to_its_handler():
    assert COURT.routed(filed(), stage="initial") == ("centre", "centre")
    assert COURT.routed(filed(kind="objection"), stage="initial") == ("objection_initial", "intensive")
    assert COURT.routed(filed(kind="objection")) == ("objection", "intensive")


@pytest.mark.clause("H07")
@pytest.mark.clause("H29")
@pytest.mark.clause("H32")
def test_a_reception_is_registered_and_who_comes_is_asked_who_he_is():
    plain = {"kind": "reception", "urgent": True, "visitor": "other", "identity_checked": False, "topics": ["x"]}
    assert COURT.lacks("record_contact", plain, DIRECTOR, filed()) == ["handler_told?"]
    assert COURT.lacks("record_contact", {**plain, "matter_id": "m"}, DIRECTOR, filed()) == []
    debtor = {**plain, "urgent": False, "visitor": "debtor"}
    assert "identity_checked" in COURT.lacks("record_contact", debtor, DIRECTOR, filed())
    meeting = {**debtor, "kind": "handler_meeting", "identity_checked": True, "registered_before": False}
    assert COURT.lacks("record_contact", meeting, JUDGE, filed()) == ["registered"]


@pytest.mark.clause("H08")
def test_form_documents_are_made_for_every_debtor_and_go_by_post_first():
    kinds = [kind for rule in form_documents(COURT.policy, COURT.view(filed())) for kind in rule.kinds]
    assert kinds == ["enforcement_notice", "report_order", "summons", "ruling", "payment_notice"]
    no_money = COURT.view(filed(0, claim={"money": False}))
    assert "payment_notice" not in [k for rule in form_documents(COURT.policy, no_money) for k in rule.kinds]
    view = COURT.view(filed())
    planned = service(COURT.policy, {"kind": "summons", "states": []}, view.debtors[0], view)
    assert planned.ways == ("post", "electronic", "direct", "left", "on_behalf", "public_notice")


@pytest.mark.clause("H10")
def test_public_notice_is_the_last_way():
    failed = {"document_id": "d", "kind": "summons", "outcome": "failed", "complete": False}
    ask, by_post = {"kind": "public_notice", "requirement": True}, fact("DocumentServed", way="post", **failed)
    assert COURT.lacks("ask_matter/public_notice", ask, JUDGE, filed()) == ["other_ways_failed", "limit_set"]
    dated = {**ask, "due_on": "2026-05-20"}
    assert COURT.lacks("ask_matter/public_notice", dated, JUDGE, filed(), by_post) == []
    notice = fact("DocumentServed", way="public_notice", **failed)
    assert COURT.lacks("ask_matter/public_notice", dated, JUDGE, filed(), notice) == ["other_ways_failed"]


@pytest.mark.clause("H28")
@pytest.mark.clause("H10")
def test_gates_on_all_matters_and_on_one_kind_hold_together():
    ask = {"kind": "public_notice", "requirement": False}
    lacking = COURT.lacks("ask_matter/public_notice", ask, JUDGE, filed())
    assert sorted(lacking) == ["limit_set", "other_ways_failed", "requirement"]
    assert COURT.lacks("ask_matter/site_survey", {"kind": "site_survey", "requirement": False}, JUDGE, filed()) == [
        "requirement"
    ]
    assert COURT.lacks("ask_matter/affairs", {"kind": "affairs", "requirement": False}, JUDGE, filed()) == []


@pytest.mark.clause("H11")
def test_a_case_is_sorted_once_the_result_form_is_with_the_director():
    form = fact("HandoverAccepted", what="result_form", to_post="director", to_team="centre", to_member="d1")
    assert COURT.lacks("assign_case", {"stage": "first"}, DIRECTOR, filed()) == ["result_form"]
    assert COURT.lacks("assign_case", {"stage": "first"}, DIRECTOR, filed(), form) == []
    assert COURT.lacks("assign_case", {"stage": "first"}, DIRECTOR, filed(kind="objection")) == []


@pytest.mark.clause("H14")
def test_a_second_assignment_is_decided_by_the_director_and_leads_to_the_intensive_team():
    assert for_act(COURT.policy, "second_assignment", COURT.view(filed())).chain == (("director",),)
    assert COURT.routed(filed(), stage="second") == ("second", "intensive")


@pytest.mark.clause("H15")
def test_the_chief_names_the_handler_of_a_disputed_or_major_case():
    assert COURT.routed(filed(1), noted("major")) == ("disputed", "chief")
    assert COURT.routed(filed(1), noted("disputed"), stage="second") == ("disputed_second", "chief")
    line = for_act(COURT.policy, "name_handler", COURT.view(filed()))
    assert (line.asks, line.chain) == (("director",), (("chief",),))


@pytest.mark.clause("H16")
def test_counter_business_needs_both_permits_and_all_receipts():
    finish = {"kind": "counter_enquiry", "receipts_complete": True}
    assert COURT.lacks("finish_matter", finish, Actor("f", "field_officer"), filed()) == [
        "work_permit", "enforcement_permit",
    ]  # fmt: skip
    able = Actor("f", "field_officer", "centre", ("enforcement_permit", "work_permit"))
    assert COURT.lacks("finish_matter", {**finish, "receipts_complete": False}, able, filed()) == ["receipts"]
    assert COURT.lacks("finish_matter", finish, able, filed()) == []


@pytest.mark.clause("H17")
def test_an_urgent_summons_goes_straight_to_the_chief():
    ask = {"kind": "forced_summons", "urgent": True, "requirement": True}
    assert COURT.lacks("ask_matter/forced_summons", ask, JUDGE, filed()) == ["chief_approved"]
    assert COURT.lacks("ask_matter/forced_summons", ask, JUDGE, filed(), approved("urgent_summons")) == []
    assert COURT.lacks("ask_matter/forced_summons", {**ask, "urgent": False}, JUDGE, filed()) == []
    assert for_act(COURT.policy, "urgent_summons", COURT.view(filed())).chain == (("chief",),)


@pytest.mark.clause("H25")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([filed(20_000_000)], "small"),
        ([filed(MUCH), deposit(MUCH)], "covered"),
        ([filed(MUCH), deposit(MUCH, "network_account")], "covered"),
        ([filed(100, parties=of(*[""] * 5))], "small"),
        ([filed(MUCH), noted("willing_to_perform")], "performs"),
        ([filed(kind="preservation"), noted("easy")], "quick"),
        ([filed(0, claim={"money": False, "acts": ["visiting"]}), noted("easy")], "quick"),
        ([filed(15_000_000), found(("a", "deposit", 15_000_000, "yes"), ("v", "vehicle", 1, "yes"))], "covered"),
    ],
)
def test_what_can_be_done_quickly_goes_to_the_fast_team(facts, rule):
    assert COURT.routed(*facts) == (rule, "fast")


@pytest.mark.clause("H25")
@pytest.mark.clause("H26")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([filed(20_000_001)], "else"),
        ([filed(MUCH), deposit(MUCH - 1)], "else"),
        ([filed(MUCH), deposit(MUCH, "securities")], "to_be_sold"),
        ([filed(100, parties=of(*[""] * 6))], "never_fast"),
        ([filed(100, parties=[*of(""), *of("", whereabouts="missing")[1:]])], "never_fast"),
        ([filed(15_000_000), found(("h", "real_estate", 1, "yes"))], "to_be_sold"),
        ([filed(15_000_000), noted("needs_disposal")], "needs_sale"),
        ([filed(15_000_000), noted("social_conflict")], "conflict"),
        ([filed(15_000_000), noted("needs_coercion")], "coercion"),
        ([filed(100, kind="preservation")], "slow_acts"),
        ([filed(100, claim={"acts": ["return_real_estate"]})], "slow_acts"),
    ],
)
def test_all_else_goes_to_the_intensive_team(facts, rule):
    assert COURT.routed(*facts) == (rule, "intensive")


@pytest.mark.clause("H27")
def test_a_judge_signs_rulings_and_the_handler_other_papers_too():
    clerk = Actor("k1", "clerk", "fast")
    case = [filed(), held("fast", member="k1")]
    assert COURT.signing("termination_ruling", JUDGE, *case) == ()
    assert COURT.signing("termination_ruling", clerk, *case) == ("post",)
    assert COURT.signing("summons", clerk, *case) == ()
    assert COURT.signing("summons", Actor("k2", "clerk", "fast"), *case) == ("post",)


@pytest.mark.clause("H30")
@pytest.mark.parametrize(
    ("now", "lacks"),
    [("2026-05-31T23:59", ["over_90_days"]), ("2026-06-01T00:00", [])],
)
def test_a_case_is_closed_for_now_after_more_than_90_days(now, lacks):
    facts = [
        filed(parties=of("", whereabouts="missing")), checked("no_assets_confirmed"),
        found(("h", "real_estate", 1, "no")),
    ]  # fmt: skip
    close = {"way": "terminated_for_now", "signed_by": "judge"}
    assert COURT.lacks("close_case", close, JUDGE, *facts, now=now) == lacks
    car = found(("v", "vehicle", 1, "yes"), time="2026-03-06T10:00")
    assert "nothing_disposable" in COURT.lacks("close_case", close, JUDGE, *facts, car, now=now)


@pytest.mark.clause("H31")
@pytest.mark.parametrize(
    ("kind", "items", "more", "instrument", "lacks"),
    [
        ("objection", ["objection_form", "identity", "evidence"], [], "judgment", ["original_ruling"]),
        ("transfer", ["transfer_statement"], [], "criminal", ["judgment_with_annexes", "property_statement"]),
        (
            "resumption",
            ["application_with_clue", "handler_signature", "instrument", "termination_ruling", "resumption_ruling",
             "ruling_handler_signature", "identity", "payee_form", "address_or_missing_proof"],
            [noted("handler_left")], "judgment", ["chief_signature", "ruling_chief_signature"],
        ),
    ],
)  # fmt: skip
def test_papers_that_lack_are_named_and_returned(kind, items, more, instrument, lacks):
    facts = [applied(kind, *items), checked("filing_review"), *more]
    who = Actor("f", "filing_officer", "centre")
    assert COURT.lacks("file_case", {"kind": kind, "instrument": {"kind": instrument}}, who, *facts) == lacks


@pytest.mark.clause("H35")
def test_affairs_go_up_level_by_level():
    view = COURT.view(filed(), held("fast", member="j1"))
    case, affair, coordination = (
        for_act(COURT.policy, act, view) for act in ("difficult_case", "difficult_affair", "coordination")
    )
    assert lacks_to_ask(case, JUDGE, view) == ()
    assert lacks_to_decide(case, 0, Actor("c", "chief"), view, own_key=False) == ()
    assert lacks_to_ask(affair, Actor("s", "service_officer"), view) == ()
    assert lacks_to_decide(affair, 0, Actor("d", "deputy_director"), view, own_key=False) == ()
    assert lacks_to_ask(coordination, Actor("d", "deputy_director"), view) == ()
    assert lacks_to_decide(coordination, 0, Actor("d", "deputy_director"), view, own_key=False) == ("post",)


@pytest.mark.clause("H23")
def test_the_file_group_opens_no_file_without_the_agreement_on_confidentiality():
    bare, bound = (Actor("f1", "file_officer", "centre", held) for held in ((), ("confidentiality_agreement",)))
    assert COURT.lacks("open_file", {}, bare, filed()) == ["confidentiality"]
    assert COURT.lacks("open_file", {}, bound, filed()) == []
    assert COURT.lacks("open_file", {}, JUDGE, filed()) == []


@pytest.mark.clause("H34")
@pytest.mark.parametrize(("pocket", "lacks"), [(False, ["pocket"]), (True, [])])
def test_later_papers_of_a_case_terminated_for_now_go_into_the_pocket_of_its_file(pocket, lacks):
    paper = {"kind": "later_material", "medium": "paper", "pocket": pocket}
    closed = fact("CaseClosed", **golden("CaseClosed") | {"way": "terminated_for_now"})
    assert COURT.lacks("file_material", paper, JUDGE, filed(), closed) == lacks
    assert COURT.lacks("file_material", paper, JUDGE, filed()) == [], "a case that is open"
