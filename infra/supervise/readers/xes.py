"""XES (IEEE 1849): traces of events, read as a stream. A document type is refused, and with it every entity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

from lxml import etree

from infra.supervise.log_file import CHUNK, BrokenFile
from infra.supervise.readers import Row
from rules.foreign import XES_ACTOR, Broken, Reading

NAME, TIME = "concept:name", "time:timestamp"
OF_TRACE = "case:"
"""What the name of a trace's attribute begins with where columns are named."""
_WITHOUT_VALUE = ()
_TRACE, _EVENT, _ATTRIBUTE = 2, 3, 4  # how deep they stand


class _Refused(Exception):
    """The file says something that no log needs."""


class Xes:
    """The events of an XES file. Their own attributes stand before those of their trace."""

    def __init__(self, stream: BinaryIO, reading: Reading) -> None:
        self._stream, self._target = stream, _Target(reading)
        self._parser = etree.XMLParser(
            target=self._target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )

    @property
    def position(self) -> str:
        return self._target.position

    def __iter__(self) -> Iterator[Row]:
        try:
            while chunk := self._stream.read(CHUNK):
                self._parser.feed(chunk)
                yield from self._target.rows()
            self._parser.close()
            yield from self._target.rows()
        except (etree.XMLSyntaxError, _Refused) as error:
            yield from self._target.rows(unfinished=True)
            raise BrokenFile(_reason(error)) from None
        except BrokenFile:
            yield from self._target.rows(unfinished=True)
            raise


def _reason(error: Exception) -> str:
    if isinstance(error, etree.XMLSyntaxError):
        return f"no XML that can be read on: {error.msg or 'the file is empty'}"
    return str(error)


class Place(NamedTuple):
    """Where an event stands; 0: none is meant."""

    trace: int = 0
    case: object = None
    event: int = 0

    def __str__(self) -> str:
        if not self.trace:
            return f"event {self.event} outside traces" if self.event else "the beginning"
        named = f"trace {self.trace} ({self.case or 'without a name'})"
        return f"{named}, event {self.event}" if self.event else named


class _Target:
    """What the parser tells of elements as it meets them; no tree is kept."""

    def __init__(self, reading: Reading) -> None:
        columns = reading.columns
        self._wanted = reading.wanted | {NAME, TIME, XES_ACTOR}
        self._of_trace = reading.wanted - {columns.activity, columns.time}
        named = ((columns.activity, NAME), (columns.time, TIME), (columns.actor, XES_ACTOR))
        self._instead = [(column, name) for column, name in named if column not in (None, name)]
        self._case, self._case_name = columns.case, columns.case.removeprefix(OF_TRACE)
        self._depth, self._traces, self._strays = 0, 0, 0
        self._names: set[str] = set()
        self._event: dict[str, Any] | None = None
        self._trace: dict[str, Any] | None = None
        self._events: list[dict[str, Any]] = []
        self._ready: list[tuple[Place, Row]] = []
        self._place = Place()

    @property
    def position(self) -> str:
        return str(self._place)

    # ---- what the parser calls ----------------------------------------------------------------------------------

    def doctype(self, *_: Any) -> None:
        raise _Refused("a document type (DOCTYPE) is refused: no log needs one")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        event = self._event
        if event is not None:
            if self._depth == _ATTRIBUTE and (key := attributes.get("key")) in self._wanted:
                event[key] = attributes.get("value", _WITHOUT_VALUE)
        elif self._depth == _EVENT:
            self._part_of_trace(tag, attributes)
        elif self._depth == _TRACE:
            self._part_of_log(tag)

    def end(self, _: str) -> None:
        self._depth -= 1
        if self._depth == _EVENT - 1 and self._event is not None:
            self._events.append(self._event)
            self._event = None
        elif self._depth == _TRACE - 1 and self._trace is not None:
            self._finish(self._trace)

    def close(self) -> None:
        pass

    def _part_of_log(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if name == "trace":
            self._traces += 1
            self._trace = {}
        elif name == "event":
            self._strays += 1
            self._ready.append((Place(event=self._strays), Broken("it stands in no trace")))

    def _part_of_trace(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._trace is None:
            return
        if tag.rpartition("}")[2] == "event":
            self._event = {}
        elif (key := attributes.get("key")) is not None:
            self._trace[key] = attributes.get("value", _WITHOUT_VALUE)

    # ---- rows ---------------------------------------------------------------------------------------------------

    def rows(self, *, unfinished: bool = False) -> Iterator[Row]:
        """What is ready; `unfinished`: with the events of the trace in which reading stopped."""
        if unfinished and self._trace is not None:
            self._finish(self._trace)
        ready, self._ready = self._ready, []
        for self._place, row in ready:
            yield row

    def _finish(self, trace: Mapping[str, Any]) -> None:
        case = trace.get(self._case_name, trace.get(NAME))
        base: dict[str, Any] = {self._case: case}
        for key, value in trace.items():
            base |= {name: value for name in (OF_TRACE + key, key) if name in self._of_trace and name != self._case}
        self._name(case)
        for place, event in enumerate(self._events, 1):
            row = base | event
            row[self._case] = case
            for column, name in self._instead:
                if column not in event and name in event:
                    row[column] = event[name]
            self._ready.append((Place(self._traces, case, place), row))
        self._trace, self._events = None, []

    def _name(self, case: Any) -> None:
        if case in self._names:
            reason = "an earlier trace is called the same; both are taken as one case"
            self._ready.append((Place(self._traces, case), Broken(reason)))
        self._names.add(case)
