"""A gate names everything an act lacks, at once; what cannot be judged is lacking."""

from datetime import timedelta

import pytest

from rules.authority import Actor
from rules.gates import check
from rules.packs import Gate
from tests.unit.yiyang import DAY, FILED, POLICY, fact, filed, found, party, situation

pytestmark = pytest.mark.fast

DIRECTOR = Actor("m1", "director", "affairs")
CHECKS = {"standard": "filing_standard", "data": "data_verified", "contacts": "contacts"}


def checked(kind: str, result: str = "passed"):
    return fact("CheckRecorded", FILED + DAY, kind=kind, result=result)


STEPS = {item: checked(kind) for item, kind in CHECKS.items()} | {
    "preservation": checked("earlier_preservation"),
    "preservation_ruling": fact("MaterialFiled", FILED + DAY, kind="preservation_ruling"),
    "form_documents": fact("MatterDone", FILED + DAY, matter_id="m", kind="form_documents", result="done"),
    "enquiry": fact(
        "EnquiryAnswered", FILED + DAY, enquiry_id="e", channel="network_national", purpose="first", round=1,
        result="nothing",
    ),
}  # fmt: skip


def lacking(act: str, fields: dict, *facts, now=FILED + 5 * DAY, policy=POLICY) -> list[str]:
    return [lack.item.id for lack in check(policy, act, fields, DIRECTOR, situation(facts, now))]


def assigning(*facts, **changed) -> list[str]:
    return lacking("assign_case", {"stage": "first"}, filed(**changed), *facts)


@pytest.mark.clause("Y17")
def test_with_all_pre_steps_done_the_case_may_be_assigned():
    assert assigning(*STEPS.values(), earlier_preservation=True) == []


@pytest.mark.clause("Y17")
@pytest.mark.parametrize("missing", STEPS)
def test_each_missing_pre_step_is_named(missing):
    done = [each for item, each in STEPS.items() if item != missing]
    assert assigning(*done, earlier_preservation=True) == [missing]


@pytest.mark.clause("Y17")
def test_all_missing_pre_steps_are_named_together_with_rule_and_clause():
    lacks = check(POLICY, "assign_case", {"stage": "first"}, DIRECTOR, situation([filed(earlier_preservation=True)]))
    assert [lack.item.id for lack in lacks] == list(STEPS)
    assert {(lack.rule, lack.clause, lack.gate.on_lack) for lack in lacks} == {("yiyang.pre_steps", "Y17", "refuse")}
    assert all(lack.item.zh and lack.item.en for lack in lacks)


@pytest.mark.clause("Y17")
def test_a_ruling_is_wanted_only_where_there_was_preservation():
    done = [each for item, each in STEPS.items() if item != "preservation_ruling"]
    assert assigning(*done) == []


@pytest.mark.clause("Y17")
@pytest.mark.parametrize("item", ["standard", "data", "contacts"])
def test_a_check_that_failed_is_no_pre_step_done(item):
    done = {**STEPS, item: checked(CHECKS[item], "failed")}
    assert assigning(*done.values()) == [item]


@pytest.mark.clause("Y17")
@pytest.mark.parametrize(("kind", "stage"), [("preservation", "first"), ("enforcement", "second")])
def test_pre_steps_are_for_the_first_assignment_of_enforcement_cases(kind, stage):
    assert lacking("assign_case", {"stage": stage}, filed(kind=kind)) == []


def test_an_act_whose_stage_is_unknown_is_held_back():
    assert lacking("assign_case", {}, filed()) == [item for item in STEPS if item != "preservation_ruling"]


@pytest.mark.clause("Y08")
@pytest.mark.parametrize(
    ("survey", "lacks"),
    [
        ([], ["site_survey", "in_county"]),
        ([("done", "outside")], ["in_county"]),
        ([("nothing_found", "in_county")], []),
        ([("not_done", "in_county")], ["site_survey"]),
    ],
)
def test_a_termination_needs_a_site_survey_and_warns_outside_the_county(survey, lacks):
    facts = [
        fact(
            "MatterDone", FILED + DAY, by_team="affairs", matter_id="s", kind="site_survey", result=result,
            record={"place": place},
        )
        for result, place in survey
    ]  # fmt: skip
    found = check(POLICY, "close_case", {"way": "terminated_for_now"}, DIRECTOR, situation([filed(), *facts]))
    yiyang = [lack for lack in found if lack.rule.startswith("yiyang.")]
    assert [lack.item.id for lack in yiyang] == lacks
    assert {lack.item.id: lack.gate.on_lack for lack in yiyang}.items() <= {
        ("site_survey", "refuse"),
        ("in_county", "warn"),
    }


def test_a_case_is_closed_as_performed_when_it_is_and_the_money_is_out():
    received = fact(
        "FundsReceived", FILED + DAY, payment_id="p", amount_fen=5, purpose="performance", into="case_account"
    )
    performed = fact("PerformanceRecorded", FILED + DAY, kind="paid", amount_fen=5, full=True)
    paid = fact("FundsPaidOut", FILED + 2 * DAY, amount_fen=5, way="transfer")
    assert lacking("close_case", {"way": "performed"}, filed(5), received) == ["performed", "paid_out"]
    assert lacking("close_case", {"way": "performed"}, filed(5), received, performed) == ["paid_out"]
    assert lacking("close_case", {"way": "performed"}, filed(5), received, performed, paid) == []


def _terminating() -> list:
    return [
        fact("DocumentSent", document_id="n", kind="enforcement_notice", party_id="d1"),
        fact("DocumentSent", document_id="r", kind="report_order", party_id="d1"),
        fact("MeasureTaken", measure_id="l", kind="consumption_limit", rank=0),
        fact("EnquiryAnswered", enquiry_id="e", channel="network_national", purpose="first", round=1, result="nothing"),
        checked("no_assets_confirmed"),
        fact("ContactRecorded", kind="termination_interview"),
        fact(
            "MatterDone", by_team="affairs", matter_id="s", kind="site_survey", result="done",
            record={"place": "in_county"},
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "lacks"),
    [
        (FILED + timedelta(days=89), ["over_3_months"]),  # 4 April
        (FILED.replace(month=4, hour=15, minute=59), ["over_3_months"]),  # the last minute of 5 April in Shanghai
        (FILED.replace(month=4, hour=16), []),
    ],
)
def test_more_than_three_months_means_after_the_last_day(now, lacks):
    assert lacking("close_case", {"way": "terminated_for_now"}, filed(), *_terminating(), now=now) == lacks


def test_the_national_conditions_of_termination_are_named_together():
    missing = filed(parties=[party("c1", "creditor"), party("d1", whereabouts="missing")])
    now = FILED + 200 * DAY
    assert lacking("close_case", {"way": "terminated_for_now"}, missing, found(a=("land", 1, "yes")), now=now) == [
        "site_survey", "in_county", "notice", "report_order", "limit", "network_enquiry", "exhausted",
        "nothing_disposable", "debtor_sought", "interview",
    ]  # fmt: skip


GATE = Gate.model_validate(
    {
        "id": "x.gate", "clause": "X01", "act": "file_case", "on_lack": "return",
        "items": [
            {"id": "instrument"},
            {"id": "power_of_attorney", "if": 'case.agent != "none"'},
            {"id": "no_closing", "not_event": {"event": "CaseClosed"}},
            {"id": "told", "need": {"all_of": [{"event": "A"}, {"event": "B", "if": 'case.agent == "lawyer"'}]}},
            {"id": "permit", "that": '"work_permit" in actor.credentials', "clause": "X02"},
        ],
    }
)  # fmt: skip


class OneGate:
    gates = (GATE,)
    limits: dict[str, int] = {}  # noqa: RUF012


def test_materials_absence_and_all_of():
    applied = {"application_id": "a", "kind": "resumption"}
    bare = fact("ApplicationReceived", **applied, items=[], agent="lawyer")
    assert lacking("file_case", {}, bare, fact("CaseClosed", way="x", funds_settled=True), policy=OneGate) == [
        "instrument", "power_of_attorney", "no_closing", "told", "permit",
    ]  # fmt: skip
    whole = fact("ApplicationReceived", **applied, items=["instrument", "power_of_attorney"], agent="lawyer")
    permitted = Actor("m", "file_officer", "affairs", ("work_permit",))
    assert check(OneGate, "file_case", {}, permitted, situation([whole, fact("A"), fact("B")])) == ()


def test_an_item_may_have_a_clause_of_its_own():
    [*_, permit] = check(OneGate, "file_case", {}, DIRECTOR, situation([]))
    assert (permit.rule, permit.clause) == ("x.gate", "X02")
