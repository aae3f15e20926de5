"""When something of a measure's or a closed case's term comes up: the timers that the packs' ladders set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from asset_control.application import renewal_id
from kernel.clock import COURT_ZONE
from kernel.timers import Timer
from rules.calendar import Calendar
from rules.due import Timing, due, last_day, shifted
from rules.packs import Clock
from rules.rulebook import Policy
from rules.terms import Length, Until

A_SECOND = timedelta(seconds=1)


def timers_of_term(
    policy: Policy, calendar: Calendar, case_id: str, measure: dict[str, Any], term_no: int
) -> Iterator[Timer]:
    """One for each warning before a seizure runs out, and one for its end. `measure`: as it was taken or renewed.

    What stands against a person is not proposed for renewal. It ends within its last day, as it should; a seizure ends
    after it, because its property is free from then on and somebody answers for that (cn.seizure_expiry).
    """
    data = {"case_id": case_id, "measure": measure, "term_no": term_no}
    expires_on, name = date.fromisoformat(measure["expires_on"]), renewal_id(measure["measure_id"], term_no)
    over, clock = _start_of(expires_on + timedelta(days=1)), _expiry_clock(policy)
    is_on_thing = "asset_id" in measure
    if clock is not None and is_on_thing:
        for n, rung in enumerate(clock.warn, 1):
            day = date.fromordinal(shifted(expires_on.toordinal(), rung.before, -1, calendar))
            yield Timer(f"{name}.{n}", _start_of(day), "propose_renewal", {**data, "rule": clock.id, "rung": n})
    ends_at = over if is_on_thing else over - A_SECOND
    yield Timer(f"{name}.end", ends_at, "expire", {**data, "ended_at": ends_at.isoformat()})


def timers_after_closing(policy: Policy, calendar: Calendar, case_id: str, closed_at: datetime) -> Iterator[Timer]:
    """One for each half-yearly enquiry, at the earliest warning before it is due (法〔2016〕373号)."""
    clock = next((each for each in policy.clocks if each.repeat and each.repeat.field == "cycle"), None)
    if clock is None or clock.repeat is None:
        return
    every, warnings = clock.repeat.every, [rung.before for rung in clock.warn]
    for cycle in range(1, clock.repeat.times + 1):
        end = due(Timing(Length(unit=every.unit, n=every.n * cycle)), closed_at, calendar).due
        last = last_day(end, calendar)
        day = min((shifted(last, before, -1, calendar) for before in warnings), default=last)
        data = {"case_id": case_id, "cycle": cycle}
        yield Timer(f"{half_yearly_id(case_id)}{cycle}", _start_of(date.fromordinal(day)), "enquire_half_yearly", data)


def half_yearly_id(case_id: str) -> str:
    """With which the ids of a case's timers after its closing begin."""
    return f"{case_id}.half_yearly."


def _expiry_clock(policy: Policy) -> Clock | None:
    return next((clock for clock in policy.clocks if clock.term == Until(until="expires_on")), None)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), COURT_ZONE)
