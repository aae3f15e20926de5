"""From private events to the envelopes that leave the service, as its PUBLISHED table says.

The envelopes are finished when the row is written, but for what only the writer knows: `position` and `recordedat`
stand in the row's own columns, and `time` is `recordedat` for what happened as it was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import orjson

from contracts.base import Contract
from contracts.envelope import event_id, slot
from kernel.domain import SUBJECT, Aggregate, DomainEvent

Publication = Callable[[DomainEvent], Iterable[tuple[str, Contract]]]  # (subject, what leaves on it)
Leaving = tuple[str, str, dict[str, Any]]  # subject, type, data
Outgoing = Sequence[tuple[DomainEvent, Sequence[Leaving]]]  # private events about to be stored, each with what leaves
Place = tuple[int, datetime, bytes | None]  # of a row in its log: position, recorded at, what leaves because of it


class AsContract:
    """A private event that holds every field of a contract event leaves as it is, on its own subject."""

    def __init__(self, contract: type[Contract]) -> None:
        self.type, self._fields = contract.type, set(contract.model_fields)

    def __call__(self, event: DomainEvent) -> Sequence[Leaving]:
        to_python = event.__pydantic_serializer__.to_python
        subject = _checked(event.subject, cast(Contract, event))
        return [(subject, self.type, to_python(event, mode="json", include=self._fields, exclude_none=True))]


Published = Mapping[type[DomainEvent], Publication | AsContract]


def as_contract(contract: type[Contract]) -> AsContract:
    """The line of a PUBLISHED table for an event that holds every field of the contract event."""
    return AsContract(contract)


def outgoing(drafts: Iterable[Aggregate], published: Published) -> Outgoing:
    """What the drafts are about to record, in its order."""
    events = (cast(DomainEvent, event) for draft in drafts for event in draft.pending_events)
    return [(event, leaving(event, published)) for event in events]


def envelopes(event: DomainEvent, leaving: Sequence[Leaving], service: str) -> bytes | None:
    """The JSON list of what leaves because of this event; None when nothing does."""
    if not leaving:
        return None
    source = f"/{event.by.court}/{service}"
    counts: dict[str, int] = {}
    envelopes: list[dict[str, Any]] = []
    for subject, kind, data in leaving:
        nth = counts[kind] = counts.get(kind, 0) + 1
        id = event_id(source, event.originator_id, event.originator_version, kind, nth)
        envelopes.append(_envelope(event, id, source, kind, subject, data))
    return orjson.dumps(envelopes)


def leaving(event: DomainEvent, published: Published) -> Sequence[Leaving]:
    """What leaves the service because of this event."""
    publication = published.get(type(event))
    if publication is None:
        return ()
    if isinstance(publication, AsContract):
        return publication(event)
    return [
        (_checked(subject, contract), contract.type, contract.to_data()) for subject, contract in publication(event)
    ]


def _checked(subject: str, contract: Contract) -> str:
    """Raises ValueError for what no envelope may name, and nobody could read."""
    if not SUBJECT.fullmatch(subject):
        raise ValueError("an event can be published on a subject of the language only")
    if subject.partition("/")[0] not in contract.allowed_subjects():
        raise ValueError(f"{type(contract).__name__} can be published on {contract.allowed_subjects()[0]}/… only")
    return subject


def _envelope(
    event: DomainEvent, id: str, source: str, kind: str, subject: str, data: dict[str, Any]
) -> dict[str, Any]:
    by = event.by
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": kind,
        "subject": subject,
        "datacontenttype": "application/json",
        "court": by.court,
        "slot": slot(by.court, subject),
        "actor": by.actor,
        "timeprecision": by.timeprecision,
        "correlationid": by.correlation_id,
        "causationid": by.causation_id,
        "data": data,
    }
    if by.happened_at is not None:
        envelope["time"] = utc_text(by.happened_at)
    for name, value in (
        ("post", by.post),
        ("team", by.team),
        ("pack", by.pack),
        ("packversion", by.packversion),
        ("ruleid", event.ruleid),
        ("traceparent", by.traceparent),
    ):
        if value:
            envelope[name] = value
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


def finished_text(envelope: bytes, position: int, recorded_at: datetime, *, has_time: bool) -> bytes:
    """One envelope as `finished` makes it, in JSON, without reading it."""
    recorded = utc_text(recorded_at)
    time = "" if has_time else f',"time":"{recorded}"'
    return b'%b,"position":%d,"recordedat":"%b"%b}' % (
        memoryview(envelope)[:-1],
        position,
        recorded.encode(),
        time.encode(),
    )


@lru_cache(maxsize=256)  # all commands of a batch share their recorded_at
def utc_text(instant: datetime) -> str:
    """RFC 3339 in UTC, always with microseconds, so that texts compare as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
