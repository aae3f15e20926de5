"""What happened to a case's money before the court had this system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts import funds as contracts
from contracts.base import Contract
from families.approval import Approval
from families.events import CheckRecorded
from families.history import OF_APPROVALS, OF_MATTERS, History, HistoryCommands, Place, Told
from families.matter import Matter
from funds import events
from funds.account import CaseAccount
from kernel.problems import Invalid

PAST: History = {
    **OF_APPROVALS,
    **OF_MATTERS,
    events.AccountOpened: Place(CaseAccount, opens=True),
    events.FundsReceived: Place(CaseAccount),
    CheckRecorded: Place(CaseAccount),
    events.FundsAllocated: Place(CaseAccount),
    events.FundsPaidOut: Place(CaseAccount),
}


class PastCommands(HistoryCommands):
    """The ledger is posted from the first receipt on, and has to balance as ever."""

    BEGUN = frozenset({CaseAccount, Approval, Matter})
    HISTORY = PAST

    def private_fields(self, event: Contract, told: Sequence[Told]) -> dict[str, Any]:
        """Which allocation a payout pays."""
        if not isinstance(event, contracts.FundsPaidOut):
            return {}
        allocated = (each.contract for each in told if isinstance(each.contract, contracts.FundsAllocated))
        for allocation in allocated:
            if set(event.lines) <= set(allocation.lines):
                return {"allocation_id": allocation.allocation_id}
        raise Invalid("pays what was not allocated", field="body.cases")
