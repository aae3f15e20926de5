"""The demo's caseload: the same seed gives the same, and one case of each kind comes first."""

from datetime import date

import pytest

from infra.demo.caseload import LIVES, profiles
from infra.demo.story import STORIES

pytestmark = pytest.mark.fast
FIRST = date(2026, 1, 5)


def test_every_kind_of_life_has_a_story() -> None:
    assert STORIES.keys() == LIVES.keys()


def test_the_same_seed_gives_the_same_caseload_and_another_another() -> None:
    assert profiles(1, 100, FIRST, 120) == profiles(1, 100, FIRST, 120)
    assert profiles(1, 100, FIRST, 120) != profiles(2, 100, FIRST, 120)


def test_a_caseload_begins_with_one_case_of_each_kind_all_of_it_in_time() -> None:
    first = profiles(1, 100, FIRST, 120)[: len(LIVES)]
    assert [profile.life for profile in first] == list(LIVES)
    assert all(profile.punctual and not profile.entered_late for profile in first)
    assert not any(profile.punctual for profile in profiles(1, 100, FIRST, 120)[len(LIVES) :])
