"""The clause register (条款): what the courts' schemes require, clause by clause, and what is to carry each of them.

`clauses.tsv` says what is required, `clause-map.tsv` by which constructs of the pack language it is carried.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

HOME = Path(__file__).parent
BY_SERVICES = frozenset({"aggregate-rule", "record", "projection"})
"""What the services do of themselves, without a rule of a pack."""


class RegisterError(ValueError):
    """The register contradicts itself; the message says where."""


class Clause(NamedTuple):
    """A requirement. `place`: where it stands in the court's scheme. `kind`: what it is about, such as deadline."""

    id: str
    court: str
    place: str
    service: str
    kind: str
    requirement: str
    constructs: frozenset[str]

    @property
    def is_carried_by_services(self) -> bool:
        """Wholly: nothing of it is left for a rule of a pack."""
        return self.constructs <= BY_SERVICES


@cache
def register(home: Path = HOME) -> dict[str, Clause]:
    """Every clause by its id, in the order of the register. RegisterError where its two files do not fit together."""
    constructs = {id_: frozenset(names.split(",")) for id_, names, *_ in _lines(home / "clause-map.tsv")}
    clauses = {line[0]: line for line in _lines(home / "clauses.tsv")}
    if apart := sorted(constructs.keys() ^ clauses.keys()):
        raise RegisterError(f"clauses.tsv and clause-map.tsv do not name the same clauses: {', '.join(apart)}")
    return {id_: Clause._make([*line, constructs[id_]]) for id_, line in clauses.items()}


def courts() -> tuple[str, ...]:
    """The courts whose schemes are registered."""
    return tuple(dict.fromkeys(clause.court for clause in register().values()))


def _lines(file: Path) -> list[list[str]]:
    """The rows below the header. An id that stands twice is an error."""
    head, *rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        if len(row) != len(head) or row[0] in seen:
            raise RegisterError(f"{file.name}:{number}: expected {len(head)} columns and an id of its own")
        seen.add(row[0])
    return rows
