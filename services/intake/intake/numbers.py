"""Case numbers (案号, 法〔2015〕137号): one series per court, year and type, without gaps."""

from __future__ import annotations

from typing import NamedTuple

from intake import events
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import WrongState

TYPE_WORDS = {  # 类型代字
    "enforcement": "执",
    "resumption": "执恢",
    "preservation": "执保",
    "objection": "执异",
    "reconsideration": "执复",
    "delegated": "执他",
}
NUMBERS_PER_BLOCK = 1_000


class Series(NamedTuple):
    """`code`: of the court (法院代字); `word`: of the type."""

    court: str
    year: int
    code: str
    word: str

    def block(self, n: int) -> str:
        return f"{self.court}-{self.year}-{self.word}-{n}"

    def case_no(self, number: int) -> str:
        return f"（{self.year}）{self.code}{self.word}{number}号"


class BlockFull(Exception):
    """The numbers of this block are used up: the series goes on in the next."""


class CaseNumbers(Aggregate):
    """One block of a series: a stream of bounded length. Its first number follows the last of the block before."""

    KIND = "numbers"

    def __init__(self) -> None:
        self.given = 0
        self.numbers: set[int] = set()

    @property
    def full(self) -> bool:
        return self.given >= NUMBERS_PER_BLOCK

    def give(self, block: int, subject: str) -> int:
        """The next number; it is used up only together with what is saved in the same append. Raises BlockFull."""
        if self.full:
            raise BlockFull
        number = block * NUMBERS_PER_BLOCK + self.given + 1
        self.record(events.CaseNumberGiven, subject=subject, number=number)
        return number

    def take(self, number: int, subject: str) -> None:
        """A number that a case has brought with it: the series goes on after it, in this block or in a later one.

        Raises WrongState for a number that another case has.
        """
        block = int(self.key.rpartition("-")[2])
        if number in self.numbers:
            raise WrongState("this case number is another case's")
        if block == block_of(number):
            place = number - block * NUMBERS_PER_BLOCK
            self.record(events.CaseNumberTaken, subject=subject, number=number, place=place)
        elif not self.full:
            self.record(events.CaseNumberTaken, subject=subject, number=number, place=NUMBERS_PER_BLOCK)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.CaseNumberGiven():
                self.given += 1
                self.numbers.add(event.number)
            case events.CaseNumberTaken():
                self.given = max(self.given, event.place)
                self.numbers.add(event.number)
            case _:
                pass


def block_of(number: int) -> int:
    """The block of a series that a number stands in."""
    return (number - 1) // NUMBERS_PER_BLOCK
