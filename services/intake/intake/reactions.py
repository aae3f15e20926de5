"""What the service does when something is published, also by itself, and when time has come: event -> command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contracts.auction import AuctionFailed, AuctionPaid, PriceFixed
from contracts.families import ApprovalDecided
from contracts.intake import CaseFiled, DocumentSent
from contracts.triage import CaseClosed
from intake.application import DESTROY_KEY, Intake
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event


async def ask_form_documents(intake: Intake, call: Call, event: Event, _: str) -> None:
    await intake.ask_form_documents(call, event.case_id)


async def finish_form_documents(intake: Intake, call: Call, event: Event, _: str) -> None:
    by = call.by.model_copy(update={"team": event.fact.team})  # whose work it was: that of who sent the last of them
    await intake.finish_form_documents(replace(call, by=by), event.case_id)


async def file_resumption(intake: Intake, call: Call, event: Event, _: str) -> None:
    await intake.file_resumption(call, event.case_id)


async def open_archiving(intake: Intake, call: Call, event: Event, _: str) -> None:
    await intake.open_archiving(call, event.case_id)


async def draft_auction_paper(intake: Intake, call: Call, event: Event, _: str) -> None:
    """The notice of a round, or the ruling on its sale."""
    assert isinstance(event.data, PriceFixed | AuctionFailed | AuctionPaid)
    await intake.draft_auction_paper(call, event.case_id, event.data)


async def destroy_key(intake: Intake, _: Call, which: dict[str, Any]) -> None:
    await intake.destroy_key(**which)


REACTIONS = [
    Reaction(
        CaseFiled, "ask_form_documents", ask_form_documents, when=lambda e: e.kind in ("enforcement", "resumption")
    ),
    Reaction(DocumentSent, "finish_form_documents", finish_form_documents),
    Reaction(PriceFixed, "draft_auction_paper", draft_auction_paper),
    Reaction(AuctionFailed, "draft_auction_paper", draft_auction_paper),
    Reaction(AuctionPaid, "draft_auction_paper", draft_auction_paper),
    Reaction(
        ApprovalDecided,
        "file_resumption",
        file_resumption,
        when=lambda e: e.act == "resume" and e.final and e.decision == "approved",
    ),
    Reaction(CaseClosed, "open_archiving", open_archiving, of_history=True),
]
TIMERS = {DESTROY_KEY: destroy_key}
