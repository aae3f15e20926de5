"""Our own events: CloudEvents in JSON, one a line or a page of `GET /events` a line, in any order and repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from contracts.catalogue import EVENTS
from infra.supervise.readers import Row, Rows
from kernel.feed import fact_of
from rules.fact import Fact
from rules.foreign import Broken

_TEXTS = ("id", "source", "type", "subject", "time", "recordedat")
_DEFAULTS = {"actor": "system", "timeprecision": "instant", "correlationid": "", "causationid": "", "court": ""}


def are_ours(line: bytes) -> bool:
    """Whether the first line of a log holds one of our events, or a page of them."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(found, dict) and ("specversion" in found or isinstance(found.get("events"), list))


class CloudEvents:
    """The events of a file. An id may come again with the same content, never with another."""

    def __init__(self, lines: Rows) -> None:
        self._lines, self._event = lines, 0
        self._known: dict[str, int] = {}

    @property
    def position(self) -> str:
        return self._lines.position + (f", event {self._event}" if self._event else "")

    def facts(self) -> Iterator[Fact | Broken | None]:
        """Each event's fact, None for one that came before, or why it is none."""
        for row in self._lines:
            page = row.get("events") if not isinstance(row, Broken) and "specversion" not in row else None
            events: list[Row] = page if isinstance(page, list) else [row]
            for number, event in enumerate(events, 1):
                self._event = number if isinstance(page, list) else 0
                yield self._fact(event)

    def _fact(self, event: Row) -> Fact | Broken | None:
        if isinstance(event, Broken):
            return event
        try:
            fact = _read(event)
        except Broken as broken:
            return broken
        content = hash(orjson.dumps(event, option=orjson.OPT_SORT_KEYS))
        if fact.id not in self._known:
            self._known[fact.id] = content
            return fact
        if self._known[fact.id] != content:
            return Broken(f"the id {fact.id[:80]} came before with another content")
        return None


def _read(event: Any) -> Fact:
    """Broken where the envelope lacks what every event has."""
    if not isinstance(event, dict):
        raise Broken("no JSON object")
    for name in _TEXTS:
        if not isinstance(event.get(name), str) or not event[name]:
            raise Broken(f"no {name}")
    if not isinstance(event.get("data"), dict):
        raise Broken("no data")
    if event["type"] not in EVENTS:
        raise Broken(f"{event['type'][:80]} is no event of the language")
    if type(event.get("position", 0)) is not int:
        raise Broken("position is no whole number")
    for name in ("time", "recordedat"):
        _check_instant(name, event[name])
    return fact_of({"position": 0, **_DEFAULTS, **event})


def _check_instant(name: str, text: str) -> None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise Broken(f"{name}: {text[:40]!r} is no instant with its zone")
