"""What a handler, the funds officer and finance see of the money."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from funds import events
from funds.account import CaseAccount
from funds.deposits import expected
from funds.journal import Journal, Posted
from funds.ledger import KINDS, is_asset, kind_of
from funds.reconciliation import Difference, Reconciliation
from funds.statement import BankStatement
from funds.unclaimed import UnclaimedMoney


def account_view(account: CaseAccount) -> dict[str, Any]:
    """Amounts in fen. Raises NotFound."""
    account.require_open()
    return {
        "case_id": account.key,
        "held_fen": account.held_fen,
        "payments": [
            {
                "payment_id": key,
                "amount_fen": each.amount_fen,
                "rest_fen": account.rest_fen(key),
                "free_fen": account.free_fen(key),
                "purpose": each.purpose,
                "confirmed": bool(each.arrival),
                "origin_payment_id": each.origin_payment_id,
            }
            for key, each in account.payments.items()
        ],
        "allocations": [_allocation(account, key) for key in account.allocated],
        "proposal": _proposal(account.proposal),
        "anomalies": [{"anomaly_id": key, **each._asdict()} for key, each in account.anomalies.items()],
        "auctions": [
            {"lot_id": lot, "round": number, "outcome": closed.outcome, "kept": closed.kept}
            | expected(account.payments, closed)
            for (lot, number), closed in account.rounds.items()
        ],
    }


def _allocation(account: CaseAccount, key: str) -> dict[str, Any]:
    lines, unpaid = account.allocated[key], account.unpaid.get(key, ())
    return {
        "allocation_id": key,
        "paid_out": not unpaid,
        "lines": [line.model_dump() for line in lines],
        "unpaid": [line.model_dump() for line in unpaid],
    }


def _proposal(proposal: events.AllocationProposed | None) -> dict[str, Any] | None:
    names = {"proposal_id", "method", "claims", "lines", "surplus_fen"}
    return proposal and proposal.model_dump(mode="json", include=names)


def ledger_view(journal: Journal, after: int, limit: int) -> dict[str, Any]:
    """Every account's balance, and the entries from the one `after` on. Raises NotFound."""
    journal.require_open()
    page = journal.posted[after : after + limit]
    return {
        "case_id": journal.key,
        "balances": [
            {
                "account": account,
                "kind": KINDS[kind_of(account)],
                "side": "debit" if is_asset(account) else "credit",
                "balance_fen": fen,
            }
            for account, fen in sorted(journal.balances.items())
        ],
        "entries": _entries(page, after),
        "next": after + len(page),
        "total": len(journal.posted),
    }


def _entries(page: Iterable[Posted], after: int) -> list[dict[str, Any]]:
    return [{"entry": number, **_entry(posted)} for number, posted in enumerate(page, after + 1)]


def _entry(posted: Posted) -> dict[str, Any]:
    by = posted.event.by
    return {
        "event": type(posted.event).__name__,
        "about": posted.about,
        "at": by.happened_at or by.decided_at,
        "actor": by.actor,
        **posted.entry._asdict(),
    }


def trail_view(journal: Journal, payment_id: str) -> dict[str, Any]:
    """The way of every fen of one payment, from its payer to whom it went. Raises NotFound."""
    journal.require_payments([payment_id])
    payment = journal.payments[payment_id]
    steps = [posted for posted in journal.posted if posted.entry.payment_id == payment_id]
    return {
        "payment_id": payment_id,
        "case_id": journal.key,
        "amount_fen": payment.amount_fen,
        "rest_fen": journal.rest_fen(payment_id),
        "origin_payment_id": payment.origin_payment_id,
        "lines": [
            {"allocation_id": key, "paid_out": line not in journal.unpaid.get(key, ()), **line.model_dump()}
            for key, lines in journal.allocated.items()
            for line in lines
            if line.payment_id == payment_id
        ],
        "steps": [_entry(posted) for posted in steps],
    }


def unclaimed_view(money: UnclaimedMoney) -> dict[str, Any]:
    """Amounts in fen. Raises NotFound."""
    received = money.require()
    return {
        "payment_id": received.payment_id,
        "amount_fen": received.amount_fen,
        "payer": received.payer,
        "purpose": received.purpose,
        "rest_fen": money.rest_fen,
        "claims": [{"case_id": case_id, "amount_fen": fen} for case_id, fen in money.claimed],
    }


def statement_view(statement: BankStatement, found: Reconciliation) -> dict[str, Any]:
    """Amounts in fen; what the bank says more than the book is positive."""
    told = statement.require()
    return {
        "statement_id": statement.key,
        "digest": told.digest,
        "first": told.first,
        "last": told.last,
        "agrees": found.agrees,
        "matched": len(found.matched),
        "matched_by_amount": [match.bank.line for match in found.matched if match.by == "amount"],
        "opening": {"bank_fen": found.bank_opening_fen, "book_fen": found.book_opening_fen},
        "closing": {"bank_fen": found.bank_closing_fen, "book_fen": found.book_closing_fen},
        "differences": [_difference(each) for each in found.differences],
    }


def _difference(each: Difference) -> dict[str, Any]:
    bank, book = each.bank, each.book
    return {
        "kind": each.kind,
        "difference_fen": each.fen,
        "bank": bank
        and {"line": bank.line, "day": bank.day, "reference": bank.reference, "amount_fen": bank.amount_fen},
        "book": book and {"id": book.id, "day": book.day, "account": book.account, "amount_fen": book.amount_fen},
    }
