"""管城: where cases go, who signs and approves, what must be there first (scheme seeds/004)."""

import pytest

from rules.authority import Actor, for_act, lacks_to_ask, lacks_to_decide
from rules.packs import Destination
from tests.unit.courts import (
    Court,
    answered,
    applied,
    approved,
    checked,
    fact,
    filed,
    found,
    held,
    noted,
    of,
    signed,
)  # fmt: skip

pytestmark = pytest.mark.fast

COURT = Court("guancheng")
JUDGE = Actor("j1", "judge", "brigade_1")
DISPOSAL = Actor("a1", "auction_officer", "disposal")
DIRECTOR = Actor("d1", "director", "general")
HOUSE = ("h1", "real_estate", 90_000_000, "yes")
CAR = ("v1", "vehicle", 1, "yes")
FLAT = found(HOUSE)


@pytest.mark.clause("G01")
def test_the_groups_of_the_centre_and_the_brigades():
    teams = COURT.policy.teams
    assert {"general", "fast", "disposal", "objections"} <= teams.keys()
    assert [id for id, team in teams.items() if team.kind == "brigade"] == [f"brigade_{n}" for n in range(1, 5)]
    assert COURT.view(filed()).team == "filing"
    assert COURT.view(filed(), held("general", reason="to_centre")).team == "general"


@pytest.mark.clause("G02")
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([filed(5_000_000), FLAT], "small"),
        ([filed(200_000_000), found(HOUSE, ("d", "deposit", 150_000_000, "yes"), ("s", "shares", 50_000_000, "yes"))],
         "covered"),
        ([filed(), FLAT, noted("willing_to_perform")], "performs"),
        ([filed(), FLAT, noted("likely_to_settle")], "performs"),
        ([filed(cause="credit_card"), FLAT], "kind"),
        ([filed(instrument="administrative"), FLAT], "kind"),
        ([filed(kind="preservation"), noted("easy")], "kind"),
        ([filed()], "nothing"),
        ([filed(), found(("h1", "real_estate", 1, "no"))], "nothing"),
        ([filed(4_000_000, parties=of("", kind="organ")), found(CAR)], "organ"),
        ([filed(0, claim={"money": False, "acts": ["visiting"]}), FLAT], "acts"),
        ([filed(30_000_000, cause="support"), FLAT], "support"),
        ([filed(), found(("d", "deposit", 1_000_000, "yes")), noted("property_clue")], "clue"),
        ([filed(marked_simple=True), FLAT], "simple"),
    ],
)  # fmt: skip
def test_any_ground_of_the_fast_group_is_enough(facts, rule):
    assert COURT.routed(*facts) == (rule, "fast")


@pytest.mark.clause("G02")
@pytest.mark.clause("G05")
@pytest.mark.parametrize(
    "facts",
    [
        [filed(5_000_001), FLAT],
        [filed(200_000_000), found(HOUSE, ("d", "deposit", 150_000_000, "yes"), ("s", "shares", 49_999_999, "yes"))],
        [filed(kind="preservation")],
        [filed(), found(("h1", "real_estate", 1, "unknown"))],
        [filed(parties=of("", state_employee=True)), FLAT],
        [filed(), FLAT, noted("property_clue")],
    ],
)
def test_what_has_no_ground_goes_to_a_brigade(facts):
    assert COURT.routed(*facts) == ("else", "brigade")


@pytest.mark.clause("G04")
def test_objections_go_to_their_group_and_awards_until_they_are_reviewed():
    assert COURT.routed(applied("objection"), filed(kind="objection")) == ("objection", "objections")
    assert COURT.routed(applied("add_party"), filed(kind="other")) == ("objection", "objections")
    assert COURT.routed(filed(instrument="award"), FLAT) == ("award", "objections")
    assert COURT.routed(filed(instrument="award"), FLAT, checked("award_review")) == ("else", "brigade")


@pytest.mark.clause("G03")
def test_only_the_disposal_group_prices_and_clears():
    pricing = {"asset_kind": "real_estate", "method": "agreement"}
    assert COURT.lacks("start_pricing", pricing, JUDGE, filed()) == ["disposal_group"]
    assert COURT.lacks("start_pricing", pricing, DISPOSAL, filed()) == []
    assert COURT.lacks("start_pricing", pricing, Actor("system"), filed()) == []
    assert COURT.lacks("start_pricing", {**pricing, "asset_kind": "equity"}, JUDGE, filed()) == []
    evict = {"kind": "evict", "channel": "offline"}
    assert COURT.lacks("take_measure", evict, JUDGE, filed()) == ["disposal_group"]
    assert COURT.lacks("take_measure", evict, DISPOSAL, filed()) == []


@pytest.mark.clause("G05")
def test_the_brigade_with_the_lowest_load_per_head_gets_the_case():
    to = Destination(track="ordinary", team_kind="brigade")
    loads = {"brigade_1": (200, 4), "brigade_2": (200, 5), "brigade_3": (210, 4), "brigade_4": (110, 2)}
    assert COURT.assigned(to, COURT.candidates(to, **loads), filed()).team == "brigade_2"


@pytest.mark.clause("G06")
@pytest.mark.parametrize(
    ("kind", "actor", "lacks"),
    [
        ("termination_ruling", JUDGE, ()),
        ("termination_ruling", Actor("j2", "judge", "brigade_2"), ("team",)),
        ("fine_decision", JUDGE, ("post",)),
        ("fine_decision", Actor("p", "president"), ()),
        ("dishonest_decision", JUDGE, ("post",)),
        ("dishonest_decision", Actor("c", "chief"), ()),
    ],
)
def test_who_signs(kind, actor, lacks):
    assert COURT.signing(kind, actor, filed(), held("brigade_1")) == lacks


@pytest.mark.clause("G06")
@pytest.mark.clause("G13")
def test_nobody_is_listed_without_the_chief():
    listing = {"kind": "dishonest_listing", "channel": "online"}
    assert COURT.lacks("take_measure", listing, JUDGE, filed()) == ["approved"]
    assert COURT.lacks("take_measure", listing, JUDGE, filed(), approved("dishonest_listing")) == []
    assert COURT.lacks("take_measure", listing, JUDGE, filed(), signed("dishonest_decision")) == []
    assert for_act(COURT.policy, "dishonest_listing", COURT.view(filed())).chain == (("chief",),)


@pytest.mark.clause("G07")
def test_the_general_group_registers_and_enquires_before_it_sorts():
    first = {"stage": "first"}
    ready = [filed(), held("general", reason="to_centre"), checked("data_verified")]
    assert COURT.lacks("assign_case", first, DIRECTOR, filed()) == ["arrived", "registered", "enquiry"]
    assert COURT.lacks("assign_case", first, DIRECTOR, *ready, answered("deposit", result="failed")) == ["enquiry"]
    assert COURT.lacks("assign_case", first, DIRECTOR, *ready, answered("deposit")) == []
    assert COURT.lacks("assign_case", first, DIRECTOR, filed(kind="objection")) == []


@pytest.mark.clause("G08")
def test_the_move_to_disposal_is_asked_when_the_ruling_is_signed_and_served_to_all():
    def served(complete: bool):
        return fact("DocumentServed", document_id="d", kind="auction_ruling", outcome="served", complete=complete)

    asked = {"act": "move_to_disposal"}
    assert COURT.lacks("ask_approval", asked, JUDGE, filed()) == ["signed", "served"]
    assert COURT.lacks("ask_approval", asked, JUDGE, filed(), signed("auction_ruling"), served(False)) == ["served"]
    assert COURT.lacks("ask_approval", asked, JUDGE, filed(), signed("auction_ruling"), served(True)) == []
    assert COURT.lacks("ask_approval", {"act": "extend"}, JUDGE, filed()) == []


@pytest.mark.clause("G08")
def test_the_deputy_chief_approves_the_move_and_only_then_the_group_is_asked():
    view = COURT.view(filed(), signed("auction_ruling"))
    line = for_act(COURT.policy, "move_to_disposal", view)
    assert lacks_to_ask(line, JUDGE, view) == ()
    assert lacks_to_ask(line, JUDGE, COURT.view(filed())) == ("auction_ruling",)
    assert lacks_to_decide(line, 0, Actor("c", "chief"), view, own_key=True) == ("post",)
    assert lacks_to_decide(line, 0, Actor("c", "deputy_chief"), view, own_key=True) == ()
    asked = {"kind": "disposal", "to_post": "auction_officer"}
    assert COURT.lacks("ask_matter/disposal", asked, JUDGE, filed()) == ["approved"]
    refused = approved("move_to_disposal", "refused")
    assert COURT.lacks("ask_matter/disposal", asked, JUDGE, filed(), refused) == ["approved"]
    assert COURT.lacks("ask_matter/disposal", asked, JUDGE, filed(), approved("move_to_disposal")) == []


@pytest.mark.clause("G09")
def test_refusal_materials_go_to_the_general_group_in_order():
    bare = {"materials": [], "to_post": "judge"}
    assert COURT.lacks("ask_matter/refusal_evidence", bare, JUDGE, filed()) == ["materials", "to_general_group"]
    whole = {"materials": ["transcript"], "to_post": "general_officer"}
    assert COURT.lacks("ask_matter/refusal_evidence", whole, JUDGE, filed()) == []


@pytest.mark.clause("G10")
def test_a_case_is_closed_for_now_after_four_enquiries_by_a_judge():
    close = {"way": "terminated_for_now", "signed_by": "judge"}
    three = [filed(), *(answered(kind) for kind in ("deposit", "real_estate", "vehicle"))]
    assert COURT.lacks("close_case", close, JUDGE, *three) == ["company"]
    assert COURT.lacks("close_case", close, JUDGE, *three, answered("equity", result="failed")) == ["company"]
    assert COURT.lacks("close_case", close, JUDGE, *three, answered("equity")) == []
    assert COURT.lacks("close_case", {**close, "signed_by": "chief"}, JUDGE, *three, answered("equity")) == ["judge"]
    settled = {"way": "ended", "cause": "settled", "signed_by": "judge"}
    assert COURT.lacks("close_case", settled, JUDGE, filed()) == ["settlement"]
    agreed = fact("PerformanceRecorded", kind="settled", amount_fen=0, full=False)
    assert COURT.lacks("close_case", settled, JUDGE, filed(), agreed) == []


@pytest.mark.clause("G11")
def test_after_a_sale_the_property_is_enquired_for_again():
    close = {"way": "terminated_for_now", "signed_by": "judge"}
    all_four = [answered(kind) for kind in ("deposit", "real_estate", "vehicle", "equity")]
    sold = fact("AssetStateChanged", "2026-03-20T10:00", asset_id="h1", kind="real_estate", state="sold", place="x")
    assert COURT.lacks("close_case", close, JUDGE, filed(), FLAT, *all_four, sold) == ["again_after_sale"]
    again = answered("deposit", purpose="again")
    assert COURT.lacks("close_case", close, JUDGE, filed(), FLAT, *all_four, sold, again) == []


@pytest.mark.clause("G14")
def test_the_office_pays():
    assert COURT.lacks("pay_out", {"way": "transfer"}, JUDGE, filed()) == ["office"]
    assert COURT.lacks("pay_out", {"way": "transfer"}, Actor("f", "finance_officer", "office"), filed()) == []
    assert for_act(COURT.policy, "payout", COURT.view(filed())).chain == (("judge",),)


@pytest.mark.clause("G05")
def test_who_handles_the_case_makes_its_papers():
    assert COURT.making("enforcement_notice", JUDGE, filed()) == []
    assert COURT.making("enforcement_notice", Actor("g", "general_officer", "general"), filed()) == ["post"]
