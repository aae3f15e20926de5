"""Which rungs of a subject's ladders have fired without anybody being told, and when the next one fires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kernel.call import HISTORY
from rules.calendar import BEGINNING
from rules.derive import FIRES
from rules.derived import Clock, Derived
from rules.fact import Fact
from rules.reminders import untold
from rules.rungs import Rung


def brought_in(facts: Iterable[Fact]) -> datetime:
    """When the past of the subject was brought in: what had fired by then is past, and told to nobody."""
    return max((fact.recorded_at for fact in facts if fact.causation_id.startswith(HISTORY)), default=BEGINNING)


def fired(clock: Clock, since: datetime, until: datetime) -> Iterator[Rung]:
    """Rungs that have fired after `since` and by `until`, and of which nobody was told."""
    return (rung for rung in _untold(clock) if rung.addressees and since < rung.at <= until)


def next_rung(derived: Derived, now: datetime, since: datetime) -> datetime | None:
    """When the next one to be told fires, or has fired; one that fired for nobody is over."""
    clocks = (clock for clock in derived.clocks if clock.state in FIRES)
    ahead = (rung for clock in clocks for rung in _untold(clock) if rung.addressees or rung.at > now)
    return min((rung.at for rung in ahead if rung.at > since), default=None)


def _untold(clock: Clock) -> Iterator[Rung]:
    if clock.due_shown is not None:
        yield from untold(clock.rungs, clock.reminders, clock.due_shown)
