"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import triage as contracts
from families.events import APPROVALS, CHECKS, CORRECTIONS, HANDOVERS, MATTERS
from kernel.domain import DomainEvent
from kernel.publishing import Published, as_contract
from triage import events

PUBLISHED: Published = {
    **APPROVALS,
    **CHECKS,
    **CORRECTIONS,
    **HANDOVERS,
    **MATTERS,
    events.CaseRouted: as_contract(contracts.CaseRouted),
    events.CaseAssigned: as_contract(contracts.CaseAssigned),
    events.PerformanceRecorded: as_contract(contracts.PerformanceRecorded),
    events.CaseClosed: as_contract(contracts.CaseClosed),
    events.MemberPosted: as_contract(contracts.MemberPosted),
}
PRIVATE: frozenset[type[DomainEvent]] = frozenset({events.HandlingOpened})
