"""What can happen to the things of the families. Each leaves the service as it is, but for CaseImported."""

from __future__ import annotations

from contracts import families as contracts
from contracts.base import Count, Sha256
from kernel.corrections import FactCorrected
from kernel.domain import DomainEvent
from kernel.publishing import Published, as_contract


class MatterAsked(DomainEvent, contracts.MatterAsked):
    TOPIC = "family:MatterAsked.1"


class MatterAccepted(DomainEvent, contracts.MatterAccepted):
    TOPIC = "family:MatterAccepted.1"


class MatterDeclined(DomainEvent, contracts.MatterDeclined):
    TOPIC = "family:MatterDeclined.1"


class MatterProgressed(DomainEvent, contracts.MatterProgressed):
    TOPIC = "family:MatterProgressed.1"


class MatterDone(DomainEvent, contracts.MatterDone):
    TOPIC = "family:MatterDone.1"


class ApprovalAsked(DomainEvent, contracts.ApprovalAsked):
    TOPIC = "family:ApprovalAsked.1"


class ApprovalDecided(DomainEvent, contracts.ApprovalDecided):
    """`waits_for`: the channels (线上, 线下) in which the step is still to be decided; it stays open until then."""

    TOPIC = "family:ApprovalDecided.1"
    waits_for: tuple[str, ...] = ()


class HandedOver(DomainEvent, contracts.HandedOver):
    TOPIC = "family:HandedOver.1"


class HandoverAccepted(DomainEvent, contracts.HandoverAccepted):
    TOPIC = "family:HandoverAccepted.1"


class HandoverReturned(DomainEvent, contracts.HandoverReturned):
    TOPIC = "family:HandoverReturned.1"


class CheckRecorded(DomainEvent, contracts.CheckRecorded):
    TOPIC = "family:CheckRecorded.1"


class CaseImported(DomainEvent):
    """A running case's history was brought in. `digest`: of the case as it was handed in, the same in every service."""

    TOPIC = "family:CaseImported.1"
    digest: Sha256
    events: Count


MATTERS: Published = {
    MatterAsked: as_contract(contracts.MatterAsked),
    MatterAccepted: as_contract(contracts.MatterAccepted),
    MatterDeclined: as_contract(contracts.MatterDeclined),
    MatterProgressed: as_contract(contracts.MatterProgressed),
    MatterDone: as_contract(contracts.MatterDone),
}
APPROVALS: Published = {
    ApprovalAsked: as_contract(contracts.ApprovalAsked),
    ApprovalDecided: as_contract(contracts.ApprovalDecided),
}
HANDOVERS: Published = {
    HandedOver: as_contract(contracts.HandedOver),
    HandoverAccepted: as_contract(contracts.HandoverAccepted),
    HandoverReturned: as_contract(contracts.HandoverReturned),
}
CHECKS: Published = {CheckRecorded: as_contract(contracts.CheckRecorded)}
CORRECTIONS: Published = {FactCorrected: as_contract(contracts.FactCorrected)}
