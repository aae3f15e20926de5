"""The port through which every reaction and projection gets events, whatever carries them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import orjson
from pydantic import ValidationError

from contracts.base import Contract
from contracts.catalogue import UndecodableEvent, decode
from contracts.envelope import Envelope, slot
from kernel.publishing import finished
from rules.fact import Fact

SERVICES = ("intake", "triage", "asset_control", "auction", "funds", "supervision")  # one log each, of this name


class Event(NamedTuple):
    """A contract event as it arrived. `data` is None, and `fault` says why, when it cannot be decoded (poison)."""

    log: str
    position: int
    slot: int
    envelope: dict[str, Any]
    fact: Fact
    data: Contract | None
    fault: str = ""

    @property
    def name(self) -> str:
        return self.fact.type

    @property
    def court(self) -> str:
        return self.fact.court

    @property
    def subject(self) -> str:
        return self.fact.subject

    @property
    def case_id(self) -> str:
        """The id in the subject, of a case (or of whatever the subject is)."""
        return self.subject.split("/", 1)[1]

    @property
    def is_reference(self) -> bool:
        return is_reference(self.subject)


class Unit(NamedTuple):
    """All contract events of one position of one log: done together, or not at all."""

    log: str
    position: int
    events: tuple[Event, ...]


def units_of(log: str, rows: Iterable[tuple[int, datetime, bytes | None]]) -> list[Unit]:
    """What leaves because of rows of a log: (position, recorded at, envelopes) of each."""
    return [
        Unit(log, position, tuple(event_of(log, envelope) for envelope in finished(published, position, recorded_at)))
        for position, recorded_at, published in rows
        if published
    ]


class Feed(Protocol):
    """What a carrier offers a consumer. A unit may come again; it never comes before an earlier one of its subject."""

    async def take(self, limit: int) -> Sequence[Unit]:
        """The next units; waits until there is one."""
        ...

    async def finished(self, units: Sequence[Unit]) -> None:
        """These units and their effects are durable: the low-water mark may pass them."""
        ...

    def seen(self) -> dict[str, int]:
        """log -> the position up to which everything is finished."""
        ...


def is_reference(subject: str) -> bool:
    """Policies, calendars and postings: read whole by every consumer."""
    return subject.startswith(("court/", "member/"))


def event_of(log: str, envelope: dict[str, Any]) -> Event:
    """Decodes one envelope; what cannot be decoded is an event with a fault, never an exception."""
    data, fault = None, ""
    try:
        data = decode(Envelope.model_validate(envelope))
    except ValidationError as error:
        return _faulty(log, envelope, {str(e["loc"][0]) if e["loc"] else "itself" for e in error.errors()})
    except UndecodableEvent as error:
        fault = str(error)
    return Event(log, envelope["position"], envelope["slot"], envelope, fact_of(envelope), data, fault)


def _faulty(log: str, envelope: dict[str, Any], wrong: set[str]) -> Event:
    """Stands under its subject, or under one of its own where not even its subject can be trusted."""
    position, recorded = envelope["position"], datetime.fromisoformat(envelope["recordedat"])
    if wrong.isdisjoint(("id", "court", "subject")):
        name, court, subject = envelope["id"], envelope["court"], envelope["subject"]
    else:
        name, court = f"{log}/{position}/{crc32(orjson.dumps(envelope))}", ""
        subject = f"unreadable/{log}-{position}"
    fact = Fact(name, log, "", court, subject, recorded, recorded, position, {})
    fault = "the envelope is wrong in " + ", ".join(sorted(wrong))
    return Event(log, position, slot(court, subject), envelope, fact, None, fault)


def fact_of(envelope: dict[str, Any]) -> Fact:
    return Fact(
        id=envelope["id"],
        source=envelope["source"],
        type=envelope["type"].split(".")[1],
        court=envelope["court"],
        subject=envelope["subject"],
        time=datetime.fromisoformat(envelope["time"]),
        recorded_at=datetime.fromisoformat(envelope["recordedat"]),
        position=envelope["position"],
        data=envelope["data"],
        actor=envelope["actor"],
        post=envelope.get("post", ""),
        team=envelope.get("team", ""),
        day_precision=envelope["timeprecision"] == "day",
        correlation_id=envelope["correlationid"],
        causation_id=envelope["causationid"],
    )
