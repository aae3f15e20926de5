"""Where spans go is said by OpenTelemetry's own variables; without them nowhere."""

import orjson
import pytest

from infra.installation import InstallationError
from infra.tracing import tracing
from kernel.tracing import NO_SPANS
from tests.spans import Memory

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "none"},
        {"OTEL_TRACES_EXPORTER": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        {"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"},
    ],
)
def test_it_is_off_unless_an_exporter_is_named(environment: dict[str, str]) -> None:
    made = tracing(environment)
    assert made.spans("intake") is NO_SPANS
    with made.spans("intake").span("x", "00-" + "a" * 32 + "-" + "b" * 16 + "-01") as span:
        assert span.traceparent == "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    made.close()


def test_the_console_gets_a_line_for_each_span(capfd: pytest.CaptureFixture[str]) -> None:
    made = tracing({"OTEL_TRACES_EXPORTER": "console"})
    with made.spans("intake").span("filed"):
        pass
    made.close()
    [line] = capfd.readouterr().err.splitlines()
    assert orjson.loads(line)["name"] == "filed"


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "zipkin is none of otlp, console, none"),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "only http/protobuf is spoken here"),
    ],
)
def test_what_is_not_there_is_said(environment: dict[str, str], fault: str) -> None:
    with pytest.raises(InstallationError, match=fault):
        tracing(environment)


def test_each_service_of_a_process_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    for service in ("intake", "funds"):
        memory.tracing.spans(service).span("x").end()
    assert [span.service for span in memory.spans] == ["intake", "funds"]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "court")
    memory = Memory()
    memory.tracing.spans("intake").span("x").end()
    assert [span.service for span in memory.spans] == ["court"]


def test_an_error_is_told_by_its_kind_and_never_by_what_it_says() -> None:
    memory = Memory()
    with pytest.raises(ValueError, match="secret"), memory.tracing.spans("intake").span("x"):
        raise ValueError("secret")
    [span] = memory.spans
    assert span.about == {"error.type": "ValueError"}
    assert "secret" not in memory.text
