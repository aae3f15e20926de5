"""How tests that name clauses ended when they last ran in this checkout: a file under `.zhixing` for each test file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import orjson

from infra.installation import ROOT

HOME = ROOT / ".zhixing" / "outcomes"


class Outcome(NamedTuple):
    """Of one test, or one row of its parameters, with the clauses that this row names."""

    passed: bool
    clauses: tuple[str, ...]


Outcomes: TypeAlias = Mapping[str, Outcome]
"""By pytest's node ids, such as tests/unit/test_x.py::test_y[5]. What was skipped is not among them."""


def file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def record(file: str, digest: str, outcomes: Mapping[str, Outcome | None], *, whole: bool, home: Path = HOME) -> None:
    """Notes how tests of a file with this digest ended; None takes an earlier outcome back.

    What was noted of the same file before stays, unless this run was of all tests.
    """
    earlier = {} if whole else _read(file, digest, home)
    ended = {node: tuple(outcome) for node, outcome in {**earlier, **outcomes}.items() if outcome is not None}
    home.mkdir(parents=True, exist_ok=True)
    new = _place(file, home).with_suffix(f".{os.getpid()}.new")  # several runs may end at once
    new.write_bytes(orjson.dumps({"digest": digest, "outcomes": ended}))
    new.replace(_place(file, home))


def last_outcomes(file: str, root: Path = ROOT, home: Path = HOME) -> Outcomes:
    """How the tests of a file ended as the file stands now; of an earlier text of it nothing counts."""
    return _read(file, file_digest(root / file), home)


def _read(file: str, digest: str, home: Path) -> Outcomes:
    place = _place(file, home)
    noted = orjson.loads(place.read_bytes()) if place.exists() else {}
    if noted.get("digest") != digest:
        return {}
    return {node: Outcome(passed, tuple(clauses)) for node, (passed, clauses) in noted["outcomes"].items()}


def _place(file: str, home: Path) -> Path:
    return home / f"{file.replace('/', '.')}.json"
