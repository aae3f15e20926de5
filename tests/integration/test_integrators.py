"""The example programs of docs/integrators.md against services that run: who copies them begins with what works."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from infra.host import SERVICES
from infra.installation import ROOT
from infra.kafka.artifacts import class_path
from infra.kafka.broker import java
from infra.test_needs import NotSetUp, compiler
from kernel.kafka.wire import CONTENT_TYPE, Topics
from tests import papers
from tests.commands import Commands, addresses, until
from tests.integration.test_cli import Office
from tests.kafka import Broker

pytestmark = pytest.mark.kafka
CLIENTS = ROOT / "docs" / "examples" / "clients"


class Reader:
    """A program that writes a line for each event: id, type, subject, time."""

    def __init__(self, command: list[Any], folder: Path, name: str) -> None:
        self._told, self._errors = folder / f"{name}.out", folder / f"{name}.err"
        with self._told.open("wb") as told, self._errors.open("wb") as errors:
            self.process = subprocess.Popen([*map(str, command)], stdout=told, stderr=errors)

    @property
    def ids(self) -> list[str]:
        whole, _, _ = self._told.read_text("utf-8").rpartition("\n")
        return [line.split(" ")[0] for line in whole.splitlines()]

    @property
    def errors(self) -> str:
        return self._errors.read_text("utf-8")


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """The folder of the Java reader's classes."""
    try:
        jar = compiler()
    except NotSetUp as error:
        pytest.skip(str(error))
    source = CLIENTS / "Consumer.java"
    subprocess.run([java(), "-jar", jar, "-25", "-d", tmp_path, "-cp", class_path(), source], check=True)
    return tmp_path


@contextlib.contextmanager
def reading(folder: Path, *where: str) -> Iterator[tuple[Reader, Reader]]:
    """The reader in Python, and that in Java, which was compiled into the folder."""
    class_paths = os.pathsep.join([str(folder), class_path()])
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    readers = (
        Reader([sys.executable, CLIENTS / "consumer.py", *where], folder, "python"),
        Reader([java(), "-cp", class_paths, quiet, "Consumer", *where], folder, "java"),
    )
    try:
        yield readers
    finally:
        for reader in readers:
            reader.process.kill()
            reader.process.wait()


def sent(url: str, token: str, body: Any) -> list[str]:
    """What the command client says: status, position, answer."""
    command = [sys.executable, CLIENTS / "command.py", url, token]
    environment = os.environ | {"NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, input=json.dumps(body), env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip().split(" ", 2)


def events(office: Office) -> dict[str, list[dict[str, Any]]]:
    """What every log holds, by service."""
    return {s: office.call("GET", "director", s, "/events?limit=1000").json()["events"] for s in SERVICES}


async def test_others_send_a_command_and_read_what_every_service_makes_of_it(
    commands: Commands, kafka: Broker, compiled: Path
) -> None:
    # given a case that was filed, in which every service takes part
    prefix = f"others-{uuid4().hex[:8]}"
    process = commands.start("up", "--port", 0, "--kafka", f"{kafka.bootstrap}/{prefix}")
    office = Office(commands.home, addresses(process, set(SERVICES)))
    until(office.sees("intake", "/health/ready"))
    until(office.sees("funds", f"/cases/{office.file_case()}/account"))
    with reading(compiled, kafka.bootstrap, prefix) as (in_python, in_java):
        # when a program files an application, with a token that was signed for it
        code, token, _ = commands.run("token", "filing_officer")
        assert code == 0
        status, position, answer = sent(office.at["intake"] + "/applications", token.strip(), papers.application())
        assert (status, position.split(":")[0]) == ("200", "intake"), answer
        subject = f"case/{json.loads(answer)['case_id']}"
        [received] = [event for event in events(office)["intake"] if event["subject"] == subject]
        assert received["type"] == "zhixing.ApplicationReceived.v1"
        # then each reader gets every event once, those of a log about one subject in its order
        for reader in (in_python, in_java):
            until(lambda reader=reader: is_whole(reader, events(office)))
        # and the one that checks stops at a record that no relay would produce
        await produce(kafka, Topics(prefix).cases, {**received, "id": str(uuid4()), "position": 0})
        assert in_java.process.wait(60) != 0
        assert "order is wrong in" in in_java.errors


def is_whole(reader: Reader, logs: dict[str, list[dict[str, Any]]]) -> bool:
    assert reader.process.poll() is None, reader.errors
    ids = reader.ids
    assert len(ids) == len(set(ids))
    if not {event["id"] for log in logs.values() for event in log} <= set(ids):
        return False
    for log in logs.values():
        for subject in {event["subject"] for event in log}:
            wanted = [event["id"] for event in log if event["subject"] == subject]
            assert [each for each in ids if each in set(wanted)] == wanted
    return True


async def produce(kafka: Broker, topic: str, event: dict[str, Any]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        key = f"{event['court']}/{event['subject']}".encode()
        await producer.send_and_wait(topic, json.dumps(event).encode(), key=key, headers=[CONTENT_TYPE])
