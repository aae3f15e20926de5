"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import families as family_contracts
from contracts import funds as contracts
from families.events import APPROVALS, CHECKS, CORRECTIONS, MATTERS, CaseImported
from funds import events
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **APPROVALS,
    **CHECKS,
    **CORRECTIONS,
    **MATTERS,
    events.AccountOpened: as_contract(contracts.AccountOpened),
    events.FundsReceived: as_contract(contracts.FundsReceived),
    events.FundsIdentified: as_contract(contracts.FundsIdentified),
    events.FundsAllocated: as_contract(contracts.FundsAllocated),
    events.FundsPaidOut: as_contract(contracts.FundsPaidOut),
    events.FundsAnomalyFound: as_contract(contracts.FundsAnomalyFound),
    events.AnomalyChecked: as_contract(family_contracts.CheckRecorded),
    events.ReceiptNoEntered: as_contract(family_contracts.CheckRecorded),
}
PRIVATE: frozenset[type] = frozenset(
    {CaseImported, events.AllocationProposed, events.RoundClosed, events.StatementReceived, events.StatementRows}
)
