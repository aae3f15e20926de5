"""What happened to a case before the court had this system: its way through the teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from families.approval import Approval
from families.events import CheckRecorded
from families.handover import Handover
from families.history import OF_APPROVALS, OF_HANDOVERS, OF_MATTERS, Arrival, History, HistoryCommands, Place
from families.matter import Matter
from kernel.application import Stream
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


class Handled(Arrival):
    """A case that was not routed yet has no part here: its handling opens as it is filed."""

    @property
    def also(self) -> Sequence[Stream]:
        return [(Handling, self.case.case_id)]

    def begin(self, *drafts: Any) -> None:
        [handling] = drafts
        if handling.exists:
            raise WrongState("the case is handled here already")
        handling.open(self.case.case_id)


class PastCommands(HistoryCommands):
    """The way of a case through the teams."""

    BEGUN = frozenset({Approval, Handover, Matter})
    HISTORY = PAST
    ARRIVAL = Handled
