"""Measures (措施): what stands against a thing or a person, from MeasureTaken to MeasureLifted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from asset_control import events
from families.days import day_of
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import Invalid, NotFound, WrongState
from rules.fact import Fact

ON_THINGS = frozenset({"freeze", "seal", "seize", "deduct", "waiting", "guard", "evict"})
SEIZURES = frozenset({"freeze", "seal", "seize"})
WAITING = "waiting"  # 轮候: takes effect once every seizure before it has ended
AT_ONCE_OVER = frozenset({"deduct", "evict", "summons", "forced_summons", "search", "fine"})  # nothing stays in force
COERCION = frozenset({"forced_summons", "fine", "detention"})  # the answer to no report, or a false one
WHAT_IT_IS = frozenset({"kind", "asset_kind"})  # repeated in every event, because nothing joins


class Term(NamedTuple):
    """The n-th term of a measure, and its last day."""

    no: int
    expires_on: date


class Measures(Aggregate):
    """Base of whatever measures are taken on: those in force, by their id, in the order they were taken."""

    CORRECTABLE = correctable(
        {
            events.MeasureTaken: Correctable(WHAT_IT_IS | {"rank"}, void=True),
            events.MeasureRenewed: Correctable(WHAT_IT_IS),
            events.MeasureLifted: Correctable(WHAT_IT_IS, void=True),
        }
    )

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.in_force: dict[str, events.MeasureTaken] = {}
        self.terms: dict[str, Term] = {}  # of those that run out, and of those that ended
        self.lifted: set[str] = set()

    @property
    def taken_at(self) -> datetime:
        """When a measure now being taken was taken in the world."""
        assert self.by is not None, "commands run on drafts"
        return self.by.happened_at or self.by.decided_at

    def of_case(self, subject: str) -> list[events.MeasureTaken]:
        """Those in force that were taken in one case."""
        return [measure for measure in self.in_force.values() if measure.subject == subject]

    def current(self, measure_id: str, term: Term) -> bool:
        """Whether the measure is in force, and this is its term now."""
        return measure_id in self.in_force and self.terms[measure_id] == term

    def require_sound(self) -> None:
        if not self.taken >= self.lifted | self.terms.keys():
            raise WrongState("the measure was renewed or lifted since: correct that first")

    def record_taken(
        self, subject: str, measure_id: str, kind: str, expires_on: date | None = None, **fields: Any
    ) -> dict[str, str]:
        assert self.by is not None, "commands run on drafts"
        if any(measure.kind == kind for measure in self.of_case(subject)):
            raise WrongState("a measure of this kind is in force already")
        if expires_on is not None and expires_on <= day_of(self.by):
            raise Invalid("a measure expires on a later day than it is taken", field="body.expires_on")
        if kind in AT_ONCE_OVER and expires_on is not None:
            raise Invalid("this measure has no term", field="body.expires_on")
        fields |= {"measure_id": measure_id, "kind": kind, "expires_on": expires_on}
        self.record(events.MeasureTaken, subject=subject, **fields)
        return {"measure_id": measure_id}

    def renew(
        self, subject: str, measure_id: str, longest: date | None, expires_on: date | None
    ) -> dict[str, str | int]:
        """Another term (续行), before the one that runs is over: to the day given, else the `longest` allowed."""
        taken = self.require_in_force(subject, measure_id)
        term, until = self._running(measure_id), expires_on or longest
        if until is None or until <= term.expires_on:
            raise Invalid(f"a renewal lasts beyond {term.expires_on}", field="body.expires_on")
        if longest is not None and until > longest:
            raise Invalid(f"a renewal of this kind lasts to {longest} at most", field="body.expires_on")
        self._record(events.MeasureRenewed, taken, term_no=term.no + 1, expires_on=until)
        return {"measure_id": measure_id, "term_no": term.no + 1}

    def lift(self, subject: str, measure_id: str, cause: str) -> dict[str, str]:
        self._record(events.MeasureLifted, self.require_in_force(subject, measure_id), cause=cause)
        return {"measure_id": measure_id}

    def require_in_force(self, subject: str, measure_id: str) -> events.MeasureTaken:
        if measure_id in self.lifted:
            raise WrongState("the measure is lifted already")
        taken = self.in_force.get(measure_id)
        if taken is None or taken.subject != subject:
            raise NotFound("no such measure is in force here")
        return taken

    def _running(self, measure_id: str) -> Term:
        assert self.by is not None, "commands run on drafts"
        term = self.terms.get(measure_id)
        if term is None:
            raise WrongState("the measure does not run out")
        if day_of(self.by) > term.expires_on:
            raise WrongState(f"the measure ran out on {term.expires_on}: it can only be taken anew")
        return term

    def _record(self, event: type[DomainEvent], taken: events.MeasureTaken, **fields: Any) -> None:
        """About a measure in force, on the case it was taken in."""
        repeated = {name: getattr(taken, name) for name in ("measure_id", "kind", "asset_id", "asset_kind", "party_id")}
        self.record(event, subject=taken.subject, **repeated, **fields)

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MeasureTaken() if event.kind not in AT_ONCE_OVER:
                self.taken.add(event.measure_id)
                self.in_force[event.measure_id] = event
                if event.expires_on is not None:
                    self.terms[event.measure_id] = Term(1, event.expires_on)
            case events.MeasureRenewed():
                self.terms[event.measure_id] = Term(event.term_no, event.expires_on)
            case events.MeasureLifted():
                self.in_force.pop(event.measure_id, None)
                self.lifted.add(event.measure_id)
            case _:
                pass


def measures_in_force(facts: Iterable[Fact]) -> Mapping[str, Mapping[str, Any]]:
    """Those of a whole case, by their id, from its facts; each with the term it was last renewed to."""
    found: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        data = fact.data
        if fact.type == "MeasureTaken" and data["kind"] not in AT_ONCE_OVER:
            found[data["measure_id"]] = data
        elif fact.type == "MeasureRenewed" and data["measure_id"] in found:
            term = {name: data[name] for name in ("term_no", "expires_on")}
            found[data["measure_id"]] = {**found[data["measure_id"]], **term}
        elif fact.type == "MeasureLifted":
            found.pop(data["measure_id"], None)
    return found
