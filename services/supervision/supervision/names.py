"""What rules, teams and posts are called, in Chinese and English, as the packs of a court say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple, TypedDict

from contracts.catalogue import BY_NAME
from rules.packs import Clock, Rule
from rules.rulebook import Rulebook

_CHINESE = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")


class Name(TypedDict):
    zh: str
    en: str


class Related(NamedTuple):
    """Another clock of the same thing: one is the law's, the other the court's own (法定期限, 内部期限)."""

    rule: str
    relation: str
    reason: str


_REVERSE = {"within": "served_by", "looser_than": "looser_beside"}


class Names:
    """The latest version of a pack that knows a thing names it; what none knows is called by its id."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    @cached_property
    def court(self) -> Name:
        own = next(pack for pack in reversed(self._rulebook.packs) if pack.structure is not None)
        return {"zh": own.name.zh, "en": own.name.en}

    @cached_property
    def rules(self) -> dict[str, Rule]:
        return {rule.id: rule for policy in self._rulebook.policies for rule in policy.rules.values()}

    @cached_property
    def readings(self) -> dict[str, str]:
        """Conflicts of a scheme's text with itself -> the reading chosen."""
        return {c.id: c.reading for policy in self._rulebook.policies for c in policy.conflicts.values()}

    @cached_property
    def _teams(self) -> dict[str, Name]:
        return {
            team.id: {"zh": team.zh, "en": team.en}
            for policy in self._rulebook.policies
            for team in policy.structure.teams
        }

    @cached_property
    def _posts(self) -> dict[str, str]:
        return {post: zh for policy in self._rulebook.policies for post, zh in policy.structure.posts.items()}

    def rule(self, rule: str) -> Name:
        known = self.rules.get(rule)
        return {"zh": known.zh, "en": known.en} if known else {"zh": rule, "en": rule}

    def source(self, rule: str) -> str:
        """The document that a national rule stands in; "" for a rule of the court's own scheme."""
        known = self.rules.get(rule)
        return known.source if known else ""

    def place(self, rule: str) -> str:
        """Where in the court's scheme the rule stands; "" for a national one."""
        known = self.rules.get(rule)
        return known.at if known else ""

    def related(self, rule: str) -> Iterator[Related]:
        """The clocks that run beside one by what the packs say: those it serves or is looser than, and the reverse."""
        clocks = [each for each in self.rules.values() if isinstance(each, Clock)]
        for each in clocks:
            for other, relation, reason in _relations(each):
                if each.id == rule:
                    yield Related(other, relation, reason)
                elif other == rule:
                    yield Related(each.id, _REVERSE[relation], reason)

    def team(self, team: str) -> Name:
        return self._teams.get(team, {"zh": team, "en": team})

    def post(self, post: str) -> Name:
        return {"zh": self._posts.get(post, post), "en": post.replace("_", " ")}


def event_name(type: str) -> Name:
    """The event's name in the published language; the Chinese one stands in its description."""
    known = BY_NAME.get(type)
    chinese = _CHINESE.search(known.__doc__ or "") if known else None
    return {"zh": chinese[1] if chinese else type, "en": type}


def _relations(clock: Clock) -> Iterator[tuple[str, str, str]]:
    if clock.within:
        yield clock.within, "within", ""
    if clock.looser_than:
        yield clock.looser_than.rule, "looser_than", clock.looser_than.reason
