"""What an allocation (分配核算) may say: who may be paid, out of which money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from contracts.funds import AllocationLine
from funds.ledger import COURT, Payments, source_of
from funds.payment import BALANCE, DEPOSIT, ON_THE_SPOT, Payment
from kernel.problems import Invalid, NotFound, WrongState

DEPOSIT_BACK = "deposit_back"
FEE = "enforcement_fee"
OF_AUCTIONS = (DEPOSIT, BALANCE)


def require_payable(lines: tuple[AllocationLine, ...], payees: Collection[str], payments: Payments) -> None:
    """Raises Invalid, NotFound or WrongState, naming the line."""
    if not lines:
        raise Invalid("allocates nothing", field="body.lines")
    for number, line in enumerate(lines):
        if line.payment_id not in payments:
            raise NotFound("no such payment in this case's account")
        _require_line(line, payees, payments[line.payment_id], f"body.lines.{number}")


def _require_line(line: AllocationLine, payees: Collection[str], payment: Payment, field: str) -> None:
    if line.amount_fen == 0:
        raise Invalid("a line is more than nothing", field=f"{field}.amount_fen")
    if line.purpose == DEPOSIT_BACK:
        _require_goes_back(line, payment, field)
    elif line.to not in payees:
        raise Invalid("is neither a party of the case nor the court", field=f"{field}.to")
    elif payment.bound:
        raise WrongState("a bidder's deposit is not the case's money before its round has ended")
    if line.purpose == FEE and line.to != COURT:
        raise Invalid("the enforcement fee is the court's", field=f"{field}.to")
    if payment.place == ON_THE_SPOT and line.to == COURT:
        raise Invalid("what was handed over on the spot never came to the court", field=f"{field}.to")


def _require_goes_back(line: AllocationLine, payment: Payment, field: str) -> None:
    """Money of an auction goes back the way it came (原路退回); who is not known is known by the payment."""
    if payment.purpose not in OF_AUCTIONS:
        raise Invalid("only what was paid for an auction goes back as a deposit", field=f"{field}.purpose")
    if line.to != payer_of(line.payment_id, payment):
        raise Invalid("a deposit goes back to its payer", field=f"{field}.to")


def payer_of(payment_id: str, payment: Payment) -> str:
    return payment.payer_id or payment_id


def wanted(lines: Iterable[AllocationLine], payments: Payments) -> Counter[str]:
    """Fen by the account of the ledger that they are taken from."""
    sums: Counter[str] = Counter()
    for line in lines:
        sums[source_of(line.payment_id, payments[line.payment_id])] += line.amount_fen
    return sums
