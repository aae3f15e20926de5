"""Terms as people write them, in English and Chinese: `5 working days`, `24小时`, `三个月`, `当日`."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import get_args

from rules.terms import Length, Unit, Word

_WORDS: dict[Word, tuple[str, ...]] = {
    "same_day": ("same day", "当日", "当天"),
    "at_once": ("at once", "immediately", "立即", "实时", "即时"),
    "in_time": ("in time", "及时"),
}
_UNITS: dict[Unit, tuple[str, ...]] = {
    "hours": ("hours", "hour", "小时", "个小时"),
    "days": ("days", "day", "calendar days", "calendar day", "日", "天", "自然日", "个自然日"),
    "working_days": ("working days", "working day", "business days", "business day", "工作日", "个工作日"),
    "months": ("months", "month", "个月"),
    "years": ("years", "year", "年"),
}
_WORD_OF: dict[str, Word] = {text: word for word, texts in _WORDS.items() for text in (word, *texts)}
_UNIT_OF: dict[str, Unit] = {text: unit for unit, texts in _UNITS.items() for text in (unit, *texts)}
_LENGTH = re.compile(r"(?:within )?(\d+|[〇零一二两三四五六七八九十百]+|[a-z]+(?= )) ?(\D+?)(?:以内|之内|内)?")
_DIGITS = "零一二三四五六七八九"
_ENGLISH = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_EXAMPLES = "such as 24 hours, 7 days, 5 working days, 3 months, 2 years, same day, at once, 5个工作日, 三个月"


def parse_term(text: str) -> Length | Word:
    """What a term says. ValueError where it is none; units are those of `Unit`, and never turned into one another."""
    plain = " ".join(unicodedata.normalize("NFKC", text).lower().split())
    if plain in _WORD_OF:
        return _WORD_OF[plain]
    found = _LENGTH.fullmatch(plain)
    if found is None:
        raise ValueError(f"{text!r} is no term; {_EXAMPLES}")
    number, unit = found.groups()
    if unit not in _UNIT_OF:
        raise ValueError(f"{unit!r} is no unit; one of {', '.join(get_args(Unit)).replace('_', ' ')}")
    return Length(unit=_UNIT_OF[unit], n=_number(number))


def _number(text: str) -> int:
    n = int(text) if text.isdecimal() else _numerals().get(text.replace("两", "二").replace("〇", "零"), 0)
    if n < 1:
        raise ValueError(f"{text!r}: a whole number from 1 on expected")
    return n


@lru_cache
def _numerals() -> dict[str, int]:
    """Written numbers, each in its one full form: 一百八 could be 108 or 180."""
    return {_chinese(n): n for n in range(1, 1000)} | {word: n for n, word in enumerate(_ENGLISH, 1)}


def _chinese(n: int) -> str:
    hundreds, tens, ones = n // 100, n // 10 % 10, n % 10
    text = _DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")
