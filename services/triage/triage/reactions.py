"""What the service does when events happen, its own among them: event -> command."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from contracts.asset_control import AssetsFound, EnquiryAnswered
from contracts.families import ApprovalDecided, CheckRecorded, FactCorrected
from contracts.funds import FundsReceived
from contracts.intake import ApplicationReceived, CaseFiled, CaseNoted
from contracts.triage import PerformanceRecorded
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event
from kernel.problems import NotYet
from triage.application import Triage
from triage.handling import Handling
from triage.judgement import SECOND

ROUTED_BY = (AssetsFound, CaseNoted, CheckRecorded, EnquiryAnswered, FundsReceived, PerformanceRecorded)
WITH_PRE_STEPS = ("enforcement", "resumption")  # other kinds of cases go to a team as they are filed


async def open_handling(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.open_handling(call, event.case_id)


async def route_initially(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.route_initially(call, event.case_id)


async def sort_again(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.sort_again(call, event.case_id)


async def judge_first_assignment(triage: Triage, call: Call, event: Event, _: str) -> None:
    """What lacks then makes it wait: every later event of the case tries again."""
    await triage.judge_first_assignment(call, event.case_id)


async def second_assignment(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.assign_case(call, event.case_id, "second", event.fact.data["approval_id"])


async def review_check(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.review_assignment(call, event.case_id, f"check:{event.fact.data['check_id']}")


async def review_correction(triage: Triage, call: Call, event: Event, _: str) -> None:
    if event.subject.startswith("case/"):
        await triage.review_decisions(call, event.case_id)


async def review_late(triage: Triage, call: Call, event: Event, _: str) -> None:
    """What is entered only now may have had a say in what was decided before."""
    fact = event.fact
    if event.subject.startswith("case/") and fact.time < fact.recorded_at:
        await triage.review_decisions(call, event.case_id, fact)


async def note_payment(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.note_payment(call, event.case_id, event.fact)


async def review_resumption(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.review_resumption(call, event.case_id)


async def review_found(triage: Triage, call: Call, event: Event, _: str) -> None:
    """Property found in a case that is closed for now."""
    if (await triage.read(Handling, event.case_id)).is_closed_for_now:
        await triage.review_resumption(call, event.case_id)


async def mark_resumed(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.mark_resumed(call, event.fact.data["earlier_case_id"], event.case_id)


async def tell_related(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.tell_related(call, event.fact.data["related_case_id"], event.case_id)


async def propose_second_assignment(triage: Triage, call: Call, event: Event, _: str) -> None:
    """Of a case in hand that would by what was found go to another kind of team (Y19)."""
    if (await triage.known(event.court, event.subject)).view.holder:
        await triage.require_proposals(call, event.case_id, SECOND)


async def propose_closing(triage: Triage, call: Call, event: Event, _: str) -> None:
    await triage.require_proposals(call, event.case_id, "close")


async def assign_waiting(triage: Triage, call: Call, data: dict[str, Any]) -> None:
    """The case goes on waiting where there is still nobody."""
    with suppress(NotYet):
        await triage.judge_first_assignment(call, data["case_id"])


TIMERS = {"assign_waiting": assign_waiting}
REACTIONS = [
    Reaction(CaseFiled, "open_handling", open_handling, of_history=True),
    Reaction(CaseFiled, "route_initially", route_initially),
    Reaction(CaseFiled, "judge_at_filing", judge_first_assignment, when=lambda e: e.kind not in WITH_PRE_STEPS),
    Reaction(
        EnquiryAnswered,
        "judge_first_assignment",
        judge_first_assignment,
        when=lambda e: e.purpose in ("first", "sorting"),
    ),
    Reaction(
        ApprovalDecided,
        "second_assignment",
        second_assignment,
        when=lambda e: e.act == "second_assignment" and e.final and e.decision == "approved",
    ),
    Reaction(CheckRecorded, "sort_again", sort_again),
    Reaction(CheckRecorded, "review_check", review_check, when=lambda e: e.result == "failed"),
    Reaction(FactCorrected, "review_correction", review_correction),
    *(Reaction(event, "review_late", review_late) for event in ROUTED_BY),
    Reaction(FundsReceived, "note_payment", note_payment, when=lambda e: e.into != "main_account"),
    Reaction(ApplicationReceived, "review_resumption", review_resumption, when=lambda e: e.kind == "resumption"),
    Reaction(ApplicationReceived, "open_before_filing", open_handling, when=lambda e: e.kind == "resumption"),
    Reaction(CaseFiled, "mark_resumed", mark_resumed, when=lambda e: e.earlier_case_id and e.kind == "resumption"),
    Reaction(CaseFiled, "tell_related", tell_related, when=lambda e: e.related_case_id and e.kind == "objection"),
    Reaction(AssetsFound, "review_found", review_found),
    Reaction(AssetsFound, "propose_second_assignment", propose_second_assignment),
    Reaction(PerformanceRecorded, "propose_closing", propose_closing, when=lambda e: e.full),
]
