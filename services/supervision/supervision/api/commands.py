"""What people tell supervision: a version is published, a duty was done, a fault is laid to somebody."""

from __future__ import annotations

from fastapi.responses import Response

from contracts import supervision as contracts
from contracts.base import CaseId, Id, Period
from kernel.http import ByCaller, body_of, command_router
from supervision.application import Supervision

router = command_router("supervision 监督")


class PublishPolicy(body_of(contracts.PolicyPublished)):
    """A version of a pack or calendar that this installation holds (规则/日历发布)."""


class PerformDuty(body_of(contracts.DutyPerformed, without=("period", "post", "team"))):
    """Which duty; who was there, what was counted, which cases were seen to; the present period unless one is named."""

    period: Period | None = None


class RecordFault(body_of(contracts.FaultRecorded, without=("fault_id",))):
    """What went wrong in what, and who answers for it: the handler, who approved, or who assisted."""


class Acknowledge(body_of(contracts.ReminderAcknowledged, without=contracts.ReminderAcknowledged.model_fields)):
    """The person reminded has read it."""


@router.post("/policies")
async def publish_policy(body: PublishPolicy, by: ByCaller) -> Response:
    """Publishes a version of a pack or calendar for the caller's court. The same again changes nothing."""
    return await by.do(Supervision.publish_policy, body=body)


@router.post("/duties/perform")
async def perform_duty(body: PerformDuty, by: ByCaller) -> Response:
    """Notes that a standing duty was done for a period (履职); by the post or team that answers for it."""
    return await by.do(Supervision.perform_duty, body=body)


@router.post("/reminders/{reminder_id}/acknowledge")
async def acknowledge(reminder_id: Id, body: Acknowledge, by: ByCaller) -> Response:
    """Acknowledges a reminder (签收): the member it was sent to, or whoever holds the post."""
    return await by.do(Supervision.acknowledge, reminder_id, body=body)


@router.post("/cases/{case_id}/faults")
async def record_fault(case_id: CaseId, body: RecordFault, by: ByCaller) -> Response:
    """Lays a fault in a case to a member (差错认定). Calling to account is asked for as an approval about it."""
    return await by.do(Supervision.record_fault, case_id, body=body)
