"""What stands on the wire: topics, keys, headers. Every record but those of progress is one CloudEvent in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import orjson
from pydantic import TypeAdapter

from kernel.feed import LANES, REFERENCE_LANE, lane
from kernel.publishing import Place, finished_text

PARTITIONS = 12  # of the topic of cases, where this makes it
MAX_RECORD_BYTES = 4 * 1024 * 1024  # far above what a service writes (256 KiB an event)
CONTENT_TYPE = ("content-type", b"application/cloudevents+json; charset=UTF-8")
LINK = "zhixing-link"
_PROGRESS = TypeAdapter(tuple[str, int, list[int]])


class Topics(NamedTuple):
    """The names of one installation's topics."""

    prefix: str

    @property
    def cases(self) -> str:
        """Everything of cases, by key; a lane lies whole in one partition."""
        return f"{self.prefix}.cases"

    @property
    def reference(self) -> str:
        """Policies, calendars, postings: one partition, read whole by every consumer."""
        return f"{self.prefix}.reference"

    @property
    def progress(self) -> str:
        """How far each log has come: one partition, compacted, for our own consumers only."""
        return f"{self.prefix}.progress"


class Link(NamedTuple):
    """Where a record stands in its log: the chain of its lane leads from each position to the next.

    Whoever has taken `follows` (0: none) and all parts of `position` has missed nothing of the lane in between,
    whatever partitions and offsets say.
    """

    log: str
    lane: int
    position: int
    follows: int
    part: int  # of the events that one position has in the lane, from 1
    parts: int

    def header(self) -> tuple[str, bytes]:
        log, lane, position, follows, part, parts = self
        return LINK, f"{log} {lane} {position} {follows} {part} {parts}".encode()


class Carried(Protocol):
    """A record as a consumer gets it."""

    headers: Sequence[tuple[str, bytes]]


class Record(NamedTuple):
    """One event, ready to be produced."""

    link: Link
    key: bytes
    value: bytes
    traceparent: str = ""  # as the envelope has it

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        return [CONTENT_TYPE, self.link.header()]

    @property
    def is_reference(self) -> bool:
        return self.link.lane == REFERENCE_LANE

    def partition(self, partitions: int) -> int:
        """A lane's records never part, whatever the number of partitions."""
        return 0 if self.is_reference else self.link.lane % partitions


class Progress(NamedTuple):
    """Everything up to `head` has left the log; `lasts` holds the last position of each lane."""

    log: str
    head: int
    lasts: list[int]

    def value(self) -> bytes:
        return orjson.dumps(tuple(self))

    @classmethod
    def read(cls, value: bytes) -> Progress:
        """Raises ValueError."""
        log, head, lasts = _PROGRESS.validate_json(value)
        if len(lasts) != LANES:
            raise ValueError("a lane's position lacks")
        return cls(log, head, lasts)


def link_of(record: Carried) -> Link:
    """Raises ValueError where the record was not produced by a relay."""
    for name, value in record.headers:
        if name == LINK:
            log, *numbers = value.decode().split(" ")
            lane, position, follows, part, parts = map(int, numbers)
            return Link(log, lane, position, follows, part, parts)
    raise ValueError("a record without a link")


class Head(msgspec.Struct):
    """What a relay reads of an envelope. Nothing says that anybody can decode it: it must reach who will park it."""

    court: Any = ""
    subject: Any = ""
    time: Any = None
    traceparent: Any = ""

    @property
    def lane(self) -> int:
        return lane(str(self.court), str(self.subject))

    @property
    def key(self) -> bytes:
        """court/kind/id"""
        return f"{self.court}/{self.subject}".encode()


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_head = msgspec.json.Decoder(Head).decode


def records(log: str, places: Iterable[Place], lasts: list[int]) -> Iterator[Record]:
    """What leaves because of rows of a log. `lasts`, the last position of each lane so far, moves on with them."""
    for position, recorded_at, published in places:
        if published:
            for of_lane, told in _by_lane(published).items():
                for part, (head, envelope) in enumerate(told, 1):
                    link = Link(log, of_lane, position, lasts[of_lane], part, len(told))
                    value = finished_text(envelope, position, recorded_at, has_time=head.time is not None)
                    yield Record(link, head.key, _fitting(value), str(head.traceparent))
                lasts[of_lane] = position


def _by_lane(published: bytes) -> dict[int, list[tuple[Head, msgspec.Raw]]]:
    found: dict[int, list[tuple[Head, msgspec.Raw]]] = {}
    for envelope in _split(published):
        head = _head(envelope)
        found.setdefault(head.lane, []).append((head, envelope))
    return found


def _fitting(value: bytes) -> bytes:
    """Without its data where it is too large for a record: then its subject is parked, and nobody else waits."""
    if len(value) <= MAX_RECORD_BYTES:
        return value
    return orjson.dumps({name: of_it for name, of_it in orjson.loads(value).items() if name != "data"})
