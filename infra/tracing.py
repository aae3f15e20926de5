"""Where spans go, by OpenTelemetry's own variables: OTEL_TRACES_EXPORTER turns them on.

OTEL_EXPORTER_OTLP_…, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER, OTEL_BSP_… and OTEL_SDK_DISABLED
are read by OpenTelemetry itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping

from opentelemetry.environment_variables import OTEL_TRACES_EXPORTER
from opentelemetry.sdk.environment_variables import (
    OTEL_EXPORTER_OTLP_PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
    OTEL_SDK_DISABLED,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

from infra.installation import InstallationError
from kernel.tracing import Tracing

PROTOCOL = "http/protobuf"
NONE = "none"


def tracing(environment: Mapping[str, str]) -> Tracing:
    """Raises InstallationError for what is not there to be chosen."""
    names = [name.strip() for name in environment.get(OTEL_TRACES_EXPORTER, NONE).split(",")]
    if environment.get(OTEL_SDK_DISABLED, "").strip().lower() == "true":
        names = []
    if unknown := set(names) - {*EXPORTERS, NONE, ""}:
        raise InstallationError(f"{OTEL_TRACES_EXPORTER}: {min(unknown)} is none of {', '.join(EXPORTERS)}, {NONE}")
    return Tracing(*(BatchSpanProcessor(EXPORTERS[name](environment)) for name in names if name in EXPORTERS))


def _otlp(environment: Mapping[str, str]) -> SpanExporter:
    for variable in (OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, OTEL_EXPORTER_OTLP_PROTOCOL):
        if environment.get(variable, PROTOCOL) != PROTOCOL:
            raise InstallationError(f"{variable}: only {PROTOCOL} is spoken here")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _console(_: Mapping[str, str]) -> SpanExporter:
    """A line for each span, where the log goes."""
    return ConsoleSpanExporter(out=sys.stderr, formatter=_line)


def _line(span: ReadableSpan) -> str:
    return f"{span.to_json(indent=None)}{os.linesep}"


EXPORTERS: Mapping[str, Callable[[Mapping[str, str]], SpanExporter]] = {"otlp": _otlp, "console": _console}
