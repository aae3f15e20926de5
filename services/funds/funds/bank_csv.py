"""A bank's statement as CSV (银行对账单): UTF-8 or GB18030, one movement a line, amounts in yuan.

| column | also called | |
|---|---|---|
| date | 交易日期 | 2026-03-05, 2026/03/05 or 20260305 |
| reference | 流水号 | the bank's, or that of our order: a payment, payout or receipt |
| in | 收入 | yuan, at most two decimals; negative for a reversal (冲正) |
| out | 支出 | as `in`; exactly one of the two |
| account | 账号 | may be missing: the case's account |
| balance | 余额 | may be missing: after the movement |

Other columns are neither read nor kept: they hold names.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from contracts.base import ID, INT64_MAX
from kernel.problems import Invalid

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "交易日期"),
    "reference": ("reference", "流水号"),
    "in": ("in", "收入"),
    "out": ("out", "支出"),
    "account": ("account", "账号"),
    "balance": ("balance", "余额"),
}
NEEDED = ("date", "reference", "in", "out")
ENCODINGS = ("utf-8-sig", "gb18030")
MAX_ROWS = 20_000
MAX_FAULTS = 50  # told at a time
YUAN = re.compile(r"(-?)([0-9]{1,17}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,2}))?")
DAY = re.compile(r"([0-9]{4})([-/]?)([0-9]{2})\2([0-9]{2})")
REFERENCE = re.compile(ID)
FIELD = "body.content"
T = TypeVar("T")


class BankRow(NamedTuple):
    """One line; what leaves the account is negative. `line` counts from 1, the header's."""

    line: int
    day: date
    reference: str
    account: str
    amount_fen: int
    balance_fen: int | None


class BadRows(Invalid):
    """Every line that cannot be read, with the reason; never what stands in it."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(faults)} lines cannot be read", field=FIELD)
        self.faults = faults

    def body(self) -> dict[str, Any]:
        told = [{"field": FIELD, "line": line, "reason": f"line {line}: {why}"} for line, why in self.faults]
        return super().body() | {"errors": told[:MAX_FAULTS]}


class Unreadable(ValueError):
    """What is wrong with one cell."""


def parse(content: bytes) -> list[BankRow]:
    """All rows, or none: raises Invalid for a file that is no statement, BadRows for lines that are wrong."""
    lines = csv.reader(io.StringIO(decoded(content), newline=""), strict=True)
    try:
        header: list[str] = next(lines, list[str]())
        at = _columns(header)
        table = [(lines.line_num, cells) for cells in lines if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Invalid("is not CSV: a quote is not closed, or a cell is too long", field=FIELD) from error
    if len(table) > MAX_ROWS:
        raise Invalid(f"holds more than {MAX_ROWS} lines: send it in parts", field=FIELD)
    read = [_row(line, cells, at, len(header)) for line, cells in table]
    if faults := [each for each in read if not isinstance(each, BankRow)]:
        raise BadRows(faults)
    return [each for each in read if isinstance(each, BankRow)]


def decoded(content: bytes) -> str:
    """Raises Invalid."""
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("is neither UTF-8 nor GB18030 text", field=FIELD)


def fen_of(yuan: str) -> int:
    """Exactly. Raises Unreadable."""
    found = YUAN.fullmatch(yuan.strip())
    if found is None:
        raise Unreadable("an amount is written like 1234.56")
    sign, whole, cents = found.groups()
    fen = int(whole.replace(",", "")) * 100 + int((cents or "0").ljust(2, "0"))
    if fen > INT64_MAX:
        raise Unreadable("the amount is too large")
    return -fen if sign else fen


def _columns(header: Iterable[str]) -> dict[str, int]:
    """Where each column stands. Raises Invalid."""
    names = [name.strip() for name in header]
    at = {column: [n for n, name in enumerate(names) if name in called] for column, called in COLUMNS.items()}
    if missing := [column for column in NEEDED if not at[column]]:
        raise Invalid(f"the header lacks: {', '.join(missing)}", field=FIELD)
    if twice := [column for column, places in at.items() if len(places) > 1]:
        raise Invalid(f"the header has twice: {', '.join(twice)}", field=FIELD)
    return {column: places[0] for column, places in at.items() if places}


def _row(line: int, cells: Sequence[str], at: Mapping[str, int], width: int) -> BankRow | tuple[int, str]:
    """The row, or the line and what is wrong with it."""
    if len(cells) != width:
        return line, f"has {len(cells)} cells, not {width}"
    cell = {column: cells[place].strip() for column, place in at.items()}
    try:
        amount_fen = _amount(cell["in"], cell["out"])
        balance_fen = _maybe(fen_of, cell.get("balance", ""))
        day, account = _day(cell["date"]), _id(cell.get("account", ""), "account")
        return BankRow(line, day, _id(cell["reference"], "reference"), account, amount_fen, balance_fen)
    except Unreadable as fault:
        return line, str(fault)


def _amount(came: str, went: str) -> int:
    came_fen, went_fen = _maybe(fen_of, came) or 0, _maybe(fen_of, went) or 0
    if (came_fen == 0) == (went_fen == 0):
        raise Unreadable("exactly one of in and out is an amount")
    return came_fen - went_fen


def _maybe(read: Callable[[str], T], text: str) -> T | None:
    return read(text) if text else None


def _day(text: str) -> date:
    found = DAY.fullmatch(text)
    try:
        assert found is not None
        return date(int(found[1]), int(found[3]), int(found[4]))
    except (AssertionError, ValueError):
        raise Unreadable("a day is written like 2026-03-05") from None


def _id(text: str, column: str) -> str:
    if text and (len(text) > 128 or not REFERENCE.fullmatch(text)):
        raise Unreadable(f"the {column} has characters that no id has")
    return text
