"""What tests need beyond uv.lock: AsyncAPI's own parser, which runs on Node, and a Java compiler, which is one jar.

Each is locked by hash in a folder of the tests, and fetched into `.zhixing` by `./zhixing setup tests`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from infra.installation import ROOT
from infra.kafka import artifacts
from infra.shared_server import ServerError

PARSER = ROOT / "tests" / "asyncapi"
PARSER_HOME = ROOT / ".zhixing" / "asyncapi"
PARSER_FILES = ("package.json", "package-lock.json", ".npmrc")
COMPILER = ROOT / "tests" / "java" / "compiler.lock"


class NotSetUp(ServerError):
    """What a test needs is not there, or cannot be fetched."""


def set_up() -> None:
    """Fetches what lacks, with progress on standard error. Raises NotSetUp, KafkaArtifactError."""
    artifacts.fetch(artifacts.locked(COMPILER))
    if not _parser_is_there():
        _fetch_parser()
    artifacts.say("the tests have what they need")


def parser_modules() -> Path:
    """The folder in which Node finds the parser. Raises NotSetUp."""
    if not _parser_is_there():
        raise NotSetUp("AsyncAPI's parser is not there yet: run ./zhixing setup tests")
    return PARSER_HOME / "node_modules"


def compiler() -> Path:
    """The jar that compiles Java. Raises NotSetUp."""
    [jar] = artifacts.locked(COMPILER)
    if not jar.file.exists():
        raise NotSetUp("Java's compiler is not there yet: run ./zhixing setup tests")
    return jar.file


def _parser_is_there() -> bool:
    """As locked now."""
    return all(_same(PARSER / name, PARSER_HOME / name) for name in PARSER_FILES)


def _same(wanted: Path, there: Path) -> bool:
    return there.exists() and there.read_bytes() == wanted.read_bytes()


def _fetch_parser() -> None:
    if not shutil.which("npm"):
        raise NotSetUp("AsyncAPI's parser needs Node with npm (Debian: apt-get install nodejs npm)")
    artifacts.say("fetching AsyncAPI's parser")
    new = PARSER_HOME.with_name("asyncapi.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for name in PARSER_FILES:
        shutil.copy(PARSER / name, new)
    done = subprocess.run(["npm", "ci"], cwd=new, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotSetUp(f"AsyncAPI's parser cannot be fetched: {done.stderr.strip()}")
    shutil.rmtree(PARSER_HOME, ignore_errors=True)
    new.rename(PARSER_HOME)
