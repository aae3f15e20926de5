"""What the law adds to a claim: the enforcement fee (执行申请费) and the interest for delay (迟延利息)."""

from __future__ import annotations

from datetime import date

FLAT_FEN = 5_000  # up to CNY 10,000
FLAT_UP_TO_FEN = 1_000_000
BANDS = ((50_000_000, 15), (500_000_000, 10), (1_000_000_000, 5))  # up to so many fen: per mille of the part
ABOVE_PERMILLE = 1


def enforcement_fee(enforced_fen: int) -> int:
    """Fen, on the amount enforced; fractions of a fen are dropped. Nothing enforced, nothing charged here.

    诉讼费用交纳办法 (国务院令第481号) art. 14 (1): CNY 50 up to 10,000, then 1.5 % to 500,000, 1 % to 5 million, 0.5 %
    to 10 million, 0.1 % above. Paid after enforcement (art. 20), by the debtor (art. 38).
    """
    if enforced_fen <= 0:
        return 0
    permille, lower = 0, FLAT_UP_TO_FEN
    for upper, rate in BANDS:
        permille += max(min(enforced_fen, upper) - lower, 0) * rate
        lower = upper
    permille += max(enforced_fen - lower, 0) * ABOVE_PERMILLE
    return FLAT_FEN + permille // 1000


def delay_interest(unpaid_fen: int, due: date, until: date) -> int:
    """Fen, to the nearest: the added part of the interest for delay (加倍部分债务利息) on a debt due on `due`.

    法释〔2014〕8号 art. 1: 0.0175 % a day of the money owed under the instrument, its own interest apart; art. 2: from
    the day the period for performance ends; art. 3: to the day of performance, transfer or sale.
    """
    days = max((until - due).days, 0)
    return (unpaid_fen * days * 175 + 500_000) // 1_000_000
