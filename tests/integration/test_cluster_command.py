"""`./zhixing cluster`: one command runs every service as a process of its own, and keeps it running."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from infra.host import SERVICES
from tests.commands import Commands, Process, addresses, terminated, until
from tests.integration.test_cli import Office
from tests.kafka import Broker

pytestmark = pytest.mark.kafka


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with Commands(tmp_path / "home") as made:
        yield made


def children(process: Process) -> dict[int, str]:
    """Process id -> command line, of what a process has started and that still runs."""
    started = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    lines = {int(each): Path(f"/proc/{each}/cmdline").read_bytes().replace(b"\0", b" ").decode() for each in started}
    return {each: line for each, line in lines.items() if " serve " in line}


def test_a_process_that_dies_comes_back_and_all_end_together(commands: Commands, kafka: Broker) -> None:
    where = f"{kafka.bootstrap}/cluster-{uuid4().hex[:8]}"
    process = commands.start("cluster", "--supervision", 2, "--port", 0, "--kafka", where)
    at = addresses(process, {*SERVICES, "supervision-2"})
    # then every process serves, and another cluster on the same data is refused
    assert len(children(process)) == len(SERVICES) + 1
    assert "already" in commands.misuse("cluster", "--port", 0, "--kafka", where)
    # when one is killed, then it comes back at the same address
    office = Office(commands.home, at)
    funds = next(each for each, line in children(process).items() if " serve funds " in line)
    os.kill(funds, signal.SIGKILL)
    until(lambda: funds not in children(process) and len(children(process)) == len(SERVICES) + 1)
    case_id = office.file_case()
    until(lambda: is_open(office, case_id))
    # when it is told to end, then all end
    left = children(process)
    code, _, errors = terminated(process)
    assert code == 0, errors
    assert "Traceback" not in errors
    assert [each for each in left if Path(f"/proc/{each}").exists()] == []


def is_open(office: Office, case_id: str) -> bool:
    """The account that funds opens for a case; while it starts again, nobody answers."""
    try:
        return office.sees("funds", f"/cases/{case_id}/account")()
    except httpx.TransportError:
        return False
