"""What the fuzzers begin with, and everything that they have found: it is read, or refused with its reason."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, seeds

pytestmark = pytest.mark.fast
FOUND = Path(__file__).with_name("found")


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_search_begins_with_is_read(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


def test_what_was_found_is_read_or_refused() -> None:
    for file in sorted(FOUND.glob("*/*")):
        TARGETS[file.parent.name](file.read_bytes())
