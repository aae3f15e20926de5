"""The ledger's entries in their order (分录), from a case's events as they read now."""

from __future__ import annotations

from typing import NamedTuple

from funds.books import Books
from funds.ledger import Entry, entries_of
from kernel.domain import DomainEvent


class Posted(NamedTuple):
    """An entry, and the event that posted it. `about`: the payment, allocation or payout the event is about."""

    event: DomainEvent
    about: str
    entry: Entry


class Journal(Books):
    """The same books, that also keep every entry made in them."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Posted] = []

    def apply(self, event: DomainEvent) -> None:
        about = _about(event)
        self.posted.extend(Posted(event, about, entry) for entry in entries_of(event, self.payments))
        super().apply(event)


def _about(event: DomainEvent) -> str:
    """By the id that names what happened."""
    names = ("payout_id", "allocation_id", "payment_id", "about", "lot_id")
    return next((str(value) for name in names if (value := getattr(event, name, None))), "")
