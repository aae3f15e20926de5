"""What supervision itself records (监督)."""

from __future__ import annotations

from contracts import supervision as contracts
from kernel.domain import DomainEvent


class DutyPerformed(DomainEvent, contracts.DutyPerformed):
    TOPIC = "supervision:DutyPerformed.1"


class FaultRecorded(DomainEvent, contracts.FaultRecorded):
    TOPIC = "supervision:FaultRecorded.1"


class ReminderSent(DomainEvent, contracts.ReminderSent):
    TOPIC = "supervision:ReminderSent.1"


class ReminderAcknowledged(DomainEvent, contracts.ReminderAcknowledged):
    TOPIC = "supervision:ReminderAcknowledged.1"


class PolicyPublished(DomainEvent, contracts.PolicyPublished):
    TOPIC = "supervision:PolicyPublished.1"
