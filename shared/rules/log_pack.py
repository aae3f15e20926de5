"""What the pack of a foreign log, or a bare list of rules, need not say: it is filled in before it is read.

No scheme stands behind them: no register of clauses, no posts, no day of issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from rules.fact import type_of
from rules.packs.words import CLAUSE, OWN

ALWAYS = "0001-01-01"
"""The first day of rules that name none."""
_CLOCK = {"type": "service", "answers": "holder"}
_RULES: Mapping[str, Mapping[str, str]] = {"clocks": _CLOCK, "suspensions": {}, "limits": {}}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The pack, whole: of a court as it is; of a log with what it leaves out, and its activities as types of events."""
    return complete(document, type_of) if "log" in document else document


def complete(document: dict[str, Any], event_type: Callable[[str], str] = str) -> dict[str, Any]:
    """A pack made of what is there; `event_type`: of what its matchers name."""
    name = str(document.get("pack", "log"))
    head: dict[str, Any] = {
        "pack": name, "name": {"zh": name, "en": name}, "source": {"title": name}, "version": "0.0.0",
        "effective": {"from": ALWAYS},
    }  # fmt: skip
    found = head | document
    found["effective"] = _window(found["effective"])
    for section, defaults in _RULES.items():
        if isinstance(found.get(section), list):
            found[section] = [_rule(each, defaults) for each in found[section]]
            for matcher in _matchers(found[section]):
                matcher["event"] = event_type(matcher["event"])
    return found


def _window(effective: Any) -> Any:
    if not isinstance(effective, dict):
        return effective
    said = cast(dict[str, Any], effective)
    return {**said, "from": ALWAYS} if said.get("from", "unset") == "unset" else said


def _rule(rule: Any, defaults: Mapping[str, str]) -> Any:
    """A clause that stands in no register is where the rule comes from."""
    if not isinstance(rule, dict):
        return rule
    said = cast(dict[str, Any], rule)
    clause = str(said.get("clause", OWN))
    if not re.fullmatch(CLAUSE, clause):
        said = {**said, "clause": OWN, "source": said.get("source", clause)}
    names = {"zh": said.get("en", said.get("id")), "en": said.get("zh", said.get("id"))}
    return {"clause": OWN, **names, **defaults, **said}


def _matchers(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping inside that names an event."""
    if isinstance(value, dict):
        mapping = cast(dict[str, Any], value)
        if isinstance(mapping.get("event"), str):
            yield mapping
        yield from (found for each in mapping.values() for found in _matchers(each))
    elif isinstance(value, list):
        yield from (found for each in cast(list[Any], value) for found in _matchers(each))
