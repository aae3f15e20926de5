"""Reconciliation (对账): a bank's statement held against the cash book, a pure function that shows every difference.

Every row of either side stands in the result exactly once, and the differences account for all that the two closing
balances are apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from funds.bank_csv import BankRow

Kind = Literal["missing_in_ledger", "missing_at_bank", "amount_differs", "other_account", "duplicate"]


class BookRow(NamedTuple):
    """One movement of the cash book; what leaves is negative.

    `references`: by which the bank may name it. `account`: the case's, if it is one's.
    """

    id: str
    references: frozenset[str]
    day: date
    account: str
    amount_fen: int


class Match(NamedTuple):
    """`by`: the reference, or, where that says nothing, day and amount."""

    bank: BankRow
    book: BookRow
    by: Literal["reference", "amount"]


class Difference(NamedTuple):
    """What the bank says more than the book; either row may be missing."""

    kind: Kind
    bank: BankRow | None
    book: BookRow | None

    @property
    def fen(self) -> int:
        return (self.bank.amount_fen if self.bank else 0) - (self.book.amount_fen if self.book else 0)


class Reconciliation(NamedTuple):
    """Balances in fen."""

    matched: tuple[Match, ...]
    differences: tuple[Difference, ...]
    bank_opening_fen: int
    bank_closing_fen: int
    book_opening_fen: int
    book_closing_fen: int

    @property
    def agrees(self) -> bool:
        return not self.differences and self.bank_opening_fen == self.book_opening_fen


def reconcile(
    bank: Sequence[BankRow], book: Sequence[BookRow], bank_opening_fen: int, book_opening_fen: int
) -> Reconciliation:
    """The order of the rows does not matter."""
    left = _Left(sorted(bank), sorted(book, key=lambda row: (row.day, row.id, row.account, row.amount_fen)))
    found = left.pairs(lambda row: _ways(row.reference, row.amount_fen), _by_reference_and_amount)
    known = {pair[0].reference for pair in found}
    doubled = left.take(lambda row: bool(row.reference) and row.reference in known)
    differing = left.pairs(lambda row: _ways(row.reference, row.amount_fen > 0), _by_reference)
    alike = left.pairs(lambda row: [(row.day, row.account, row.amount_fen)], _by_day)
    alike += left.pairs(lambda row: [] if row.account else [(row.day, row.amount_fen)], _by_day_alone)
    matches = [Match(*pair, by="reference") for pair in found] + [Match(*pair, by="amount") for pair in alike]
    differences = [
        *(Difference("duplicate", row, None) for row in doubled),
        *(Difference("amount_differs", *pair) for pair in differing),
        *(Difference("missing_in_ledger", row, None) for row in left.bank),
        *(Difference("missing_at_bank", None, row) for row in left.book),
        *(Difference("other_account", m.bank, m.book) for m in matches if _elsewhere(m)),
    ]
    return Reconciliation(
        tuple(match for match in matches if not _elsewhere(match)),
        tuple(differences),
        bank_opening_fen,
        bank_opening_fen + sum(row.amount_fen for row in bank),
        book_opening_fen,
        book_opening_fen + sum(row.amount_fen for row in book),
    )


Pair = tuple[BankRow, BookRow]
Keys = Iterable[Hashable]


class _Left:
    """The rows of both sides that nothing has been found for yet."""

    def __init__(self, bank: list[BankRow], book: list[BookRow]) -> None:
        self.bank, self.book = bank, book

    def pairs(self, of_bank: Callable[[BankRow], Keys], of_book: Callable[[BookRow], Keys]) -> list[Pair]:
        """Takes out rows that share a key, one to one."""
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for number, row in reversed(list(enumerate(self.bank))):
            for key in of_bank(row):
                waiting[key].append(number)
        taken: dict[int, BookRow] = {}
        unpaired: list[BookRow] = []
        for row in self.book:
            number = next((n for key in of_book(row) if (n := _next(waiting[key], taken)) is not None), None)
            if number is None:
                unpaired.append(row)
            else:
                taken[number] = row
        pairs = [(self.bank[number], row) for number, row in sorted(taken.items())]
        self.bank = [row for number, row in enumerate(self.bank) if number not in taken]
        self.book = unpaired
        return pairs

    def take(self, wanted: Callable[[BankRow], bool]) -> list[BankRow]:
        found = [row for row in self.bank if wanted(row)]
        self.bank = [row for row in self.bank if not wanted(row)]
        return found


def _next(waiting: list[int], taken: dict[int, BookRow]) -> int | None:
    """The first that nobody has taken."""
    while waiting:
        number = waiting.pop()
        if number not in taken:
            return number
    return None


def _ways(reference: str, rest: Hashable) -> Keys:
    return [(reference, rest)] if reference else []


def _by_reference_and_amount(row: BookRow) -> Keys:
    return [(reference, row.amount_fen) for reference in sorted(row.references)]


def _by_reference(row: BookRow) -> Keys:
    return [(reference, row.amount_fen > 0) for reference in sorted(row.references)]


def _by_day(row: BookRow) -> Keys:
    return [(row.day, row.account, row.amount_fen)]


def _by_day_alone(row: BookRow) -> Keys:
    return [(row.day, row.amount_fen)]


def _elsewhere(match: Match) -> bool:
    """The bank has it on another case's account."""
    return match.bank.account not in ("", match.book.account)
