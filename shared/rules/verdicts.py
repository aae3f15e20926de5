"""What a condition said, and the values it was said of: why a decision came out as it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from rules.case import CaseView
from rules.conditions import Condition
from rules.judge import Judge

Verdict: TypeAlias = Literal["true", "false", "unknown"]
_WORDS: dict[bool | None, Verdict] = {True: "true", False: "false", None: "unknown"}
Values: TypeAlias = tuple[tuple[str, object], ...]
"""Names as the condition has them, each with the value it had."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A condition, what it came to, and what it read. Of a list it reads one field of every item."""

    condition: str
    verdict: Verdict
    values: Values


def word(holds: bool | None) -> Verdict:
    """`unknown` where it could not be told."""
    return _WORDS[holds]


def judged(condition: Condition, judge: Judge, view: CaseView, **variables: object) -> Judged:
    """The verdict with all that was read for it. `variables`: what it reads besides the case."""
    own = {name: value for name, value in variables.items() if name != "limit"}
    roots: dict[str, object] = {"case": view, **variables}
    values = tuple((path, _at(roots, path.split("."))) for path in sorted(condition.paths))
    return Judged(condition.source, word(judge.holds(condition, **own)), values)


def _at(value: Any, steps: list[str]) -> object:
    """What stands at a dotted path; of a list, at the path in each of its items. None where there is nothing."""
    if not steps:
        return value
    if isinstance(value, (list, tuple)):
        return [_at(item, steps) for item in cast(Iterable[object], value)]
    if isinstance(value, Mapping):
        return _at(cast(Mapping[str, object], value).get(steps[0]), steps[1:])
    return _at(getattr(value, steps[0], None), steps[1:])
