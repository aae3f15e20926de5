"""The court's days (Asia/Shanghai) that commands set and agree on."""

from __future__ import annotations

from datetime import date

from kernel.clock import COURT_ZONE
from kernel.domain import Circumstances
from kernel.problems import Invalid


def day_of(by: Circumstances) -> date:
    """The day on which it happened."""
    return (by.happened_at or by.decided_at).astimezone(COURT_ZONE).date()


def require_to_come(by: Circumstances | None, day: date | None, field: str) -> None:
    """Raises Invalid for a day before the one on which it is set."""
    assert by is not None, "commands run on drafts"
    if day is not None and day < day_of(by):
        raise Invalid("lies before the day on which it is set", field=field)
