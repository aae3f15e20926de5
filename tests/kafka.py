"""The Kafka of the test run: one broker, started when the first test asks for it.

In this order: KAFKA_BOOTSTRAP_SERVERS; a container if Docker runs; Apache Kafka on this machine, if it is set up.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from infra.kafka.artifacts import KafkaArtifactError, class_path
from infra.kafka.broker import LocalKafka
from infra.shared_server import ServerFolder
from tests.docker_engine import docker_runs

IMAGE = "confluentinc/cp-kafka:7.9.0"
ENVIRONMENT = "KAFKA_BOOTSTRAP_SERVERS"


class Broker(Protocol):
    """A Kafka for tests."""

    bootstrap: str

    def away(self, seconds: float) -> None:
        """Gone for so long, then back with all it had."""
        ...


class Choice(NamedTuple):
    """What the tests that need Kafka run on; `start` is empty where there is none."""

    told: str
    kind: str = ""


def require_artifacts() -> None:
    """For a test that runs a broker of its own on this machine."""
    try:
        class_path()
    except KafkaArtifactError as error:
        pytest.skip(str(error))


def choose() -> Choice:
    if servers := os.environ.get(ENVIRONMENT):
        return Choice(f"{servers} ({ENVIRONMENT})", "given")
    if docker_runs():
        return Choice(f"container {IMAGE}", "container")
    try:
        class_path()
    except KafkaArtifactError as error:
        return Choice(f"none, tests that need it are skipped ({error})")
    return Choice("local broker from .zhixing/kafka", "local")


class Given:
    """Somebody else's."""

    def __init__(self, _: Path) -> None:
        self.bootstrap = os.environ[ENVIRONMENT]

    def __enter__(self) -> "Given":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def away(self, seconds: float) -> None:
        pytest.skip(f"the broker of {ENVIRONMENT} is not ours to stop")


class Container:
    """A container of a pinned image."""

    def __init__(self, _: Path) -> None:
        from testcontainers.community.kafka import KafkaContainer

        kafka = KafkaContainer(IMAGE).with_kraft()
        self._container = kafka.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")

    def __enter__(self) -> "Container":
        self._container.start()
        self.bootstrap = self._container.get_bootstrap_server()
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()

    def away(self, seconds: float) -> None:
        wrapped = self._container.get_wrapped_container()
        wrapped.pause()
        time.sleep(seconds)
        wrapped.unpause()


class Local:
    """A process of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = LocalKafka(folder)

    def __enter__(self) -> "Local":
        self._server.start()
        self.bootstrap = self._server.bootstrap
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def away(self, seconds: float) -> None:
        os.kill(int(ServerFolder(self._folder).pid.read_text()), signal.SIGKILL)
        time.sleep(seconds)
        self._server.start()
        assert self._server.bootstrap == self.bootstrap


KINDS = {"given": Given, "container": Container, "local": Local}


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Broker]:
    """Skips where there is none."""
    choice = choose()
    if not choice.kind:
        pytest.skip(f"no Kafka: {choice.told}")
    with KINDS[choice.kind](folder) as broker:
        yield broker


async def records(bootstrap: str, *topics: str, begin: dict[Any, int] | None = None) -> list[Any]:
    """Everything that the topics hold; `begin`: from these offsets on, by partition, which move to where it ends."""
    from aiokafka import AIOKafkaConsumer

    offsets = {} if begin is None else begin
    found: list[Any] = []
    async with AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        for partition, offset in offsets.items():
            consumer.seek(partition, offset)
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for of_one in (await consumer.getmany(timeout_ms=500)).values():
                found += of_one
        offsets.update({each: await consumer.position(each) for each in ends})
    return found
