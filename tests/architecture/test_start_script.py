"""`./zhixing` sets itself up when it must and only then.

Python, pip and uv are stand-ins that note how they are called.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

pytestmark = pytest.mark.fast

UV = """#!/bin/sh
case "$1" in
--version) echo "uv 0.13.9 (stand-in)" ;;
*) echo "uv $*" >>"$CALLS" ;;
esac
"""
PYTHON = f"""#!/bin/sh
case "$1 ${{2-}}" in
"-c "*) exec "{sys.executable}" "$@" ;;
"--version "*) echo "Python 3.11 (stand-in)" ;;
"-m venv") echo "venv" >>"$CALLS"; mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
"-m pip") cp "$STAND_IN" "$(dirname "$0")/uv" ;;
*) echo "python $*" >>"$CALLS" ;;
esac
"""


class Checkout:
    """A checkout of the script alone, with what it called since it was last asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "a checkout"
        self.calls = folder / "calls"
        self.tools = folder / "tools"
        self.tools.mkdir()
        for name, text in {"python3.11": PYTHON, "uv": UV}.items():
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        self.folder.mkdir()
        shutil.copy(ROOT / "zhixing", self.folder)
        (self.folder / "uv.lock").write_text("version = 1\n")

    def start(self, *arguments: str, path: str | None = None) -> subprocess.Popen[str]:
        tools = path or f"{self.tools}:{os.environ['PATH']}"
        environment = {"PATH": tools, "CALLS": str(self.calls), "STAND_IN": str(self.tools / "uv")}
        command = ["/bin/sh", self.folder / "zhixing", *arguments]
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def called(self, *arguments: str) -> list[str]:
        """What one run called, each call by its first words."""
        self.calls.write_text("")
        started = self.start(*arguments)
        out, err = started.communicate()
        assert (started.returncode, out) == (0, ""), err
        return [short(call) for call in self.calls.read_text().splitlines()]


def short(call: str) -> str:
    groups = {"--all-groups": " dev", "--group kafka": " kafka"}
    return call.split(" --project")[0] + "".join(name for option, name in groups.items() if option in call)


RUN = "python -P -m infra.cli demo --once"
TEST = "python -m pytest -m fast"


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_use_sets_up_and_hands_the_arguments_over(checkout):
    assert checkout.called("demo", "--once") == ["venv", "uv sync", RUN]


def test_later_uses_do_not(checkout):
    checkout.called("demo")
    assert checkout.called("demo", "--once") == [RUN]


def test_tests_need_more_which_stays(checkout):
    checkout.called("demo")
    assert checkout.called("test", "-m", "fast") == ["uv sync dev", TEST]
    assert checkout.called("test", "-m", "fast") == [TEST]
    assert checkout.called("demo", "--once") == [RUN]
    (checkout.folder / "uv.lock").write_text("version = 2\n")
    assert checkout.called("demo", "--once") == ["uv sync dev", RUN]


def test_benchmarks_need_what_they_compare_with(checkout):
    assert checkout.called("bench", "deadlines") == ["venv", "uv sync dev", "python -P -m infra.cli bench deadlines"]


def test_a_broker_of_ones_own_needs_more_than_running_and_less_than_testing(checkout):
    setup = "python -P -m infra.cli setup kafka"
    checkout.called("demo")
    assert checkout.called("setup", "kafka") == ["uv sync kafka", setup]
    assert checkout.called("demo", "--once") == [RUN]
    assert checkout.called("test", "-m", "fast") == ["uv sync dev", TEST]
    assert checkout.called("setup", "kafka") == [setup]


def test_what_tests_need_beyond_the_lock_file_is_fetched_by_what_tests_need(checkout):
    assert checkout.called("setup", "tests") == ["venv", "uv sync dev", "python -P -m infra.cli setup tests"]


def test_a_new_lock_file_is_followed(checkout):
    checkout.called("demo")
    (checkout.folder / "uv.lock").write_text("version = 2\n")
    assert checkout.called("demo", "--once") == ["uv sync", RUN]


def test_a_set_up_that_was_killed_is_thrown_away(checkout):
    checkout.called("demo")
    (checkout.folder / ".venv" / "unfinished").touch()
    assert checkout.called("demo", "--once") == ["venv", "uv sync", RUN]


def test_a_moved_checkout_is_set_up_anew(checkout):
    checkout.called("demo")
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    assert checkout.called("demo", "--once") == ["venv", "uv sync", RUN]


def test_of_several_first_uses_at_once_one_sets_up(checkout):
    started = [checkout.start("demo", "--once") for _ in range(4)]
    assert [process.communicate() and process.returncode for process in started] == [0] * 4
    calls = checkout.calls.read_text().splitlines()
    assert sorted(map(short, calls)) == [*[RUN] * 4, "uv sync", "venv"]


def test_without_python_one_line_says_what_is_missing(checkout, tmp_path):
    for tool in ("dirname", "readlink", "cat", "cksum", "head", "tail", "grep"):
        found = shutil.which(tool)
        assert found
        (tmp_path / tool).symlink_to(found)
    started = checkout.start("demo", path=str(tmp_path))
    _, err = started.communicate()
    assert started.returncode == 1
    assert err.startswith("zhixing: Python 3.11 or newer")
    assert err.count("\n") == 1
