"""The processes of a server that a test may hurt."""

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from infra.shared_server import ServerFolder

WAL_WRITER = "walwriter"


def of_postgres(folder: Path, only: str = "") -> list[int]:
    """The server of that folder first, then its children; none where it does not run. `only`: those with this name."""
    try:
        postmaster = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [pid for pid in (postmaster, *map(int, children)) if only in Path(f"/proc/{pid}/cmdline").read_text()]
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return []


def of_kafka(folder: Path) -> list[int]:
    try:
        pid = int(ServerFolder(folder).pid.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [pid] if Path(f"/proc/{pid}").exists() else []


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
