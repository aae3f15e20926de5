"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import funds as contracts
from families.events import APPROVALS, CHECKS
from funds import events
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **APPROVALS,
    **CHECKS,
    events.AccountOpened: as_contract(contracts.AccountOpened),
    events.FundsReceived: as_contract(contracts.FundsReceived),
    events.FundsAllocated: as_contract(contracts.FundsAllocated),
    events.FundsPaidOut: as_contract(contracts.FundsPaidOut),
}
PRIVATE: frozenset[type] = frozenset()
