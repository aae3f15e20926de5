"""Which lines of an allocation leave in which way (发放方式)."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.funds import AllocationLine
from funds.ledger import REFUNDS, Payments, is_fee
from funds.payment import NO_PAYMENT, ON_THE_SPOT

TO_CREDITORS = frozenset({"transfer", "deposited"})  # 提存 where a payee cannot be reached
BACK = frozenset({"refund", "deposited"})
TO_THE_COURT = frozenset({"fee"})
Lines = tuple[AllocationLine, ...]


def leaving(lines: Lines, way: str, to: str | None, payments: Payments) -> Lines:
    """What of the lines is paid out in this way, to this payee or to all."""
    return tuple(line for line in lines if way in _ways(line, payments) and to in (None, line.to))


def _ways(line: AllocationLine, payments: Payments) -> frozenset[str]:
    """What was handed over on the spot never lay with the court, and leaves in no other way (S31)."""
    if payments.get(line.payment_id, NO_PAYMENT).place == ON_THE_SPOT:
        return frozenset({ON_THE_SPOT})
    if is_fee(line):
        return TO_THE_COURT
    return BACK if line.purpose in REFUNDS else TO_CREDITORS


def without(lines: Lines, paid: Iterable[AllocationLine]) -> Lines:
    """What is left: each line paid takes one like it away."""
    left = list(lines)
    for line in paid:
        if line in left:
            left.remove(line)
    return tuple(left)
