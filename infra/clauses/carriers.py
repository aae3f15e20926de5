"""The rules of packs that carry a clause: whatever in a pack says `clause`, conflicts of the text apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import packs
from packs.register import courts
from rules.lint.coverage import carried
from rules.loader import load_pack
from rules.packs import Pack


def carriers() -> dict[str, tuple[str, ...]]:
    """clause -> the rules that carry it, in the newest version of each court's pack."""
    found: dict[str, dict[str, None]] = {}
    for pack in _newest_packs():
        for clause, rules in carried(pack).items():
            found.setdefault(clause, {}).update(dict.fromkeys(rules))
    return {clause: tuple(rules) for clause, rules in found.items()}


def _newest_packs() -> Iterator[Pack]:
    for court in courts():
        try:
            folder = packs.folders(court)[-1]
        except LookupError:
            continue  # no pack yet: its clauses are carried by nothing
        yield load_pack(folder, effective_from=date.min)
