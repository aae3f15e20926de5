"""The national vocabulary (词汇): the kinds of the open enumerations, marked ⊕ in the published language.

A court's pack may add kinds to these lists, never events or fields. A field of an open enumeration takes any code;
which vocabulary it draws from stands in its annotation, and `unknown_kinds` compares the two.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from contracts.base import Code


@dataclass(frozen=True)
class Vocabulary:
    """Annotation: the values of this field are kinds of the vocabulary of that name."""

    name: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "x-vocabulary": self.name}


MATTER_OWNERS: dict[str, frozenset[str]] = {
    "intake": frozenset(
        {"form_documents", "serve_document", "public_notice", "answer_appointment", "handler_meeting", "petition"}
    ),
    "asset-control": frozenset(
        {
            "network_control", "counter_enquiry", "offline_control", "site_survey", "find_person", "find_thing",
            "forced_summons", "verify_clue", "lawyer_order", "delegation_out", "delegation_in", "refusal_evidence",
        }
    ),
    "auction": frozenset({"disposal", "auction_help"}),
    "funds": frozenset({"claim_funds", "chase_funds"}),
    "triage": frozenset({"affairs", "judicial_aid", "review_correction"}),
    "supervision": frozenset({"conference_plan", "correct_defect"}),
}  # fmt: skip
"""The service that owns each kind of matter, and emits its events (2.1)."""

VOCABULARY: dict[str, frozenset[str]] = {
    "matter_kinds": frozenset[str]().union(*MATTER_OWNERS.values()),
    "matter_subs": frozenset(
        {
            "logistics", "statistics", "petition", "resumption_review", "publicity", "general",
            "survey", "clear_lease", "clear_possession", "pricing", "tax_estimate", "publish", "viewing", "transfer",
            "other", "appraiser_draw",
        }
    ),
    "acts": frozenset(
        {
            "file", "refuse_filing", "add_party", "second_assignment", "name_handler", "reassign", "move_to_disposal",
            "auction", "resume", "suspend", "extend", "close", "dishonest_listing", "consumption_limit", "fine",
            "detention", "urgent_summons", "lawyer_order_waived", "travel_out", "allocation", "payout",
            "defer_payout", "accountability",
        }
    ),
    "handover_reasons": frozenset(
        {
            "filing", "to_centre", "first_assignment", "second_assignment", "disposal", "disposal_back",
            "resumption_review", "archiving", "posting",
        }
    ),
    "check_kinds": frozenset(
        {
            "filing_review", "filing_standard", "data_verified", "contacts", "earlier_preservation",
            "resumption_first_review", "resumption_review", "clue", "materials", "document_check", "closing_review",
            "termination_review", "file_review", "quality_review", "arrival_confirmed", "receipt_no_entered",
            "anomaly", "award_review", "consequence_warning", "no_assets_confirmed",
        }
    ),
    "case_causes": frozenset({"support", "maintenance", "credit_card", "litigation_fee", "labour", "other"}),
    "claim_acts": frozenset(
        {
            "registration", "obstacle_removal", "visiting", "return_real_estate", "return_shop", "return_machinery",
        }
    ),
    "marks": frozenset(
        {
            "willing_to_perform", "performed", "likely_to_settle", "will_refuse_or_dismiss", "easy", "property_clue",
            "criminal_terms_unclear", "social_conflict", "bankruptcy_review", "needs_coercion", "no_report",
            "false_report", "needs_disposal", "cannot_close_in_2_months", "disputed", "major", "many_parties",
            "social_impact", "named_by_leader", "refusal_suspected", "hardship", "handler_left",
        }
    ),
    "document_kinds": frozenset(
        {
            "acceptance_notice", "address_form", "clue_form", "enforcement_notice", "report_order",
            "declaration_form", "ruling", "payment_notice", "summons", "order_notice", "consequence_warning",
            "refusal_ruling", "termination_ruling", "end_ruling", "dismissal_ruling", "withdrawal_ruling",
            "suspension_ruling", "resumption_ruling", "add_party_ruling", "preservation_ruling", "auction_ruling",
            "sale_ruling", "in_kind_ruling", "dishonest_decision", "consumption_decision", "fine_decision",
            "detention_decision", "auction_notice", "auction_instructions", "auction_notification", "survey_report",
            "delegation_letter", "payout_form", "search_order", "public_notice", "other",
        }
    ),
    "document_states": frozenset(
        {
            "case_account", "main_account", "case_reasons", "template_reasons", "consequences",
            "defects_disclaimed", "title", "burdens", "possession", "taxes", "defects", "particulars",
        }
    ),
    "contact_kinds": frozenset(
        {
            "reception", "phone", "first_interview", "handler_meeting", "termination_interview", "party_informed",
            "explained", "answered", "account_told",
        }
    ),
    "material_kinds": frozenset(
        {
            "draft", "receipt", "enquiry_result", "offline_result", "controlled_list", "delegation", "pricing",
            "survey_report", "reserve_minutes", "title", "asset_list", "identities", "sale", "transfer", "whole_file",
            "later_material", "web_text", "preservation_ruling",
        }
    ),
    "tracks": frozenset(
        {"simple", "ordinary", "preservation", "objection", "resumption", "delegated", "disposal"}
    ),
    "panel_purposes": frozenset(
        {"enforcement", "objection", "judicial_aid", "private_prosecution", "compensation"}
    ),
    "suspension_causes": frozenset(
        {"ruling", "settlement", "bankruptcy", "objection", "public_notice", "higher_court", "other"}
    ),
    "credentials": frozenset({"confidentiality_agreement", "work_permit", "enforcement_permit", "training"}),
    "asset_kinds": frozenset(
        {
            "deposit", "network_account", "real_estate", "land", "vehicle", "machinery", "shares", "equity",
            "securities", "housing_fund", "income", "movable", "other",
        }
    ),
    "measure_kinds": frozenset(
        {
            "freeze", "seal", "seize", "deduct", "waiting", "guard", "evict",
            "consumption_limit", "dishonest_listing", "ringtone", "publication", "summons", "forced_summons",
            "search", "fine", "detention", "exit_ban", "reward_notice",
        }
    ),
    "anomaly_kinds": frozenset(
        {"wrong_account", "main_account_given", "mismatch", "no_account", "overdue_unpaid", "duplicate"}
    ),
}  # fmt: skip
"""The national kinds of each open enumeration (sections 2 and 3)."""

MatterKind = Annotated[Code, Vocabulary("matter_kinds")]
MatterSub = Annotated[Code, Vocabulary("matter_subs")]
Act = Annotated[Code, Vocabulary("acts")]
HandoverReason = Annotated[Code, Vocabulary("handover_reasons")]
CheckKind = Annotated[Code, Vocabulary("check_kinds")]
CaseCause = Annotated[Code, Vocabulary("case_causes")]
ClaimAct = Annotated[Code, Vocabulary("claim_acts")]
Mark = Annotated[Code, Vocabulary("marks")]
DocumentKind = Annotated[Code, Vocabulary("document_kinds")]
DocumentState = Annotated[Code, Vocabulary("document_states")]
ContactKind = Annotated[Code, Vocabulary("contact_kinds")]
MaterialKind = Annotated[Code, Vocabulary("material_kinds")]
Track = Annotated[Code, Vocabulary("tracks")]
PanelPurpose = Annotated[Code, Vocabulary("panel_purposes")]
SuspensionCause = Annotated[Code, Vocabulary("suspension_causes")]
Credential = Annotated[Code, Vocabulary("credentials")]
AssetKind = Annotated[Code, Vocabulary("asset_kinds")]
MeasureKind = Annotated[Code, Vocabulary("measure_kinds")]
AnomalyKind = Annotated[Code, Vocabulary("anomaly_kinds")]

Path = tuple[str, ...]  # names of fields; "*" stands for every item of a list or key of a map


class UnknownKind(NamedTuple):
    """A value that no vocabulary in force has: answered with 422 on entry, parks the case in a log."""

    field: str
    vocabulary: str
    value: str


def unknown_kinds(contract: BaseModel, extra: Mapping[str, Collection[str]]) -> list[UnknownKind]:
    """The kinds in an event or a command's body that neither the national vocabulary nor `extra`, the pack's, has."""
    return [
        UnknownKind(".".join(path), name, value)
        for path, name in vocabulary_fields(type(contract))
        for value in _values(contract, path)
        if value not in VOCABULARY[name] and value not in extra.get(name, ())
    ]


@cache
def vocabulary_fields(contract: type[BaseModel]) -> tuple[tuple[Path, str], ...]:
    """Where the event draws on a vocabulary: (path to the field, name of the vocabulary)."""
    hints = get_type_hints(contract, include_extras=True)
    return tuple(((field, *path), name) for field in contract.model_fields for path, name in _annotated(hints[field]))


def _annotated(hint: Any) -> Iterator[tuple[Path, str]]:
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin is Annotated:
        yield from (((), note.name) for note in arguments[1:] if isinstance(note, Vocabulary))
        yield from _annotated(arguments[0])
    elif origin in (Union, UnionType):
        yield from (found for option in arguments if option is not NoneType for found in _annotated(option))
    elif origin in (tuple, dict):
        yield from ((("*", *path), name) for path, name in _annotated(arguments[0]))
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from vocabulary_fields(hint)


def _values(value: Any, path: Path) -> Sequence[str]:
    if value is None:
        return ()
    if not path:
        return (value,)
    if path[0] == "*":
        return [found for item in value for found in _values(item, path[1:])]
    return _values(getattr(value, path[0]), path[1:])
