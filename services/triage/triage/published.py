"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import triage as contracts
from families.events import APPROVALS, CHECKS, CORRECTIONS, HANDOVERS, MATTERS, CaseImported
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
    events.PanelFormed: as_contract(contracts.PanelFormed),
    events.TermSuspended: as_contract(contracts.TermSuspended),
    events.TermResumed: as_contract(contracts.TermResumed),
    events.TermExtended: as_contract(contracts.TermExtended),
    events.CaseClosed: as_contract(contracts.CaseClosed),
    events.CaseResumed: as_contract(contracts.CaseResumed),
    events.MemberPosted: as_contract(contracts.MemberPosted),
    events.CredentialRecorded: as_contract(contracts.CredentialRecorded),
}
PRIVATE: frozenset[type[DomainEvent]] = frozenset({CaseImported, events.HandlingOpened})
