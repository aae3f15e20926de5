"""The public commands as their user runs them: processes of their own, with a data folder of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 120
Process = subprocess.Popen[str]


class Commands:
    """`./zhixing …` for one data folder. Every process is ended with the context."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._processes: list[Process] = []

    def __enter__(self) -> "Commands":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def start(self, *arguments: object) -> Process:
        command = [sys.executable, "-P", "-m", "infra.cli", *map(str, arguments)]
        environment = {**os.environ, "ZHIXING_HOME": str(self.home), "COLUMNS": "200"}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._processes.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return self._processes[-1]

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        return ended(self.start(*arguments))

    def ask(self, *arguments: object) -> Any:
        """What a command answers as JSON."""
        code, output, errors = self.run(*arguments, "--json")
        assert code == 0, errors
        return json.loads(output)

    def misuse(self, *arguments: object) -> str:
        """The one line that tells a caller what is wrong with these arguments."""
        code, output, errors = self.run(*arguments)
        assert (code, output, errors.count("\n")) == (2, "", 1), errors
        assert errors.startswith("zhixing: ")
        return errors


def ended(process: Process) -> tuple[int, str, str]:
    output, errors = process.communicate(timeout=PATIENCE_S)
    return process.returncode, output, errors


def interrupted(process: Process) -> tuple[int, str, str]:
    """As by Ctrl-C."""
    process.send_signal(signal.SIGINT)
    return ended(process)


def terminated(process: Process) -> tuple[int, str, str]:
    """As by a service manager."""
    process.terminate()
    return ended(process)


def killed(process: Process) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE_S)


def addresses(process: Process, names: set[str]) -> dict[str, str]:
    """The base URLs of services that have just started, as they print them."""
    assert process.stdout is not None
    found: dict[str, str] = {}
    while not names <= found.keys():
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        name, _, address = line.strip().partition(": ")
        found[name] = address.removesuffix("/docs")
    return found


def said(process: Process, text: str) -> None:
    """Returns once the process has printed a line with this text."""
    assert process.stdout is not None
    while text not in (line := process.stdout.readline()):
        assert line, process.communicate()[1]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
