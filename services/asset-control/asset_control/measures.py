"""Measures (措施): what stands against a thing or a person, from MeasureTaken to MeasureLifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from asset_control import events
from kernel.clock import COURT_ZONE
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import Invalid, NotFound, WrongState
from rules.fact import Fact

ON_THINGS = frozenset({"freeze", "seal", "seize", "deduct", "waiting", "guard", "evict"})
SEIZURES = frozenset({"freeze", "seal", "seize"})
AT_ONCE_OVER = frozenset({"deduct", "evict", "summons", "forced_summons", "search", "fine"})  # nothing stays in force
COERCION = frozenset({"forced_summons", "fine", "detention"})  # the answer to no report, or a false one


class Measures(Aggregate):
    """Base of whatever measures are taken on: those in force, by their id."""

    def __init__(self) -> None:
        self.in_force: dict[str, events.MeasureTaken] = {}
        self.lifted: set[str] = set()

    @property
    def taken_at(self) -> datetime:
        """When a measure now being taken was taken in the world."""
        assert self.by is not None, "commands run on drafts"
        return self.by.happened_at or self.by.decided_at

    def record_taken(self, measure_id: str, kind: str, expires_on: date | None = None, **fields: Any) -> dict[str, str]:
        if any(measure.kind == kind for measure in self.in_force.values()):
            raise WrongState("a measure of this kind is in force already")
        if expires_on is not None and expires_on <= self.taken_at.astimezone(COURT_ZONE).date():
            raise Invalid("a measure expires on a later day than it is taken", field="body.expires_on")
        self.record(events.MeasureTaken, measure_id=measure_id, kind=kind, expires_on=expires_on, **fields)
        return {"measure_id": measure_id}

    def lift(self, subject: str, measure_id: str, cause: str) -> dict[str, str]:
        if measure_id in self.lifted:
            raise WrongState("the measure is lifted already")
        if measure_id not in self.in_force or self.subject != subject:
            raise NotFound("no such measure is in force here")
        taken = self.in_force[measure_id]
        self.record(
            events.MeasureLifted,
            measure_id=measure_id,
            kind=taken.kind,
            asset_id=taken.asset_id,
            asset_kind=taken.asset_kind,
            party_id=taken.party_id,
            cause=cause,
        )
        return {"measure_id": measure_id}

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MeasureTaken() if event.kind not in AT_ONCE_OVER:
                self.in_force[event.measure_id] = event
            case events.MeasureLifted():
                del self.in_force[event.measure_id]
                self.lifted.add(event.measure_id)
            case _:
                pass


def measures_in_force(facts: Iterable[Fact]) -> Mapping[str, Mapping[str, Any]]:
    """Those of a whole case, by their id, from its facts."""
    found: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        if fact.type == "MeasureTaken" and fact.data["kind"] not in AT_ONCE_OVER:
            found[fact.data["measure_id"]] = fact.data
        elif fact.type == "MeasureLifted":
            found.pop(fact.data["measure_id"], None)
    return found
