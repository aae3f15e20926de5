"""The fold of a case: total, the same for the same events, and right about money, property and who holds it."""

import random
import time
from dataclasses import fields
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import case
from rules.case import CaseFold, CaseView, Court, case_view, told_by
from rules.fact import Fact
from rules.rulebook import Policy
from tests.contract.samples import golden
from tests.unit.yiyang import DAY, FILED, POLICY, fact, filed, found, noted, party, view

pytestmark = pytest.mark.fast


def received(amount: int, purpose: str = "performance", into: str = "case_account", **more):
    return fact("FundsReceived", FILED + 3 * DAY, payment_id="p", amount_fen=amount, purpose=purpose, into=into, **more)


def paid_out(amount: int, way: str = "transfer"):
    return fact("FundsPaidOut", FILED + 4 * DAY, payout_id="o", amount_fen=amount, way=way)


def accepted(team: str, member: str, after: timedelta = DAY):
    return fact("HandoverAccepted", FILED + after, what="case", to_team=team, to_member=member)


def test_without_events_every_field_is_there():
    empty = case_view([], POLICY.court)
    assert all(getattr(empty, each.name) is not None for each in fields(CaseView))
    assert empty.team == "affairs"
    assert empty.team_kind == "affairs"
    assert set(empty.checks.values()) == {"none"}


def test_filing_and_application():
    application = fact(
        "ApplicationReceived", application_id="a1", kind="enforcement", items=["identity"], agent="lawyer"
    )
    supplement = fact(
        "ApplicationSupplemented", FILED + DAY, application_id="a1", kind="enforcement", items=["instrument"]
    )
    case = view(application, supplement, filed(500, claim={"acts": ["visiting"]}))
    assert (case.filing, case.agent, case.items) == ("enforcement", "lawyer", ("identity", "instrument"))
    assert (case.kind, case.instrument, case.claim_fen, case.money) == ("enforcement", "judgment", 500, True)
    assert (case.acts, case.tribunal, case.basis, case.status) == (("visiting",), "", "instrument", "filed")


def test_parties_come_go_and_are_noted():
    changed = fact(
        "PartiesChanged", FILED + DAY, added=[party("d2", kind="organ", represented="lawyer")], removed=["d1"]
    )
    note = fact("CaseNoted", FILED + 2 * DAY, marks={}, party={"party_id": "d2", "whereabouts": "missing"})
    case = view(filed(), changed, note)
    assert [debtor["id"] for debtor in case.debtors] == ["d2"]
    assert case.debtors[0]["organ"]
    assert case.debtors[0]["lawyer"]
    assert case.debtors[0]["whereabouts"] == "missing"
    assert case.debtors[0]["in_custody"] == "no"
    assert [creditor["id"] for creditor in case.creditors] == ["c1"]


def test_the_latest_mark_and_check_hold():
    easy_no_more = fact("CaseNoted", FILED + 2 * DAY, marks={"easy": False})
    checks = [
        fact("CheckRecorded", FILED + n * DAY, kind="clue", result=result)
        for n, result in ((1, "failed"), (2, "passed"))
    ]
    case = view(noted("easy", "major"), easy_no_more, *checks)
    assert case.marks == ("major",)
    assert case.checks["clue"] == "passed"


def test_an_asset_counts_once_as_last_found():
    case = view(filed(100), found(a=("deposit", 60, "yes")), found(FILED + 2 * DAY, a=("deposit", 90, "yes")))
    assert (len(case.assets), case.liquid_fen, case.covered) == (1, 90, False)


@pytest.mark.parametrize(
    ("kind", "disposable", "liquid_fen"),
    [("deposit", "yes", 100), ("network_account", "unknown", 100), ("deposit", "no", 0), ("real_estate", "yes", 0)],
)
def test_what_is_liquid(kind, disposable, liquid_fen):
    assert view(filed(100), found(a=(kind, 100, disposable))).liquid_fen == liquid_fen


@pytest.mark.clause("Y12")
def test_securities_are_sold_so_here_they_cover_nothing():
    facts = sorted([filed(100), found(a=("securities", 100, "yes"))])
    assert not case_view(facts, POLICY.court).covered
    assert case_view(facts, Court()).covered


def test_money_deducted_covers_the_claim_while_it_is_on_its_way_and_once_only():
    deduct = fact("MeasureTaken", FILED + 2 * DAY, measure_id="m", kind="deduct", asset_id="a", amount_fen=50, rank=0)
    facts = [filed(100), found(a=("deposit", 50, "yes")), found(b=("deposit", 50, "yes")), deduct]
    on_its_way, arrived = view(*facts), view(*facts, received(50, "deduction"))
    assert (on_its_way.liquid_fen, on_its_way.covered) == (100, True)
    assert (arrived.liquid_fen, arrived.recovered_fen, arrived.covered) == (50, 50, True)


def test_a_measure_is_in_force_until_lifted():
    freeze = fact("MeasureTaken", FILED + 2 * DAY, measure_id="m", kind="freeze", asset_id="a", rank=0)
    waiting = fact("MeasureTaken", FILED + 2 * DAY, measure_id="w", kind="seal", asset_id="b", rank=1)
    limit = fact("MeasureTaken", FILED + 2 * DAY, measure_id="l", kind="consumption_limit", party_id="d1", rank=0)
    lifted = fact("MeasureLifted", FILED + 3 * DAY, measure_id="m", kind="freeze", cause="paid")
    facts = [found(a=("deposit", 1, "yes")), found(b=("vehicle", 1, "yes")), freeze, waiting, limit]
    assert view(*facts).measures == ("consumption_limit", "freeze", "seal")
    assert {asset["id"]: asset["controlled"] for asset in view(*facts).assets} == {"a": True, "b": False}
    assert view(*facts, lifted).measures == ("consumption_limit", "seal")


def test_enquiries_documents_contacts_and_matters():
    enquiry = {"enquiry_id": "e", "channel": "network_national", "purpose": "first", "round": 1}
    document = {"document_id": "n", "kind": "enforcement_notice"}
    started, answered = (
        fact("EnquiryStarted", **enquiry),
        fact("EnquiryAnswered", FILED + DAY, **enquiry, result="nothing"),
    )
    drafted = fact("DocumentDrafted", **document, states=["case_account"])
    sent = fact("DocumentSent", FILED + DAY, **document, party_id="d1")
    half = fact("DocumentServed", FILED + 2 * DAY, **document, party_id="d1", complete=False)
    asked = fact("MatterAsked", matter_id="m", kind="disposal")
    done = fact("MatterDone", FILED + DAY, matter_id="m", kind="disposal", result="done")
    case = view(started, answered, drafted, sent, half, asked, done, fact("ContactRecorded", kind="explained"))
    assert [(e["answered"], e["result"]) for e in case.enquiries] == [(True, "nothing")]
    assert case.documents[0] == {
        "kind": "enforcement_notice", "signed": False, "sent": True, "served": False, "states": ("case_account",),
    }  # fmt: skip
    assert case.matters == ({"kind": "disposal", "sub": "", "state": "done", "result": "done"},)
    assert case.contacts == ("explained",)


def test_money_recovered_held_and_paid():
    directly = fact("PerformanceRecorded", FILED + 3 * DAY, kind="paid_directly", amount_fen=7, full=False)
    only_recorded = fact("PerformanceRecorded", FILED + 3 * DAY, kind="paid", amount_fen=100, full=True)
    case = view(
        filed(200), received(100), received(20, "auction_deposit"), received(5, into="on_the_spot"), directly,
        only_recorded, paid_out(90), paid_out(5, "on_the_spot"),
    )  # fmt: skip
    assert case.recovered_fen == 112
    assert case.held_fen == 30
    assert case.paid_fen == 95
    assert case.fully_performed


@pytest.mark.clause("Y01")
def test_the_holder_changes_only_when_a_handover_is_accepted():
    routed = fact("CaseRouted", stage="first", track="simple", team="simple_1")
    assigned = fact("CaseAssigned", stage="first", team="simple_1", handler="h")
    offered = fact("HandedOver", what="case", to_team="simple_1")
    before = view(filed(), routed, assigned, offered)
    assert (before.stage, before.track, before.team, before.holder) == ("first", "simple", "affairs", "")
    after = view(filed(), routed, assigned, offered, accepted("simple_1", "h"))
    assert (after.team, after.team_kind, after.holder, after.status) == ("simple_1", "simple", "h", "handled")


def test_a_closed_case_stays_closed():
    closed = fact("CaseClosed", FILED + 9 * DAY, way="performed", funds_settled=True)
    case = view(filed(), closed, accepted("simple_1", "h", 10 * DAY))
    assert (case.status, case.closed_way, case.money_settled) == ("closed", "performed", True)


def _some_facts() -> list:
    return [
        filed(300), found(a=("deposit", 90, "yes")), found(FILED + 2 * DAY, a=("deposit", 40, "yes")), noted("easy"),
        fact("CaseNoted", FILED + 2 * DAY, marks={"easy": False}), received(30), paid_out(10),
        accepted("simple_1", "h"), accepted("ordinary_1", "k", 2 * DAY),
        fact("ClaimChanged", FILED + DAY, new_total_fen=250),
        *(fact("CheckRecorded", FILED + n * DAY, kind="clue", result=r) for n, r in ((1, "failed"), (3, "passed"))),
    ]  # fmt: skip


@given(st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_case(chance: random.Random):
    shuffled = _some_facts()
    chance.shuffle(shuffled)
    assert view(*shuffled) == view(*_some_facts())


@given(st.integers(0, 11))
def test_a_view_taken_on_the_way_is_that_of_the_facts_so_far(count: int):
    ordered, fold = sorted(_some_facts()), CaseFold(POLICY.court)
    for each in ordered[:count]:
        fold.add(each)
    on_the_way = fold.view()
    for each in ordered[count:]:
        fold.add(each)
    assert on_the_way == case_view(ordered[:count], POLICY.court)
    assert fold.view() == case_view(ordered, POLICY.court)


def test_forty_facts_fold_well_under_half_a_millisecond():
    facts = sorted([*_some_facts(), *(fact("MatterAsked", matter_id=f"m{n}", kind="x") for n in range(28))])
    assert len(facts) == 40
    best = min(_seconds(facts, POLICY) for _ in range(50))
    assert best < 0.0005


def _seconds(facts: list, policy: Policy) -> float:
    begun = time.perf_counter()
    case_view(facts, policy.court)
    return time.perf_counter() - begun


# ---- which events say what ------------------------------------------------------------------------------------------

TYPES = sorted(told_by(frozenset(each.name for each in fields(CaseView))))

DRAFTS = {
    "AssetStateChanged": {"asset_id": "a", "kind": "land", "state": "sold"},
    "ClaimChanged": {"new_total_fen": 1},
    "PartiesChanged": {"added": [party("d2")], "removed": ["d1"]},
}
"""Of events that no service emits yet."""


@st.composite
def told(draw: st.DrawFn) -> Fact:
    """An event that says something of a case, about one of two things of its kind, with amounts of its own."""
    type_ = draw(st.sampled_from(TYPES))
    data = DRAFTS.get(type_) or golden(type_)
    ids = {name: draw(st.sampled_from("ab")) for name in data if name.endswith("_id")}
    amounts = {name: draw(st.integers(0, 100)) for name in data if name.endswith("_fen")}
    if "assets" in data:
        data["assets"] = [{**asset, "asset_id": draw(st.sampled_from("ab"))} for asset in data["assets"]]
    if type_ == "MeasureTaken":
        data["kind"] = draw(st.sampled_from(["freeze", "deduct"]))
    return fact(type_, **data | ids | amounts)


@given(st.lists(told(), max_size=12), st.sampled_from([each.name for each in fields(CaseView)]))
def test_a_field_follows_from_the_events_that_tell_it_and_no_others(facts, name):
    telling = [each for each in facts if each.type in told_by(frozenset((name,)))]
    assert getattr(case_view(telling, POLICY.court), name) == getattr(case_view(facts, POLICY.court), name)


def test_every_event_the_fold_takes_in_tells_some_field():
    assert set(TYPES) == set(case._APPLY)
