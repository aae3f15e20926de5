"""Object-centric event log (OCEL 2.0) in JSON: events, and the objects they name."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Mapping
from typing import Any, BinaryIO

import orjson

from infra.export.reading import Add, Envelope, Ref, Scalar, activity, attributes, refs

_TYPES: Mapping[type[Scalar], str] = {str: "string", int: "integer", bool: "boolean"}


@contextlib.contextmanager
def ocel2(file: BinaryIO) -> Generator[Add]:
    """The events are written as they come; of the objects, and of what types have, each is kept once."""
    written = _Written(file)
    file.write(b'{"events":[')
    yield written.add
    file.write(b'],"objects":')
    _write_list(file, ({"id": id, "type": kind} for id, kind in written.objects.items()))
    file.write(b',"objectTypes":')
    kinds = sorted(set(written.objects.values()))
    _write_list(file, ({"name": kind, "attributes": []} for kind in kinds))
    file.write(b',"eventTypes":')
    _write_list(file, (_event_type(name, has) for name, has in sorted(written.types.items())))
    file.write(b"}")


class _Written:
    """`objects`: id -> type. `types`: of events -> attribute -> its type."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._between = file, b""
        self.objects: dict[str, str] = {}
        self.types: dict[str, dict[str, str]] = {}

    def add(self, event: Envelope) -> None:
        name, has, named = activity(event), attributes(event), refs(event)
        self.types.setdefault(name, {}).update({key: _TYPES[type(value)] for key, value in has.items()})
        self.objects.update((ref.text, ref.kind) for ref in named)
        self._file.write(self._between + orjson.dumps(_event(event, name, has, named)))
        self._between = b",\n"


def _event(event: Envelope, name: str, has: Mapping[str, Scalar], named: Iterable[Ref]) -> dict[str, Any]:
    return {
        "id": event["id"],
        "type": name,
        "time": event["time"],
        "attributes": [{"name": key, "value": value} for key, value in has.items()],
        "relationships": [{"objectId": ref.text, "qualifier": ref.role} for ref in named],
    }


def _event_type(name: str, has: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": key, "type": kind} for key, kind in sorted(has.items())]}


def _write_list(file: BinaryIO, items: Iterable[Mapping[str, Any]]) -> None:
    between = b"["
    for item in items:
        file.write(between + orjson.dumps(item))
        between = b",\n"
    file.write(b"]" if between == b",\n" else b"[]")
