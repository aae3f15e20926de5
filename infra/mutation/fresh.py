"""A pytest plugin for runs under mutmut: every mutant meets the code as fresh as its tests would find it.

What one test has cached must not hide a mutant from the next: caches are emptied before each test while mutmut notes
which tests reach which function, and once before a mutant's tests. Properties are tried on fewer examples, always the
same ones. A test that a mutant never lets end is stopped by the processor's time, not the clock's: the machine may be
busy with other things.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

MOST_EXAMPLES = 60
MOST_CPU_S = 40
"""Of one test; the longest takes a quarter of it."""
TIMED_OUT = 36  # mutmut's exit code of a mutant that ran out of time


def pytest_configure() -> None:
    hypothesis.settings.register_profile("mutants", max_examples=MOST_EXAMPLES, derandomize=True, database=None)
    hypothesis.settings.load_profile("mutants")


def pytest_collection_finish() -> None:
    signal.signal(signal.SIGPROF, lambda *_: os._exit(TIMED_OUT))
    _caches.extend(each for each in gc.get_objects() if _is_of_rules(each))
    _empty_caches()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        _empty_caches()
    signal.setitimer(signal.ITIMER_PROF, MOST_CPU_S)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)


_caches: list[Any] = []


def _is_of_rules(each: object) -> bool:
    return hasattr(type(each), "cache_clear") and getattr(each, "__module__", "").startswith("rules.")


def _empty_caches() -> None:
    for each in _caches:
        each.cache_clear()
