"""The double-entry ledger of a case's money (复式记账): every fen is debited to one account and credited to another.

One table says what each event posts. An entry names the payment whose money it moves, so that each fen can be followed
from payer to payee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from contracts.funds import AllocationLine
from families.events import CheckRecorded
from funds import events
from funds.payment import BANK, CASH, DEPOSIT, NO_PAYMENT, ON_THE_SPOT, PLACES, Payment
from kernel.domain import DomainEvent

COURT = "court"  # as a payee: fees and costs
ARRIVAL = "arrival_confirmed"
ASSETS = {BANK: "银行存款", CASH: "库存现金", ON_THE_SPOT: "现场交付", "deposited": "已提存"}
LIABILITIES = {
    "held": "待分配案款",
    "bid_deposit": "竞买保证金",
    "payable": "应付案款",
    "court_fee": "应缴费用",
    "refund": "应退款项",
    "kept_for": "提存待领",
}
KINDS = {**ASSETS, **LIABILITIES}
REFUNDS = frozenset({"surplus", "deposit_back"})
Payments = Mapping[str, Payment]


class Entry(NamedTuple):
    """Debit = credit: one amount, two accounts (`kind` or `kind/of what`)."""

    payment_id: str
    debit: str
    credit: str
    amount_fen: int


def entries_of(event: DomainEvent, payments: Payments) -> list[Entry]:
    """What the event posts, on the payments as they stood before it."""
    posting = POSTINGS.get(type(event))
    return list(posting(event, payments)) if posting else []


def post(balances: dict[str, int], entries: Iterable[Entry]) -> None:
    """An account that holds nothing is not kept."""
    for entry in entries:
        _add(balances, entry.debit, entry.amount_fen if is_asset(entry.debit) else -entry.amount_fen)
        _add(balances, entry.credit, -entry.amount_fen if is_asset(entry.credit) else entry.amount_fen)


def is_asset(account: str) -> bool:
    return kind_of(account) in ASSETS


def kind_of(account: str) -> str:
    return account.partition("/")[0]


def source_of(payment_id: str, payment: Payment) -> str:
    """Where what is free of a payment stands."""
    return f"bid_deposit/{payment_id}" if payment.bound else f"held/{payment_id}"


def owed_on(allocation_id: str, line: AllocationLine) -> str:
    """Where what a line of an allocation promises stands until it is paid."""
    if is_fee(line):
        return f"court_fee/{allocation_id}"
    return f"{'refund' if line.purpose in REFUNDS else 'payable'}/{allocation_id}/{line.to}"


def is_fee(line: AllocationLine) -> bool:
    """The court's own: the enforcement fee, and costs that it bore."""
    return line.purpose == "enforcement_fee" or (line.purpose == "costs" and line.to == COURT)


def _add(balances: dict[str, int], account: str, fen: int) -> None:
    balance = balances.pop(account, 0) + fen
    if balance:
        balances[account] = balance


def _received(event: events.FundsReceived, _: Payments) -> Iterable[Entry]:
    kind = "bid_deposit" if event.purpose == DEPOSIT else "held"
    yield Entry(event.payment_id, PLACES[event.into], f"{kind}/{event.payment_id}", event.amount_fen)


def _handed_in(event: CheckRecorded, payments: Payments) -> Iterable[Entry]:
    """Cash that has arrived at the bank (法发〔2017〕6号: the same or the next day)."""
    payment_id = (event.about or "").partition(":")[2]
    payment = payments.get(payment_id, NO_PAYMENT)
    if event.kind == ARRIVAL and payment.place == CASH:
        yield Entry(payment_id, BANK, CASH, payment.amount_fen)


def _kept(event: events.RoundClosed, payments: Payments) -> Iterable[Entry]:
    """The buyer's deposit is part of the price, or forfeited: the case's money either way."""
    payment = payments.get(event.kept or "", NO_PAYMENT)
    if event.kept and payment.bound:
        yield Entry(event.kept, f"bid_deposit/{event.kept}", f"held/{event.kept}", payment.amount_fen)


def _allocated(event: events.FundsAllocated, payments: Payments) -> Iterable[Entry]:
    for line in event.lines:
        source = source_of(line.payment_id, payments.get(line.payment_id, NO_PAYMENT))
        yield Entry(line.payment_id, source, owed_on(event.allocation_id, line), line.amount_fen)


def _paid_out(event: events.FundsPaidOut, payments: Payments) -> Iterable[Entry]:
    for line in event.lines:
        place = payments.get(line.payment_id, NO_PAYMENT).place
        yield Entry(line.payment_id, owed_on(event.allocation_id, line), place, line.amount_fen)
        if event.way == "deposited":
            yield Entry(line.payment_id, "deposited", f"kept_for/{line.to}", line.amount_fen)


POSTINGS: Mapping[type[DomainEvent], Callable[[Any, Payments], Iterable[Entry]]] = {
    events.FundsReceived: _received,
    CheckRecorded: _handed_in,
    events.RoundClosed: _kept,
    events.FundsAllocated: _allocated,
    events.FundsPaidOut: _paid_out,
}
