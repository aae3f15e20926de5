"""docs/clauses.md: the state that each clause claims. CI fails where one claims more than it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

from infra.clauses.coverage import RANK, State
from infra.installation import ROOT
from packs.register import Clause, courts

FILE = ROOT / "docs" / "clauses.md"
_HEAD = """# Clauses 条款

What the courts' schemes require, clause by clause, and what of it is there:

- **works**: a test that goes through the services names the clause and passes;
- **rule only**: rules carry it, and a passing test of the rules names it;
- **not yet**.

`./zhixing clauses` tells the rules and tests of each, and how the tests ended here. CI fails when a clause claims more
than it has. After a run of all tests, `python -m infra.clauses` writes this file anew.
"""
_COLUMNS = "| clause | in the scheme | state | requirement |\n|---|---|---|---|\n"


class ClaimsError(ValueError):
    """docs/clauses.md does not say what each clause of the register claims; the message says where."""


def read_claims(clauses: Mapping[str, Clause], file: Path = FILE) -> dict[str, State]:
    """The state each clause claims. ClaimsError where one is missing, unknown or told twice."""
    claims: dict[str, State] = {}
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[1] in clauses:
            if cells[3] not in RANK or cells[1] in claims:
                raise ClaimsError(f"{file.name}:{number}: {cells[1]}: one state expected, of {', '.join(RANK)}")
            claims[cells[1]] = cast(State, cells[3])
    if missing := clauses.keys() - claims.keys():
        raise ClaimsError(f"{file.name}: without a state: {', '.join(sorted(missing))}")
    return claims


def claims_text(clauses: Iterable[Clause], states: Mapping[str, State]) -> str:
    """The file, with these states."""
    told = list(clauses)
    sections = [_section(court, [clause for clause in told if clause.court == court], states) for court in courts()]
    return "\n".join([_HEAD, *sections])


def _section(court: str, clauses: list[Clause], states: Mapping[str, State]) -> str:
    rows = [f"| {each.id} | {each.place} | {states[each.id]} | {each.requirement} |\n" for each in clauses]
    return f"## {court}\n\n{_COLUMNS}{''.join(rows)}"
