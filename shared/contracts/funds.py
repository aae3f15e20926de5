"""Events of funds (案款, 3.5): accounts, money in, allocation, money out."""

from typing import ClassVar, Literal

from contracts.base import CaseId, Contract, Fen, Id, Many, Nth, Part, SubjectBy, SubjectKind
from contracts.vocabulary import AnomalyKind


class _FundsEvent(Contract):
    service: ClassVar[str] = "funds"


class AccountOpened(_FundsEvent):
    """The case has its own account (一案一账号)."""

    account_id: Id


class FundsReceived(_FundsEvent):
    """Money arrives (案款到账). In the main account it has no case yet."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("case", "money")
    subject_by: ClassVar[SubjectBy | None] = SubjectBy("into", {"main_account": "money"})
    payment_id: Id
    into: Literal["case_account", "main_account", "cash", "on_the_spot"]
    amount_fen: Fen
    purpose: Literal["performance", "deduction", "auction_deposit", "auction_balance", "cost_advance", "other"]
    payer: Literal["debtor", "third", "buyer", "bank", "unknown"]
    lot_id: Id | None = None
    round: Nth | None = None
    origin_payment_id: Id | None = None  # claimed from the main account


class FundsIdentified(_FundsEvent):
    """Money in the main account is claimed for a case (认领)."""

    subject_kinds: ClassVar[tuple[SubjectKind, ...]] = ("money",)
    payment_id: Id
    case_id: CaseId
    amount_fen: Fen
    rest_fen: Fen


class AllocationLine(Part):
    """Part of one payment for one payee (a party, or `court`) and purpose."""

    payment_id: Id
    to: Id
    purpose: Literal["principal", "interest", "delay", "costs", "enforcement_fee", "surplus", "deposit_back"]
    amount_fen: Fen


class FundsAllocated(_FundsEvent):
    """It is settled who gets what (分配核算)."""

    allocation_id: Id
    lines: Many[AllocationLine]
    payment_ids: Many[Id]


class FundsPaidOut(_FundsEvent):
    """Money is paid out (发放)."""

    payout_id: Id
    approval_id: Id
    way: Literal["transfer", "deposited", "refund", "fee", "on_the_spot"]
    lines: Many[AllocationLine]
    settled_payments: Many[Id]  # payments whose rest is now 0
    amount_fen: Fen
    receipt_no: Id | None = None


class FundsAnomalyFound(_FundsEvent):
    """Something is wrong with money or account (异常)."""

    anomaly_id: Id
    kind: AnomalyKind
    payment_id: Id | None = None
    amount_fen: Fen
