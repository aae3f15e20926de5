"""Texts in conditions (pack language 6, Names): what is compared with an enumeration must be one of its values, and no
condition comes out the same in every case."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import get_args

from contracts.base import Post
from contracts.catalogue import BY_NAME
from rules.conditions import Condition
from rules.lint.draft import Draft, Remark
from rules.lint.samples import samples, verdicts
from rules.matcher import Matcher
from rules.names import values_of
from rules.packs import Trail, parts

_TEXT = r"\"[^\"]*\"|'[^']*'"
_PATH = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_MACRO = re.compile(rf"({_PATH}|\[[^\]]*\])\.(?:exists_one|exists|all|filter|map)\(\s*(\w+)\s*,")
_COMPARED = (
    re.compile(rf"(?P<path>{_PATH})\s*[=!]=\s*(?P<texts>{_TEXT})"),
    re.compile(rf"(?P<path>{_PATH})\s+in\s+\[(?P<texts>[^\]]*)\]"),
    re.compile(rf"(?P<texts>{_TEXT})\s+in\s+(?P<path>{_PATH})"),
)
_EVENT_OF: Mapping[str, tuple[str, str]] = {
    "filing": ("ApplicationReceived", "kind"), "agent": ("ApplicationReceived", "agent"),
    "kind": ("CaseFiled", "kind"), "instrument": ("CaseFiled", "instrument.kind"), "cause": ("CaseFiled", "cause"),
    "acts": ("CaseFiled", "claim.acts"), "basis": ("CaseFiled", "claim.basis"), "marks": ("CaseNoted", "marks"),
    "debtors.kind": ("CaseFiled", "parties.kind"), "debtors.whereabouts": ("CaseFiled", "parties.whereabouts"),
    "debtors.in_custody": ("CaseFiled", "parties.in_custody"), "creditors.kind": ("CaseFiled", "parties.kind"),
    "creditors.whereabouts": ("CaseFiled", "parties.whereabouts"), "assets.kind": ("AssetsFound", "assets.kind"),
    "assets.place": ("AssetsFound", "assets.place"), "assets.disposable": ("AssetsFound", "assets.disposable"),
    "measures": ("MeasureTaken", "kind"), "enquiries.channel": ("EnquiryStarted", "channel"),
    "enquiries.purpose": ("EnquiryStarted", "purpose"), "enquiries.result": ("EnquiryAnswered", "result"),
    "contacts": ("ContactRecorded", "kind"), "documents.kind": ("DocumentDrafted", "kind"),
    "documents.states": ("DocumentDrafted", "states"), "matters.kind": ("MatterAsked", "kind"),
    "matters.sub": ("MatterAsked", "sub"), "matters.result": ("MatterDone", "result"), "stage": ("CaseRouted", "stage"),
    "track": ("CaseRouted", "track"), "closed_way": ("CaseClosed", "way"),
}  # fmt: skip
"""Facts of a case -> the field of the event they come from."""
_OWN: Mapping[str, Collection[str]] = {
    "matters.state": ("asked", "accepted", "declined", "done"), "status": ("filed", "handled", "closed"),
}  # fmt: skip
_CHECKED = ("none", "passed", "failed", "not_applicable")
_NOTHING = ""
"""Where there is nothing to name."""


def check(draft: Draft) -> Iterator[Remark]:
    known = _Known(draft)
    for trail, condition in _conditions(draft):
        yield from _unknown(trail, condition, known)
        yield from _constant(draft, trail, condition)


def _conditions(draft: Draft) -> Iterator[tuple[Trail, Condition]]:
    yield from parts(draft.pack, Condition)
    for trail, matcher in parts(draft.pack, Matcher):
        yield from (((*trail, "if"), pattern.condition) for pattern in matcher.patterns if pattern.condition)


# ---- values -------------------------------------------------------------------------------------------------------


class _Known:
    """Which texts each path may be compared with."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    @cached_property
    def _added(self) -> Mapping[str, Collection[str]]:
        added: dict[str, set[str]] = {}
        for pack in (self.draft.pack, *self.draft.parents):
            for name, kinds in pack.vocabulary.items():
                added.setdefault(name, set()).update(kinds)
        return added

    def values(self, path: str) -> Collection[str] | None:
        """None where any text may stand."""
        root, _, rest = path.partition(".")
        if path == "actor.post":
            return get_args(Post)
        if root == "act":
            return self._of_act(rest)
        if root != "case":
            return None
        if rest in _OWN or rest.startswith("checks."):
            return _OWN.get(rest, _CHECKED)
        return values_of(*_EVENT_OF[rest], self._added) if rest in _EVENT_OF else None

    def _of_act(self, path: str) -> Collection[str] | None:
        """Of any event that has the field, for any of them may be what the act leads to."""
        found = [values_of(event, path, self._added) for event in BY_NAME if _has(event, path)]
        return None if not found or None in found else {value for values in found for value in values or ()}


def _has(event: str, path: str) -> bool:
    return path.partition(".")[0] in BY_NAME[event].model_fields


def _unknown(trail: Trail, condition: Condition, known: _Known) -> Iterator[Remark]:
    for path, text in compared(condition.source):
        values = known.values(path)
        if values is not None and text not in values and text != _NOTHING:
            close = difflib.get_close_matches(text, values, 1)
            expected = close[0] if close else f"one of {', '.join(sorted(values))}"
            yield Remark("error", trail, f"{path} is never {text}", expected)


def compared(source: str) -> Iterator[tuple[str, str]]:
    """Each path in a condition with each text it is compared with; variables of macros stand for their lists."""
    lists = _lists(source)
    for pattern in _COMPARED:
        for match in pattern.finditer(source):
            path = _resolved(match["path"], lists)
            yield from ((path, text[1:-1]) for text in re.findall(_TEXT, match["texts"]))
    for variable, of in lists.items():  # ["a", "b"].exists(m, m in case.marks)
        for path in re.findall(rf"\b{variable}\s+in\s+({_PATH})", source) if of.startswith("[") else ():
            yield from ((path, text[1:-1]) for text in re.findall(_TEXT, of))


def _lists(source: str) -> Mapping[str, str]:
    """The list that each variable takes the items of; not where it stands for items of two lists."""
    bound = {(variable, of) for of, variable in _MACRO.findall(source)}
    names = [variable for variable, _ in bound]
    return {variable: of for variable, of in bound if names.count(variable) == 1}


def _resolved(path: str, lists: Mapping[str, str]) -> str:
    root, dot, rest = path.partition(".")
    return _resolved(lists[root] + dot + rest, {}) if root in lists else path


# ---- always the same ----------------------------------------------------------------------------------------------


def _constant(draft: Draft, trail: Trail, condition: Condition) -> Iterator[Remark]:
    """A condition that no case can make true, or that none can make false. `true` says so openly."""
    tried = samples([condition], draft.policy.limits)
    said = {verdict for sample in tried.facts for verdict in verdicts([condition], sample)} - {None}
    if tried.whole and len(said) == 1 and condition.source != "true" and trail[0] != "routing":
        what = f"is {'always' if said.pop() else 'never'} true, so it makes no difference"
        yield Remark("error", trail, what, "a condition that some cases meet and others do not")
