"""Base classes of domain events and aggregates, on the eventsourcing library.

An aggregate's commands decide and `record` what happened; its `apply` evolves the state. Commands run on a draft,
so that a reader never sees what is not durable yet.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

import orjson
from eventsourcing.domain import BaseAggregate, CanMutateAggregate
from eventsourcing.utils import register_topic, resolve_topic
from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from contracts.base import CODE, ID, Code, Id, Post, SubjectKind, text
from kernel.clock import COURT_ZONE
from kernel.problems import TooLarge

MAX_EVENT_BYTES = 256 * 1024
MAX_STREAM_EVENTS = 10_000
CONTAINERS = (dict, list, set, deque)
THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


SUBJECT = re.compile(f"({'|'.join(get_args(SubjectKind))})/{ID}")


class Circumstances(BaseModel):
    """Who did it, in which post, when, and what caused it: one object for all events of a command.

    `happened_at` is None for what happens as it is recorded: its time is then exactly the instant of recording.
    `facts_up_to` (log -> position) says how much of the other services' events the decision had seen.
    What no envelope could say is refused here, so that no event is ever stored that nobody can read.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    court: Code
    actor: Id
    post: Annotated[str, text(f"({'|'.join(get_args(Post))})?", 64)]
    team: Annotated[str, text(f"({CODE})?", 64)]
    command_id: str
    correlation_id: Id
    causation_id: Id
    decided_at: AwareDatetime
    happened_at: AwareDatetime | None
    timeprecision: Literal["instant", "day"]
    pack: Annotated[str, text(f"({CODE})?", 64)]
    packversion: Annotated[str, text("([A-Za-z0-9][A-Za-z0-9.+-]*)?", 64)]
    traceparent: Annotated[str, text("([0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})?", 55)]
    facts_up_to: dict[str, int]

    @model_validator(mode="after")
    def _of_a_day_only(self) -> Self:
        if self.timeprecision == "day" and (self.happened_at is None or not _begins_a_day(self.happened_at)):
            raise ValueError("what is known by its day only happened as that day began")
        return self

    def ruled(self, ruleid: str) -> Circumstances:
        """These circumstances of what a rule decided; they name its pack where they know the rules."""
        return self


def _begins_a_day(instant: datetime) -> bool:
    return instant.astimezone(COURT_ZONE).time() == time()


class DomainEvent(BaseModel, CanMutateAggregate[str]):
    """A private fact of one aggregate. No field has a default that could stamp an old event with the present."""

    TOPIC: ClassVar[str]  # names the event in the log for ever, wherever its class moves; ends in its version
    model_config = ConfigDict(frozen=True)

    originator_id: str
    originator_version: int
    timestamp: AwareDatetime
    subject: Annotated[str, text(f"({SUBJECT.pattern})?", 136)]
    ruleid: Annotated[str, text(f"({ID})?", 128)]
    by: Circumstances

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if "TOPIC" in vars(cls):
            register_topic(cls.TOPIC, cls)

    def apply(self, aggregate: Aggregate) -> None:
        aggregate.subject = self.subject
        aggregate.apply(self)


@dataclass(frozen=True, slots=True)
class Correctable:
    """What a correction may change of an event: all but its ids (1.6) and the fields that are `fixed`.

    `void`: it may be declared not to have happened at all.
    """

    fixed: frozenset[str] = frozenset()
    void: bool = False


def correctable(table: Mapping[type[DomainEvent], Correctable]) -> Mapping[type[DomainEvent], Correctable]:
    """An aggregate's table; every correction of an event that does not stand in it is refused."""
    return table


class Aggregate(BaseAggregate[str]):
    """State of one thing. It begins empty at version 0; `exists` once its first event is recorded.

    Fields may be dicts, lists, sets and deques; what these hold must be immutable, because a draft copies one level.
    """

    KIND = ""  # the stream's name is `KIND/key`. Not annotated: the library would make a dataclass of the class
    CORRECTABLE = correctable({})

    def __base_init__(self, originator_id: str, originator_version: int, timestamp: datetime) -> None:
        super().__base_init__(originator_id, originator_version, timestamp)
        self.subject: str = ""
        self.by: Circumstances | None = None

    def __init__(self) -> None:
        """Subclasses set their empty state."""

    @classmethod
    def empty(cls, key: str) -> Self:
        aggregate = cls.__new__(cls)
        aggregate.__base_init__(stream_id(cls, key), 0, THE_BEGINNING)
        aggregate.__init__()
        return aggregate

    @property
    def exists(self) -> bool:
        return self.version > 0

    @property
    def key(self) -> str:
        return self.id.split("/", 1)[1]

    def copy(self) -> Self:
        """One level deep: see the class."""
        copy = object.__new__(type(self))
        vars(copy).update({n: v.copy() if isinstance(v, CONTAINERS) else v for n, v in vars(self).items()})
        return copy

    def draft(self, by: Circumstances) -> Self:
        """A copy to decide on; the original stays as it is durable."""
        draft = self.copy()
        draft.by = by
        return draft

    def record(self, event: type[DomainEvent], *, subject: str | None = None, ruleid: str = "", **data: Any) -> None:
        """Something happened: the event is made, applied to this draft, and kept for the log."""
        by, version = self.by, self.version
        assert by is not None, "commands run on drafts"
        if version >= MAX_STREAM_EVENTS:
            raise TooLarge(f"this record holds {MAX_STREAM_EVENTS} events, the most it may")
        happened = event(
            originator_id=self.id,
            originator_version=version + 1,
            timestamp=by.decided_at,
            subject=self.subject if subject is None else subject,
            ruleid=ruleid,
            by=by.ruled(ruleid),
            **data,
        )
        happened.mutate(self)
        self.pending_events.append(happened)

    def become(self, corrected: Self) -> None:
        """A draft takes the state of the same stream folded anew; what it is about to record stays."""
        pending, by = self.pending_events, self.by
        vars(self).update(vars(corrected.copy()))
        self._pending_events, self.by = pending, by

    def require_sound(self) -> None:
        """Raises WrongState in a state that only a correction can lead to, and must not."""

    def follow(self, subject: str, amended: Any) -> None:
        """Repeats what a fact of another stream says since it was amended; the service says which streams do so."""

    def settled(self) -> Self:
        """What a draft becomes once its events are durable."""
        self.pending_events.clear()
        self.by = None
        return self

    def apply(self, event: DomainEvent) -> None:
        """Evolves the state; events that change nothing need no line."""


def stream_id(kind: type[Aggregate], key: str) -> str:
    return f"{kind.KIND}/{key}"


Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
UPCASTERS: Mapping[str, Upcaster] = {}  # old topic -> (new topic, changed state); the one table for all services


def decode(topic: str, state: bytes, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> DomainEvent:
    """A stored event as today's class, through the upcasters of its topic."""
    while topic in upcasters:
        topic, data = upcasters[topic](orjson.loads(state))
        state = orjson.dumps(data)
    return resolve_topic(topic).model_validate_json(state)


def encode(event: DomainEvent) -> bytes:
    """Raises TooLarge past 256 KiB."""
    state = event.__pydantic_serializer__.to_json(event)
    if len(state) > MAX_EVENT_BYTES:
        raise TooLarge(f"an event may hold {MAX_EVENT_BYTES} bytes; this one is larger")
    return state
