"""The linter (规则包检查) of policy packs: pure functions, one file for each heading of pack language 6."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from rules.lint import (
    assignment,
    authority,
    clocks,
    conflicts,
    coverage,
    documents,
    duties,
    form,
    gates,
    names,
    routing,
    tighten,
    values,
)
from rules.lint.draft import LOAD, Clause, Draft, Finding, Remark, Severity, unusable

__all__ = ["CHECKS", "LOAD", "Clause", "Draft", "Finding", "Remark", "Severity", "lint", "unusable"]

Check: TypeAlias = Callable[[Draft], Iterator[Remark]]

CHECKS: Mapping[str, Check] = {
    "form": form.check,
    "names": names.check,
    "values": values.check,
    "clocks": clocks.check,
    "tighten": tighten.check,
    "gates": gates.check,
    "authority": authority.check,
    "documents": documents.check,
    "duties": duties.check,
    "routing": routing.check,
    "assignment": assignment.check,
    "conflicts": conflicts.check,
    "coverage": coverage.check,
}
OF_LOGS = ("clocks", "conflicts")
"""What is asked of the pack of a foreign log, which no scheme, no register and no court stand behind."""
_ORDER = ("error", "warning", "note")


def lint(draft: Draft) -> list[Finding]:
    """Everything the checks find, the gravest first, in the order of the pack's files.

    A pack that does not fit together with what it extends is told so (`load`), and the checks wait until it does.
    """
    misfits = list(names.misfits(draft))
    asked = OF_LOGS if draft.pack.log else CHECKS
    found = misfits or [draft.finding(name, remark) for name in asked for remark in CHECKS[name](draft)]
    found += form.personal(draft)
    return sorted(dict.fromkeys(found), key=lambda each: (_ORDER.index(each.severity), each.file, each.line))
