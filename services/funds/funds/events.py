"""What can happen to a case's money (案款), and to money that has no case yet."""

from __future__ import annotations

from datetime import date
from typing import Literal

from contracts import families as family_contracts
from contracts import funds as contracts
from contracts.base import Count, Day, Fen, Id, Many, Nth, Sha256, SignedFen
from funds.bank_csv import BankRow
from funds.claims import Claimed
from kernel.domain import DomainEvent

Outcome = Literal["sold", "failed", "withdrawn", "suspended", "annulled", "buyer_defaulted"]


class AccountOpened(DomainEvent, contracts.AccountOpened):
    TOPIC = "funds:AccountOpened.1"


class FundsReceived(DomainEvent, contracts.FundsReceived):
    TOPIC = "funds:FundsReceived.1"
    payer_id: str | None = None  # by which the payer is known here, as a bidder is by his number


class FundsIdentified(DomainEvent, contracts.FundsIdentified):
    TOPIC = "funds:FundsIdentified.1"


class FundsAllocated(DomainEvent, contracts.FundsAllocated):
    TOPIC = "funds:FundsAllocated.1"
    approval_id: str | None = None  # where the court's rules ask for one
    lot_id: str | None = None  # with `round`: what an auction's payers get back
    round: int | None = None


class AllocationProposed(DomainEvent):
    """What the law makes of the claims and the money (分配方案): the handler decides."""

    TOPIC = "funds:AllocationProposed.1"
    proposal_id: Id
    method: Literal["pro_rata", "by_seizure"]
    claims: Many[Claimed]
    lines: Many[contracts.AllocationLine]
    surplus_fen: Fen


class FundsPaidOut(DomainEvent, contracts.FundsPaidOut):
    TOPIC = "funds:FundsPaidOut.1"
    allocation_id: str  # whose lines these are


class ReceiptNoEntered(DomainEvent, family_contracts.CheckRecorded):
    """The receipt's number, which was not there as the money was paid."""

    TOPIC = "funds:ReceiptNoEntered.1"
    payout_id: Id
    receipt_no: Id


class FundsAnomalyFound(DomainEvent, contracts.FundsAnomalyFound):
    TOPIC = "funds:FundsAnomalyFound.1"


class AnomalyChecked(DomainEvent, family_contracts.CheckRecorded):
    """What became of an anomaly."""

    TOPIC = "funds:AnomalyChecked.1"
    anomaly_id: Id


class RoundClosed(DomainEvent):
    """A round of an auction has ended: whose deposit stays, and what is still to be paid until when."""

    TOPIC = "funds:RoundClosed.1"
    lot_id: Id
    round: Nth
    outcome: Outcome
    kept: Id | None = None  # the buyer's deposit
    price_fen: Fen = 0
    balance_due_on: date | None = None


class StatementReceived(DomainEvent):
    """A statement of the bank (银行对账单) for a period, and what lay in the account before and after it."""

    TOPIC = "funds:StatementReceived.1"
    statement_id: Id
    digest: Sha256
    first: Day
    last: Day
    opening_fen: SignedFen
    closing_fen: SignedFen
    row_count: Count


class StatementRows(DomainEvent):
    """Some of its lines, in their order."""

    TOPIC = "funds:StatementRows.1"
    rows: tuple[BankRow, ...]
