"""The language has the events its document names, published by the services it names."""

import re

import pytest

from contracts.base import Contract
from contracts.catalogue import BY_NAME, EVENTS
from contracts.emitted import EMITTED
from contracts.families import ANY_SUBJECT

pytestmark = pytest.mark.fast

# The bold names of the tables of the published language (domain/events.md, sections 2 and 3), by section.
LANGUAGE = {
    "family": """MatterAsked MatterAccepted MatterDeclined MatterProgressed MatterDone ApprovalAsked ApprovalDecided
        HandedOver HandoverAccepted HandoverReturned CheckRecorded ActRefused FactCorrected""",
    "intake": """ApplicationReceived ApplicationSupplemented FilingRefused CaseFiled PartiesChanged ClaimChanged
        CaseNoted DocumentDrafted DocumentSigned DocumentSent DocumentServed ContactRecorded MaterialFiled""",
    "triage": """CaseRouted CaseAssigned PanelFormed PerformanceRecorded TermSuspended TermResumed TermExtended
        CaseClosed CaseResumed MemberPosted CredentialRecorded""",
    "asset-control": """EnquiryStarted EnquiryAnswered AssetsFound AssetStateChanged MeasureTaken MeasureRenewed
        MeasureLifted""",
    "auction": """PricingStarted PricingFailed PriceFixed AuctionAnnounced AuctionFailed AuctionStopped AuctionSold
        AuctionPaid LotTransferred""",
    "funds": """AccountOpened FundsReceived FundsIdentified FundsAllocated FundsPaidOut FundsAnomalyFound""",
    "supervision": """DutyPerformed ReminderSent ReminderAcknowledged FaultRecorded PolicyPublished""",
}
NOT_ON_A_CASE = {
    "FundsIdentified": ("money",),
    "DutyPerformed": ("duty",),
    "MemberPosted": ("member",),
    "CredentialRecorded": ("member",),
    "PolicyPublished": ("court",),
    "ActRefused": ANY_SUBJECT,
    "FactCorrected": ANY_SUBJECT,
    "ReminderSent": ("case", "money", "matter", "duty"),
    "ReminderAcknowledged": ("case", "money", "matter", "duty"),
}


def test_the_language_has_its_64_events_and_no_other() -> None:
    named = [name for names in LANGUAGE.values() for name in names.split()]
    assert len(named) == 64
    assert sorted(BY_NAME) == sorted(named)
    assert len(EVENTS) == 64


@pytest.mark.parametrize("service", LANGUAGE)
def test_each_event_is_published_by_its_service(service: str) -> None:
    assert {name for name, event in BY_NAME.items() if event.service == service} == set(LANGUAGE[service].split())


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.__name__)
def test_each_event_says_what_it_means_with_the_chinese_term(event: type[Contract]) -> None:
    assert event.type == f"zhixing.{event.__name__}.v1"
    assert event.__doc__ is not None
    assert re.search(r"（|\(.*[一-鿿]+.*\)", event.__doc__)


def test_only_events_of_the_language_are_emitted_and_the_rest_are_drafts() -> None:
    assert set(BY_NAME) >= EMITTED
    assert {name for name, event in BY_NAME.items() if not event.draft} == EMITTED


def test_an_event_stands_on_a_case_unless_the_language_says_otherwise() -> None:
    fixed = {name: event.subject_kinds for name, event in BY_NAME.items() if event.subject_by is None}
    assert {name: kinds for name, kinds in fixed.items() if kinds != ("case",)} == NOT_ON_A_CASE


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("disposal", "case"),
        ("serve_document", "case"),
        ("petition", "matter"),
        ("affairs", "matter"),
        ("delegation_in", "matter"),
        ("delegation_out", "case"),
        ("claim_funds", "money"),
        ("chase_funds", "case"),
    ],
)
def test_each_kind_of_matter_has_one_kind_of_subject(kind: str, subject: str) -> None:
    for name in ("MatterAsked", "MatterAccepted", "MatterDeclined", "MatterProgressed", "MatterDone"):
        event = BY_NAME[name].model_construct(kind=kind)
        assert event.allowed_subjects() == (subject,)


@pytest.mark.parametrize(
    ("into", "subject"),
    [("case_account", "case"), ("main_account", "money"), ("cash", "case"), ("on_the_spot", "case")],
)
def test_only_money_in_the_main_account_has_no_case_yet(into: str, subject: str) -> None:
    assert BY_NAME["FundsReceived"].model_construct(into=into).allowed_subjects() == (subject,)
