"""宜阳: what only the centralised team does, grounds of a second assignment, and who signs preservation (seeds/000)."""

import pytest

from rules.authority import Actor, for_act, lacks_to_ask
from rules.documents import form_documents, unsent_forms
from tests.unit.courts import Court, done, fact, filed, found, held, noted, of

pytestmark = pytest.mark.fast

COURT = Court("yiyang")
JUDGE = Actor("j1", "judge", "simple_1")
ENQUIRER = Actor("e1", "enquiry_officer", "affairs")
SYSTEM = Actor("system")
CASE = [filed(), held("simple_1")]


@pytest.mark.clause("Y03")
def test_the_centralised_team_makes_the_forms_and_they_are_done_when_all_are_sent():
    view = COURT.view(filed(parties=of("", "")))
    assert [kind for rule in form_documents(COURT.policy, view) for kind in rule.kinds] == [
        "enforcement_notice", "report_order",
    ]  # fmt: skip
    sent = [("enforcement_notice", "d1"), ("enforcement_notice", "d2"), ("report_order", "d1")]
    facts = [fact("DocumentSent", document_id=kind, kind=kind, party_id=party) for kind, party in sent]
    assert unsent_forms(COURT.policy, view, facts) == {("report_order", "d2")}
    assert COURT.making("enforcement_notice", JUDGE, *CASE) == ["post"]
    assert COURT.making("enforcement_notice", Actor("s1", "service_officer", "affairs"), *CASE) == []


@pytest.mark.clause("Y04")
@pytest.mark.parametrize(
    ("act", "fields", "open_to_the_judge"),
    [
        ("take_measure", {"channel": "online", "kind": "freeze"}, False),
        ("take_measure", {"channel": "online", "kind": "deduct"}, True),
        ("take_measure", {"channel": "on_site", "kind": "seal"}, True),
        ("start_enquiry", {"channel": "network_national"}, False),
    ],
)
def test_online_work_is_the_centralised_teams(act, fields, open_to_the_judge):
    assert COURT.lacks(act, fields, JUDGE, *CASE) == ([] if open_to_the_judge else ["centralised"])
    assert COURT.lacks(act, fields, ENQUIRER, *CASE) == COURT.lacks(act, fields, SYSTEM, *CASE) == []


@pytest.mark.clause("Y05")
def test_counter_enquiries_are_the_centralised_teams():
    assert COURT.lacks("start_enquiry", {"channel": "counter"}, JUDGE, *CASE) == ["centralised"]
    assert COURT.lacks("start_enquiry", {"channel": "counter"}, Actor("f", "field_officer", "affairs"), *CASE) == []


@pytest.mark.clause("Y08")
@pytest.mark.parametrize(
    ("surveys", "lacks"),
    [
        ([], ["site_survey", "in_county?"]),
        ([("affairs", "in_county")], []),
        ([("affairs", "outside")], ["in_county?"]),
        ([("simple_1", "in_county")], ["site_survey"]),
    ],
)
def test_a_termination_needs_a_survey_of_the_centralised_team(surveys, lacks):
    done_by = [done("site_survey", by=Actor("f", "field_officer", team), record={"place": at}) for team, at in surveys]
    assert COURT.lacks("close_case", {"way": "terminated_for_now"}, JUDGE, *CASE, *done_by) == lacks


@pytest.mark.clause("Y10")
def test_pricing_and_auction_are_the_centralised_teams():
    asked = {"kind": "disposal", "to_post": "judge"}
    assert COURT.lacks("ask_matter/disposal", asked, JUDGE, *CASE) == ["to_centralised"]
    assert COURT.lacks("ask_matter/disposal", {**asked, "to_post": "auction_officer"}, JUDGE, *CASE) == []
    assert COURT.lacks("start_pricing", {"asset_kind": "land"}, JUDGE, *CASE) == ["centralised"]
    assert COURT.lacks("start_pricing", {"asset_kind": "land"}, Actor("a", "auction_officer", "affairs"), *CASE) == []


@pytest.mark.clause("Y12")
def test_securities_that_cover_the_claim_must_be_sold():
    whole = found(("s", "securities", 300_000_000, "yes"))
    assert COURT.routed(filed(), whole) == ("dispose", "ordinary")


@pytest.mark.clause("Y16")
def test_papers_of_a_preservation_case_need_the_designation():
    case = [filed(kind="preservation"), held("affairs")]
    assert COURT.signing("summons", Actor("j2", "judge", "affairs"), *case) == ("designation",)
    named = Actor("j2", "judge", "affairs", ("preservation_judge",))
    assert COURT.signing("summons", named, *case) == ()


@pytest.mark.clause("Y18")
def test_an_untrue_report_is_answered_or_the_closing_warns():
    close = {"way": "terminated_for_now"}
    fined = fact("MeasureTaken", measure_id="m", kind="fine", party_id="d1", rank=0)
    assert "coercion?" in COURT.lacks("close_case", close, JUDGE, *CASE, noted("false_report"))
    assert "coercion?" not in COURT.lacks("close_case", close, JUDGE, *CASE, noted("false_report"), fined)


@pytest.mark.clause("Y19")
def test_a_second_assignment_has_a_ground():
    ask = {"act": "second_assignment", "proposal": []}
    assert COURT.lacks("ask_approval", ask, JUDGE, *CASE) == ["ground"]
    assert COURT.lacks("ask_approval", ask, JUDGE, *CASE, noted("needs_disposal")) == []
    assert COURT.lacks("ask_approval", {**ask, "proposal": ["cannot_close_in_2_months"]}, JUDGE, *CASE) == []


@pytest.mark.clause("Y23")
def test_accountability_is_proposed_by_the_lead_and_of_the_kinds_listed():
    view = COURT.view(*CASE)
    line, lead = for_act(COURT.policy, "accountability", view), Actor("l1", "team_lead", "simple_1")
    assert lacks_to_ask(line, lead, view, ["talk"], []) == ()
    assert lacks_to_ask(line, lead, view, ["exile"], []) == ("outcome",)
    assert lacks_to_ask(line, JUDGE, view, ["talk"], []) == ("post",)
