"""The files of the checkout, as git knows them, and the tools that read them."""

import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or may be committed, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def python_files() -> list[Path]:
    return [file for file in files() if file.suffix == ".py"]


def is_test(file: Path) -> bool:
    return file.parts[0] == "tests"


def run_tool(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A tool of the same virtual environment."""
    tool, *arguments = command
    path = Path(sys.executable).with_name(tool)
    return subprocess.run([path, *arguments], cwd=cwd, env=env, check=False, capture_output=True, text=True)
