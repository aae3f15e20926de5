"""The books of a case's money: what its events add up to. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from contracts.base import INT64_MAX
from contracts.funds import AllocationLine
from families.events import CheckRecorded
from funds import events
from funds.ledger import ARRIVAL, entries_of, post
from funds.payment import BANK, CASH, DEPOSIT, PLACES, Payment
from funds.payout import Lines, without
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import NotFound, WrongState

Round = tuple[str, int]  # of an auction: lot, number


class Anomaly(NamedTuple):
    kind: str
    payment_id: str | None
    amount_fen: int
    checked: bool = False


class Books(Aggregate):
    """Amounts in fen. `balances` is the ledger: what each of its accounts holds on its own side."""

    KIND = "account"
    CORRECTABLE = correctable(
        {
            events.FundsReceived: Correctable(frozenset({"into", "lot_id", "round", "origin_payment_id"}), void=True),
            events.FundsAllocated: Correctable(frozenset({"lines", "payment_ids"}), void=True),  # another is made anew
            events.FundsPaidOut: Correctable(frozenset({"way", "lines", "settled_payments", "amount_fen"})),
            events.FundsAnomalyFound: Correctable(void=True),
        }
    )

    def __init__(self) -> None:
        self.balances: dict[str, int] = {}
        self.turnover_fen = 0  # all that ever came in
        self.payments: dict[str, Payment] = {}
        self.allocated: dict[str, Lines] = {}  # allocation -> its lines
        self.unpaid: dict[str, Lines] = {}  # allocation -> those that have not been paid out
        self.approvals: dict[str, str] = {}  # approval -> the one allocation it is for
        self.payouts: dict[str, str | None] = {}  # payout -> number of its receipt
        self.anomalies: dict[str, Anomaly] = {}
        self.rounds: dict[Round, events.RoundClosed] = {}
        self.proposal: events.AllocationProposed | None = None  # the last one
        self.returns: dict[str, Round] = {}  # allocation -> the round whose money it gives back

    # -- what lies in it

    @property
    def held_fen(self) -> int:
        """What lies with the court now, at the bank or as cash."""
        return self.balances.get(BANK, 0) + self.balances.get(CASH, 0)

    def free_fen(self, payment_id: str) -> int:
        """What of a payment is the case's, and in no open allocation."""
        return self.balances.get(f"held/{payment_id}", 0)

    def rest_fen(self, payment_id: str) -> int:
        """What of a payment has not been paid out yet."""
        promised = sum(line.amount_fen for line in self._unpaid_lines() if line.payment_id == payment_id)
        return promised + self.free_fen(payment_id) + self.balances.get(f"bid_deposit/{payment_id}", 0)

    def _unpaid_lines(self) -> Iterable[AllocationLine]:
        return (line for lines in self.unpaid.values() for line in lines)

    def require_sound(self) -> None:
        """No account of the ledger is ever overdrawn. Raises WrongState."""
        if any(fen < 0 for fen in self.balances.values()) or self.turnover_fen > INT64_MAX:
            raise WrongState("more would have left the account than came in")

    def require_open(self) -> None:
        if not self.exists:
            raise NotFound("the case has no account")

    def require_payments(self, payment_ids: Iterable[str]) -> None:
        self.require_open()
        if not self.payments.keys() >= set(payment_ids):
            raise NotFound("no such payment in this case's account")

    # -- how the state follows

    def apply(self, event: DomainEvent) -> None:
        post(self.balances, entries_of(event, self.payments))
        match event:
            case events.FundsReceived():
                self.turnover_fen += event.amount_fen
                self.payments[event.payment_id] = _payment(event)
            case CheckRecorded() if event.kind == ARRIVAL:
                self._arrived((event.about or "").partition(":")[2], event.check_id)
            case events.FundsAllocated():
                self._allocated(event)
            case events.AllocationProposed():
                self.proposal = event
            case events.FundsPaidOut():
                self._paid(event)
            case events.ReceiptNoEntered():
                self.payouts[event.payout_id] = event.receipt_no
            case events.RoundClosed():
                self.rounds[event.lot_id, event.round] = event
                if event.kept in self.payments:
                    self.payments[event.kept] = self.payments[event.kept]._replace(bound=False)
            case events.FundsAnomalyFound():
                self.anomalies[event.anomaly_id] = Anomaly(event.kind, event.payment_id, event.amount_fen)
            case events.AnomalyChecked() if event.result == "passed":
                self.anomalies[event.anomaly_id] = self.anomalies[event.anomaly_id]._replace(checked=True)
            case _:
                pass

    def _arrived(self, payment_id: str, check_id: str) -> None:
        if payment_id in self.payments:
            known = self.payments[payment_id]
            place = BANK if known.place == CASH else known.place
            self.payments[payment_id] = known._replace(place=place, arrival=check_id)

    def _allocated(self, event: events.FundsAllocated) -> None:
        self.allocated[event.allocation_id] = self.unpaid[event.allocation_id] = event.lines
        if event.approval_id:
            self.approvals[event.approval_id] = event.allocation_id
        if event.lot_id and event.round:
            self.returns[event.allocation_id] = event.lot_id, event.round

    def _paid(self, event: events.FundsPaidOut) -> None:
        self.approvals[event.approval_id] = event.allocation_id
        self.payouts[event.payout_id] = event.receipt_no
        left = without(self.unpaid.pop(event.allocation_id, ()), event.lines)
        if left:
            self.unpaid[event.allocation_id] = left


def _payment(event: events.FundsReceived) -> Payment:
    return Payment(
        event.amount_fen,
        PLACES[event.into],
        event.purpose,
        event.lot_id,
        event.round,
        event.payer_id,
        event.origin_payment_id,
        bound=event.purpose == DEPOSIT,
    )
