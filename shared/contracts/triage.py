"""Events of triage (分流与办案, 3.2): route, assignment, terms, performance, closing, postings."""

from typing import ClassVar, Literal

from contracts.base import (
    CaseId,
    Code,
    Contract,
    Day,
    Fen,
    Flag,
    Id,
    Instant,
    Int64,
    Many,
    Nth,
    Occurrence,
    Part,
    Post,
    SubjectKind,
)
from contracts.vocabulary import Credential, PanelPurpose, SuspensionCause, Track

Stage = Literal["initial", "first", "second", "resumed", "returned"]


class _TriageEvent(Contract):
    service: ClassVar[str] = "triage"


class Verdict(Part):
    """What one routing rule said of the case."""

    rule: Id
    verdict: Literal["true", "false", "unknown"]


class CaseRouted(_TriageEvent):
    """The case is put on a track (分流). All verdicts are kept."""

    stage: Stage
    track: Track
    team: Code
    rule: Id
    verdicts: Many[Verdict]
    overridden_by: Id | None = None  # an approval


class Factor(Part):
    """One factor of an assignment, as it was weighed."""

    name: Code
    value: Int64


class CaseAssigned(_TriageEvent):
    """The case goes to a team and handler (指派)."""

    stage: Stage
    team: Code
    handler: Id  # a member
    in_name_of: Id  # judge or lead
    method: Literal["area", "affinity", "score", "named", "manual"]
    factors: Many[Factor]
    seed: Int64
    basis: Id | None = None  # an approval


class PanelMember(Part):
    """A member of a panel and his division."""

    member_id: Id
    division: Code


class PanelFormed(_TriageEvent):
    """A panel is formed (合议庭)."""

    panel_id: Id
    purpose: PanelPurpose
    members: Many[PanelMember]
    sits_in: Many[Id]


class PerformanceRecorded(_TriageEvent):
    """The debtor performed, settled or broke a settlement (履行)."""

    performance_id: Id
    kind: Literal[
        "paid", "paid_directly", "acts_done", "goods_delivered", "settled", "instalment_missed", "settlement_broken",
        "waived",
    ]  # fmt: skip
    amount_fen: Fen
    full: Flag
    on_the_spot: Flag


class _Suspension(_TriageEvent):
    suspension_id: Id
    cause: SuspensionCause
    clocks: Many[Id]  # rules; none = every clock of the case that lists the cause
    document_id: Id | None = None


class TermSuspended(_Suspension):
    """Terms stop running (中止)."""


class TermResumed(_Suspension):
    """Terms run again (恢复)."""


class TermExtended(_TriageEvent):
    """A term is extended (延期)."""

    extension_id: Id
    clock: Id  # a rule
    occurrence: Occurrence
    unit: Literal["hours", "days", "working_days", "months"]
    amount: Nth
    asked_on: Instant
    approval_id: Id
    reason: Code


class CaseClosed(_TriageEvent):
    """The case is closed (结案)."""

    way: Literal[
        "performed", "terminated_for_now", "ended", "withdrawn", "not_enforced", "dismissed", "concluded"
    ]  # fmt: skip
    closed_on: Day
    cause: Code
    applied_fen: Fen
    closed_fen: Fen
    waived_fen: Fen
    recovered_fen: Fen
    funds_settled: Flag
    signed_by: Post


class CaseResumed(_TriageEvent):
    """The case, terminated for now, goes on as a new case (恢复执行). Stands on the earlier case."""

    new_case_id: CaseId
    trigger: Literal["creditor", "re_enquiry", "court"]


class _MemberEvent(_TriageEvent):
    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("member",)
    member_id: Id


class MemberPosted(_MemberEvent):
    """A member takes or leaves a post (任岗)."""

    team: Code
    post: Post
    from_division: Code | None = None
    reason: Literal["appointed", "rotated_in", "rotated_out", "left", "adjusted"]
    until: Day | None = None


class CredentialRecorded(_MemberEvent):
    """A member's credential is granted or withdrawn (资格)."""

    credential: Credential
    action: Literal["granted", "withdrawn"]
    valid_to: Day | None = None
