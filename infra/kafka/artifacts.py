"""Apache Kafka from its Maven artifacts: each of a locked version and SHA-256, under `.zhixing/kafka`.

`python -m infra.kafka.artifacts VERSION` writes the lock file for another version.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from infra.installation import ROOT
from infra.shared_server import ServerError

if TYPE_CHECKING:
    from jgo.maven import MavenContext

LOCK = Path(__file__).with_name("kafka.lock")
JARS = ROOT / ".zhixing" / "kafka"
REPOSITORY = "ZHIXING_MAVEN_REPOSITORY"  # the base URL of a mirror, for who cannot reach Maven Central
TRIES = 3
WITH_BROKER = ("org.slf4j:slf4j-simple:1.7.36",)  # without it the broker's log says nothing


class KafkaArtifactError(ServerError):
    """Kafka's artifacts are not there, cannot be fetched, or are not what is locked."""


class Artifact(NamedTuple):
    """One jar, by its Maven coordinates."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def file(self) -> Path:
        return JARS / f"{self.name}-{self.version}.jar"

    def is_there(self) -> bool:
        return self.file.exists() and _sha256(self.file) == self.sha256


def locked(lock: Path | None = None) -> list[Artifact]:
    """What that lock file names; without one, what Kafka is made of."""
    lines = (lock or LOCK).read_text("utf-8").splitlines()
    return [Artifact._make(line.replace(":", " ").split()) for line in lines]


def class_path() -> str:
    """Of a broker, or of a Java client. Raises KafkaArtifactError."""
    files = [artifact.file for artifact in locked()]
    if not all(file.exists() for file in files):
        raise KafkaArtifactError("Kafka is not there yet: run ./zhixing setup kafka")
    return os.pathsep.join(map(str, files))


def set_up() -> None:
    """Fetches what lacks, with progress on standard error. Raises KafkaArtifactError."""
    fetch(locked())
    say(f"Kafka is ready in {JARS}")


def fetch(artifacts: Sequence[Artifact]) -> None:
    """Those that lack, with progress on standard error. Raises KafkaArtifactError."""
    JARS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=JARS) as folder:
        maven = _maven(Path(folder))
        for number, artifact in enumerate(artifacts, 1):
            if not artifact.is_there():
                say(f"[{number}/{len(artifacts)}] fetching {artifact.file.name}")
                _fetch(maven, artifact)


def _fetch(maven: MavenContext, artifact: Artifact) -> None:
    file = _downloaded(maven, artifact.group, artifact.name, artifact.version)
    if _sha256(file) != artifact.sha256:
        raise KafkaArtifactError(f"{artifact.file.name} is not what the lock file names: its SHA-256 differs")
    file.replace(artifact.file)


def _downloaded(maven: MavenContext, group: str, name: str, version: str) -> Path:
    wanted = maven.project(group, name).at_version(version).artifact()
    for attempt in range(1, TRIES + 1):
        try:
            return wanted.resolve()
        except (OSError, RuntimeError) as error:  # the network, or the repository's own no
            assert wanted.cached_path is not None
            wanted.cached_path.unlink(missing_ok=True)
            if attempt == TRIES:
                raise KafkaArtifactError(f"{name}-{version}.jar cannot be fetched: {error}") from error
    raise AssertionError


def _maven(folder: Path) -> MavenContext:
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise KafkaArtifactError("what fetches Kafka is not installed: run ./zhixing setup kafka") from error
    mirror = os.environ.get(REPOSITORY)
    return MavenContext(repo_cache=folder, remote_repos={"mirror": mirror} if mirror else None, timeout=60)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def say(text: str) -> None:
    print(f"zhixing: {text}", file=sys.stderr, flush=True)


def lock_lines(version: str) -> Iterator[str]:
    """What the lock file says of that version of Kafka, and all it depends on."""
    with tempfile.TemporaryDirectory() as folder:
        maven = _maven(Path(folder))
        broker = maven.create_dependency(f"org.apache.kafka:kafka_2.13:{version}")
        needed = [str(each.dep) for each in maven.resolver.get_dependency_list([broker])[1]]
        for where in sorted({str(broker), *WITH_BROKER, *needed}):
            group, name, *_, of = [part for part in where.split(":") if part not in ("compile", "runtime")]
            yield f"{group}:{name}:{of} {_sha256(_downloaded(maven, group, name, of))}"


if __name__ == "__main__":
    LOCK.write_text("".join(f"{line}\n" for line in lock_lines(sys.argv[1])), "utf-8")
