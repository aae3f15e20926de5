"""What can happen to a case's money (案款)."""

from __future__ import annotations

from contracts import funds as contracts
from kernel.domain import DomainEvent


class AccountOpened(DomainEvent, contracts.AccountOpened):
    TOPIC = "funds:AccountOpened.1"


class FundsReceived(DomainEvent, contracts.FundsReceived):
    TOPIC = "funds:FundsReceived.1"


class FundsAllocated(DomainEvent, contracts.FundsAllocated):
    TOPIC = "funds:FundsAllocated.1"


class FundsPaidOut(DomainEvent, contracts.FundsPaidOut):
    TOPIC = "funds:FundsPaidOut.1"
    allocation_id: str  # the allocation paid, whole
