"""Families (section 2): events any service may emit for the things it owns, in the same shape everywhere."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, JsonValue

from contracts.base import (
    CODE,
    MOST_ITEMS,
    CaseId,
    Code,
    Contract,
    Count,
    Day,
    Fen,
    Flag,
    Id,
    Instant,
    Many,
    Nth,
    Part,
    Post,
    Ref,
    SubjectBy,
    SubjectKind,
    text,
)
from contracts.vocabulary import Act, CheckKind, HandoverReason, MatterKind, MatterSub

Place = Literal["in_county", "in_prefecture", "outside"]
ANY_SUBJECT: tuple[SubjectKind, ...] = ("case", "money", "matter", "duty", "member", "court")
COMMAND = f"{CODE}(/{CODE})?"  # `close_case`, `ask_matter/public_notice`


class _Family(Contract):
    service: ClassVar[str] = "family"


class _Matter(_Family):
    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("case", "matter", "money")
    subject_by: ClassVar[SubjectBy | None] = SubjectBy(
        "kind", {"petition": "matter", "affairs": "matter", "delegation_in": "matter", "claim_funds": "money"}
    )
    matter_id: Id
    kind: MatterKind
    sub: MatterSub | None = None
    about: Ref | None = None


class MatterAsked(_Matter):
    """A matter is asked of a post or team (事项提起)."""

    to_post: Post
    to_team: Code | None = None
    due_on: Day | None = None  # set by the asker
    urgent: Flag
    place: Place | None = None
    items: Count
    requirement: Flag  # what is required is stated
    materials: Many[Code]  # said to be handed over
    for_case: CaseId | None = None  # when the subject is not the case


class MatterAccepted(_Matter):
    """The matter is taken on (接收)."""

    due_on: Day | None = None
    to_member: Id | None = None


class MatterDeclined(_Matter):
    """The matter is sent back (退回)."""

    reason: Code
    lacking: Many[Code]


class MatterProgressed(_Matter):
    """A step of the matter is done (进展)."""

    step: Literal["sent", "routed", "chased", "replied", "reported", "supplement_asked", "closed"]


class MatterRecord(Part):
    """Where the matter was done, by whom, and on what media it is recorded (transcript, video, pictures, form)."""

    place: Code
    doers: Many[Id]
    media: Many[Code]


class MatterDone(_Matter):
    """The matter is finished (办结)."""

    result: Literal["done", "partly", "not_done", "nothing_found"]
    receipts_complete: Flag
    record: MatterRecord | None = None
    reported_to_handler: Flag


class ApprovalAsked(_Family):
    """Leave for an act is asked of a chain of posts (报请)."""

    approval_id: Id
    act: Act
    about: Ref | None = None
    proposal: Many[Code]
    amount_fen: Fen | None = None
    evidence: Many[Code]
    chain: Many[Code]  # posts, in order
    next_post: Post


class ApprovalDecided(_Family):
    """One step of the chain is decided (审批)."""

    approval_id: Id
    act: Act
    about: Ref | None = None
    step: Nth
    decision: Literal["approved", "refused", "returned"]
    final: Flag
    next_post: Post | None = None  # whose step opens now
    in_person: Flag
    channel: Literal["online", "paper", "both"]
    amount_fen: Fen | None = None


class _Handover(_Family):
    handover_id: Id
    what: Literal["case", "materials", "file", "result_form", "evidence", "ledger"]
    reason: HandoverReason
    from_team: Code
    from_post: Post
    to_team: Code
    to_post: Post
    items: Many[Code]
    pages: Count
    register_signed: Flag
    basis: Id | None = None  # an approval


class HandedOver(_Handover):
    """A case, its file or things are handed over (移交)."""


class HandoverAccepted(_Handover):
    """The receiver confirms: what was handed over is his from now on (接收确认)."""

    to_member: Id


class HandoverReturned(_Handover):
    """The receiver returns what was handed over, naming what it lacks (退回)."""

    lacking: Many[Code]


class CheckRecorded(_Family):
    """A check and its result (核查)."""

    check_id: Id
    kind: CheckKind
    result: Literal["passed", "failed", "not_applicable"]
    lacking: Many[Code]
    about: Ref | None = None
    count: Count | None = None


class ActRefused(_Family):
    """A rule refused a command (拒绝办理)."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ANY_SUBJECT
    act: Annotated[str, text(COMMAND, 130)]
    rule: Id
    lacking: Many[Code]
    wanted_by: Post


class FactCorrected(_Family):
    """An earlier event is amended or declared void (更正). `data` is the whole data as it should have read."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ANY_SUBJECT
    corrects: Id  # the original event, never a correction
    how: Literal["amend", "void"]
    data: Annotated[dict[Code, JsonValue], Field(max_length=MOST_ITEMS)] | None = None
    time: Instant | None = None
    timeprecision: Literal["instant", "day"] | None = None
    reason: Code
    approved_by: Post | None = None
