"""The port through which every reaction and projection gets events, whatever carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import orjson
from pydantic import ValidationError

from contracts.base import Contract
from contracts.catalogue import EVENTS, UndecodableEvent, decode
from contracts.envelope import SLOTS, Envelope, slot
from kernel.call import HISTORY
from kernel.publishing import Place, finished
from rules.fact import Fact

NO_COURT, UNREADABLE = "", "unreadable/"  # court and kind of subject of what nobody can tell whose it is
REFERENCE_LANE = SLOTS  # reference data come in an order of their own; all else in that of its slot
LANES = SLOTS + 1
EVERY_LANE = frozenset(range(LANES))
read_envelope = Envelope.__pydantic_validator__.validate_python  # `model_validate` adds a third to what it takes
SERVICES = ("intake", "triage", "asset_control", "auction", "funds", "supervision")  # one log each, of this name


class Event:
    """A contract event as it arrived; where it cannot be decoded (poison), `fault` says why.

    Its fact and its data are made when somebody first looks at them: few look at all.
    """

    __slots__ = ("_data", "_fact", "court", "envelope", "fault", "id", "lane", "log", "position", "subject")

    def __init__(
        self,
        log: str,
        envelope: dict[str, Any],
        data: Contract | None = None,
        fault: str = "",
        fact: Fact | None = None,
    ) -> None:
        self.log, self.envelope, self.fault = log, envelope, fault
        self._data, self._fact = data, fact
        self.position: int = envelope["position"]
        self.id: str = fact.id if fact else envelope["id"]
        self.court: str = fact.court if fact else envelope["court"]
        self.subject: str = fact.subject if fact else envelope["subject"]
        self.lane: int = lane(self.court, self.subject)

    @property
    def fact(self) -> Fact:
        if self._fact is None:
            self._fact = fact_of(self.envelope)
        return self._fact

    @property
    def data(self) -> Any:
        """The contract event; None where there is a fault."""
        if self._data is None and not self.fault:
            self._data = EVENTS[self.envelope["type"]].model_validate(self.envelope["data"])
        return self._data

    @property
    def name(self) -> str:
        return "" if self.fault else self.envelope["type"].split(".")[1]

    @property
    def is_history(self) -> bool:
        """Brought in with the past of its case: what it led to has been done."""
        return str(self.envelope.get("causationid", "")).startswith(HISTORY)

    @property
    def traceparent(self) -> str:
        """Of what the event came about in; "" for none."""
        return "" if self.fault else self.envelope.get("traceparent", "")

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

    @property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.events[0].envelope["recordedat"])


class Lag(NamedTuple):
    """A lane whose mark is behind its log: how many events of the log come after the mark.

    `since`: when the first of the lane that is not finished was recorded, as far as the carrier knows already.
    """

    log: str
    lane: int
    events: int
    since: datetime | None


def units_of(log: str, places: Iterable[Place], read: Callable[[str, dict[str, Any]], Event]) -> list[Unit]:
    """What leaves because of rows of a log; `read` is `event_of`, or `own_event` for what this process has written."""
    return [
        Unit(log, position, tuple(read(log, envelope) for envelope in finished(published, position, recorded_at)))
        for position, recorded_at, published in places
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

    def heads(self) -> dict[str, int] | None:
        """log -> how far it has come, as far as this process has heard; None while it cannot tell."""
        ...

    def lagging(self) -> Iterable[Lag]:
        """Of the lanes that come to this process those that are behind."""
        ...

    def lanes(self) -> frozenset[int]:
        """The lanes that come to this process. Of several processes of a service, each lane comes to one.

        It says who is to do something, not who may: while lanes change hands nobody has them, and a process that was
        paused has yet to learn that it lost them.
        """
        ...


class Carrier(Protocol):
    """What brings events from service to service."""

    def connect(self, service: str, renewed: Callable[[], Awaitable[None]]) -> AbstractAsyncContextManager[Feed]:
        """The feed of one service, by its log's name, and what brings its own events to the others.

        `renewed` is awaited when another process of the service may have handled subjects that now come here.
        """
        ...


def is_reference(subject: str) -> bool:
    """Policies, calendars and postings: read whole by every consumer."""
    return subject.startswith(("court/", "member/"))


def lane(court: str, subject: str) -> int:
    """Within a lane of a log, events come in the order of their positions, whatever carries them."""
    return REFERENCE_LANE if is_reference(subject) else slot(court, subject)


def own_event(log: str, envelope: dict[str, Any]) -> Event:
    """An event that this process has published: whole, as everything is that the kernel makes an envelope of."""
    return Event(log, envelope)


def event_of(log: str, envelope: dict[str, Any]) -> Event:
    """Decodes one envelope; what cannot be decoded is an event with a fault, never an exception."""
    try:
        return Event(log, envelope, data=decode(read_envelope(envelope)))
    except ValidationError as error:
        return _faulty(log, envelope, {str(e["loc"][0]) if e["loc"] else "itself" for e in error.errors()})
    except UndecodableEvent as error:
        return Event(log, envelope, fault=str(error))


def _faulty(log: str, envelope: dict[str, Any], wrong: set[str]) -> Event:
    """Stands under its subject, or under one of its own where not even its subject can be trusted."""
    position, recorded = envelope["position"], datetime.fromisoformat(envelope["recordedat"])
    if wrong.isdisjoint(("id", "court", "subject")):
        name, court, subject = envelope["id"], envelope["court"], envelope["subject"]
    else:
        name, court = f"{log}/{position}/{crc32(orjson.dumps(envelope))}", NO_COURT
        subject = f"{UNREADABLE}{log}-{position}"
    fact = Fact(name, log, "", court, subject, recorded, recorded, position, {})
    return Event(log, envelope, fault="the envelope is wrong in " + ", ".join(sorted(wrong)), fact=fact)


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
        post=envelope.get("post") or "",
        team=envelope.get("team") or "",
        day_precision=envelope.get("timeprecision") == "day",
        correlation_id=envelope["correlationid"],
        causation_id=envelope["causationid"],
    )
