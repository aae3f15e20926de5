"""Corrections (更正): an earlier event of a stream reads otherwise from now on, or is void (published language 1.5).

A log is never rewritten. A stream is folded with the corrected event in place of the original, so that an aggregate
follows a correction by the same code that follows everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from contracts import families as contracts
from contracts.base import Contract
from contracts.catalogue import BY_NAME
from kernel.domain import Aggregate, Circumstances, DomainEvent, decode

A = TypeVar("A", bound=Aggregate)
Stored = tuple[str, bytes]  # topic and state of one event


class FactCorrected(DomainEvent, contracts.FactCorrected):
    """Stands in the stream of the event that it corrects, as the last word on it so far."""

    TOPIC = "kernel:FactCorrected.1"
    version: int  # of the event corrected, in this stream

    def apply(self, aggregate: Aggregate) -> None:
        """What it changes, the fold changes in the place of the original."""
        aggregate.subject = self.subject


def evolve(aggregate: A, rows: Sequence[Stored]) -> A:
    """Folds stored events; where a correction is among them, the whole stream into an empty aggregate."""
    return fold(aggregate, [decode(topic, state) for topic, state in rows])


def fold(aggregate: A, events: Sequence[DomainEvent]) -> A:
    """Of several corrections the last in the stream holds: it is the greatest in the order of 1.5."""
    corrections = {event.version: event for event in events if isinstance(event, FactCorrected)}
    for event in events:
        as_it_reads(event, corrections.get(event.originator_version)).mutate(aggregate)
    return aggregate


def holds_correction(rows: Sequence[Stored]) -> bool:
    return any(topic == FactCorrected.TOPIC for topic, _ in rows)


def as_it_reads(event: DomainEvent, correction: FactCorrected | None) -> DomainEvent:
    """The event as amended; in place of a void one the correction, which changes no state."""
    if correction is None:
        return event
    if correction.how == "void":
        return correction.model_copy(update={"originator_version": event.originator_version})
    contract = contract_of(type(event))
    assert contract is not None
    reading = contract.model_validate(correction.data)
    fields = {name: getattr(reading, name) for name in contract.model_fields}
    return event.model_copy(update={**fields, "by": _when(event.by, correction)})


def _when(by: Circumstances, correction: FactCorrected) -> Circumstances:
    if correction.time is None:
        return by
    return by.model_copy(update={"happened_at": correction.time, "timeprecision": correction.timeprecision})


@cache
def contract_of(event: type[DomainEvent]) -> type[Contract] | None:
    """The event of the language that a private event holds whole; None where it holds none."""
    return next((base for base in event.__mro__ if base in BY_NAME.values()), None)
