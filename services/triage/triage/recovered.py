"""What was recovered for the creditors (实际到位), as far as funds and the handler have told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rules.fact import Fact

CLAIM_PURPOSES = frozenset({"performance", "deduction", "auction_deposit", "auction_balance"})
ADVANCED = "cost_advance"  # by the creditor
GIVEN_BACK = frozenset({"surplus", "deposit_back"})
STRAIGHT_TO_THE_CREDITOR = frozenset({"paid_directly", "goods_delivered"})


class Recovered(NamedTuple):
    """In fen. Between the two lies what has come in and may yet be paid out, to the creditors or back."""

    least_fen: int
    most_fen: int


def recovered(facts: Sequence[Fact]) -> Recovered:
    """Paid out for the claim, or straight to the creditor; at most all that came in and was not given back."""
    purposes = {f.data["payment_id"]: f.data["purpose"] for f in facts if f.type == "FundsReceived"}
    least = most = 0
    for fact in facts:
        data = fact.data
        if fact.type == "FundsReceived" and data["purpose"] != ADVANCED:
            most += data["amount_fen"]
        elif fact.type == "PerformanceRecorded" and data["kind"] in STRAIGHT_TO_THE_CREDITOR:
            least, most = least + data["amount_fen"], most + data["amount_fen"]
        elif fact.type == "FundsPaidOut":
            for line in data["lines"]:
                purpose = purposes.get(line["payment_id"])
                if line["purpose"] in GIVEN_BACK:
                    most -= line["amount_fen"] if purpose != ADVANCED else 0
                elif purpose in CLAIM_PURPOSES:
                    least += line["amount_fen"]
    return Recovered(least, most)
