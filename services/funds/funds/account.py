"""One case, one account (一案一账号): every fen that came in, what it was allocated to, and what was paid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from contracts.base import INT64_MAX
from contracts.funds import AllocationLine
from families.events import CheckRecorded
from funds import events
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound, WrongState

AMOUNT = "body.amount_fen"


class CaseAccount(Aggregate):
    """Amounts in fen. `rest_fen` of a payment is what has not been paid out of it yet."""

    KIND = "account"

    def __init__(self) -> None:
        self.received_fen: dict[str, int] = {}
        self.rest_fen: dict[str, int] = {}
        self.allocated: dict[str, tuple[AllocationLine, ...]] = {}  # allocation -> its lines
        self.paid_out: set[str] = set()  # allocations
        self.approvals: set[str] = set()  # used up by a payout

    @property
    def held_fen(self) -> int:
        """What lies in the account now."""
        return sum(self.rest_fen.values())

    def open(self, account_id: str, subject: str) -> dict[str, str]:
        if not self.exists:
            self.record(events.AccountOpened, subject=subject, account_id=account_id)
        return {"account_id": account_id}

    def receive(self, payment_id: str, **fields: Any) -> dict[str, str]:
        """The same payment again changes nothing."""
        self._require_open()
        if payment_id not in self.received_fen:
            if not 0 < fields["amount_fen"] <= INT64_MAX - self.held_fen:
                raise Invalid("a payment is more than nothing, and no more than an account holds", field=AMOUNT)
            self.record(events.FundsReceived, payment_id=payment_id, **fields)
        return {"payment_id": payment_id}

    def confirm_arrival(self, check_id: str, payment_id: str) -> dict[str, str]:
        self._require_payments([payment_id])
        self.record(
            CheckRecorded,
            check_id=check_id,
            kind="arrival_confirmed",
            result="passed",
            lacking=(),
            about=f"payment:{payment_id}",
        )
        return {"check_id": check_id}

    def allocate(
        self, allocation_id: str, lines: tuple[AllocationLine, ...], payees: Collection[str]
    ) -> dict[str, str]:
        """Who of the payees gets what of which payment; never more than what is left of it."""
        self._require_open()
        _require_payable(lines, payees)
        wanted = self._by_payment(lines)
        for payment_id, free_fen in self._free_fen().items():
            if wanted[payment_id] > free_fen:
                raise WrongState("more is allocated than is left of a payment")
        self.record(events.FundsAllocated, allocation_id=allocation_id, lines=lines, payment_ids=tuple(wanted))
        return {"allocation_id": allocation_id}

    def pay_out(
        self, payout_id: str, allocation_id: str, approval_id: str, approved_fen: int | None, **fields: Any
    ) -> dict[str, str]:
        """Pays one allocation whole, under an approval of just that amount that no other payout has used."""
        self._require_open()
        if allocation_id not in self.allocated:
            raise NotFound("no such allocation")
        if allocation_id in self.paid_out or approval_id in self.approvals:
            raise WrongState("the allocation is paid out, or the approval used, already")
        lines = self.allocated[allocation_id]
        taken = self._by_payment(lines)
        if sum(taken.values()) != approved_fen:
            raise WrongState("the payout was approved for another amount")
        self.record(
            events.FundsPaidOut,
            payout_id=payout_id,
            allocation_id=allocation_id,
            approval_id=approval_id,
            lines=lines,
            amount_fen=sum(taken.values()),
            settled_payments=tuple(p for p, fen in taken.items() if self.rest_fen[p] == fen),
            **fields,
        )
        return {"payout_id": payout_id}

    def _by_payment(self, lines: Iterable[AllocationLine]) -> Counter[str]:
        wanted: Counter[str] = Counter()
        for line in lines:
            wanted[line.payment_id] += line.amount_fen
        self._require_payments(wanted)
        return wanted

    def _free_fen(self) -> dict[str, int]:
        """What is left of each payment and in no open allocation."""
        open_lines = [line for a, lines in self.allocated.items() if a not in self.paid_out for line in lines]
        promised = self._by_payment(open_lines)
        return {payment: rest - promised[payment] for payment, rest in self.rest_fen.items()}

    def _require_open(self) -> None:
        if not self.exists:
            raise NotFound("the case has no account")

    def _require_payments(self, payment_ids: Iterable[str]) -> None:
        self._require_open()
        if not self.received_fen.keys() >= set(payment_ids):
            raise NotFound("no such payment in this case's account")

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.FundsReceived():
                self.received_fen[event.payment_id] = self.rest_fen[event.payment_id] = event.amount_fen
            case events.FundsAllocated():
                self.allocated[event.allocation_id] = event.lines
            case events.FundsPaidOut():
                for line in event.lines:
                    self.rest_fen[line.payment_id] -= line.amount_fen
                self.paid_out.add(event.allocation_id)
                self.approvals.add(event.approval_id)
            case _:
                pass


def _require_payable(lines: tuple[AllocationLine, ...], payees: Collection[str]) -> None:
    if not lines:
        raise Invalid("allocates nothing", field="body.lines")
    for number, line in enumerate(lines):
        if line.amount_fen == 0:
            raise Invalid("a line is more than nothing", field=f"body.lines.{number}.amount_fen")
        if line.to not in payees:
            raise Invalid("is neither a party of the case nor the court", field=f"body.lines.{number}.to")
