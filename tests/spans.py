"""Spans as a test reads them, from memory or as a collector of OpenTelemetry's got them over HTTP."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from kernel.tracing import Tracing

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CALLED = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
"""The headers of somebody who traces what he does."""


class Span(NamedTuple):
    """`parent`: "" for none; `links`: span ids."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    about: dict[str, Any]


class Memory:
    """The spans of services in this process."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = Tracing(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> list[Span]:
        return [_recorded(span) for span in self._exporter.get_finished_spans()]

    @property
    def text(self) -> str:
        """All that was told."""
        return "".join(span.to_json() for span in self._exporter.get_finished_spans())


class Collector:
    """What takes spans over OTLP/HTTP."""

    def __init__(self, address: str) -> None:
        self.environment = {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        self.spans: list[Span] = []

    def took(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        for of_service in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {each.key: each.value.string_value for each in of_service.resource.attributes}
            for scope in of_service.scope_spans:
                self.spans += [_sent(named["service.name"], span) for span in scope.spans]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.took(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()


def named(spans: Iterable[Span], name: str, trace: str = TRACE) -> list[Span]:
    return [span for span in spans if (span.name, span.trace) == (name, trace)]


def _recorded(span: ReadableSpan) -> Span:
    return Span(
        str(span.resource.attributes["service.name"]),
        span.name,
        span.kind.name,
        f"{span.context.trace_id:032x}",
        f"{span.context.span_id:016x}",
        f"{span.parent.span_id:016x}" if span.parent else "",
        tuple(f"{link.context.span_id:016x}" for link in span.links),
        dict(span.attributes or {}),
    )


def _sent(service: str, span: Any) -> Span:
    return Span(
        service,
        span.name,
        SpanKind(span.kind - 1).name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple(link.span_id.hex() for link in span.links),
        {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes},
    )
