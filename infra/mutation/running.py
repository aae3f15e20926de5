"""`./zhixing mutation`: runs what has not been run yet, and records what came of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.installation import ROOT
from infra.mutation import record
from infra.mutation.place import lay_out


def run(folder: Path, only: Sequence[str] = ()) -> None:
    """Every mutant that has no result yet, or those that `only` names. Goes on where an interruption has left off."""
    folder.mkdir(parents=True, exist_ok=True)
    lay_out(folder)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *only]
    subprocess.run(command, cwd=folder, check=True)


def write(folder: Path) -> list[str]:
    """Records all results; gives the names of those that live and that nobody has judged."""
    of = record.results(folder)
    found = record.mutants(folder, [name for each in of for name in each.survived])
    told = record.page(record.PAGE.read_text("utf-8"), _commit(), of, found)
    record.PAGE.write_text(told, encoding="utf-8")
    return record.unjudged(found, record.judged())


def _commit() -> str:
    """What the checkout stands at."""
    asked = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
