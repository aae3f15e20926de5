"""Matters (事项): something asked of a post or team, taken on or sent back, and done."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi.responses import Response

from contracts import families as contracts
from contracts.base import CaseId, Id
from contracts.vocabulary import MATTER_OWNERS
from families import events
from families.days import require_to_come
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.http import ByCaller, body_of, command_router
from kernel.problems import Invalid, NotForPost, NotFound, WrongState
from rules.packs import HANDLER

OPEN = ("asked", "accepted")
REPEATED = frozenset({"matter_id", "kind", "sub", "about"})  # in every event, because nothing joins


class Matter(Aggregate):
    """One matter, from MatterAsked to MatterDone or MatterDeclined."""

    KIND = "matter"
    CORRECTABLE = correctable(
        {
            events.MatterAsked: Correctable(REPEATED | {"for_case", "to_post"}),
            events.MatterAccepted: Correctable(REPEATED, void=True),
            events.MatterDeclined: Correctable(REPEATED, void=True),
            events.MatterProgressed: Correctable(REPEATED, void=True),
            events.MatterDone: Correctable(REPEATED, void=True),
        }
    )

    def __init__(self) -> None:
        self.state = ""
        self.to_post = ""
        self.what: dict[str, Any] = {}

    def ask(self, matter_id: str, subject: str, *, due_on: date | None = None, **fields: Any) -> dict[str, str]:
        if not self.exists:
            require_to_come(self.by, due_on, "body.due_on")
            self.record(events.MatterAsked, subject=subject, matter_id=matter_id, due_on=due_on, **fields)
        return {"matter_id": matter_id}

    def accept(self, *, due_on: date | None = None, **fields: Any) -> None:
        self._require("accept_matter", "asked")
        require_to_come(self.by, due_on, "body.due_on")
        self.record(events.MatterAccepted, **self.what, due_on=due_on, **fields)

    def decline(self, **fields: Any) -> None:
        self._require("decline_matter", "asked")
        self.record(events.MatterDeclined, **self.what, **fields)

    def progress(self, **fields: Any) -> None:
        self._require("progress_matter", *OPEN)
        self.record(events.MatterProgressed, **self.what, **fields)

    def finish(self, **fields: Any) -> None:
        self._require("finish_matter", *OPEN)
        self.record(events.MatterDone, **self.what, **fields)

    def _require(self, act: str, *states: str) -> None:
        if not self.exists:
            raise NotFound("no such matter")
        if self.state not in states:
            raise WrongState(f"the matter is {self.state}; this needs one that is {' or '.join(states)}")
        self._require_asked(act)

    def _require_asked(self, act: str) -> None:
        """The post asked does it, or the system. Who holds the case is a role that the MAY table knows."""
        assert self.by is not None
        if self.by.post and self.to_post not in (self.by.post, HANDLER):
            raise NotForPost(f"this was asked of: {self.to_post}", act=act, wanted_by=self.to_post)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MatterAsked():
                self.what = {n: getattr(event, n) for n in REPEATED}
                self.to_post = event.to_post
                self.state = "asked"
            case events.MatterAccepted():
                self.state = "accepted"
            case events.MatterDeclined():
                self.state = "declined"
            case events.MatterDone():
                self.state = "done"
            case _:
                pass


def subject_of_matter(kind: str, matter_id: str, case_id: str | None) -> str:
    """The case, but for the kinds that always stand on their own (published language 2.1)."""
    by = contracts.MatterAsked.subject_by
    own = by.kinds.get(kind) if by is not None else None
    if own is not None or case_id is None:
        return f"{own or 'matter'}/{matter_id}"
    return f"case/{case_id}"


class MatterCommands(Application):
    """Asking and doing matters of the kinds this service owns."""

    async def ask_matter(self, call: Call, case_id: str | None, matter_id: str | None = None, **fields: Any) -> Answer:
        kind = fields["kind"]
        if kind not in MATTER_OWNERS[self.SERVICE]:
            raise Invalid(
                f"the {self.SERVICE} service takes: {', '.join(sorted(MATTER_OWNERS[self.SERVICE]))}", field="body.kind"
            )
        key = matter_id or call.mint("matter")
        subject = subject_of_matter(kind, key, case_id)
        return await self.change(call, Matter, key, lambda m: m.ask(key, subject, **fields))

    async def accept_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        fields.setdefault("to_member", call.by.actor)
        return await self.change(call, Matter, matter_id, lambda m: m.accept(**fields))

    async def decline_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        return await self.change(call, Matter, matter_id, lambda m: m.decline(**fields))

    async def progress_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        return await self.change(call, Matter, matter_id, lambda m: m.progress(**fields))

    async def finish_matter(self, call: Call, matter_id: str, **fields: Any) -> Answer:
        return await self.change(call, Matter, matter_id, lambda m: m.finish(**fields))


router = command_router("matters 事项")


class AskMatter(body_of(contracts.MatterAsked, without=("matter_id", "for_case"))):
    """What is asked, of which post, until when."""


class AcceptMatter(body_of(contracts.MatterAccepted, without=(*REPEATED, "to_member"))):
    """The matter is taken on."""


class DeclineMatter(body_of(contracts.MatterDeclined, without=REPEATED)):
    """The matter is sent back, naming what it lacks."""


class ProgressMatter(body_of(contracts.MatterProgressed, without=REPEATED)):
    """A step of the matter is done."""


class FinishMatter(body_of(contracts.MatterDone, without=REPEATED)):
    """The matter is finished."""


@router.post("/cases/{case_id}/matters")
async def ask(case_id: CaseId, body: AskMatter, by: ByCaller) -> Response:
    """Asks for a matter of a case (事项提起)."""
    return await by.do(MatterCommands.ask_matter, case_id, body=body)


@router.post("/matters/{matter_id}/accept")
async def accept(matter_id: Id, body: AcceptMatter, by: ByCaller) -> Response:
    """Takes a matter on (接收)."""
    return await by.do(MatterCommands.accept_matter, matter_id, body=body)


@router.post("/matters/{matter_id}/decline")
async def decline(matter_id: Id, body: DeclineMatter, by: ByCaller) -> Response:
    """Sends a matter back (退回)."""
    return await by.do(MatterCommands.decline_matter, matter_id, body=body)


@router.post("/matters/{matter_id}/progress")
async def progress(matter_id: Id, body: ProgressMatter, by: ByCaller) -> Response:
    """Records a step of a matter (进展)."""
    return await by.do(MatterCommands.progress_matter, matter_id, body=body)


@router.post("/matters/{matter_id}/finish")
async def finish(matter_id: Id, body: FinishMatter, by: ByCaller) -> Response:
    """Finishes a matter (办结)."""
    return await by.do(MatterCommands.finish_matter, matter_id, body=body)
