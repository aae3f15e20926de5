"""Who gets what when money does not cover all claims (分配, 参与分配): a pure function, exact to the fen.

First the costs of enforcement, then priority claims in their order, then ordinary claims: pro rata where the debtor
is a person or other organisation (法释〔2015〕5号 art. 510), in the order of seizure where it is a company that is not
taken to bankruptcy (art. 516); these are arts. 508 and 514 since 法释〔2022〕11号. The added interest for delay comes
after all debts of the instruments (法释〔2014〕8号 art. 4). Inside a claim: costs, interest, principal (民法典 art.
561), unless agreed otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from contracts.funds import AllocationLine

Rank = Literal["costs", "priority", "ordinary"]
Method = Literal["pro_rata", "by_seizure"]
Tier = tuple[int, int]
DELAY = "delay"
ORDER = ("enforcement_fee", "costs", "interest", "principal")
TIERS: Mapping[str, int] = {"costs": 0, "priority": 1, "ordinary": 2, DELAY: 3}


@dataclass(frozen=True, slots=True)
class Claim:
    """What one payee is owed, in fen by purpose. `place`: in the order of priority or of seizure, from 1."""

    claim_id: str
    to: str
    owed: Mapping[str, int]
    rank: Rank = "ordinary"
    place: int = 1
    order: tuple[str, ...] = ORDER  # in which its debts are paid


class Share(NamedTuple):
    """Of one claim and purpose."""

    claim_id: str
    to: str
    purpose: str
    amount_fen: int


class Distribution(NamedTuple):
    """`surplus_fen` is left when every claim is met: it is the debtor's."""

    shares: tuple[Share, ...]
    surplus_fen: int


def distribute(sum_fen: int, claims: Sequence[Claim], method: Method) -> Distribution:
    """Exactly `sum_fen`, shares and surplus together; the order of `claims` does not matter."""
    tiers: dict[Tier, dict[str, int]] = defaultdict(dict)
    for claim in claims:
        debts_fen = sum(fen for purpose, fen in claim.owed.items() if purpose != DELAY)
        tiers[_tier(claim, claim.rank, method)][claim.claim_id] = debts_fen
        tiers[_tier(claim, DELAY, method)][claim.claim_id] = claim.owed.get(DELAY, 0)
    left_fen, given = sum_fen, dict[Tier, dict[str, int]]()
    for tier in sorted(tiers):
        given[tier] = prorate(left_fen, tiers[tier])
        left_fen -= sum(given[tier].values())
    by_id = sorted(claims, key=lambda claim: claim.claim_id)
    shares = (share for claim in by_id for share in _shares(claim, given, method) if share.amount_fen)
    return Distribution(tuple(shares), left_fen)


def prorate(sum_fen: int, owed: Mapping[str, int]) -> dict[str, int]:
    """As much as each is owed, or else in proportion; what rounding leaves goes to the largest remainders."""
    total_fen = sum(owed.values())
    if sum_fen >= total_fen:
        return dict(owed)
    shares = {key: sum_fen * fen // total_fen for key, fen in owed.items()}
    by_remainder = sorted(owed, key=lambda key: (-(sum_fen * owed[key] % total_fen), key))
    for key in by_remainder[: sum_fen - sum(shares.values())]:
        shares[key] += 1
    return shares


def lines_of(shares: Iterable[Share], payments: Mapping[str, int]) -> tuple[AllocationLine, ...]:
    """The shares, taken from the payments in their order: each fen has one payment it comes from."""
    sources = [[payment, fen] for payment, fen in payments.items()]
    lines: list[AllocationLine] = []
    for share in shares:
        left_fen = share.amount_fen
        while left_fen:
            payment, free_fen = sources[0]
            taken = min(left_fen, int(free_fen))
            if taken:
                lines.append(AllocationLine.model_validate(
                    {"payment_id": payment, "to": share.to, "purpose": share.purpose, "amount_fen": taken}
                ))  # fmt: skip
            left_fen, sources[0][1] = left_fen - taken, int(free_fen) - taken
            if not sources[0][1]:
                sources.pop(0)
    return tuple(lines)


def _tier(claim: Claim, rank: str, method: Method) -> Tier:
    """Whose turn comes together; among ordinary claims that share pro rata nobody stands before another."""
    in_order = rank == "priority" or (rank != "costs" and method == "by_seizure")
    return TIERS[rank], claim.place if in_order else 0


def _shares(claim: Claim, given: Mapping[Tier, Mapping[str, int]], method: Method) -> Iterable[Share]:
    left_fen = given[_tier(claim, claim.rank, method)][claim.claim_id]
    for purpose in claim.order:
        part_fen = min(left_fen, claim.owed.get(purpose, 0))
        left_fen -= part_fen
        yield Share(claim.claim_id, claim.to, purpose, part_fen)
    yield Share(claim.claim_id, claim.to, DELAY, given[_tier(claim, DELAY, method)][claim.claim_id])
