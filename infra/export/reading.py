"""What the tools of process mining read of an event: its activity, its plain fields, the objects it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, BinaryIO, NamedTuple, TypeAlias, cast

from contracts.base import ID, REF_TYPES
from contracts.catalogue import EVENTS

Envelope: TypeAlias = Mapping[str, Any]
Scalar: TypeAlias = str | int | bool
Add: TypeAlias = Callable[[Envelope], object]
Format: TypeAlias = Callable[[BinaryIO], AbstractContextManager[Add]]
"""Writes the events it is given to a file, which is whole when the context ends."""

CASE = "case/"
ENVELOPE = ("actor", "post", "team", "court", "recordedat", "pack", "packversion", "ruleid")
"""What is told of an event beside its case, activity and time."""
_REF = re.compile(f"({REF_TYPES}):{ID}")
_SCALARS = ("string", "integer", "boolean")


class Ref(NamedTuple):
    """An object that an event names, and as what: the name of the field."""

    kind: str
    id: str
    role: str

    @property
    def text(self) -> str:
        """As the published language refers to things: `asset:7`."""
        return f"{self.kind}:{self.id}"


def is_of_case(event: Envelope) -> bool:
    return event["subject"].startswith(CASE)


def activity(event: Envelope) -> str:
    """The event's name, and its kind where it has one: `MeasureTaken seal`."""
    name, kind = event["type"].split(".")[1], event["data"].get("kind")
    return f"{name} {kind}" if isinstance(kind, str) else name


def attributes(event: Envelope) -> dict[str, Scalar]:
    """The fields of the envelope that are set, and those of the data that are plain values, as `data.amount_fen`."""
    told: dict[str, Scalar] = {name: event[name] for name in ENVELOPE if event.get(name)}
    return told | {f"data.{name}": value for name, value in event["data"].items() if isinstance(value, Scalar)}


@cache
def names() -> Sequence[str]:
    """Of all attributes that events of the language can have."""
    fields = {name for model in EVENTS.values() for name in _plain(model.model_json_schema(mode="serialization"))}
    return (*ENVELOPE, *(f"data.{name}" for name in sorted(fields)))


def _plain(schema: Mapping[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        if any(each.get("type") in _SCALARS for each in field.get("anyOf", [field])):
            yield name


def refs(event: Envelope) -> list[Ref]:
    """Its subject, and whatever its data name by an id, each once in each role."""
    kind, _, id = event["subject"].partition("/")
    return list(dict.fromkeys([Ref(kind, id, "subject"), *_named("", event["data"])]))


def _named(field: str, value: Any) -> Iterator[Ref]:
    """`earlier_case_id` names a case, `asset_ids` name assets, `about` what it says itself."""
    if isinstance(value, Mapping):
        for name, each in cast(Mapping[str, Any], value).items():
            yield from _named(name, each)
    elif isinstance(value, list):
        for each in cast(list[Any], value):
            yield from _named(field.removesuffix("s"), each)
    elif isinstance(value, str) and field.endswith("_id"):
        role = field.removesuffix("_id")
        yield Ref(role.rpartition("_")[2], value, role)
    elif isinstance(value, str) and _REF.fullmatch(value):
        kind, _, id = value.partition(":")
        yield Ref(kind, id, field)
