"""What can happen in the handling of a case (办案), and to the members who handle it."""

from __future__ import annotations

from contracts import triage as contracts
from kernel.domain import DomainEvent


class HandlingOpened(DomainEvent):
    """The case has been filed; its handling begins."""

    TOPIC = "triage:HandlingOpened.1"


class CaseRouted(DomainEvent, contracts.CaseRouted):
    TOPIC = "triage:CaseRouted.1"


class CaseAssigned(DomainEvent, contracts.CaseAssigned):
    TOPIC = "triage:CaseAssigned.1"


class PerformanceRecorded(DomainEvent, contracts.PerformanceRecorded):
    TOPIC = "triage:PerformanceRecorded.1"


class PanelFormed(DomainEvent, contracts.PanelFormed):
    TOPIC = "triage:PanelFormed.1"


class TermSuspended(DomainEvent, contracts.TermSuspended):
    TOPIC = "triage:TermSuspended.1"


class TermResumed(DomainEvent, contracts.TermResumed):
    TOPIC = "triage:TermResumed.1"


class TermExtended(DomainEvent, contracts.TermExtended):
    TOPIC = "triage:TermExtended.1"


class CaseClosed(DomainEvent, contracts.CaseClosed):
    TOPIC = "triage:CaseClosed.1"


class CaseResumed(DomainEvent, contracts.CaseResumed):
    TOPIC = "triage:CaseResumed.1"


class MemberPosted(DomainEvent, contracts.MemberPosted):
    TOPIC = "triage:MemberPosted.1"


class CredentialRecorded(DomainEvent, contracts.CredentialRecorded):
    TOPIC = "triage:CredentialRecorded.1"
