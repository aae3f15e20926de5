"""What rules, teams and posts are called, in Chinese and English, as the packs of a court say."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TypedDict

from contracts.catalogue import BY_NAME
from rules.packs import Rule
from rules.rulebook import Rulebook

_CHINESE = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")


class Name(TypedDict):
    zh: str
    en: str


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

    def team(self, team: str) -> Name:
        return self._teams.get(team, {"zh": team, "en": team})

    def post(self, post: str) -> Name:
        return {"zh": self._posts.get(post, post), "en": post.replace("_", " ")}


def event_name(type: str) -> Name:
    """The event's name in the published language; the Chinese one stands in its description."""
    known = BY_NAME.get(type)
    chinese = _CHINESE.search(known.__doc__ or "") if known else None
    return {"zh": chinese[1] if chinese else type, "en": type}
