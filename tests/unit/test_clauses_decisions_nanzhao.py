"""南召: where cases go and to which area's team, who decides, what must be there first (scheme seeds/002)."""

import pytest

from rules.assignment import Holding
from rules.authority import Actor, for_act, lacks_to_ask, lacks_to_decide
from rules.documents import service
from rules.packs import Destination
from tests.unit.courts import (
    Court,
    answered,
    applied,
    approved,
    at,
    checked,
    done,
    fact,
    filed,
    found,
    held,
    of,
)  # fmt: skip
from tests.unit.yiyang import party

pytestmark = pytest.mark.fast

COURT = Court(
    "nanzhao",
)
HANDLER = Actor("h1", "judge", "first_1")
CENTRE = Actor("q1", "enquiry_officer", "centre")
DIRECTOR = Actor("d1", "director", "centre")
TO = Destination(track="ordinary")
CLAIM = 10_000_000


def mediated(tribunal: str, *areas: str):
    return filed(CLAIM, instrument="mediation", tribunal=tribunal, parties=of(*areas))


def judged(*areas: str):
    return filed(CLAIM, parties=of(*areas))


def goes_to(case, *, holdings=(), **loads) -> str:
    return COURT.assigned(TO, COURT.candidates(TO, **loads), case, holdings=holdings).team


@pytest.mark.clause("N03")
def test_sanctions_are_taken_and_signed_centrally():
    listing = {"kind": "dishonest_listing", "channel": "online", "party_id": "d1"}
    assert COURT.lacks("take_measure", listing, HANDLER, filed()) == ["centre"]
    assert COURT.lacks("take_measure", listing, CENTRE, filed()) == []
    assert COURT.lacks("take_measure", {**listing, "kind": "freeze"}, HANDLER, filed()) == []
    assert COURT.signing("dishonest_decision", DIRECTOR, filed()) == ()
    assert COURT.signing("consumption_decision", HANDLER, filed()) == ("post",)


@pytest.mark.clause("N03")
@pytest.mark.parametrize("kind", ["counter_enquiry", "auction_help", "petition"])
def test_enquiries_auction_help_and_petitions_are_the_centres(kind):
    ask = {"kind": kind, "place": "in_county"}
    assert COURT.lacks(f"ask_matter/{kind}", {**ask, "to_team": "first_1"}, HANDLER, filed()) == ["centre"]
    assert COURT.lacks(f"ask_matter/{kind}", ask, HANDLER, filed()) == ["centre"]
    assert COURT.lacks(f"ask_matter/{kind}", {**ask, "to_team": "centre"}, HANDLER, filed()) == []


@pytest.mark.clause("N04")
def test_resumed_and_delegated_cases_stay_with_the_centre():
    much = found(("a", "deposit", 10 * CLAIM, "yes"))
    assert COURT.routed(filed(CLAIM, kind="resumption"), much) == ("resumption", "centre")
    assert COURT.routed(filed(CLAIM, kind="delegated")) == ("delegated", "centre")


@pytest.mark.clause("N05")
@pytest.mark.clause("N22")
def test_preservation_and_what_deposits_cover_go_to_the_fast_team():
    assert COURT.routed(filed(CLAIM, kind="preservation")) == ("preservation", "fast")
    assert COURT.routed(filed(CLAIM), found(("a", "deposit", CLAIM, "yes"))) == ("covered", "fast")
    assert COURT.routed(filed(CLAIM), found(("a", "deposit", CLAIM - 1, "yes"))) == ("else", "ordinary")
    assert COURT.routed(filed(CLAIM), found(("a", "real_estate", 99 * CLAIM, "yes"))) == ("else", "ordinary")
    own = mediated("yunyang", "云阳")
    assert COURT.routed(own, found(("a", "deposit", CLAIM, "yes"))) == ("covered", "fast")


@pytest.mark.clause("N06")
@pytest.mark.parametrize(
    ("case", "team"),
    [
        (mediated("yunyang", "云阳"), "yunyang"),
        (mediated("huangludian", "皇路店"), "huangludian"),
        (mediated("yunyang", "小店"), "first_1"),
        (mediated("yunyang", "皇路店"), "first_4"),
        (filed(CLAIM, tribunal="yunyang", parties=of("云阳")), "first_1"),
        (mediated("", "云阳"), "first_1"),
        (mediated("yunyang", "城关", "云阳"), "yunyang"),
    ],
)
def test_a_tribunal_gets_its_own_mediated_cases_of_its_area_alone(case, team):
    assigned = COURT.assigned(TO, COURT.candidates(TO), case)
    assert assigned.team == team
    expected = ("own_tribunal", 1) if team in ("yunyang", "huangludian") else ("other_tribunals", 4)
    assert expected in assigned.factors


@pytest.mark.clause("N07")
def test_objections_and_disposals_are_the_review_groups():
    assert COURT.routed(filed(kind="objection")) == ("objection", "review")
    assert COURT.lacks("ask_matter/disposal", {"to_team": "centre"}, HANDLER, filed()) == ["group"]
    assert COURT.lacks("ask_matter/disposal", {"to_team": "review"}, HANDLER, filed()) == []


@pytest.mark.clause("N08")
def test_judge_and_lead_sign_for_their_own_team():
    case = [filed(), held("first_1")]
    assert COURT.signing("ruling", HANDLER, *case) == ()
    assert COURT.signing("ruling", Actor("l1", "team_lead", "first_1"), *case) == ()
    assert COURT.signing("ruling", Actor("h2", "judge", "first_2"), *case) == ("team",)
    assert {rule.in_name_of for rule in COURT.policy.assignments if rule.track == "*"} == {"team_lead"}


@pytest.mark.clause("N12")
def test_a_lawyer_uses_an_order_or_the_leader_waives_it():
    close = {"way": "terminated_for_now"}
    lawyer = filed(parties=[party("c1", "creditor", represented="lawyer"), party("d1")])

    def told(topic):
        return fact("ContactRecorded", contact_id="x", kind="explained", topics=[topic])

    assert COURT.lacks("close_case", close, HANDLER, lawyer, told("lawyer_order")) == ["order"]
    assert COURT.lacks("close_case", close, HANDLER, lawyer, done("lawyer_order", "nothing_found")) == []
    assert COURT.lacks("close_case", close, HANDLER, lawyer, done("lawyer_order", "not_done")) == ["order"]
    assert COURT.lacks("close_case", close, HANDLER, lawyer, approved("lawyer_order_waived")) == []
    assert COURT.lacks("close_case", close, HANDLER, filed(), told("progress")) == ["explained"]
    assert COURT.lacks("close_case", close, HANDLER, filed(), told("lawyer_order")) == []
    assert COURT.lacks("close_case", {"way": "performed"}, HANDLER, lawyer) == []
    line = for_act(COURT.policy, "lawyer_order_waived", COURT.view(lawyer))
    assert lacks_to_decide(line, 0, Actor("c", "chief"), COURT.view(lawyer), own_key=True) == ("post",)


@pytest.mark.clause("N13")
@pytest.mark.parametrize("kind", ["site_survey", "serve_document"])
def test_nobody_goes_out_of_town_without_leave(kind):
    act, outside = f"ask_matter/{kind}", {"kind": kind, "place": "outside"}
    assert COURT.lacks(act, outside, HANDLER, filed()) == ["leave"]
    assert COURT.lacks(act, {"kind": kind}, HANDLER, filed()) == ["leave"]
    assert COURT.lacks(act, outside, HANDLER, filed(), approved("travel_out")) == []
    assert COURT.lacks(act, {**outside, "place": "in_county"}, HANDLER, filed()) == []
    assert COURT.lacks("ask_matter/delegation_out", outside, HANDLER, filed()) == []
    assert for_act(COURT.policy, "travel_out", COURT.view(filed())).chain == (("chief",),)


@pytest.mark.clause("N13")
def test_papers_go_out_electronically_first():
    view = COURT.view(filed())
    assert service(COURT.policy, {"kind": "summons", "states": []}, view.debtors[0], view).ways == ("electronic",)


@pytest.mark.clause("N14")
@pytest.mark.parametrize(
    ("areas", "team"),
    [
        (["留山"], "first_1"), (["崔庄"], "first_2"), (["四棵树"], "first_3"), (["石门"], "first_4"),
        (["城关", "石门"], "first_2"),
    ],
)  # fmt: skip
def test_a_case_goes_to_the_team_of_the_first_named_debtors_township(areas, team):
    assert goes_to(judged(*areas)) == team


@pytest.mark.clause("N14")
def test_the_areas_have_sixteen_townships():
    counts = [len(COURT.policy.structure.townships(f"first_{n}")) for n in range(1, 5)]
    assert counts == [4, 5, 4, 3]


@pytest.mark.clause("N14")
def test_the_same_debtor_within_twelve_months_goes_before_the_area():
    assert goes_to(judged("留山"), holdings=[Holding("first_3", at("2025-06-10T10:00"))]) == "first_3"
    assert goes_to(judged("留山"), holdings=[Holding("first_3", at("2024-12-30T10:00"))]) == "first_1"


@pytest.mark.clause("N14")
def test_an_overloaded_area_team_is_passed_over_for_the_lowest_load():
    heavy = {"first_1": (400, 4), "first_2": (160, 4), "first_3": (180, 4), "first_4": (150, 4)}
    assigned = COURT.assigned(TO, COURT.candidates(TO, **heavy), judged("小店"))
    assert (assigned.team, ("over_mean_first_1", 100_000) in assigned.factors) == ("first_4", True)
    assert goes_to(judged("小店"), **{**heavy, "first_1": (180, 4)}) == "first_1"
    assert goes_to(judged(""), **heavy) == "first_4"


@pytest.mark.clause("N18")
def test_papers_that_ask_for_money_state_the_account_of_the_case():
    assert COURT.making("enforcement_notice", HANDLER, filed()) == ["case_account"]
    assert COURT.making("enforcement_notice", HANDLER, filed(), states=["case_account"]) == []
    assert COURT.making("enforcement_notice", HANDLER, filed(0, claim={"money": False})) == []
    assert COURT.making("summons", HANDLER, filed()) == []


@pytest.mark.clause("N25")
def test_the_warning_of_consequences_states_them():
    assert COURT.making("consequence_warning", HANDLER, filed()) == ["consequences"]
    filing = {"kind": "enforcement", "instrument": {"kind": "judgment"}}
    who = Actor("f", "filing_officer", "filing")
    assert COURT.lacks("file_case", filing, who, applied("enforcement")) == ["consequence_warning?"]
    assert COURT.lacks("file_case", filing, who, applied("enforcement"), checked("consequence_warning")) == []


@pytest.mark.clause("N19")
def test_a_judge_rules_on_adding_a_party():
    assert COURT.signing("add_party_ruling", Actor("h9", "judge", "review"), filed()) == ()


@pytest.mark.clause("N20")
def test_a_case_is_resumed_after_two_checks_and_the_chiefs_signature():
    filing = {"kind": "resumption", "instrument": {"kind": "judgment"}}
    who, asked = Actor("f", "filing_officer", "filing"), applied("resumption")
    both = [asked, checked("resumption_first_review"), checked("clue", time="2026-03-10T10:00")]
    assert COURT.lacks("file_case", filing, who, asked) == ["first_review", "clue", "chief"]
    assert COURT.lacks("file_case", filing, who, *both) == ["chief"]
    assert COURT.lacks("file_case", filing, who, *both, approved("resume")) == []
    later = checked("clue", "failed", "2026-03-11T10:00")
    assert COURT.lacks("file_case", filing, who, *both, later, approved("resume")) == ["clue"]
    line = for_act(COURT.policy, "resume", COURT.view(asked))
    assert (lacks_to_ask(line, DIRECTOR, COURT.view()), line.chain) == ((), (("chief",),))


@pytest.mark.clause("N22")
def test_preservation_is_filed_on_a_ruling():
    who, filing = Actor("f", "filing_officer", "filing"), {"kind": "preservation", "instrument": {"kind": "ruling"}}
    assert COURT.lacks("file_case", filing, who, applied("preservation", "preservation_ruling")) == []
    assert COURT.lacks("file_case", filing, who, applied("preservation")) == ["preservation_ruling"]
    wrong = {**filing, "kind": "enforcement"}
    assert COURT.lacks("file_case", wrong, who, applied("advance", "advance_ruling")) == ["filed_as_preservation"]


@pytest.mark.clause("N26")
def test_the_criminal_division_sends_list_and_custody():
    who, filing = Actor("f", "filing_officer", "filing"), {"kind": "enforcement", "instrument": {"kind": "criminal"}}
    assert COURT.lacks("file_case", filing, who, applied("transfer", "custody_status")) == ["money_and_goods_list"]
    whole = applied("transfer", "custody_status", "money_and_goods_list")
    assert COURT.lacks("file_case", filing, who, whole) == []


@pytest.mark.clause("N27")
@pytest.mark.parametrize("act", ["payout", "allocation"])
def test_money_goes_by_the_director_and_then_the_funds_staff(act):
    line = for_act(COURT.policy, act, COURT.view(filed()))
    assert (line.asks, line.chain) == (("handler",), (("director",), ("finance_officer",)))


@pytest.mark.clause("N28")
def test_a_case_is_sorted_after_a_second_enquiry():
    sort = {"stage": "first"}
    assert COURT.lacks("assign_case", sort, DIRECTOR, filed(), answered(result="found")) == ["second_enquiry"]
    failed, nothing = answered(purpose="sorting", result="failed"), answered(purpose="sorting")
    assert COURT.lacks("assign_case", sort, DIRECTOR, filed(), failed) == ["second_enquiry"]
    assert COURT.lacks("assign_case", sort, DIRECTOR, filed(), nothing) == []
    assert COURT.lacks("assign_case", sort, DIRECTOR, filed(kind="resumption")) == []
