"""Case numbers (案号): one after another, in blocks, each with what it was given for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.base import CaseNumber
from intake.case import FILED_AS
from intake.numbers import NUMBERS_PER_BLOCK, TYPE_WORDS, BlockFull, CaseNumbers, Series
from kernel.call import system_call
from kernel.clock import MachineClock
from kernel.domain import MAX_STREAM_EVENTS

pytestmark = pytest.mark.fast
BY = system_call("yiyang", "c1", correlation_id="c1", causation_id="c1", now=MachineClock().now()).by
SERIES = Series("yiyang", 2026, "豫0327", "执")


def block() -> CaseNumbers:
    return CaseNumbers.empty(SERIES.block(0)).draft(BY)


def test_numbers_follow_each_other_across_blocks() -> None:
    first, second = block(), block()
    given_first = [first.give(0, f"case/{n}") for n in range(NUMBERS_PER_BLOCK)]
    assert given_first == list(range(1, NUMBERS_PER_BLOCK + 1))
    assert first.full
    with pytest.raises(BlockFull):
        first.give(0, "case/x")
    assert second.give(1, "case/x") == NUMBERS_PER_BLOCK + 1


def test_a_block_never_outgrows_a_stream() -> None:
    assert NUMBERS_PER_BLOCK < MAX_STREAM_EVENTS


def test_a_number_belongs_to_its_case() -> None:
    numbers = block()
    numbers.give(0, "case/yiyang-1")
    [event] = numbers.pending_events
    assert (event.subject, event.number) == ("case/yiyang-1", 1)


def test_every_kind_of_application_has_a_word() -> None:
    assert set(FILED_AS.values()) == set(TYPE_WORDS)


@given(
    year=st.integers(2007, 2100), number=st.integers(1, 999_999), word=st.sampled_from(sorted(set(TYPE_WORDS.values())))
)
def test_a_case_number_reads_as_the_supreme_court_writes_it(year: int, number: int, word: str) -> None:
    case_no = Series("yiyang", year, "豫0327", word).case_no(number)
    assert case_no == f"（{year}）豫0327{word}{number}号"
    assert TypeAdapter(CaseNumber).validate_python(case_no) == case_no


def test_series_do_not_share_blocks() -> None:
    all_series = [Series(c, y, "豫0327", w) for c in ("yiyang", "horqin") for y in (2025, 2026) for w in ("执", "执恢")]
    assert len({s.block(0) for s in all_series}) == len(all_series)
