"""执行申请费与迟延利息: what the law adds, to the fen."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.fees import delay_interest, enforcement_fee

pytestmark = pytest.mark.fast
DUE = date(2026, 3, 2)


@pytest.mark.clause("G14")
@pytest.mark.parametrize(
    ("yuan", "fee_yuan"),
    [(0, "0"), (1, "50"), (10_000, "50"), (86_000, "1190"), (500_000, "7400"), (1_200_000, "14400"),
     (5_000_000, "52400"), (10_000_000, "77400"), (20_000_000, "87400")],
)  # fmt: skip
def test_the_fee_follows_the_scale_of_the_state_council(yuan: int, fee_yuan: str) -> None:
    """国务院令第481号 art. 14 (1); the quick formulas courts publish give the same (86,000 x 1.5 % - 100 = 1,190)."""
    assert enforcement_fee(yuan * 100) == int(fee_yuan) * 100


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**9))
def test_who_pays_more_is_never_charged_less(fen: int, more: int) -> None:
    assert 0 <= enforcement_fee(fen) <= enforcement_fee(fen + more)
    assert enforcement_fee(fen + more) - enforcement_fee(fen) <= 5_000 + more * 15 // 1000 + 1


def test_the_interest_for_delay_is_reckoned_by_the_day() -> None:
    """法释〔2014〕8号 art. 1: 100,000 yuan, 200 days at 0.0175 % are 3,500 yuan."""
    assert delay_interest(10_000_000, DUE, DUE + timedelta(days=200)) == 350_000
    assert delay_interest(10_000_000, DUE, DUE) == 0
    assert delay_interest(10_000_000, DUE, DUE - timedelta(days=9)) == 0
    assert delay_interest(3_000, DUE, DUE + timedelta(days=1)) == 1  # 0.525 fen
