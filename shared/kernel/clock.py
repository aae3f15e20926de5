"""Time is passed in. The only place in Zhixing that asks the machine what time it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

COURT_ZONE = ZoneInfo("Asia/Shanghai")


def start_of_day(instant: datetime) -> datetime:
    """Of the court's day in which `instant` lies, at its midnight."""
    return instant.astimezone(COURT_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


class Clock(Protocol):
    """`kind` is stored in every log: a log written under one kind of clock refuses another."""

    @property
    def kind(self) -> str: ...

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


def _machine_time() -> datetime:
    return datetime.now(UTC)


class MachineClock:
    """Real use: the machine's own clock, which stands still in this process while the machine's is set back."""

    kind = "machine"

    def __init__(self, read: Callable[[], datetime] = _machine_time) -> None:
        self._read = read
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        self._last = max(self._last, self._read())
        return self._last


class SimulatedClock:
    """Moves only when told to, and never back: simulations and tests."""

    kind = "simulated"

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Raises ValueError when `instant` lies before the present one."""
        if instant < self._now:
            raise ValueError(f"the clock stands at {self._now.isoformat()} and does not go back")
        self._now = instant.astimezone(UTC)
