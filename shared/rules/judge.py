"""Judging conditions: what they read of a case is converted for them once, and no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from rules.case import CaseView
from rules.conditions import MAX_LIST, Condition, context


class Judge:
    """Judges conditions on one case as it stood, with what else they read (`act`, `actor`, `limit`, `team`, `item`).

    `conditions`: those it will be asked, as far as known: what they read is converted together.
    """

    def __init__(self, view: CaseView, conditions: Iterable[Condition] = (), **variables: object) -> None:
        self._view, self._variables = view, variables
        self._paths = frozenset[str]()
        self._read(frozenset[str]().union(*(condition.paths for condition in conditions)))

    def holds(self, condition: Condition, **variables: object) -> bool | None:
        """True, false, or None where it cannot be told. `variables` take the place of earlier ones."""
        if not condition.paths <= self._paths:
            self._read(condition.paths)
        for name, value in variables.items():
            self._context.add_variable(name, value)
        return condition.holds(self._context)

    def _read(self, paths: frozenset[str]) -> None:
        self._paths |= paths
        case = {name: getattr(self._view, name) for name in _read_of_case(self._paths)}
        self._context = context(case=shown(case, self._paths), **self._variables)


def shown(case: Mapping[str, Any], paths: frozenset[str]) -> dict[str, object]:
    """What conditions that read these paths are shown of a case.

    A list too long to be judged at bounded cost is not shown: what reads it cannot be told.
    """
    read = _read_of_case(paths)
    return {name: _only(case[name], inner) for name, inner in read.items() if not _is_too_long(case[name])}


def _is_too_long(value: object) -> bool:
    return isinstance(value, tuple) and len(cast(tuple[object, ...], value)) > MAX_LIST


@lru_cache(maxsize=4096)
def _read_of_case(paths: frozenset[str]) -> dict[str, set[str]]:
    """Fields of the case, and which names are read of each; "" among them: it is read whole."""
    read: dict[str, set[str]] = {}
    for root, _, rest in (path.partition(".") for path in paths):
        if root == "case":
            name, _, inner = rest.partition(".")
            read.setdefault(name, set()).add(inner)
    return read


def _only(value: Any, names: set[str]) -> object:
    if "" in names:
        return value
    if isinstance(value, Mapping):
        mapping = cast(Mapping[str, object], value)
        return {name: mapping[name] for name in names if name in mapping}
    read = sorted(names)
    alike = {values: item for item, values in zip(value, map(itemgetter(*read), value), strict=True)}
    return [{name: item[name] for name in read} for item in alike.values()]


def plain(value: object) -> object:
    """The same value for equal values, to look up by."""
    if isinstance(value, Mapping):
        return tuple((name, plain(each)) for name, each in cast(Mapping[str, object], value).items())
    if isinstance(value, list | tuple):
        return tuple([plain(each) for each in cast(Iterable[object], value)])
    return value
