"""How property is controlled: by which measure, for how long at most, up to what amount."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from asset_control.measures import measures_in_force
from kernel.facts import Known
from rules.calendar import Calendar
from rules.due import Timing, due
from rules.packs import Limit
from rules.rulebook import Policy
from rules.terms import Length


class Control(NamedTuple):
    """The measure for a kind of property, and the limit of the national pack that bounds its term (in months)."""

    measure: str
    limit: str

    @classmethod
    def of(cls, asset_kind: str) -> Control:
        """Things are sealed (查封), rights frozen (冻结); a kind of its own is held to the shorter term of movables."""
        return _CONTROLS.get(asset_kind, _MOVABLE)


_DEPOSIT = Control("freeze", "seizure_deposit")
_MOVABLE = Control("seal", "seizure_movable")
_ESTATE = Control("seal", "seizure_estate")
_RIGHT = Control("freeze", "seizure_estate")
_CONTROLS = {
    "deposit": _DEPOSIT,
    "network_account": _DEPOSIT,
    "real_estate": _ESTATE,
    "land": _ESTATE,
    "shares": _RIGHT,
    "equity": _RIGHT,
    "securities": _RIGHT,
    "housing_fund": _RIGHT,
    "income": _RIGHT,
}


def last_day(policy: Policy, calendar: Calendar, asset_kind: str, taken_at: datetime) -> date | None:
    """The last day a seizure may last to (法释〔2015〕5号 art. 487); None where no limit is in force."""
    limit = policy.named_limits.get(Control.of(asset_kind).limit)
    return None if limit is None else last_day_of(limit, calendar, taken_at)


def last_day_of(limit: Limit, calendar: Calendar, taken_at: datetime) -> date:
    """The last day within a limit of days or months."""
    unit = "months" if limit.months is not None else "days"
    last = due(Timing(Length(unit=unit, n=limit.amount), roll="none"), taken_at, calendar).last
    assert last is not None, "a term of days or months has a last day"
    return date.fromordinal(last)


def uncovered_fen(known: Known) -> int:
    """What of a claim for money is neither recovered nor covered by freezes in force, in fen."""
    view = known.view
    if not view.money:
        return 0
    frozen = (m.get("amount_fen", 0) for m in measures_in_force(known.facts).values() if m["kind"] == "freeze")
    return max(view.claim_fen - view.recovered_fen - sum(frozen), 0)
