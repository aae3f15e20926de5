"""What a payee claims (债权申报), as it is told and kept."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from contracts.base import Day, Fen, Flag, Id, Nth, Part
from funds.distribution import DELAY, ORDER, Claim, Rank
from funds.fees import delay_interest

PRINCIPAL_FIRST = ("enforcement_fee", "costs", "principal", "interest")


class Claimed(Part):
    """What one payee claims, in fen. `place`: in the order of priority or of seizure, from 1.

    `delay_since`: the end of the period for performance, from which the interest for delay is reckoned to the day of
    the proposal, besides `delay_fen`. `principal_first`: as the parties have agreed.
    """

    to: Id
    rank: Rank = "ordinary"
    place: Nth = 1
    principal_fen: Fen = 0
    interest_fen: Fen = 0
    costs_fen: Fen = 0
    delay_fen: Fen = 0
    delay_since: Day | None = None
    principal_first: Flag = False

    @model_serializer(mode="wrap")
    def _what_is_claimed(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What is nothing is not told."""
        return {name: value for name, value in dump(self).items() if value}

    def on(self, day: date, number: int) -> Claim:
        """As it stands on a day."""
        debt_fen = self.principal_fen + self.costs_fen
        delay_fen = delay_interest(debt_fen, self.delay_since, day) if self.delay_since else 0
        owed = {"principal": self.principal_fen, "interest": self.interest_fen, "costs": self.costs_fen}
        order = PRINCIPAL_FIRST if self.principal_first else ORDER
        whole = owed | {DELAY: self.delay_fen + delay_fen}
        return Claim(f"{number:03d}", self.to, whole, self.rank, self.place, order)
