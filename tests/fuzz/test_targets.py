"""What the fuzzers begin with, and everything that they have found: it is read, or refused with its reason."""

from json import dumps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import GOOD, TARGETS, seeds

pytestmark = pytest.mark.fast
FOUND = Path(__file__).with_name("found")
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3),
    max_leaves=5,
)
parts = st.dictionaries(st.sampled_from([*GOOD, *(f"-{name}" for name in GOOD), "more"]), json, max_size=3)


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_search_begins_with_is_read(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


def test_what_was_found_is_read_or_refused() -> None:
    found = sorted(FOUND.glob("*/*"))
    assert found
    for file in found:
        TARGETS[file.parent.name](file.read_bytes())


@settings(deadline=None)
@given(parts)
def test_any_part_of_an_envelope_may_be_anything(told: dict[str, Any]) -> None:
    TARGETS["envelope"](dumps(told).encode())
