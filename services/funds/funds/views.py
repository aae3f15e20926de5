"""What a handler and the funds officer see of a case's money."""

from __future__ import annotations

from typing import Any

from funds.account import CaseAccount
from kernel.problems import NotFound


def account_view(account: CaseAccount) -> dict[str, Any]:
    """Amounts in fen. Raises NotFound."""
    if not account.exists:
        raise NotFound("the case has no account")
    return {
        "case_id": account.key,
        "held_fen": account.held_fen,
        "payments": [
            {"payment_id": payment, "amount_fen": fen, "rest_fen": account.rest_fen[payment]}
            for payment, fen in account.received_fen.items()
        ],
        "allocations": [
            {"allocation_id": key, "paid_out": key in account.paid_out, "lines": [line.model_dump() for line in lines]}
            for key, lines in account.allocated.items()
        ],
    }
