"""Which Kafka and which PostgreSQL a test run takes: containers where Docker runs, else what this machine has."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest

from infra.kafka.artifacts import KafkaArtifactError
from tests import conftest, docker_engine, kafka, postgres

pytestmark = pytest.mark.fast
ANSWERS = {"/version": b'{"ApiVersion": "1.44", "MinAPIVersion": "1.24"}', "/v1.44/_ping": b"OK"}


class Engine(BaseHTTPRequestHandler):
    """As much of a Docker engine as is asked whether it runs."""

    def do_GET(self) -> None:
        answer = ANSWERS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def address_string(self) -> str:
        return "a unix socket"

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an engine would listen."""
    monkeypatch.setattr(docker_engine, "SOCKET", tmp_path / "custom")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'engine'}")
    monkeypatch.delenv(kafka.ENVIRONMENT, raising=False)
    return tmp_path / "engine"


@pytest.fixture
def engine(socket: Path) -> Iterator[None]:
    with ThreadingUnixStreamServer(str(socket), Engine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def test_where_docker_runs_both_are_containers_of_pinned_images(engine: None) -> None:
    assert docker_engine.docker_runs()
    assert kafka.choose() == (f"container {kafka.IMAGE}", "container")
    assert postgres.choose() == f"container {postgres.IMAGE}"
    for image in (kafka.IMAGE, postgres.IMAGE):
        assert image.partition(":")[2][0].isdigit(), "no tag that moves"


def test_where_nothing_answers_at_its_address_docker_does_not_run(socket: Path) -> None:
    assert not docker_engine.docker_runs()
    assert postgres.choose().startswith("embedded")
    socket.touch()
    assert not docker_engine.docker_runs()


def test_without_docker_the_broker_is_the_local_one_and_none_where_that_is_not_set_up(
    socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr(kafka, "class_path", lambda: "")
    assert kafka.choose().kind == "local"
    monkeypatch.setattr(kafka, "class_path", _nothing)
    assert (kafka.choose().kind, "run ./zhixing setup kafka" in kafka.choose().told) == ("", True)


def test_a_broker_that_is_given_comes_before_all(engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kafka.ENVIRONMENT, "broker:9092")
    assert kafka.choose() == (f"broker:9092 ({kafka.ENVIRONMENT})", "given")


def test_the_choice_stands_at_the_head_of_the_run(engine: None) -> None:
    assert conftest.pytest_report_header() == [
        f"kafka: container {kafka.IMAGE}",
        f"postgresql: container {postgres.IMAGE}",
    ]


def _nothing() -> str:
    raise KafkaArtifactError("Kafka is not there yet: run ./zhixing setup kafka")
