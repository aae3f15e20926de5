"""Spans (OpenTelemetry): how one step of a case goes through HTTP, log, relay, carrier and reaction.

Off unless a process is given somewhere to send them: then none is made, and trace ids are passed on as they came.
Attributes name courts, subjects, commands and events, never a person; names follow OpenTelemetry's conventions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, SynchronousMultiSpanProcessor, TracerProvider
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from kernel.metrics import Metrics

NAMESPACE = "zhixing"
UNNAMED = "unknown_service"  # what the SDK calls a service that neither OTEL_SERVICE_NAME nor anything else names
Attributes = Mapping[str, AttributeValue]
NOTHING: Attributes = {}


class Span:
    """Where tracing is off: what comes after follows what came before, and nothing is told."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent  # for what comes after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(kind)

    def tell(self, attributes: Attributes) -> None: ...

    def rename(self, name: str) -> None: ...

    def end(self, error: type[BaseException] | None = None) -> None: ...


class _Recorded(Span):
    """An error is told by its kind alone: its message may repeat what somebody sent."""

    __slots__ = ("_span",)

    def __init__(self, span: trace.Span) -> None:
        super().__init__(_traceparent(span.get_span_context()))
        self._span = span

    def tell(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def end(self, error: type[BaseException] | None = None) -> None:
        if error is not None:
            self._span.set_attribute("error.type", error.__qualname__)
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


class Spans:
    """Those of one service. Without a tracer: none."""

    def __init__(self, tracer: trace.Tracer | None = None) -> None:
        self._tracer = tracer

    @property
    def are_on(self) -> bool:
        return self._tracer is not None

    def span(
        self,
        name: str,
        parent: str = "",
        kind: SpanKind = SpanKind.INTERNAL,
        links: Iterable[str] = (),
        attributes: Attributes = NOTHING,
    ) -> Span:
        """Begins one, to be used as `with`. `parent` and `links` are traceparents; without a parent a trace begins."""
        if self._tracer is None:
            return Span(parent)
        context = trace.set_span_in_context(NonRecordingSpan(_context(parent)), Context()) if parent else Context()
        linked = [Link(_context(each)) for each in dict.fromkeys(links) if each]
        return _Recorded(self._tracer.start_span(name, context, kind, attributes, linked))


NO_SPANS = Spans()


class Tracing:
    """Where the spans of a process's services go. Without a processor: nowhere, none are made."""

    def __init__(self, *processors: SpanProcessor) -> None:
        self._is_on = bool(processors)
        self._made: dict[str, Spans] = {}
        self._processor = SynchronousMultiSpanProcessor()
        for each in processors:
            self._processor.add_span_processor(each)

    def spans(self, service: str) -> Spans:
        """Of a service under its own name, also where several share a process, unless OTEL_SERVICE_NAME names it."""
        if not self._is_on:
            return NO_SPANS
        if service not in self._made:
            made = TracerProvider(
                resource=_resource(service), active_span_processor=self._processor, shutdown_on_exit=False
            )
            self._made[service] = Spans(made.get_tracer(NAMESPACE))
        return self._made[service]

    def close(self) -> None:
        """Sends what has not been sent yet."""
        self._processor.shutdown()


@dataclass(frozen=True)
class Telemetry:
    """What a process tells of itself: metrics always, spans where tracing is on."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = field(default_factory=Tracing)

    @contextlib.asynccontextmanager
    async def sent(self) -> AsyncGenerator[None]:
        """When the context ends, what has not been sent yet is."""
        try:
            yield
        finally:
            await asyncio.to_thread(self.tracing.close)


def _resource(service: str) -> Resource:
    told = Resource.create({"service.namespace": NAMESPACE})
    is_named = not str(told.attributes[SERVICE_NAME]).startswith(UNNAMED)
    return told if is_named else told.merge(Resource({SERVICE_NAME: service}))


def _context(traceparent: str) -> SpanContext:
    """Of a W3C traceparent of version 00."""
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
