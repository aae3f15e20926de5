"""What the pack of a foreign log, or a bare list of rules, need not say: it is filled in before it is read.

No scheme stands behind them: no register of clauses, no posts, no day of issue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from rules.fact import type_of
from rules.packs import Pack, Trail
from rules.packs.words import CLAUSE, NATIONAL, OWN

ALWAYS = "0001-01-01"
"""The first day of rules that name none."""
LISTED = "rules"
"""What a bare list is called."""
_BARE = ("clocks", "suspensions", "ladders", "settings", "log")
_OF_A_PACK = ("within", "looser_than", "overrides", "reading")
"""What rules say of others that do not stand in a bare list."""
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


def bare(document: Mapping[str, Any], pack: Pack | None, *, foreign: bool) -> dict[str, Any]:
    """A pack made of the sections of a bare list; the log and the words are those of `pack`, where they lack."""
    found: dict[str, Any] = {name: value for name, value in document.items() if name in _BARE}
    for section in ("clocks", "suspensions"):
        rules = found.get(section)
        if isinstance(rules, list):
            found[section] = [_without(each, _OF_A_PACK) for each in cast(list[Any], rules)]
    if pack is not None:
        found = {"pack": pack.pack, "settings": pack.settings, **found}
    if foreign:
        found = {"log": pack.log if pack and pack.log else {}, **found}
    elif pack is not None:
        found |= {"structure": pack.structure, "vocabulary": pack.vocabulary}
    return complete(found, type_of if foreign else str)


def in_sections(document: dict[str, Any]) -> tuple[dict[str, Any], dict[Trail, Trail]]:
    """The rules of a bare list by the section each belongs in; and of each the way to it in the list and there."""
    sections: dict[str, Any] = {name: value for name, value in document.items() if name != LISTED}
    ways: dict[Trail, Trail] = {}
    listed = document.get(LISTED)
    for number, rule in enumerate(cast(list[Any], listed) if isinstance(listed, list) else ()):
        section = "suspensions" if isinstance(rule, dict) and "cause" in rule else "clocks"
        rules = sections.setdefault(section, [])
        ways[LISTED, number] = (section, len(rules))
        rules.append(rule)
    return sections, ways


def _without(rule: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {name: value for name, value in cast(dict[str, Any], rule).items() if name not in names}


def _window(effective: Any) -> Any:
    if not isinstance(effective, dict):
        return effective
    said = cast(dict[str, Any], effective)
    return {**said, "from": ALWAYS} if said.get("from", "unset") == "unset" else said


def _rule(rule: Any, defaults: Mapping[str, str]) -> Any:
    """A clause that stands in no register is the source; so is the word `national`, where nothing else is named."""
    if not isinstance(rule, dict):
        return rule
    said = cast(dict[str, Any], rule)
    clause = str(said.get("clause", OWN))
    if clause == NATIONAL or not re.fullmatch(CLAUSE, clause):
        said = {"source": clause, **said, "clause": NATIONAL if clause == NATIONAL else OWN}
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
