"""HTTP of the triage service."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.responses import Response
from pydantic import Field, field_validator

from contracts import families as family_contracts
from contracts import triage as contracts
from contracts.base import CaseId, Code, Id
from contracts.triage import Stage
from contracts.vocabulary import CheckKind
from families.approval import Approval
from families.matter import AskMatter
from kernel.clock import COURT_ZONE
from kernel.http import ByCaller, Command, body_of, command_router
from kernel.principals import Principal
from rules.authority import Actor
from rules.credentials import credentials
from triage import reasons
from triage.application import Triage
from triage.handling import Handling
from triage.judgement import Judgement
from triage.views import approval_view, handling_view, loads_view

router = command_router("triage 分流与办案")
PRE_STEPS = ("filing_standard", "data_verified", "contacts", "earlier_preservation")
OF_OTHERS = ("filing_review", "arrival_confirmed", *PRE_STEPS)
CHECK = body_of(family_contracts.CheckRecorded, without=("check_id", "kind"))


class RecordPreStep(CHECK):
    """One of the pieces of work before the first assignment (首次分案前的工作)."""

    kind: Literal["filing_standard", "data_verified", "contacts", "earlier_preservation"]


class RecordReview(CHECK):
    """A review of a case in hand, such as that before it closes (结案审查), or another that the court's pack knows."""

    kind: Annotated[CheckKind, Field(examples=["closing_review"])]

    @field_validator("kind")
    @classmethod
    def _of_triage(cls, kind: str) -> str:
        if kind in OF_OTHERS:
            raise ValueError("is recorded by a command of its own")
        return kind


class AtStage(Command):
    """At which of the court's stages, and under which approval, where one is needed."""

    stage: Stage
    basis: Id | None = None


class NameHandler(Command):
    """Who is to handle the case, and the approval under which that is said."""

    stage: Stage
    handler: Id
    basis: Id


class ShareOut(Command):
    """The member of the team who is to handle the case."""

    handler: Id


class RecordPerformance(body_of(contracts.PerformanceRecorded, without=("performance_id",))):
    """What the debtor did for the creditor (履行)."""


class CloseCase(body_of(contracts.CaseClosed, without=("signed_by",))):
    """How the case ends (结案), and what became of the claim."""


class Reassign(Command):
    """Who is to handle the case from now on, and the approval under which that is said, where one is needed."""

    handler: Id
    basis: Id | None = None


class RecordCredential(body_of(contracts.CredentialRecorded, without=("member_id",))):
    """What is granted or withdrawn (资格), and to which day it is valid."""


class SuspendTerm(body_of(contracts.TermSuspended, without=("suspension_id",))):
    """Why the terms stand still, and which: none named means every clock that lists the cause (中止)."""

    basis: Id | None = None


class ResumeTerm(Command):
    """The paper by which the terms run again, if there is one (恢复)."""

    document_id: Id | None = None


class ExtendTerm(body_of(contracts.TermExtended, without=("extension_id", "asked_on"))):
    """Which term is extended by how much, under which approval (延期)."""


class FormPanel(body_of(contracts.PanelFormed, without=("panel_id",))):
    """What the panel is for, its members with their divisions, and who sits in without a vote (列席)."""


class PostMember(body_of(contracts.MemberPosted, without=("member_id",))):
    """The team, the post, and why."""


@router.post("/cases/{case_id}/pre-steps")
async def record_pre_step(case_id: CaseId, body: RecordPreStep, by: ByCaller) -> Response:
    """Records a piece of work that must come before the first assignment."""
    return await by.do(Triage.record_pre_step, case_id, body=body)


@router.post("/cases/{case_id}/reviews")
async def record_review(case_id: CaseId, body: RecordReview, by: ByCaller) -> Response:
    """Records a review of the case (审查)."""
    return await by.do(Triage.record_review, case_id, body=body)


@router.post("/cases/{case_id}/routes")
async def route_case(case_id: CaseId, body: AtStage, by: ByCaller) -> Response:
    """Puts the case on a track (分流) by its facts now; refused while something lacks, naming it all."""
    return await by.do(Triage.route_case, case_id, body=body)


@router.post("/cases/{case_id}/assignments")
async def assign_case(case_id: CaseId, body: AtStage, by: ByCaller) -> Response:
    """Routes and assigns (分案) to the team of the track with the least to do; refused while something lacks."""
    return await by.do(Triage.assign_case, case_id, body=body)


@router.post("/cases/{case_id}/assignments/named")
async def name_handler(case_id: CaseId, body: NameHandler, by: ByCaller) -> Response:
    """Names the handler (指定分案) of a case that the court's rules leave to a person, under that person's approval."""
    return await by.do(Triage.name_handler, case_id, body=body)


@router.post("/cases/{case_id}/assignments/again")
async def reassign(case_id: CaseId, body: Reassign, by: ByCaller) -> Response:
    """Assigns the case to another member (改派); it changes hands as after every assignment."""
    return await by.do(Triage.reassign, case_id, body=body)


@router.post("/cases/{case_id}/assignments/manual")
async def share_out(case_id: CaseId, body: ShareOut, by: ByCaller) -> Response:
    """The team lead gives the case to another member of the team (团队内分配)."""
    return await by.do(Triage.share_out, case_id, body=body)


@router.post("/cases/{case_id}/performances")
async def record_performance(case_id: CaseId, body: RecordPerformance, by: ByCaller) -> Response:
    """Records that the debtor performed, settled or broke a settlement (履行)."""
    return await by.do(Triage.record_performance, case_id, body=body)


@router.post("/cases/{case_id}/closing")
async def close_case(case_id: CaseId, body: CloseCase, by: ByCaller) -> Response:
    """Closes the case (结案); refused while the court's or the national gates lack something, naming it all."""
    return await by.do(Triage.close_case, case_id, body=body)


@router.post("/cases/{case_id}/suspensions")
async def suspend_term(case_id: CaseId, body: SuspendTerm, by: ByCaller) -> Response:
    """Lets terms of the case stand still (中止)."""
    return await by.do(Triage.suspend_term, case_id, body=body)


@router.post("/cases/{case_id}/suspensions/{suspension_id}/end")
async def resume_term(case_id: CaseId, suspension_id: Id, body: ResumeTerm, by: ByCaller) -> Response:
    """Lets them run again (恢复)."""
    return await by.do(Triage.resume_term, case_id, suspension_id, body=body)


@router.post("/cases/{case_id}/extensions")
async def extend_term(case_id: CaseId, body: ExtendTerm, by: ByCaller) -> Response:
    """Extends a term (延期) under an approval that was asked for before it ran out."""
    return await by.do(Triage.extend_term, case_id, body=body)


@router.post("/cases/{case_id}/panels")
async def form_panel(case_id: CaseId, body: FormPanel, by: ByCaller) -> Response:
    """Forms a panel (组成合议庭)."""
    return await by.do(Triage.form_panel, case_id, body=body)


@router.post("/members/{member_id}/postings")
async def post_member(member_id: Id, body: PostMember, by: ByCaller) -> Response:
    """Posts a member to a team (任岗), or ends it; being posted again where one is changes nothing."""
    return await by.do(Triage.post_member, member_id, body=body)


@router.post("/members/{member_id}/credentials")
async def record_credential(member_id: Id, body: RecordCredential, by: ByCaller) -> Response:
    """Grants a member a credential (资格), or withdraws it."""
    return await by.do(Triage.record_credential, member_id, body=body)


@router.post("/affairs")
async def ask_affairs(body: AskMatter, by: ByCaller) -> Response:
    """Asks for work that belongs to no case (其他事务)."""
    return await by.do(Triage.ask_matter, None, body=body)


@router.get("/cases/{case_id}")
async def handling(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """Where the case stands: what lacks, route, assignment, holder, what the rules propose, closing."""
    return await handling_view(by.reads(Triage), by.principal.court, case_id, by.state.clock.now())


@router.get("/cases/{case_id}/checklist")
async def checklist(case_id: CaseId, act: Code, request: Request, by: ByCaller) -> dict[str, Any]:
    """What an act still lacks (核查清单), item by item with the reason.

    `act`: a command, such as close_case, or `ask_matter` with `kind`; what else the query says are fields of its event,
    such as `way=terminated_for_now`.
    """
    fields = {name: value for name, value in request.query_params.items() if name != "act"}
    name = f"{act}/{fields['kind']}" if act == "ask_matter" and "kind" in fields else act
    return reasons.checklist(await _judgement(case_id, by), name, fields)


@router.get("/cases/{case_id}/grounds")
async def grounds(case_id: CaseId, by: ByCaller, stage: Stage = "first") -> dict[str, Any]:
    """Where the rules of a stage would put the case now (分流理由): each rule, whether it holds, and why."""
    return reasons.routes(await _judgement(case_id, by), stage)


@router.get("/cases/{case_id}/candidates")
async def candidates(case_id: CaseId, by: ByCaller, stage: Stage = "first") -> dict[str, Any]:
    """Which team would get the case now (指派理由): each step, what it said of each team, and every factor."""
    triage, case = by.reads(Triage), await _judgement(case_id, by)
    court, now = by.principal.court, by.state.clock.now()
    standing = await triage.loads.standing(case.policy, court, now)
    holdings = await triage.loads.holdings(case.known, court)
    return reasons.candidates(case, case.route(stage)[1], case_id, standing, holdings)


@router.get("/cases/{case_id}/authority")
async def authority(
    case_id: CaseId, by: ByCaller, act: Code | None = None, document: Code | None = None
) -> list[dict[str, Any]]:
    """Who asks for and decides an act, or signs papers of a kind (权限), in this case now."""
    return reasons.lines(await _judgement(case_id, by), act, document)


async def _judgement(case_id: str, by: ByCaller) -> Judgement:
    """What the rules in force now say of the case, to the caller."""
    triage, court = by.reads(Triage), by.principal.court
    handling = await triage.read(Handling, case_id)
    handling.require_exists()
    now = by.state.clock.now()
    known = await triage.known(court, handling.subject)
    return Judgement(triage.courts.policy(court, now), _actor(triage, by.principal, now), known)


def _actor(triage: Triage, who: Principal, now: datetime) -> Actor:
    held = credentials(triage.courts.heard, who.court, who.member, now.astimezone(COURT_ZONE).date())
    return Actor(who.member, next(iter(who.posts), ""), who.team, held)


@router.get("/loads")
async def loads(by: ByCaller) -> list[dict[str, Any]]:
    """How much each team has to do now, and how far apart the teams are (工作量)."""
    return await loads_view(by.reads(Triage), by.principal.court, by.state.clock.now())


@router.get("/approvals/{approval_id}")
async def approval(approval_id: Id, by: ByCaller) -> dict[str, Any]:
    """An approval: its chain, and whose step is open."""
    triage = by.reads(Triage)
    return approval_view(triage, by.principal.court, await triage.read(Approval, approval_id))
