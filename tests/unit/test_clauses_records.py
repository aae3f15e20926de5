"""What the courts' ledgers (台账), figures (统计), settings and structures hold, by clause of their schemes.

Each ledger is shown events as the services emit them: those that are its entries, and near ones that are not.
"""

from dataclasses import replace
from datetime import date

import pytest

import packs
from contracts.catalogue import BY_NAME
from packs.register import courts
from rules.loader import load_pack
from rules.matcher import read
from rules.packs import Figure, Ledger
from tests.contract.samples import NAMES, golden
from tests.unit.clocks import fact

pytestmark = pytest.mark.fast

PACKS = {court: load_pack(packs.folders(court)[-1], effective_from=date(2024, 1, 1)) for court in courts()}
RULES = {rule.id: rule for pack in PACKS.values() for rule in pack.rules}
AT = "2026-03-02T01:00:00Z"
DRAFTS = {
    "FaultRecorded": {
        "fault_id": "f-1", "class": "entry_mismatch", "responsible": "handler", "member_id": "m-1",
        "about": "document:d-1", "count": 1,
    },
    "TermExtended": {
        "extension_id": "e-1", "clock": "cn.payout", "occurrence": "p-1", "unit": "days", "amount": 10,
        "asked_on": AT, "approval_id": "a-1", "reason": "objection",
    },
    "AssetStateChanged": {"asset_id": "a-1", "kind": "vehicle", "state": "sold", "place": "in_county"},
    "CredentialRecorded": {"member_id": "m-1", "credential": "work_permit", "action": "granted"},
    "FundsIdentified": {"payment_id": "p-1", "case_id": "c-1", "amount_fen": 100, "rest_fen": 0},
    "AuctionAnnounced": {
        "lot_id": "l-1", "round": 1, "mode": "auction", "asset_kind": "vehicle", "opens_at": AT, "closes_at": AT,
        "start_price_fen": 100, "deposit_fen": 10, "notice": "d-1",
    },
}  # fmt: skip
"""Examples of events that have no golden one yet."""


def event(name, post="judge", **data):
    model = BY_NAME[name].model_validate((golden(name) if name in NAMES else DRAFTS[name]) | data)
    told = fact(name, "2026-03-02", by_post=post, by_actor="m-1")
    return replace(told, data=model.model_dump(mode="json", by_alias=True))


def row(id, entries, others, clause):
    """Entries and others: event name -> the fields that matter."""
    return pytest.param(id, entries, others, marks=clause, id=f"{id} {clause.args[0]}")


def said(*names, **data):
    return [event(name, **data) for name in names]


GIVEN = ("HandedOver", "HandoverAccepted", "HandoverReturned")
MATTER = ("MatterAsked", "MatterDone")
LEDGERS = [
    row(
        "yiyang.rec.handovers",
        said(*GIVEN, what="case"),
        said(*GIVEN, what="file"),
        pytest.mark.clause("Y01"),
    ),
    row(
        "yiyang.rec.counter",
        said("EnquiryAnswered", channel="counter"),
        said("EnquiryAnswered", channel="network_national"),
        pytest.mark.clause("Y05"),
    ),
    row(
        "yiyang.rec.shared_out",
        said("CaseAssigned", method="manual"),
        said("CaseAssigned", method="score"),
        pytest.mark.clause("Y15"),
    ),
    row(
        "yiyang.rec.faults",
        said("FaultRecorded"),
        said("CheckRecorded", kind="document_check"),
        pytest.mark.clause("Y22"),
    ),
    row(
        "yiyang.rec.five_faults",
        said("CheckRecorded", kind="document_check", count=5),
        said("CheckRecorded", kind="document_check", count=4) + said("CheckRecorded", kind="quality_review", count=5),
        pytest.mark.clause("Y22"),
    ),
    row(
        "horqin.rec.reception",
        said("ContactRecorded", kind="reception"),
        said("ContactRecorded", kind="handler_meeting"),
        pytest.mark.clause("H07"),
    ),
    row(
        "horqin.rec.auctions",
        said(*MATTER, kind="auction_help") + said("PricingStarted", "AuctionAnnounced"),
        said(*MATTER, kind="disposal") + said("PricingFailed"),
        pytest.mark.clause("H13"),
    ),
    row(
        "horqin.rec.finds",
        said("MatterDone", kind="find_person") + said("MatterDone", kind="find_thing"),
        said("MatterDone", kind="serve_document") + said("MatterAsked", kind="find_person"),
        pytest.mark.clause("H18"),
    ),
    row(
        "horqin.rec.deposited",
        said("FundsPaidOut", way="deposited"),
        said("FundsPaidOut", way="transfer"),
        pytest.mark.clause("H20"),
    ),
    row(
        "horqin.rec.deferred",
        said("TermExtended", clock="cn.payout"),
        said("TermExtended", clock="cn.conclude"),
        pytest.mark.clause("H20"),
    ),
    row(
        "horqin.rec.movables",
        said("AssetStateChanged", kind="vehicle") + said("AssetStateChanged", kind="machinery"),
        said("AssetStateChanged", kind="real_estate"),
        pytest.mark.clause("H21"),
    ),
    row(
        "horqin.rec.handovers",
        said(*GIVEN, what="case") + said(*GIVEN, what="materials"),
        said(*GIVEN, what="file"),
        pytest.mark.clause("H27"),
    ),
    row(
        "horqin.rec.issued",
        said("DocumentSigned", "AuctionAnnounced") + said("FaultRecorded", responsible="handler"),
        said("FaultRecorded", responsible="assistant") + said("DocumentSent"),
        pytest.mark.clause("H27"),
    ),
    row(
        "horqin.rec.delegated",
        said(*MATTER, kind="site_survey") + said("MaterialFiled", kind="receipt"),
        said(*MATTER, kind="petition") + said("MaterialFiled", kind="draft"),
        pytest.mark.clause("H28"),
    ),
    row(
        "horqin.rec.answers",
        said(*MATTER, kind="answer_appointment") + said("ContactRecorded", kind="answered"),
        said(*MATTER, kind="site_survey") + said("ContactRecorded", kind="reception"),
        pytest.mark.clause("H29"),
    ),
    row(
        "horqin.rec.meetings",
        said("MatterAsked", kind="handler_meeting") + said("ContactRecorded", kind="handler_meeting"),
        said("ContactRecorded", kind="reception"),
        pytest.mark.clause("H29"),
    ),
    row(
        "horqin.rec.postings",
        said("MemberPosted"),
        said("CredentialRecorded"),
        pytest.mark.clause("H36"),
    ),
    row(
        "horqin.rec.credentials",
        said("CredentialRecorded"),
        said("MemberPosted"),
        pytest.mark.clause("H36"),
    ),
    row(
        "nanzhao.rec.affairs",
        said(*MATTER, kind="affairs", sub="vehicles") + said("MatterAsked", kind="affairs", sub="signing_keys"),
        said(*MATTER, kind="affairs", sub="statistics"),
        pytest.mark.clause("N01"),
    ),
    row(
        "nanzhao.rec.rotation",
        said("MemberPosted", reason="rotated_in") + said("MemberPosted", reason="rotated_out"),
        said("MemberPosted", reason="appointed"),
        pytest.mark.clause("N09"),
    ),
    row(
        "nanzhao.rec.publicity",
        said("CaseFiled", "CaseClosed") + said("MeasureTaken", kind="publication"),
        said("MeasureTaken", kind="freeze") + said("PerformanceRecorded"),
        pytest.mark.clause("N23"),
    ),
    row(
        "nanzhao.rec.funds",
        said("FundsReceived", "FundsIdentified", "FundsAllocated", "FundsPaidOut"),
        said("AccountOpened"),
        pytest.mark.clause("N27"),
    ),
    row(
        "shihe.rec.unserved",
        said("DocumentServed", outcome="failed"),
        said("DocumentServed", outcome="served"),
        pytest.mark.clause("S05"),
    ),
    row(
        "shihe.rec.controlled",
        said("MeasureTaken", "MeasureLifted", kind="freeze") + said("AssetStateChanged"),
        said("MeasureTaken", "MeasureLifted", kind="consumption_limit"),
        pytest.mark.clause("S11"),
    ),
    row(
        "shihe.rec.delegations",
        said("MatterAsked", "MatterProgressed", "MatterDone", kind="delegation_out"),
        said("MatterAsked", "MatterDone", kind="delegation_in"),
        pytest.mark.clause("S13"),
    ),
    row(
        "shihe.rec.corrections",
        said("CheckRecorded", kind="closing_review", result="failed") + said(*MATTER, kind="correct_defect"),
        said("CheckRecorded", kind="closing_review", result="passed"),
        pytest.mark.clause("S29"),
    ),
    row(
        "guancheng.refusal",
        said("MatterAsked", "MatterProgressed", "MatterDone", kind="refusal_evidence"),
        said("MatterAsked", kind="petition"),
        pytest.mark.clause("G09"),
    ),
    row(
        "guancheng.petitions",
        said("MatterAsked", "MatterProgressed", "MatterDone", kind="petition"),
        said("MatterAsked", kind="refusal_evidence"),
        pytest.mark.clause("G12"),
    ),
    row(
        "guancheng.rules_made",
        said("PolicyPublished", what="pack"),
        said("PolicyPublished", what="calendar"),
        pytest.mark.clause("G13"),
    ),
    row(
        "guancheng.fees",
        said("FundsPaidOut", way="fee"),
        said("FundsPaidOut", way="transfer"),
        pytest.mark.clause("G14"),
    ),
    row(
        "guancheng.aid",
        said("MatterAsked", "MatterProgressed", "MatterDone", kind="judicial_aid"),
        said("MatterAsked", kind="petition"),
        pytest.mark.clause("G15"),
    ),
]


@pytest.mark.parametrize(("id", "entries", "others"), LEDGERS)
def test_a_ledger_holds_its_entries_and_no_others(id, entries, others):
    ledger = RULES[id]
    assert isinstance(ledger, Ledger)
    assert [each for each in entries if not ledger.of.matches(each)] == []
    assert [each for each in others if ledger.of.matches(each)] == []
    untold = [field for field in ledger.fields if all(read(entry, field) is None for entry in entries)]
    assert untold == [], "the events tell what the ledger asks"


FIGURES = [
    row(
        "yiyang.f.faults",
        said("FaultRecorded"),
        said("CheckRecorded"),
        pytest.mark.clause("Y22"),
    ),
    row(
        "horqin.f.quality",
        said("CheckRecorded", kind="quality_review", result="failed"),
        said("CheckRecorded", kind="quality_review", result="passed"),
        pytest.mark.clause("H36"),
    ),
    row(
        "nanzhao.f.filed",
        said("CaseFiled"),
        said("CaseClosed"),
        pytest.mark.clause("N02"),
    ),
    row(
        "nanzhao.f.clerks",
        said("MatterDone", "DocumentDrafted", "DocumentSent", post="clerk"),
        said("MatterDone", "DocumentDrafted", "DocumentSent", post="judge"),
        pytest.mark.clause("N02"),
    ),
    row(
        "guancheng.f.petitions",
        said("MatterAsked", kind="petition"),
        said("MatterDone", kind="petition"),
        pytest.mark.clause("G12"),
    ),
]


@pytest.mark.parametrize(("id", "counted", "others"), FIGURES)
def test_a_figure_counts_its_events_and_no_others(id, counted, others):
    figure = RULES[id]
    assert isinstance(figure, Figure)
    assert [figure.count.matches(each) for each in counted] == [True] * len(counted)
    assert [figure.count.matches(each) for each in others] == [False] * len(others)
    untold = [field for field in figure.by if all(read(each, field) is None for each in counted)]
    assert untold == [], "the events tell by what it is counted"


# ---- structures and settings ---------------------------------------------------------------------------------------


def teams(court):
    return {team.id: team for team in PACKS[court].structure.teams}


@pytest.mark.clause("H01")
def test_horqin_states_nineteen_people_for_its_centre_and_names_eighteen_and_a_director():
    centre = teams("horqin")["centre"]
    assert (centre.head, centre.headcount.stated, centre.headcount.items["director"]) == ("director", 19, 1)
    assert sum(centre.headcount.items.values()) == 19
    assert centre.headcount.items["funds"] == 0, "the text gives the funds group no number"


@pytest.mark.clause("N01")
def test_nanzhaos_centre_is_led_by_its_director():
    centre = teams("nanzhao")["centre"]
    assert (centre.kind, centre.head) == ("affairs", "director")


@pytest.mark.clause("S01")
def test_shihe_binds_each_kind_of_work_to_a_post():
    kinds = {kind.kind: kind.posts for kind in PACKS["shihe"].structure.kinds}
    assert kinds["documents"] == ("service_officer",)
    assert kinds["control"] == ("enquiry_officer", "field_officer")
    assert kinds["delegation"] == ("delegation_officer",)
    assert kinds["disposal"] == ("auction_officer",)


@pytest.mark.clause("G01")
def test_guancheng_has_a_centre_of_four_groups_and_four_brigades():
    structure = PACKS["guancheng"].structure
    named = {kind.kind for kind in structure.kinds if "G01" in kind.clause}
    assert named == {"affairs", "simple", "disposal", "objection", "brigade"}
    assert sum(team.kind == "brigade" for team in structure.teams) == 4


@pytest.mark.clause("N19")
def test_nanzhao_files_only_against_those_the_instrument_names():
    joining = RULES["nanzhao.p.parties"].parties
    assert joining.only_named_in_instrument
    assert joining.adding_needs == ("application", "add_party_ruling")


@pytest.mark.clause("N21")
def test_nanzhaos_claim_is_the_instruments_amount_or_the_property_offered():
    setting = RULES["nanzhao.p.claim"]
    assert setting.claim == {"enforcement": "instrument_amount", "resumption": "offered_property"}
    assert setting.apart == ("interest", "delay", "costs")


@pytest.mark.clause("N24")
def test_nanzhaos_panels_are_made_up_by_their_purpose():
    panels = RULES["nanzhao.p.panel"].panel
    assert (panels["judicial_aid"].majority_from, panels["judicial_aid"].includes) == ("general_trial", "enforcement")
    assert panels["compensation"].sits_in == "handler"
    assert panels["private_prosecution"].majority_from == "criminal"
    short = panels["short_of_judges"]
    assert (short.chosen_by, short.not_from) == ("director", "general_trial"), "others only when judges are short"


@pytest.mark.clause("N25")
def test_one_instalment_missed_makes_the_rest_due_in_nanzhao():
    missed = RULES["nanzhao.p.default"].on_instalment_missed
    assert (missed.rest_due, missed.concession_lapses, missed.delay_interest) == (True, True, True)


@pytest.mark.clause("S20")
def test_shihe_finds_a_price_by_agreement_then_by_enquiry_then_by_appraisal():
    order = RULES["shihe.p.pricing"].pricing_order
    assert [sorted(step) for step in order] == [["agreement"], ["network", "targeted"], ["appraisal"]]


@pytest.mark.clause("S22")
def test_after_two_failed_rounds_shihe_goes_over_to_the_sale():
    rounds = RULES["shihe.p.rounds"]
    assert (rounds.after_failed, rounds.max_rounds, rounds.term) == ({1: "auction", 2: "sale"}, 3, "in_time")


@pytest.mark.clause("S31")
def test_in_shihe_only_what_is_handed_over_on_the_spot_goes_past_the_cases_account():
    setting = RULES["shihe.p.account"]
    assert (setting.money_only_through, setting.exceptions) == ("case_account", ("on_the_spot",))
    assert setting.main_account_given_out == "refuse"
