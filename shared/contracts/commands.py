"""The commands of the language by the event each leads to (published language, section 3): what a gate may guard."""

from collections.abc import Mapping
from typing import Any

COMMAND_OF = {
    # families
    "MatterAsked": "ask_matter", "MatterAccepted": "accept_matter", "MatterDeclined": "decline_matter",
    "MatterProgressed": "progress_matter", "MatterDone": "finish_matter", "ApprovalAsked": "ask_approval",
    "ApprovalDecided": "decide_approval", "FactCorrected": "correct_fact",
    # intake
    "ApplicationReceived": "receive_application", "ApplicationSupplemented": "supplement",
    "FilingRefused": "refuse_filing", "CaseFiled": "file_case", "PartiesChanged": "change_parties",
    "ClaimChanged": "change_claim", "CaseNoted": "note_case", "DocumentDrafted": "draft", "DocumentSigned": "sign",
    "DocumentSent": "send", "DocumentServed": "record_service", "ContactRecorded": "record_contact",
    "MaterialFiled": "file_material",
    # triage
    "CaseRouted": "route_case", "CaseAssigned": "assign_case", "PanelFormed": "form_panel",
    "PerformanceRecorded": "record_performance", "TermSuspended": "suspend_term", "TermResumed": "resume_term",
    "TermExtended": "extend_term", "CaseClosed": "close_case", "CaseResumed": "mark_resumed",
    "MemberPosted": "post_member", "CredentialRecorded": "record_credential",
    # asset-control
    "EnquiryStarted": "start_enquiry", "EnquiryAnswered": "record_answer", "AssetsFound": "report_assets",
    "AssetStateChanged": "move_asset", "MeasureTaken": "take_measure", "MeasureRenewed": "renew_measure",
    "MeasureLifted": "lift_measure",
    # auction
    "PricingStarted": "start_pricing", "PricingFailed": "fail_pricing", "PriceFixed": "fix_price",
    "AuctionAnnounced": "announce", "AuctionStopped": "stop_round", "LotTransferred": "record_transfer",
    # funds
    "AccountOpened": "open_account", "FundsReceived": "receive", "FundsIdentified": "identify",
    "FundsAllocated": "allocate", "FundsPaidOut": "pay_out", "FundsAnomalyFound": "report_anomaly",
    # supervision
    "DutyPerformed": "perform_duty", "ReminderAcknowledged": "acknowledge", "FaultRecorded": "record_fault",
    "PolicyPublished": "publish_policy",
}  # fmt: skip
_OF_HANDOVERS = {"HandedOver": "hand_over", "HandoverAccepted": "accept", "HandoverReturned": "return"}
OPEN_FILE = "open_file"
"""Looking into a file: it leads to no event, and is guarded all the same."""
PAYOUT = "payout"

COMMANDS = frozenset(
    {*COMMAND_OF.values(), *(f"{verb}_{what}" for verb in _OF_HANDOVERS.values() for what in ("case", "file"))}
    | {"ask_payout", OPEN_FILE}
)


def acts(event: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """What is done where this event happens, by the names gates have for it; `ask_matter/KIND` names the kind too."""
    if event in _OF_HANDOVERS:
        return (f"{_OF_HANDOVERS[event]}_{'case' if data['what'] == 'case' else 'file'}",)
    if event == "MatterAsked":
        return (f"ask_matter/{data['kind']}",)
    if event == "ApprovalAsked" and data["act"] == PAYOUT:
        return ("ask_approval", "ask_payout")
    return (COMMAND_OF[event],) if event in COMMAND_OF else ()
