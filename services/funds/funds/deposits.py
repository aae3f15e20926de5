"""What becomes of the money of an auction's round once the round has ended (保证金、价款).

Deposits of those who did not buy go back within 24 hours of the end (法释〔2016〕18号 art. 23). The buyer's stays: as
part of the price, or forfeited to the case by a buyer who does not pay (art. 24). What is annulled goes back whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.base import MOST_ITEMS
from contracts.funds import AllocationLine
from funds.allocation import DEPOSIT_BACK, payer_of
from funds.events import RoundClosed
from funds.ledger import Payments, source_of
from funds.payment import BALANCE, DEPOSIT, Payment
from kernel.problems import WrongState

AFTER_A_SALE = ("annulled", "buyer_defaulted")
KEEPING = ("sold", "buyer_defaulted")  # the buyer's deposit is the case's
BALANCES_BACK = AFTER_A_SALE


def closing_of(before: RoundClosed | None, closed: dict[str, Any], payments: Payments) -> dict[str, Any]:
    """The closing as it is to be recorded: who bought stays known. Raises WrongState for one that cannot follow."""
    outcome = closed["outcome"]
    if before is not None and before.outcome != outcome and not (before.outcome == "sold" and outcome in AFTER_A_SALE):
        raise WrongState("the round has ended otherwise already")
    kept = closed.get("kept") or (before.kept if before is not None else None)
    if outcome not in KEEPING:
        kept = None
    if kept is not None and not _is_deposit(payments.get(kept), closed):
        raise WrongState("the buyer's deposit has not come in for this round")
    return {**closed, "kept": kept}


def going_back(
    payments: Payments, balances: Mapping[str, int], closed: RoundClosed
) -> list[tuple[AllocationLine, ...]]:
    """Lines that give back what does not stay, as many an event as it may hold."""
    lines = [
        AllocationLine(payment_id=key, to=payer_of(key, payment), purpose=DEPOSIT_BACK, amount_fen=fen)
        for key, payment in payments.items()
        if _goes_back(key, payment, closed) and (fen := balances.get(source_of(key, payment), 0))
    ]
    return [tuple(lines[start : start + MOST_ITEMS]) for start in range(0, len(lines), MOST_ITEMS)]


def expected(payments: Payments, closed: RoundClosed) -> dict[str, Any]:
    """What the buyer still has to pay, until when."""
    paid = sum(
        payment.amount_fen
        for key, payment in payments.items()
        if key == closed.kept or (payment.purpose == BALANCE and payment.lot_id == closed.lot_id)
    )
    missing = max(closed.price_fen - paid, 0) if closed.outcome == "sold" else 0
    return {"price_fen": closed.price_fen, "missing_fen": missing, "due_on": closed.balance_due_on}


def _goes_back(key: str, payment: Payment, closed: RoundClosed) -> bool:
    if payment.is_of(DEPOSIT, closed.lot_id, closed.round):
        return key != closed.kept
    of_lot = payment.purpose == BALANCE and payment.lot_id == closed.lot_id
    return of_lot and closed.outcome in BALANCES_BACK and payment.round in (None, closed.round)


def _is_deposit(payment: Payment | None, closed: Mapping[str, Any]) -> bool:
    return payment is not None and payment.is_of(DEPOSIT, closed["lot_id"], closed["round"])
