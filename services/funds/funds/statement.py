"""Statements of the bank (银行对账单): kept as they were sent, compared with the cash book as it stands when asked."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from contracts.base import INT64_MAX
from funds import events
from funds.account import CaseAccount
from funds.bank_csv import BadRows, BankRow, Unreadable, fen_of, parse
from funds.cashbook import Cashbook, Movement
from funds.reconciliation import BookRow, Difference, Reconciliation, reconcile
from kernel.application import Application, Stream
from kernel.call import Answer, Call
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound

ROWS_AN_EVENT = 500
LONGEST = timedelta(days=366)
MOST_CASES = 100  # whose anomalies are reported at a time
ANOMALIES = {
    "missing_in_ledger": "mismatch",
    "missing_at_bank": "mismatch",
    "amount_differs": "mismatch",
    "other_account": "wrong_account",
    "duplicate": "duplicate",
}


class BankStatement(Aggregate):
    """One statement, known by the digest of what was sent: sending it again changes nothing."""

    KIND = "statement"

    def __init__(self) -> None:
        self.received: events.StatementReceived | None = None
        self.rows: list[BankRow] = []

    def receive(self, rows: Sequence[BankRow], **told: Any) -> dict[str, Any]:
        if not self.exists:
            self.record(events.StatementReceived, subject="", statement_id=self.key, row_count=len(rows), **told)
            for start in range(0, len(rows), ROWS_AN_EVENT):
                self.record(events.StatementRows, rows=tuple(rows[start : start + ROWS_AN_EVENT]))
        return {"statement_id": self.key, "rows": len(self.rows)}

    def require(self) -> events.StatementReceived:
        if self.received is None:
            raise NotFound("no such statement")
        return self.received

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.StatementReceived():
                self.received = event
            case events.StatementRows():
                self.rows.extend(event.rows)
            case _:
                pass


class StatementCommands(Application):
    """Taking statements in, and reporting what they show."""

    cashbook: Cashbook

    async def receive_statement(
        self, call: Call, content: bytes, first: date, last: date, opening: str, closing: str
    ) -> Answer:
        """Whole or not at all. Raises Invalid, naming every line that is wrong."""
        opening_fen, closing_fen = _yuan(opening, "opening"), _yuan(closing, "closing")
        told: dict[str, Any] = {"first": first, "last": last, "opening_fen": opening_fen, "closing_fen": closing_fen}
        if not timedelta(0) <= last - first <= LONGEST:
            raise Invalid("ends before it begins, or a year after that", field="body.last")
        rows = parse(content)
        _require_whole(rows, first, last, opening_fen, closing_fen)
        digest = hashlib.sha256(content).hexdigest()
        period = hashlib.sha256(f"{digest}\n{sorted(told.items())}".encode()).hexdigest()[:32]
        key = f"{call.by.court}-{period}"
        return await self.change(call, BankStatement, key, lambda s: s.receive(rows, digest=digest, **told))

    async def compared(self, court: str, statement_id: str) -> tuple[BankStatement, Reconciliation]:
        """The statement against the cash book as it stands now."""
        statement = await self.read(BankStatement, statement_id)
        told = statement.require()
        book = await self.cashbook.movements(court, told.first, told.last)
        opening = await self.cashbook.balance_before(court, told.first)
        rows = [book_row(each, court) for each in book if each.amount_fen]
        return statement, reconcile(statement.rows, rows, told.opening_fen, opening)

    async def report_differences(self, call: Call, statement_id: str) -> Answer:
        """Every difference that can be told to a case becomes an anomaly of it, once (S33)."""
        _, found = await self.compared(call.by.court, statement_id)
        by_case = [(case_id, each) for each in found.differences if (case_id := await self._case_of(call, each))]
        cases = sorted({case_id for case_id, _ in by_case})[:MOST_CASES]
        streams: list[Stream] = [(CaseAccount, case_id) for case_id in cases] or [(BankStatement, statement_id)]

        def report(*accounts: CaseAccount) -> dict[str, Any]:
            by_id = dict(zip(cases, accounts, strict=False))
            for number, (case_id, difference) in enumerate(by_case):
                if case_id in by_id:
                    key = call.mint(f"anomaly{number}")
                    by_id[case_id].report_anomaly(key, *anomaly_of(difference, by_id[case_id]))
            return {"statement_id": statement_id, "cases": cases}

        return await self.change_all(call, streams, report)

    async def _case_of(self, call: Call, difference: Difference) -> str | None:
        """Whose account it is about: by our book, or else by the account the bank names."""
        account = difference.book.account if difference.book else difference.bank.account if difference.bank else ""
        known = account.startswith(f"{call.by.court}-") and (await self.read(CaseAccount, account)).exists
        return account if known else None


def book_row(movement: Movement, court: str) -> BookRow:
    """The bank may name a payment or payout as we do, without the court, or by its receipt."""
    references = {movement.id, movement.id.removeprefix(f"{court}-"), movement.receipt_no} - {""}
    kind, _, key = movement.subject.partition("/")
    assert movement.day is not None
    account = key if kind == "case" else ""
    return BookRow(movement.id, frozenset(references), movement.day, account, movement.amount_fen)


def anomaly_of(difference: Difference, account: CaseAccount) -> tuple[str, str | None, int]:
    """Kind, payment and amount."""
    book = difference.book
    payment = book.id if book is not None and book.id in account.payments else None
    return ANOMALIES[difference.kind], payment, abs(difference.fen) or abs(book.amount_fen if book else 0)


def _yuan(text: str, field: str) -> int:
    try:
        return fen_of(text)
    except Unreadable as fault:
        raise Invalid(str(fault), field=f"body.{field}") from None


def _require_whole(rows: Sequence[BankRow], first: date, last: date, opening_fen: int, closing_fen: int) -> None:
    """The period's rows, from one balance to the other, each after the one before. Raises Invalid."""
    if faults := [(row.line, "lies outside the period") for row in rows if not first <= row.day <= last]:
        raise BadRows(faults)
    if opening_fen + sum(row.amount_fen for row in rows) != closing_fen:
        raise Invalid("the lines do not lead from the opening balance to the closing one", field="body.closing")
    if any(abs(fen) > INT64_MAX for fen in (opening_fen, closing_fen)):
        raise Invalid("is more than an amount can say", field="body.closing")
    down, up = _out_of_step(rows, opening_fen), _out_of_step(rows[::-1], opening_fen)
    if down and up:  # banks list either way
        raise BadRows(down)


def _out_of_step(rows: Sequence[BankRow], opening_fen: int) -> list[tuple[int, str]]:
    """The first line whose balance does not follow."""
    balance_fen = opening_fen
    for row in rows:
        balance_fen += row.amount_fen
        if row.balance_fen not in (None, balance_fen):
            return [(row.line, "the balance does not follow from the line before")]
    return []
