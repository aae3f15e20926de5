"""分配: who gets what, exactly, by rank, and fairly within one fen."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.distribution import Claim, Distribution, Method, distribute, lines_of, prorate

pytestmark = pytest.mark.fast
INT64_MAX = 2**63 - 1
FEN = st.one_of(st.integers(0, 1_000), st.integers(0, 10**13))
METHODS = st.sampled_from(["pro_rata", "by_seizure"])


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """Up to eight, of every rank, some that claim nothing."""
    owed = st.fixed_dictionaries({"principal": FEN, "interest": FEN, "costs": FEN, "delay": FEN})
    ranks = st.sampled_from(["costs", "priority", "ordinary"])
    made = draw(st.lists(st.builds(Claim, st.just(""), st.just("to"), owed, ranks, st.integers(1, 3)), max_size=8))
    return [replace(claim, claim_id=f"c{n}", to=f"creditor-{n}") for n, claim in enumerate(made)]


def given_to(found: Distribution) -> dict[str, int]:
    sums: dict[str, int] = {}
    for share in found.shares:
        sums[share.claim_id] = sums.get(share.claim_id, 0) + share.amount_fen
    return sums


def tier(claim: Claim, method: Method) -> tuple[int, int]:
    """As the law has it: costs; priority in its order; ordinary, in the order of seizure where that counts."""
    match claim.rank:
        case "costs":
            return 0, 0
        case "priority":
            return 1, claim.place
        case _:
            return 2, claim.place if method == "by_seizure" else 0


@given(st.integers(0, 10**14), claims(), METHODS)
def test_every_fen_is_given_once_and_nobody_gets_more_than_is_owed(
    sum_fen: int, all_: list[Claim], how: Method
) -> None:
    found = distribute(sum_fen, all_, how)
    owed = {(c.claim_id, purpose): fen for c in all_ for purpose, fen in c.owed.items()}
    assert sum(share.amount_fen for share in found.shares) + found.surplus_fen == sum_fen
    assert all(0 < share.amount_fen <= owed[share.claim_id, share.purpose] for share in found.shares)
    assert found.surplus_fen == max(sum_fen - sum(owed.values()), 0)


@given(st.integers(0, 10**14), claims(), METHODS)
def test_who_stands_before_is_paid_in_full_before_who_stands_behind(
    sum_fen: int, all_: list[Claim], how: Method
) -> None:
    got = {(s.claim_id, s.purpose): s.amount_fen for s in distribute(sum_fen, all_, how).shares}
    debts = [
        (tier(c, how), fen, got.get((c.claim_id, p), 0)) for c in all_ for p, fen in c.owed.items() if p != "delay"
    ]
    for before, fen, paid in debts:
        if paid < fen:
            assert all(paid_behind == 0 for behind, _, paid_behind in debts if behind > before)
    if any(paid < fen for _, fen, paid in debts):  # 法释〔2014〕8号 art. 4
        assert not any(purpose == "delay" for _, purpose in got)


@given(st.integers(0, 10**14), claims(), METHODS, st.randoms())
def test_the_order_in_which_claims_are_told_does_not_matter(sum_fen: int, all_: list[Claim], how: Method, luck) -> None:
    shuffled = list(all_)
    luck.shuffle(shuffled)
    assert distribute(sum_fen, shuffled, how) == distribute(sum_fen, all_, how)


@given(st.integers(0, INT64_MAX), st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, INT64_MAX), max_size=9))
def test_a_proportion_is_met_within_one_fen(sum_fen: int, owed: dict[str, int]) -> None:
    shares, total = prorate(sum_fen, owed), sum(owed.values())
    assert sum(shares.values()) == min(sum_fen, total)
    for key, fen in owed.items():
        exact = Fraction(min(sum_fen, total) * fen, total) if total else Fraction(0)
        assert abs(shares[key] - exact) < 1
        assert shares[key] <= fen


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6), claims(), st.data())
def test_lines_take_every_share_from_payments_that_hold_it(
    paid: list[int], all_: list[Claim], data: st.DataObject
) -> None:
    payments = {f"p{n}": fen for n, fen in enumerate(paid)}
    found = distribute(sum(paid), all_, "pro_rata")
    lines = lines_of(found.shares, payments)
    assert all(line.amount_fen > 0 for line in lines)
    for payment, fen in payments.items():
        assert sum(line.amount_fen for line in lines if line.payment_id == payment) <= fen
    assert sum(line.amount_fen for line in lines) == sum(paid) - found.surplus_fen


def ordinary(number: int, principal: int, place: int = 1, **more: int) -> Claim:
    return Claim(f"c{number}", f"creditor-{number}", {"principal": principal, **more}, "ordinary", place)


def test_of_a_person_ordinary_creditors_share_pro_rata() -> None:
    """法释〔2015〕5号 art. 510: 100 yuan for claims of 200 and 100; the odd fen goes to the larger remainder."""
    found = distribute(10_000, [ordinary(1, 20_000), ordinary(2, 10_000)], "pro_rata")
    assert given_to(found) == {"c1": 6_667, "c2": 3_333}


def test_of_a_company_who_seized_first_is_paid_first() -> None:
    """法释〔2015〕5号 art. 516."""
    found = distribute(25_000, [ordinary(1, 20_000, place=2), ordinary(2, 10_000, place=1)], "by_seizure")
    assert given_to(found) == {"c1": 15_000, "c2": 10_000}


def test_costs_come_first_then_priority_and_the_interest_for_delay_last() -> None:
    fee = Claim("court", "court", {"enforcement_fee": 500}, "costs")
    bank = Claim("bank", "bank", {"principal": 30_000, "delay": 400}, "priority")
    lender = ordinary(1, 10_000, interest=1_000, delay=200)
    found = distribute(41_600, [lender, bank, fee], "pro_rata")
    assert {(s.claim_id, s.purpose): s.amount_fen for s in found.shares} == {
        ("court", "enforcement_fee"): 500, ("bank", "principal"): 30_000, ("c1", "interest"): 1_000,
        ("c1", "principal"): 10_000, ("bank", "delay"): 67, ("c1", "delay"): 33,
    }  # fmt: skip


def test_inside_a_claim_interest_is_paid_before_principal_unless_agreed_otherwise() -> None:
    """民法典 art. 561."""
    claim = ordinary(1, 1_000, interest=300)
    by_law = distribute(500, [claim], "pro_rata").shares
    agreed = distribute(500, [replace(claim, order=("principal", "interest"))], "pro_rata").shares
    assert [(s.purpose, s.amount_fen) for s in by_law] == [("interest", 300), ("principal", 200)]
    assert [(s.purpose, s.amount_fen) for s in agreed] == [("principal", 500)]
