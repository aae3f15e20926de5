"""对账: every row of bank and book stands in the result once, and the differences explain the closing balances."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.bank_csv import BadRows, BankRow, Unreadable, fen_of, parse
from funds.reconciliation import BookRow, reconcile
from kernel.problems import Invalid

pytestmark = pytest.mark.fast
DAY = date(2026, 3, 2)
DAYS = st.sampled_from([DAY, DAY + timedelta(days=1)])
FEN = st.sampled_from([-500, -100, 100, 500])
BANK = st.builds(BankRow, st.just(0), DAYS, st.sampled_from(["", "p1", "p2", "p3"]), st.sampled_from(["", "c1", "c2"]),
                 FEN, st.none())  # fmt: skip
BOOK = st.builds(BookRow, st.sampled_from(["p1", "p2", "p9"]), st.just(frozenset()), DAYS,
                 st.sampled_from(["", "c1", "c2"]), FEN)  # fmt: skip


def sides(bank: list[BankRow], book: list[BookRow]) -> tuple[list[BankRow], list[BookRow]]:
    """Numbered as in a file; known by their own ids."""
    return (
        [row._replace(line=n) for n, row in enumerate(bank, 2)],
        [row._replace(references=frozenset({row.id})) for row in book],
    )


@given(st.lists(BANK, max_size=9), st.lists(BOOK, max_size=9), st.integers(-9, 9), st.integers(-9, 9))
def test_nothing_is_lost_and_the_differences_explain_all(
    bank: list[BankRow], book: list[BookRow], bank_opening: int, book_opening: int
) -> None:
    rows, own = sides(bank, book)
    found = reconcile(rows, own, bank_opening, book_opening)
    told = [*((m.bank, m.book) for m in found.matched), *((d.bank, d.book) for d in found.differences)]
    assert Counter(row for row, _ in told if row) == Counter(rows)
    assert Counter(row for _, row in told if row) == Counter(own)
    assert all(m.bank.amount_fen == m.book.amount_fen for m in found.matched)
    apart = found.bank_closing_fen - found.book_closing_fen
    assert apart == bank_opening - book_opening + sum(each.fen for each in found.differences)
    assert found.agrees == (told == [] or not found.differences) & (bank_opening == book_opening)


@given(st.lists(BANK, max_size=9), st.lists(BOOK, max_size=9), st.randoms())
def test_the_order_of_the_rows_does_not_matter(bank: list[BankRow], book: list[BookRow], luck: random.Random) -> None:
    rows, own = sides(bank, book)
    first = reconcile(rows, own, 0, 0)
    luck.shuffle(rows)
    luck.shuffle(own)
    assert reconcile(rows, own, 0, 0) == first


def paid(id_: str, fen: int, account: str = "c1", day: date = DAY) -> BookRow:
    return BookRow(id_, frozenset({id_}), day, account, fen)


def told(reference: str, fen: int, line: int = 2, account: str = "", day: date = DAY) -> BankRow:
    return BankRow(line, day, reference, account, fen, None)


@pytest.mark.parametrize(
    ("bank", "book", "kinds"),
    [
        ([told("p1", 100)], [paid("p1", 100)], []),
        ([told("p1", 100)], [paid("p1", 90)], ["amount_differs"]),
        ([told("p1", 100)], [], ["missing_in_ledger"]),
        ([], [paid("p1", 100)], ["missing_at_bank"]),
        ([told("p1", 100), told("p1", 100, 3)], [paid("p1", 100)], ["duplicate"]),
        ([told("p1", 100, account="c2")], [paid("p1", 100)], ["other_account"]),
        ([told("x-7", 100)], [paid("p1", 100)], []),  # by day and amount
        ([told("x-7", 100, day=DAY + timedelta(days=1))], [paid("p1", 100)], ["missing_in_ledger", "missing_at_bank"]),
        ([told("p1", -100)], [paid("p1", 100)], ["missing_in_ledger", "missing_at_bank"]),
        ([told("p1", 70), told("p1", 30, 3)], [paid("p1", 70), paid("p1", 30)], []),
    ],
    ids=lambda value: ",".join(map(str, value)) if value and isinstance(value[0], str) else None,
)
def test_each_kind_of_difference_is_told(bank: list[BankRow], book: list[BookRow], kinds: list[str]) -> None:
    assert [each.kind for each in reconcile(bank, book, 0, 0).differences] == kinds


# -- the file


HEADER = "交易日期,流水号,收入,支出,对方户名,余额"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_statement_is_read_exactly_whatever_its_encoding(encoding: str) -> None:
    text = f'{HEADER}\r\n2026-03-02,p1,"86,000.10",,某某,86000.10\r\n20260303,o1,,0.1,某某,86000\r\n\r\n'
    rows = parse(text.encode(encoding))
    assert rows == [
        BankRow(2, DAY, "p1", "", 8_600_010, 8_600_010),
        BankRow(3, DAY + timedelta(days=1), "o1", "", -10, 8_600_000),
    ]
    assert "某某" not in str(rows)


def test_every_line_that_is_wrong_is_named_and_none_is_repeated() -> None:
    lines = ["2026-02-30,p1,1.00,,,", "2026-03-02,p1,1.005,,,", "2026-03-02,p1,1,2,,", "2026-03-02,p1,,,,",
             "2026-03-02,p 1,1,,,", "2026-03-02,p1,1", "2026-03-02,p1,1e5,,,", "2026-03-02,p1,1,,,", ]  # fmt: skip
    with pytest.raises(BadRows) as wrong:
        parse("\n".join([HEADER, *lines]).encode())
    assert [line for line, _ in wrong.value.faults] == [2, 3, 4, 5, 6, 7, 8]
    assert "1.005" not in str(wrong.value.body())


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\xff", b"a,b\n1,2", b'date,reference,in,out\n"2026', b"date,reference,in,out,in\n",
     b"date,reference,in,out\n2026-03-02,p\0,1,\n",
     ("date,reference,in,out\n" + "2026-03-02,p,1,\n" * 20_001).encode()],
    ids=["empty", "no text", "no columns", "open quote", "twice", "nul", "too many"],
)  # fmt: skip
def test_what_is_no_statement_is_refused_whole(content: bytes) -> None:
    with pytest.raises(Invalid):
        parse(content)


@given(st.integers(0, 2**63 - 1))
def test_yuan_are_read_to_the_fen(fen: int) -> None:
    assert fen_of(f"{fen // 100}.{fen % 100:02d}") == fen
    assert fen_of(f"{fen // 100:,}.{fen % 100:02d}") == fen
    assert fen_of(f"-{fen // 100}.{fen % 100:02d}") == -fen


@given(st.text(max_size=12))
def test_any_other_text_is_no_amount(text: str) -> None:
    try:
        fen = fen_of(text)
    except Unreadable:
        return
    assert abs(fen) < 2**63
