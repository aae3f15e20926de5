"""What happened to a case before the court had this system: its way through the teams."""

from __future__ import annotations

from collections.abc import Sequence

from families.approval import Approval
from families.events import CheckRecorded
from families.handover import Handover
from families.history import OF_APPROVALS, OF_HANDOVERS, OF_MATTERS, History, HistoryCommands, Past, Place
from families.matter import Matter
from kernel.call import Answer, Call
from kernel.problems import WrongState
from triage import events
from triage.handling import Handling

PAST: History = {
    **OF_APPROVALS,
    **OF_HANDOVERS,
    **OF_MATTERS,
    CheckRecorded: Place(Handling),
    events.CaseRouted: Place(Handling),
    events.CaseAssigned: Place(Handling),
    events.PerformanceRecorded: Place(Handling),
    events.CaseClosed: Place(Handling),
}


class PastCommands(HistoryCommands):
    """A case that was not routed yet has no part here: its handling opens as it is filed."""

    BEGUN = frozenset({Approval, Handover, Matter})
    HISTORY = PAST

    async def import_case(self, call: Call, case_id: str, digest: str, history: Sequence[Past]) -> Answer:
        def begin(handling: Handling) -> None:
            if handling.exists:
                raise WrongState("the case is handled here already")
            handling.open(case_id)

        told = self.told(call, case_id, history)
        return await self.bring_in(call, case_id, digest, told, [(Handling, case_id)], begin)
