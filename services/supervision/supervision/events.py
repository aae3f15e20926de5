"""What supervision itself records (监督)."""

from __future__ import annotations

from contracts import supervision as contracts
from kernel.domain import DomainEvent


class PolicyPublished(DomainEvent, contracts.PolicyPublished):
    TOPIC = "supervision:PolicyPublished.1"
