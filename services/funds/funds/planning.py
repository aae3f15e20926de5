"""What the law makes of a case's claims and money (分配方案): a proposal, with all that it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from contracts.base import MOST_ITEMS
from contracts.funds import AllocationLine
from funds.books import Books
from funds.claims import Claimed
from funds.distribution import Claim, Method, Share, distribute, lines_of
from funds.fees import enforcement_fee
from funds.ledger import COURT, REFUNDS, is_fee
from funds.payment import ON_THE_SPOT
from kernel.problems import Invalid
from rules.case import CaseView

FEE = "enforcement_fee"


def plan(
    books: Books,
    view: CaseView,
    day: date,
    claims: Sequence[Claimed],
    method: Method | None,
    fee_fen: int | None,
    payment_ids: Sequence[str],
) -> dict[str, Any]:
    """The fields of AllocationProposed: all free money of these payments, or of all. Raises Invalid."""
    claimed = tuple(claims) or _only_claim(books, view)
    free = _free(books, payment_ids)
    owing = [each.on(day, number) for number, each in enumerate(claimed)]
    owed_fen, sum_fen = sum(sum(claim.owed.values()) for claim in owing), sum(free.values())
    fee = fee_fen if fee_fen is not None else _fee(books, min(owed_fen, sum_fen))
    court = Claim(COURT, COURT, {FEE: fee}, "costs")
    chosen = method or default_method(view)
    found = distribute(sum_fen, [court, *owing], chosen)
    lines = lines_of((*found.shares, *_surplus(view, found.surplus_fen)), free)
    if len(lines) > MOST_ITEMS:
        raise Invalid(f"gives more than {MOST_ITEMS} lines: take fewer payments at a time", field="body.payment_ids")
    return {"method": chosen, "claims": claimed, "lines": lines, "surplus_fen": found.surplus_fen}


def default_method(view: CaseView) -> Method:
    """In the order of seizure where every debtor is a company (art. 516), else pro rata (art. 510)."""
    companies = [debtor["kind"] == "company" for debtor in view.debtors]
    return "by_seizure" if companies and all(companies) else "pro_rata"


def _only_claim(books: Books, view: CaseView) -> tuple[Claimed]:
    """One creditor's claim as it was filed, less what was allocated on it."""
    if len(view.creditors) != 1 or not view.money:
        raise Invalid(
            "say who claims what: this follows from the filing for one creditor's money only", field="body.claims"
        )
    got_fen = sum(line.amount_fen for line in _lines(books) if line.purpose in ("principal", "interest", "costs"))
    return (Claimed(to=view.creditors[0]["id"], principal_fen=max(view.claim_fen - got_fen, 0)),)


def _free(books: Books, payment_ids: Sequence[str]) -> dict[str, int]:
    """Fen by payment, as they came; what was handed over on the spot is settled there."""
    books.require_payments(payment_ids)
    free = {key: books.free_fen(key) for key, each in books.payments.items() if each.place != ON_THE_SPOT}
    chosen = {key: fen for key, fen in free.items() if fen and (not payment_ids or key in payment_ids)}
    if not chosen:
        raise Invalid("there is no money to allocate", field="body.payment_ids")
    return chosen


def _fee(books: Books, enforced_fen: int) -> int:
    """On all that was enforced so far and now, less what was allocated of it before."""
    before = [line for line in _lines(books) if line.purpose not in REFUNDS]
    to_creditors_fen = sum(line.amount_fen for line in before if not is_fee(line))
    charged_fen = sum(line.amount_fen for line in before if line.purpose == FEE)
    return max(enforcement_fee(to_creditors_fen + enforced_fen) - charged_fen, 0)


def _surplus(view: CaseView, surplus_fen: int) -> list[Share]:
    """Back to the debtor; of several, a person says to whom."""
    if not surplus_fen or len(view.debtors) != 1:
        return []
    return [Share("surplus", view.debtors[0]["id"], "surplus", surplus_fen)]


def _lines(books: Books) -> list[AllocationLine]:
    return [line for lines in books.allocated.values() for line in lines]
