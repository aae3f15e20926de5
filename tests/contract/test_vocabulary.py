"""The open enumerations hold the kinds the language lists, and a kind nobody declared is found."""

import pytest

from contracts.catalogue import BY_NAME
from contracts.intake import CaseFiled, CaseNoted, DocumentDrafted
from contracts.vocabulary import MATTER_OWNERS, VOCABULARY, unknown_kinds, vocabulary_fields
from tests.contract.samples import NAMES, golden

pytestmark = pytest.mark.fast

# The lists marked ⊕ in the published language, as they stand there.
LISTS = {
    "matter_kinds": """form_documents serve_document public_notice answer_appointment handler_meeting petition
        network_control counter_enquiry offline_control site_survey find_person find_thing forced_summons verify_clue
        lawyer_order delegation_out delegation_in refusal_evidence disposal auction_help claim_funds chase_funds
        affairs judicial_aid review_correction conference_plan correct_defect""",
    "matter_subs": """survey clear_lease clear_possession pricing tax_estimate publish viewing transfer other
        appraiser_draw logistics statistics petition resumption_review publicity general""",
    "acts": """file refuse_filing add_party second_assignment name_handler reassign move_to_disposal auction resume
        suspend extend close dishonest_listing consumption_limit fine detention urgent_summons lawyer_order_waived
        travel_out allocation payout defer_payout accountability""",
    "handover_reasons": """filing to_centre first_assignment second_assignment disposal disposal_back
        resumption_review archiving posting""",
    "check_kinds": """filing_review filing_standard data_verified contacts earlier_preservation
        resumption_first_review resumption_review clue materials document_check closing_review termination_review
        file_review quality_review arrival_confirmed receipt_no_entered anomaly award_review consequence_warning
        no_assets_confirmed""",
    "case_causes": "support maintenance credit_card litigation_fee labour other",
    "claim_acts": "registration obstacle_removal visiting return_real_estate return_shop return_machinery",
    "marks": """willing_to_perform performed likely_to_settle will_refuse_or_dismiss easy property_clue
        criminal_terms_unclear social_conflict bankruptcy_review needs_coercion no_report false_report needs_disposal
        cannot_close_in_2_months disputed major many_parties social_impact named_by_leader refusal_suspected hardship
        handler_left""",
    "document_kinds": """acceptance_notice address_form clue_form enforcement_notice report_order declaration_form
        ruling payment_notice summons order_notice consequence_warning refusal_ruling termination_ruling end_ruling
        dismissal_ruling withdrawal_ruling suspension_ruling resumption_ruling add_party_ruling preservation_ruling
        auction_ruling sale_ruling in_kind_ruling dishonest_decision consumption_decision fine_decision
        detention_decision auction_notice auction_instructions auction_notification survey_report delegation_letter
        payout_form search_order public_notice other""",
    "document_states": """case_account main_account case_reasons template_reasons consequences defects_disclaimed
        title burdens possession taxes defects particulars""",
    "contact_kinds": """reception phone first_interview handler_meeting termination_interview party_informed explained
        answered account_told""",
    "material_kinds": """draft receipt enquiry_result offline_result controlled_list delegation pricing survey_report
        reserve_minutes title asset_list identities sale transfer whole_file later_material web_text
        preservation_ruling""",
    "tracks": "simple ordinary preservation objection resumption delegated disposal",
    "panel_purposes": "enforcement objection judicial_aid private_prosecution compensation",
    "suspension_causes": "ruling settlement bankruptcy objection public_notice higher_court other",
    "credentials": "confidentiality_agreement work_permit enforcement_permit training",
    "asset_kinds": """deposit network_account real_estate land vehicle machinery shares equity securities housing_fund
        income movable other""",
    "measure_kinds": """freeze seal seize deduct waiting guard evict consumption_limit dishonest_listing ringtone
        publication summons forced_summons search fine detention exit_ban reward_notice""",
    "anomaly_kinds": "wrong_account main_account_given mismatch no_account overdue_unpaid duplicate",
}


@pytest.mark.parametrize("name", VOCABULARY)
def test_a_vocabulary_has_the_kinds_of_the_language(name: str) -> None:
    assert VOCABULARY[name] == set(LISTS[name].split())


def test_every_list_of_the_language_is_a_vocabulary() -> None:
    assert VOCABULARY.keys() == LISTS.keys()


def test_no_kind_of_matter_has_two_owners() -> None:
    assert sum(len(kinds) for kinds in MATTER_OWNERS.values()) == len(VOCABULARY["matter_kinds"])


def test_every_annotation_names_a_vocabulary_and_every_vocabulary_is_used() -> None:
    used = {name for event in BY_NAME.values() for _, name in vocabulary_fields(event)}
    assert used == VOCABULARY.keys()


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_events_use_known_kinds_only(name: str) -> None:
    assert unknown_kinds(BY_NAME[name].model_validate(golden(name)), {}) == []


def test_an_unknown_kind_is_found_wherever_it_stands() -> None:
    filed = golden("CaseFiled") | {"cause": "bet"}
    filed["claim"]["acts"] = ["visiting", "dance"]
    assert [(found.field, found.value) for found in unknown_kinds(CaseFiled.model_validate(filed), {})] == [
        ("cause", "bet"),
        ("claim.acts.*", "dance"),
    ]
    drafted = golden("DocumentDrafted") | {"kind": "poem", "states": ["title", "rhymes"]}
    assert [found.value for found in unknown_kinds(DocumentDrafted.model_validate(drafted), {})] == ["poem", "rhymes"]


def test_a_pack_adds_kinds_to_a_vocabulary() -> None:
    noted = CaseNoted(marks={"bad_debt_portfolio": True, "easy": False})
    assert [found.vocabulary for found in unknown_kinds(noted, {})] == ["marks"]
    assert unknown_kinds(noted, {"marks": {"bad_debt_portfolio": "批量不良"}}) == []
    assert unknown_kinds(noted, {"acts": {"bad_debt_portfolio": ""}}) != []
