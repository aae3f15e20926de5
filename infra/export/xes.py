"""Extensible Event Stream (IEEE 1849): a trace a case."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from typing import Any, BinaryIO

from lxml import etree

from infra.export.reading import Add, Envelope, Scalar, activity, attributes, is_of_case

_EXTENSIONS = {
    "Concept": "concept", "Time": "time", "Lifecycle": "lifecycle", "Organizational": "org", "Identity": "identity",
}  # fmt: skip
_GLOBAL = {
    "trace": {"concept:name": "string"},
    "event": {"concept:name": "string", "time:timestamp": "date", "lifecycle:transition": "string"},
}
_UNKNOWN = {"string": "unknown", "date": "1970-01-01T00:00:00.000+00:00"}


@contextlib.contextmanager
def xes(file: BinaryIO) -> Generator[Add]:
    """Takes the events of a case one after another; those of other subjects are left out."""
    with etree.xmlfile(file, encoding="utf-8") as xml, contextlib.ExitStack() as whole:
        xml.write_declaration()
        whole.enter_context(
            xml.element(
                "log", {"xes.version": "1849-2016", "xes.features": "", "xmlns": "http://www.xes-standard.org/"}
            )
        )
        _write_head(xml)
        traces = _Traces(xml)
        whole.callback(traces.close)
        yield traces.add


class _Traces:
    def __init__(self, xml: Any) -> None:
        self._xml, self._case, self._open = xml, "", contextlib.ExitStack()

    def add(self, event: Envelope) -> None:
        if not is_of_case(event):
            return
        if event["subject"] != self._case:
            self._begin(event["subject"])
        self._xml.write(_event(event))

    def _begin(self, case: str) -> None:
        self.close()
        self._case = case
        self._open.enter_context(self._xml.element("trace"))
        self._xml.write(_attribute("string", "concept:name", case))

    def close(self) -> None:
        self._open.close()


def _write_head(xml: Any) -> None:
    for name, prefix in _EXTENSIONS.items():
        uri = f"http://www.xes-standard.org/{prefix}.xesext"
        xml.write(etree.Element("extension", {"name": name, "prefix": prefix, "uri": uri}))
    for scope, keys in _GLOBAL.items():
        element = etree.Element("global", {"scope": scope})
        element.extend(_attribute(kind, key, _UNKNOWN[kind]) for key, kind in keys.items())
        xml.write(element)
    xml.write(etree.Element("classifier", {"name": "Activity", "scope": "event", "keys": "concept:name"}))


def _event(event: Envelope) -> Any:
    element = etree.Element("event")
    element.append(_attribute("date", "time:timestamp", event["time"]))
    element.extend(_typed(key, value) for key, value in _told(event).items())
    return element


def _told(event: Envelope) -> Mapping[str, Scalar]:
    return {
        "concept:name": activity(event),
        "lifecycle:transition": "complete",
        "org:resource": event["actor"],
        "identity:id": event["id"],
    } | attributes(event)


def _typed(key: str, value: Scalar) -> Any:
    if isinstance(value, bool):
        return _attribute("boolean", key, str(value).lower())
    return _attribute("int" if isinstance(value, int) else "string", key, str(value))


def _attribute(kind: str, key: str, value: str) -> Any:
    return etree.Element(kind, {"key": key, "value": value})
