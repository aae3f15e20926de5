"""Coverage: which rules carry which clause of the register, and which clauses nothing carries (pack language 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rules.lint.draft import Draft, Remark, named
from rules.lint.form import clauses
from rules.packs import NATIONAL, Pack


def carried(pack: Pack) -> Mapping[str, list[str]]:
    """Clause -> ids of what carries it in the pack, in the order of the pack."""
    found: dict[str, list[str]] = {}
    for trail, clause in clauses(pack):
        name, _ = named(pack, trail)
        if clause != NATIONAL and trail[0] != "conflicts" and name not in found.setdefault(clause, []):
            found[clause].append(name)
    return found


def check(draft: Draft) -> Iterator[Remark]:
    own = carried(draft.pack)
    for clause, row in draft.register.items():
        if row.court == draft.pack.pack and clause not in own and not row.elsewhere:
            yield Remark(
                "error", ("pack",), f"no rule carries clause {clause} of the scheme", f"a rule with clause: {clause}"
            )
