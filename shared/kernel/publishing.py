"""From private events to the envelopes that leave the service, as its PUBLISHED table says.

The envelopes are finished when the row is written, but for what only the writer knows: `position` and `recordedat`
stand in the row's own columns, and `time` is `recordedat` for what happened as it was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from contracts.base import Contract
from contracts.envelope import event_id, slot
from kernel.domain import DomainEvent

Publication = Callable[[DomainEvent], Iterable[tuple[str, Contract]]]
Published = Mapping[type[DomainEvent], Publication]


def as_contract(contract: type[Contract]) -> Publication:
    """The private event holds every field of the contract event: it leaves as it is, on its own subject."""
    fields = set(contract.model_fields)

    def publish(event: DomainEvent) -> Iterable[tuple[str, Contract]]:
        return [(event.subject, contract.model_construct(fields, **{f: getattr(event, f) for f in fields}))]

    return publish


def envelopes(event: DomainEvent, published: Published, service: str) -> bytes | None:
    """The JSON list of what leaves because of this event; None when nothing does."""
    publication = published.get(type(event))
    if publication is None:
        return None
    source = f"/{event.by.court}/{service}"
    counts: dict[str, int] = {}
    leaving: list[dict[str, Any]] = []
    for subject, contract in publication(event):
        nth = counts[contract.type] = counts.get(contract.type, 0) + 1
        leaving.append(_envelope(event, source, subject, contract, nth))
    return orjson.dumps(leaving) if leaving else None


def _envelope(event: DomainEvent, source: str, subject: str, contract: Contract, nth: int) -> dict[str, Any]:
    by = event.by
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": event_id(source, event.originator_id, event.originator_version, contract.type, nth),
        "source": source,
        "type": contract.type,
        "subject": subject,
        "datacontenttype": "application/json",
        "court": by.court,
        "slot": slot(by.court, subject),
        "actor": by.actor,
        "timeprecision": by.timeprecision,
        "correlationid": by.correlation_id,
        "causationid": by.causation_id,
        "data": contract.__pydantic_serializer__.to_python(contract, mode="json", exclude_none=True),
    }
    if by.happened_at is not None:
        envelope["time"] = utc_text(by.happened_at)
    optional = {
        "post": by.post,
        "team": by.team,
        "pack": by.pack,
        "packversion": by.packversion,
        "ruleid": event.ruleid,
        "traceparent": by.traceparent,
    }
    envelope.update((name, value) for name, value in optional.items() if value)
    return envelope


def finished(published: bytes, position: int, recorded_at: datetime) -> list[dict[str, Any]]:
    """The envelopes of one row with what its columns hold filled in: the same at every reading."""
    recorded = utc_text(recorded_at)
    envelopes: list[dict[str, Any]] = orjson.loads(published)
    for envelope in envelopes:
        envelope["position"] = position
        envelope["recordedat"] = recorded
        envelope.setdefault("time", recorded)
    return envelopes


def utc_text(instant: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds, so that texts compare as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
