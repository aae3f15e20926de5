"""The rules of packs that carry a clause: whatever in a pack says `clause`, conflicts of the text apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import packs
from packs.register import courts
from rules.loader import load_pack
from rules.packs import Conflict, Pack
from rules.terms import Frozen


def carriers() -> dict[str, tuple[str, ...]]:
    """clause -> the rules that carry it, in the newest version of each court's pack."""
    found: dict[str, dict[str, None]] = {}
    for pack in _newest_packs():
        for clause, rule in carried_by(pack):
            found.setdefault(clause, {})[rule] = None
    return {clause: tuple(rules) for clause, rules in found.items()}


def carried_by(pack: Pack) -> Iterator[tuple[str, str]]:
    """Every clause that the pack names, with the rule that names it; an item of a rule is its rule's."""
    for section in type(pack).model_fields:
        yield from _named(getattr(pack, section), f"{pack.pack}.{section}")


def _newest_packs() -> Iterator[Pack]:
    for court in courts():
        try:
            folder = packs.folders(court)[-1]
        except LookupError:
            continue  # no pack yet: its clauses are carried by nothing
        yield load_pack(folder, effective_from=date.min)


def _named(part: Any, rule: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, Conflict):
        return
    if isinstance(part, Frozen):
        rule = _name(part, rule)
        yield from ((clause, rule) for clause in (getattr(part, "clause", None) or "").split())
    for each in _parts(part):
        yield from _named(each, rule)


def _parts(part: Any) -> Iterable[Any]:
    if isinstance(part, Frozen):
        return [getattr(part, name) for name in type(part).model_fields]
    if isinstance(part, Mapping):
        return part.values()
    return part if isinstance(part, (tuple, list)) else ()


def _name(part: Frozen, rule: str) -> str:
    """Rules are called by their own ids, teams and areas by the section and theirs."""
    own = getattr(part, "id", None) or getattr(part, "kind", None)
    if isinstance(own, str) and "." in own:
        return own
    return f"{rule}.{own}" if isinstance(own, str) and rule.endswith(".structure") else rule
