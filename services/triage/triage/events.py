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


class CaseClosed(DomainEvent, contracts.CaseClosed):
    TOPIC = "triage:CaseClosed.1"


class MemberPosted(DomainEvent, contracts.MemberPosted):
    TOPIC = "triage:MemberPosted.1"
