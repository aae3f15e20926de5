"""One payment into a case's account, and what of it is bound."""

from __future__ import annotations

from typing import NamedTuple

DEPOSIT = "auction_deposit"
BALANCE = "auction_balance"
BANK, CASH, ON_THE_SPOT = "bank", "cash", "on_the_spot"
PLACES = {"case_account": BANK, "cash": CASH, "on_the_spot": ON_THE_SPOT}


class Payment(NamedTuple):
    """`place`: the account of the ledger its money lies in. `bound`: a bidder's deposit (竞买保证金) that is not the
    case's yet. `arrival`: the check that confirmed it."""

    amount_fen: int
    place: str
    purpose: str
    lot_id: str | None
    round: int | None
    payer_id: str | None
    origin_payment_id: str | None
    bound: bool
    arrival: str = ""

    def is_of(self, purpose: str, lot_id: str, round_: int) -> bool:
        """Whether it was paid for this round of an auction."""
        return (self.purpose, self.lot_id, self.round) == (purpose, lot_id, round_)


NO_PAYMENT = Payment(0, BANK, "", None, None, None, None, bound=False)  # one that was declared void
