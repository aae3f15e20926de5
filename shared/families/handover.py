"""Hand-overs (移交) need both sides: the giver hands over, the receiver confirms; until then the giver answers."""

from __future__ import annotations

from typing import Any

from fastapi.responses import Response

from contracts import families as contracts
from contracts.base import CaseId, Id
from families import events
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.http import ByCaller, body_of, command_router
from kernel.problems import Invalid, NotForPost, NotFound, WrongState

REPEATED = tuple(contracts.HandedOver.model_fields)
WHAT_IT_IS = frozenset(
    {"what", "reason", "from_team", "from_post", "to_team", "to_post", "basis", "to_member"}
)  # both sides signed for it: another hand-over follows, no correction
HANDOVER_OWNERS: dict[str, frozenset[str]] = {  # service -> what is handed over in it
    "intake": frozenset({"file", "materials"}),
    "triage": frozenset({"case"}),
}


class Handover(Aggregate):
    """One hand-over, from HandedOver to HandoverAccepted or HandoverReturned."""

    KIND = "handover"
    CORRECTABLE = correctable(dict.fromkeys((events.HandedOver, events.HandoverAccepted), Correctable(WHAT_IT_IS)))

    def __init__(self) -> None:
        self.state = ""
        self.what: dict[str, Any] = {}  # repeated in every event, because nothing joins

    def give(self, handover_id: str, subject: str, **fields: Any) -> dict[str, str]:
        if not self.exists:
            self.record(events.HandedOver, subject=subject, handover_id=handover_id, **fields)
        return {"handover_id": handover_id}

    def accept(self, member: str, team: str) -> None:
        self._require_receiver("accept_handover", team)
        self.record(events.HandoverAccepted, to_member=member, **self.what)

    def give_back(self, team: str, lacking: list[str]) -> None:
        self._require_receiver("return_handover", team)
        self.record(events.HandoverReturned, lacking=lacking, **self.what)

    def _require_receiver(self, act: str, team: str) -> None:
        if not self.exists:
            raise NotFound("no such hand-over")
        if self.state != "open":
            raise WrongState(f"the hand-over is {self.state} already")
        if team != self.what["to_team"]:
            raise NotForPost(
                "only the team it is handed to can confirm or return it",
                act=act,
                wanted_by=self.what["to_post"],
                lacking=("team",),
            )

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.HandedOver():
                self.what = {name: getattr(event, name) for name in REPEATED}
                self.state = "open"
            case events.HandoverAccepted():
                self.state = "accepted"
            case events.HandoverReturned():
                self.state = "returned"
            case _:
                pass


class HandoverCommands(Application):
    """Handing over, and the receiver's answer."""

    async def hand_over(self, call: Call, case_id: str, handover_id: str | None = None, **fields: Any) -> Answer:
        owned = HANDOVER_OWNERS[self.SERVICE]
        if fields["what"] not in owned:
            raise Invalid(f"the {self.SERVICE} service hands over: {', '.join(sorted(owned))}", field="body.what")
        key = handover_id or call.mint("handover")
        return await self.change(call, Handover, key, lambda h: h.give(key, f"case/{case_id}", **fields))

    async def accept_handover(self, call: Call, handover_id: str) -> Answer:
        return await self.change(call, Handover, handover_id, lambda h: h.accept(call.by.actor, call.by.team))

    async def return_handover(self, call: Call, handover_id: str, lacking: list[str]) -> Answer:
        return await self.change(call, Handover, handover_id, lambda h: h.give_back(call.by.team, lacking))


router = command_router("hand-overs 移交")


class HandOver(body_of(contracts.HandedOver, without=("handover_id",))):
    """What is handed over, from whom to whom."""


class AcceptHandover(body_of(contracts.HandoverAccepted, without=(*REPEATED, "to_member"))):
    """The receiver confirms."""


class ReturnHandover(body_of(contracts.HandoverReturned, without=REPEATED)):
    """The receiver returns it, naming what it lacks."""


@router.post("/cases/{case_id}/handovers")
async def hand_over(case_id: CaseId, body: HandOver, by: ByCaller) -> Response:
    """Hands over a case, its file or things (移交)."""
    return await by.do(HandoverCommands.hand_over, case_id, body=body)


@router.post("/handovers/{handover_id}/accept")
async def accept(handover_id: Id, body: AcceptHandover, by: ByCaller) -> Response:
    """Confirms a hand-over (接收确认): what was handed over is the caller's from now on."""
    return await by.do(HandoverCommands.accept_handover, handover_id, body=body)


@router.post("/handovers/{handover_id}/return")
async def give_back(handover_id: Id, body: ReturnHandover, by: ByCaller) -> Response:
    """Returns what was handed over, naming what it lacks (退回)."""
    return await by.do(HandoverCommands.return_handover, handover_id, body=body)
