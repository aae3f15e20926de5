"""`./zhixing setup kafka` fetches what is locked, and refuses anything else."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.kafka import artifacts
from infra.kafka.artifacts import KafkaArtifactError, class_path, locked, set_up

JAR = b"a jar"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository of this machine with one artifact, and a lock file that names it."""
    folder = tmp_path / "mirror" / "org" / "example" / "thing" / "1.0"
    folder.mkdir(parents=True)
    (folder / "thing-1.0.jar").write_bytes(JAR)
    lock = tmp_path / "kafka.lock"
    lock.write_text(f"org.example:thing:1.0 {hashlib.sha256(JAR).hexdigest()}\n")
    monkeypatch.setattr(artifacts, "LOCK", lock)
    monkeypatch.setattr(artifacts, "JARS", tmp_path / "jars")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path / "mirror")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv(artifacts.REPOSITORY, f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder
        server.shutdown()


def test_what_lacks_is_fetched_once_and_told(mirror: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KafkaArtifactError, match=r"run ./zhixing setup kafka"):
        class_path()
    set_up()
    assert Path(class_path()).read_bytes() == JAR
    assert "[1/1] fetching thing-1.0.jar" in capsys.readouterr().err
    (mirror / "thing-1.0.jar").unlink()
    set_up()
    assert "fetching" not in capsys.readouterr().err


def test_a_file_of_another_hash_is_refused_and_one_that_was_changed_is_fetched_again(mirror: Path) -> None:
    (mirror / "thing-1.0.jar").write_bytes(b"another jar")
    with pytest.raises(KafkaArtifactError, match="SHA-256 differs"):
        set_up()
    assert not locked()[0].file.exists()
    (mirror / "thing-1.0.jar").write_bytes(JAR)
    set_up()
    locked()[0].file.write_bytes(b"changed")
    set_up()
    assert locked()[0].file.read_bytes() == JAR


def test_a_repository_without_it_is_said_in_one_line(mirror: Path) -> None:
    (mirror / "thing-1.0.jar").unlink()
    with pytest.raises(KafkaArtifactError, match=r"^thing-1\.0\.jar cannot be fetched: "):
        set_up()


def test_the_lock_names_one_version_of_kafka_and_each_jar_once() -> None:
    named = locked()
    assert len({artifact.file.name for artifact in named}) == len(named)
    assert len({artifact.version for artifact in named if artifact.group == "org.apache.kafka"}) == 1
    assert all(len(artifact.sha256) == 64 for artifact in named)
