"""Moments as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from kernel.clock import COURT_ZONE


def moment(text: str, zone: tzinfo = COURT_ZONE) -> datetime:
    """A date is the last microsecond of that day in the zone; an instant without a zone is there too.

    Raises ValueError for anything else.
    """
    try:
        if len(text) == 10:
            midnight = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
            return (midnight - timedelta(microseconds=1)).astimezone(UTC)
        instant = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("write a date (2026-03-01) or an instant (2026-03-01T09:00)") from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
