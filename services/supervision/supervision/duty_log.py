"""That a standing duty was done for a period (履职): by whom, and what was seen to."""

from __future__ import annotations

from typing import Any

from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import WrongState
from supervision import events


class DutyLog(Aggregate):
    """One period of one duty of one post. Done once; what was noted wrongly is corrected."""

    KIND = "duty"
    CORRECTABLE = correctable(
        {events.DutyPerformed: Correctable(frozenset({"duty", "period", "post"}), void=True)},
    )

    def __init__(self) -> None:
        self.done = False

    def perform(self, duty: str, period: str, **fields: Any) -> dict[str, str]:
        if self.done:
            raise WrongState("this duty has been done for the period")
        self.record(events.DutyPerformed, subject=f"duty/{duty}", ruleid=duty, duty=duty, period=period, **fields)
        return {"duty": duty, "period": period}

    def apply(self, event: DomainEvent) -> None:
        self.done = self.done or isinstance(event, events.DutyPerformed)
