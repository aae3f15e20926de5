"""Routing (分流): which track a case goes to (pack language 3.3)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import CaseCondition, Code, RuleId, Whole
from rules.terms import Frozen


class Destination(Frozen):
    """Where a route leads: a track, worked by the teams of that kind unless a team or another kind is named."""

    track: Code
    team: Code | None = None
    team_kind: Code | None = None


class Ask(Frozen):
    """The choice goes to a person, by an approval of `act`."""

    post: Code
    act: Code


class Branch(Rule):
    condition: CaseCondition | None = Field(default=None, alias="if")
    to: Destination | None = None
    ask: Ask | None = None
    points: Whole = 0

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Branch:
        if (self.to is None) == (self.ask is None):
            raise ValueError("expected either to or ask")
        return self


class Route(Frozen):
    """Routing (分流) at one stage: the first rule that is true, or the track with the most points."""

    stage: Code
    gate: RuleId | None = None
    mode: Literal["first", "score"]
    rules: tuple[Branch, ...] = ()
    fallback: Branch

    @model_validator(mode="after")
    def _conditions(self) -> Route:
        for rule in self.rules:
            if rule.condition is None:
                raise ValueError(f"{rule.id}: only the fallback stands without if")
        if self.fallback.condition is not None or self.fallback.to is None:
            raise ValueError("the fallback has no if and leads to a track")
        if self.mode == "score" and any(rule.to is None for rule in self.rules):
            raise ValueError("mode: score adds points to tracks, so every rule leads to one")
        return self
