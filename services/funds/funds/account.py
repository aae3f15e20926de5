"""One case, one account (一案一账号): what may be done with its money, from its arrival to its payout."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from contracts.base import INT64_MAX
from families.events import CheckRecorded
from funds import events
from funds.allocation import require_payable, wanted
from funds.books import Books
from funds.deposits import closing_of, going_back
from funds.ledger import ARRIVAL
from funds.payment import BALANCE, BANK, DEPOSIT, ON_THE_SPOT, PLACES
from funds.payout import Lines, leaving
from kernel.problems import Invalid, NotFound, WrongState

AMOUNT = "body.amount_fen"
PASSED: dict[str, Any] = {"result": "passed", "lacking": ()}


class CaseAccount(Books):
    """Its commands. Amounts in fen; no account of its ledger is ever overdrawn."""

    # -- money in

    def open(self, account_id: str, subject: str) -> dict[str, str]:
        if not self.exists:
            self.record(events.AccountOpened, subject=subject, account_id=account_id)
        return {"account_id": account_id}

    def receive(self, payment_id: str, **fields: Any) -> dict[str, str]:
        """The same payment again changes nothing; of another amount, it is another payment."""
        self.require_open()
        known, fen = self.payments.get(payment_id), fields["amount_fen"]
        if known is not None and known.amount_fen != fen:
            raise WrongState("a payment of this id is known, of another amount")
        if known is None:
            if not 0 < fen <= INT64_MAX - self.turnover_fen:
                raise Invalid("a payment is more than nothing, and no more than an account holds", field=AMOUNT)
            _require_round(**fields)
            self.record(events.FundsReceived, payment_id=payment_id, **fields)
        return {"payment_id": payment_id}

    def confirm_arrival(self, check_id: str, payment_id: str) -> dict[str, str]:
        """Once confirmed, it is confirmed. Cash is at the bank from then on."""
        self.require_payments([payment_id])
        before = self.payments[payment_id].arrival
        if not before:
            self.record(CheckRecorded, check_id=check_id, kind=ARRIVAL, about=f"payment:{payment_id}", **PASSED)
        return {"check_id": before or check_id}

    # -- allocation and payout

    def allocate(
        self,
        allocation_id: str,
        lines: Lines,
        payees: Collection[str],
        approval_id: str | None = None,
    ) -> dict[str, str]:
        """Who of the payees gets what of which payment; never more than is left of it."""
        self.require_open()
        require_payable(lines, payees, self.payments)
        if approval_id in self.approvals:
            raise WrongState("this approval was used for another allocation")
        if any(fen > self.balances.get(source, 0) for source, fen in wanted(lines, self.payments).items()):
            raise WrongState("more is allocated than is left of a payment")
        payment_ids = tuple(dict.fromkeys(line.payment_id for line in lines))
        self.record(
            events.FundsAllocated,
            allocation_id=allocation_id,
            lines=lines,
            payment_ids=payment_ids,
            approval_id=approval_id,
        )
        return {"allocation_id": allocation_id}

    def pay_out(
        self, payout_id: str, allocation_id: str, approval_id: str, approved_fen: int | None, **how: Any
    ) -> dict[str, str]:
        """Pays what of an allocation leaves in this way, under an approval of just that allocation's amount."""
        self.require_open()
        if allocation_id not in self.allocated:
            raise NotFound("no such allocation")
        if self.approvals.get(approval_id, allocation_id) != allocation_id:
            raise WrongState("the approval was used for another allocation")
        if sum(line.amount_fen for line in self.allocated[allocation_id]) != approved_fen:
            raise WrongState("the payout was approved for another amount")
        return self._pay(payout_id, allocation_id, approval_id, **how)

    def _pay(
        self, payout_id: str, allocation_id: str, approval_id: str, way: str, to: str | None = None, **fields: Any
    ) -> dict[str, str]:
        lines = leaving(self.unpaid.get(allocation_id, ()), way, to, self.payments)
        if not lines:
            raise WrongState("nothing of the allocation is left to be paid in this way")
        if way != ON_THE_SPOT and any(self.payments[line.payment_id].place != BANK for line in lines):
            raise WrongState("cash is paid out once it has been handed in: confirm its arrival")
        self.record(
            events.FundsPaidOut,
            payout_id=payout_id,
            allocation_id=allocation_id,
            approval_id=approval_id,
            way=way,
            lines=lines,
            amount_fen=sum(line.amount_fen for line in lines),
            settled_payments=self._settled_by(lines),
            **fields,
        )
        return {"payout_id": payout_id}

    def _settled_by(self, lines: Lines) -> tuple[str, ...]:
        """The payments of which nothing is left once these lines are paid."""
        paid = dict.fromkeys((line.payment_id for line in lines), 0)
        for line in lines:
            paid[line.payment_id] += line.amount_fen
        return tuple(payment for payment, fen in paid.items() if self.rest_fen(payment) == fen)

    def enter_receipt_no(self, check_id: str, payout_id: str, receipt_no: str) -> dict[str, str]:
        """补记票号."""
        self.require_open()
        if payout_id not in self.payouts:
            raise NotFound("no such payout")
        if self.payouts[payout_id] not in (None, receipt_no):
            raise WrongState("the payout has another receipt")
        if self.payouts[payout_id] is None:
            told = {"check_id": check_id, "kind": "receipt_no_entered", "about": f"payout:{payout_id}"}
            self.record(events.ReceiptNoEntered, payout_id=payout_id, receipt_no=receipt_no, **told, **PASSED)
        return {"payout_id": payout_id}

    def propose(self, proposal_id: str, **plan: Any) -> dict[str, Any]:
        """Nothing is allocated by it: that is the handler's to decide."""
        self.record(events.AllocationProposed, proposal_id=proposal_id, **plan)
        lines = [line.model_dump() for line in plan["lines"]]
        return {"proposal_id": proposal_id, "lines": lines, "surplus_fen": plan["surplus_fen"]}

    # -- money of auctions

    def close_round(self, allocation_id: str, **closed: Any) -> dict[str, Any]:
        """Allocates back what was paid for a round and does not stay. A round that is closed so changes nothing."""
        self.require_open()
        at = closed["lot_id"], closed["round"]
        before = self.rounds.get(at)
        closed = closing_of(before, closed, self.payments)
        if before is None or before.outcome != closed["outcome"]:
            self.record(events.RoundClosed, **closed)
        batches = going_back(self.payments, self.balances, self.rounds[at])
        for number, lines in enumerate(batches):
            payments = tuple(line.payment_id for line in lines)
            key = f"{allocation_id}-{number}"
            self.record(
                events.FundsAllocated,
                allocation_id=key,
                lines=lines,
                payment_ids=payments,
                lot_id=at[0],
                round=at[1],
            )
        return {"allocations": len(batches)}

    def return_deposits(self, payout_id: str, lot_id: str, round: int) -> dict[str, Any]:
        """Pays back what was allocated back, without another approval: the law orders it (法释〔2016〕18号 art. 23)."""
        self.require_open()
        if (lot_id, round) not in self.rounds:
            raise WrongState("the round has not ended")
        owed = [key for key in self.unpaid if self.returns.get(key) == (lot_id, round)]
        for number, key in enumerate(owed):
            self._pay(f"{payout_id}-{number}", key, lot_id, way="refund")
        return {"payouts": len(owed)}

    # -- anomalies

    def report_anomaly(self, anomaly_id: str, kind: str, payment_id: str | None, amount_fen: int) -> dict[str, str]:
        """One that is open is reported once."""
        self.require_payments([payment_id] if payment_id else [])
        for known, anomaly in self.anomalies.items():
            if anomaly == (kind, payment_id, amount_fen, False):
                return {"anomaly_id": known}
        told: dict[str, Any] = {"kind": kind, "payment_id": payment_id, "amount_fen": amount_fen}
        self.record(events.FundsAnomalyFound, anomaly_id=anomaly_id, **told)
        return {"anomaly_id": anomaly_id}

    def check_anomaly(self, check_id: str, anomaly_id: str, **fields: Any) -> dict[str, str]:
        """What became of it; failed: it is not settled yet."""
        self.require_open()
        if anomaly_id not in self.anomalies:
            raise NotFound("no such anomaly of this case")
        if self.anomalies[anomaly_id].checked:
            raise WrongState("the anomaly is settled already")
        payment = self.anomalies[anomaly_id].payment_id
        told = {"check_id": check_id, "kind": "anomaly", "about": f"payment:{payment}" if payment else None}
        self.record(events.AnomalyChecked, anomaly_id=anomaly_id, **told, **fields)
        return {"check_id": check_id}


def _require_round(purpose: str, into: str, lot_id: str | None = None, round: int | None = None, **_: Any) -> None:
    """Money of an auction comes to the court, and names the lot, a deposit the round too."""
    if purpose in (DEPOSIT, BALANCE) and PLACES[into] == ON_THE_SPOT:
        raise Invalid("money of an auction is not handed over on the spot", field="body.into")
    if purpose in (DEPOSIT, BALANCE) and lot_id is None:
        raise Invalid("money of an auction names its lot", field="body.lot_id")
    if purpose == DEPOSIT and round is None:
        raise Invalid("a bidder's deposit names its round", field="body.round")
