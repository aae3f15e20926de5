"""When a command says it happened: as it is told, never ahead of the clock, and of a day only where the day begins."""

from datetime import UTC, datetime, timedelta

import pytest

from kernel.clock import COURT_ZONE
from kernel.http import Command, happened_at
from kernel.problems import Invalid

pytestmark = pytest.mark.fast
NOW = datetime(2026, 3, 4, 1, 20, tzinfo=UTC)
TODAY = datetime(2026, 3, 4, tzinfo=COURT_ZONE)
BEFORE_MIDNIGHT = datetime(2026, 3, 4, 15, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "precision", "now", "expected"),
    [
        (None, "instant", NOW, None),
        (NOW, "instant", NOW, None),
        (NOW + timedelta(minutes=5), "instant", NOW, None),
        (NOW - timedelta(days=9), "instant", NOW, NOW - timedelta(days=9)),
        (NOW - timedelta(days=9), "day", NOW, TODAY - timedelta(days=9)),
        (None, "day", NOW, TODAY),
        (NOW, "day", NOW, TODAY),
        (BEFORE_MIDNIGHT + timedelta(minutes=4), "day", BEFORE_MIDNIGHT, TODAY),
        (TODAY, "day", TODAY, TODAY),
    ],
)
def test_when_it_happened(at: datetime | None, precision: str, now: datetime, expected: datetime | None) -> None:
    assert happened_at(Command(at=at, timeprecision=precision), now) == expected


@pytest.mark.parametrize("at", [NOW + timedelta(minutes=5, seconds=1), datetime(1989, 12, 31, tzinfo=UTC)])
def test_further_ahead_and_before_1990_is_refused(at: datetime) -> None:
    with pytest.raises(Invalid):
        happened_at(Command(at=at), NOW)
