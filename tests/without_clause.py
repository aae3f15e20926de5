"""`--without-clause Y06`: runs the scenario tests that name a clause, with its rules taken out of every pack."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from infra import installation
from rules.packs import Pack
from rules.terms import Frozen

OPTION = "--without-clause"
SCENARIOS = Path(__file__).parent / "scenario"
P = TypeVar("P", bound=Frozen)


class WithoutClause:
    """A plugin of pytest. Nothing but the rules is changed, so that a test fails by what is missed."""

    def __init__(self, clause: str) -> None:
        self.clause, self._patch = clause, pytest.MonkeyPatch()

    def pytest_sessionstart(self) -> None:
        load = installation.load_pack

        def load_without(*arguments: Any, **named: Any) -> Pack:
            return without(load(*arguments, **named), self.clause)

        self._patch.setattr(installation, "load_pack", load_without)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if SCENARIOS in item.path.parents and self.clause in _clauses(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen

    def pytest_unconfigure(self) -> None:
        self._patch.undo()


def without(part: P, clause: str) -> P:
    """A copy without the parts that carry the clause; what they leave behind is empty, or nothing."""
    kept = {name: _stripped(getattr(part, name), clause) for name in type(part).model_fields}
    copy = part.model_copy(update=kept)
    for name in copy.__dict__.keys() - type(part).model_fields.keys():  # worked out from what was there before
        del copy.__dict__[name]
    return copy


def _stripped(value: Any, clause: str) -> Any:
    if isinstance(value, Frozen):
        return None if _carries(value, clause) else without(value, clause)
    if isinstance(value, Mapping):
        return {key: _stripped(each, clause) for key, each in value.items() if not _carries(each, clause)}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_stripped(each, clause) for each in value if not _carries(each, clause))
    return value


def _carries(part: Any, clause: str) -> bool:
    return isinstance(part, Frozen) and clause in (getattr(part, "clause", None) or "").split()


def _clauses(item: pytest.Item) -> Iterable[str]:
    return {clause for mark in item.iter_markers("clause") for clause in mark.args}
