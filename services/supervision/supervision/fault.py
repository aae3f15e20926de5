"""Faults (差错): what went wrong, in what, and to whom it is laid: the handler, who approved, or who assisted."""

from __future__ import annotations

from typing import Any

from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from supervision import events


class Fault(Aggregate):
    """One fault in a case. Whether anyone is called to account for it is an approval of its own."""

    KIND = "fault"
    CORRECTABLE = correctable({events.FaultRecorded: Correctable(frozenset({"fault_id"}), void=True)})

    def __init__(self) -> None:
        self.member_id = ""

    def note(self, fault_id: str, subject: str, **fields: Any) -> dict[str, str]:
        self.record(events.FaultRecorded, subject=subject, fault_id=fault_id, **fields)
        return {"fault_id": fault_id}

    def apply(self, event: DomainEvent) -> None:
        if isinstance(event, events.FaultRecorded):
            self.member_id = event.member_id
