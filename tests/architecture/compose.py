"""What docker-compose.yml and infra/Dockerfile say, as data."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.architecture.checkout import ROOT

FOLDED = re.compile(r"\\\n\s*")


@cache
def document(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def compose() -> dict[str, Any]:
    return document("docker-compose.yml")["services"]


def ours() -> dict[str, Any]:
    """The services that are built here."""
    return {name: each for name, each in compose().items() if "build" in each}


def published(service: dict[str, Any]) -> list[tuple[str, int]]:
    """(address on the host, port in the container)"""
    return [
        (outside, int(inside)) for outside, _, inside in (each.rpartition(":") for each in service.get("ports", []))
    ]


def mounts(service: dict[str, Any]) -> list[tuple[str, str]]:
    """(file, folder or volume; path in the container)"""
    return [tuple(each.split(":")[:2]) for each in service.get("volumes", [])]


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


@dataclass(frozen=True)
class Step:
    """An instruction of a Dockerfile. `flags`: --from=build and the like."""

    name: str
    flags: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    image: str
    name: str
    steps: tuple[Step, ...]

    def of(self, name: str) -> list[Step]:
        return [step for step in self.steps if step.name == name]

    def variables(self) -> dict[str, str]:
        return dict(word.split("=", 1) for step in self.of("ENV") for word in step.words)


def stages() -> list[Stage]:
    """Of the Dockerfile, with ARGs before the first FROM filled in."""
    arguments: dict[str, str] = {}
    found: list[tuple[str, str, list[Step]]] = []
    for step in _steps((ROOT / "infra/Dockerfile").read_text("utf-8")):
        if step.name == "ARG":
            arguments.update([step.words[0].split("=", 1)])
        elif step.name == "FROM":
            image, *named = step.words
            found.append((image.replace("${PYTHON}", arguments["PYTHON"]), named[-1] if named else "", []))
        else:
            found[-1][2].append(step)
    return [Stage(image, name, tuple(steps)) for image, name, steps in found]


def _steps(text: str) -> Iterator[Step]:
    for line in FOLDED.sub(" ", text).splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
            flags = [word for word in words if word.startswith("--") and name in ("COPY", "FROM", "RUN")]
            yield Step(name, tuple(flags), tuple(word for word in words if word not in flags or name == "RUN"))
