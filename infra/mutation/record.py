"""docs/mutation.md: how many mutants of each file the tests have noticed, and why each of the others was not."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from infra.installation import ROOT
from infra.markdown import head, line, with_tables
from infra.mutation import FILES
from infra.mutation.place import MUTATED, RESULTS

PAGE, JUDGED = ROOT / "docs" / "mutation.md", ROOT / "docs" / "mutation.tsv"
KILLED = {1: "killed", 3: "killed", 36: "timed out", -24: "timed out", 24: "timed out", 152: "timed out"}
"""mutmut's exit codes: a test failed, or would not end. All others have survived, those that no test reaches among
them."""


class Mutant(NamedTuple):
    """A change that no test noticed; what the lines were and became."""

    function: str
    was: str
    became: str


@dataclass(frozen=True)
class Result:
    """One file: how many mutants there are, and what came of them."""

    file: str
    mutants: int
    timed_out: int
    survived: Sequence[str]

    @property
    def killed(self) -> int:
        return self.mutants - len(self.survived)


def results(folder: Path) -> list[Result]:
    """ValueError where mutants have not been run yet."""
    return [_result(folder, f"{MUTATED}/{name}.py") for name in FILES]


def _result(folder: Path, file: str) -> Result:
    ended: dict[str, int | None] = json.loads((folder / RESULTS / f"{file}.meta").read_text())["exit_code_by_key"]
    if None in ended.values():
        raise ValueError(f"{file}: not all mutants have been run")
    timed_out = sum(KILLED.get(code or 0) == "timed out" for code in ended.values())
    return Result(f"shared/{file}", len(ended), timed_out, [name for name, code in ended.items() if code not in KILLED])


def mutants(folder: Path, names: Sequence[str]) -> dict[str, Mutant]:
    """What was changed, by mutmut's name, which counts and so is another after every edit."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # of the development groups alone

    with contextlib.chdir(folder):
        paths = {name: f"{name.split('.x')[0].replace('.', '/')}.py" for name in names}
        return {name: _changed(name, get_diff_for_mutant(name, path=path)) for name, path in paths.items()}


def _changed(name: str, diff: str) -> Mutant:
    lines = [each for each in diff.splitlines() if not each.startswith(("---", "+++"))]
    was, became = (" ⏎ ".join(each[1:].strip() for each in lines if each.startswith(sign)) for sign in "-+")
    function = name.partition("__mutmut")[0].replace(".x_", ".").replace(".xǁ", ".").replace("ǁ", ".")
    return Mutant(function, was, became)


def judged() -> dict[Mutant, str]:
    """Why a mutant may live, by hand: docs/mutation.tsv."""
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return {Mutant(*row[:3]): row[3] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}


def unjudged(found: Mapping[str, Mutant], reasons: Mapping[Mutant, str]) -> list[str]:
    return [name for name, mutant in found.items() if mutant not in reasons]


def page(text: str, commit: str, of: Sequence[Result], found: Mapping[str, Mutant]) -> str:
    tables = {"score": _score(commit, of), "survivors": _survivors(found, judged())}
    return with_tables(text, tables)


def _score(commit: str, of: Sequence[Result]) -> Iterator[str]:
    yield f"At commit {commit}."
    yield ""
    yield from head("file", "mutants", "killed", "of these timed out", "survived", "score")
    whole = Result("all", sum(r.mutants for r in of), sum(r.timed_out for r in of), [n for r in of for n in r.survived])
    for each in (*of, whole):
        counts = (each.mutants, each.killed, each.timed_out, len(each.survived))
        yield line(each.file, *map(str, counts), f"{100 * each.killed / each.mutants:.1f} %")


def _survivors(found: Mapping[str, Mutant], reasons: Mapping[Mutant, str]) -> Iterator[str]:
    yield from head("function", "was", "became", "why it lives")
    for mutant in sorted(found.values()):
        code = (f"`` {part.replace('|', chr(92) + '|')} ``" if part else "" for part in (mutant.was, mutant.became))
        yield line(mutant.function, *code, reasons.get(mutant, "**not judged**"))
