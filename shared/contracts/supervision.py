"""Events of supervision (监督, 3.6): duties, reminders, faults, policies."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import (
    MOST_ITEMS,
    CaseId,
    Code,
    Contract,
    Count,
    Day,
    Flag,
    Id,
    Instant,
    Many,
    Nth,
    Occurrence,
    Period,
    Post,
    Ref,
    Sha256,
    SubjectKind,
    Version,
)


class _SupervisionEvent(Contract):
    service: ClassVar[str] = "supervision"


class DutyPerformed(_SupervisionEvent):
    """A standing duty is done for one period (履职)."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("duty",)
    duty: Id  # a rule
    period: Period
    post: Post
    team: Code | None = None
    attendees: Many[Id]
    counts: Annotated[dict[Code, Count], Field(max_length=MOST_ITEMS)]
    cases: Many[CaseId]
    report: Id | None = None  # a document


class _Reminder(_SupervisionEvent):
    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("case", "money", "matter", "duty")  # that of the clock
    reminder_id: Id
    kind: Literal["near", "past", "report", "defect"]
    clock: Id  # a rule
    occurrence: Occurrence


class ReminderSent(_Reminder):
    """Someone is told that a term nears or has passed (提示/报告)."""

    rung: Nth
    due_at: Instant
    to_post: Post
    to_member: Id | None = None
    channel: Literal["system", "sms", "phone"]


class ReminderAcknowledged(_Reminder):
    """The person reminded acknowledges (签收)."""


class FaultRecorded(_SupervisionEvent):
    """A fault is recorded against a member (差错)."""

    fault_id: Id
    class_: Literal["entry_mismatch", "late_or_refused", "untrue_result", "five_faults_in_a_document", "other"] = Field(
        validation_alias="class", serialization_alias="class"
    )
    responsible: Literal["handler", "approver", "assistant"]
    member_id: Id
    about: Ref
    clock: Id | None = None
    occurrence: Occurrence | None = None
    count: Count


class PolicyPublished(_SupervisionEvent):
    """A version of a pack or calendar is published (规则/日历发布)."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("court",)
    what: Literal["pack", "calendar"]
    name: Code
    version: Version
    digest: Sha256
    effective_from: Day
    effective_to: Day | None = None
    provisional: Flag
