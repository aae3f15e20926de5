"""Assignment (指派) inside a track, and the workload (工作量) it evens out (pack language 3.4, 3.5)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import CaseCondition, Clause, Code, Codes, Pattern, TeamCondition
from rules.terms import Frozen, Length


class Step(Frozen):
    """`first` prefers, `drop` removes, `score` ranks candidates. The word after it names the factor on record."""

    first: Code | None = None
    drop: Code | None = None
    score: Code | None = None
    clause: Clause | None = None
    condition: TeamCondition | None = Field(default=None, alias="if")
    points: int = 0
    adjust_by: Code | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        if sum(name is not None for name in (self.first, self.drop, self.score)) != 1:
            raise ValueError("expected exactly one of first, drop, score")
        if self.condition is None and self.score != "load":
            raise ValueError("first, drop and score need an if; only score: load goes without")
        return self


class Assignment(Rule):
    """Assignment (指派) inside a track; `starvation`: a team without a new case for that long goes first."""

    track: Code | Literal["*"]
    in_name_of: Code | None = None
    steps: tuple[Step, ...]
    starvation: Length | None = None

    @model_validator(mode="after")
    def _scores_last(self) -> Assignment:
        if [bool(step.score) for step in self.steps] != sorted(bool(step.score) for step in self.steps):
            raise ValueError("steps that score stand after those that narrow")
        return self


class Weight(Frozen):
    condition: CaseCondition = Field(alias="if")
    points: int


class Doing(Frozen):
    """Points for work done; `apart`: shown beside casework, not in it."""

    points: int
    of: Pattern
    apart: bool = False


class Workload(Rule):
    """Weights of an open item (工作量): the first line that matches, plus every line of `plus`. Integers only."""

    of_team_kinds: Codes
    weights: tuple[Weight, ...]
    plus: tuple[Weight, ...] = ()
    done: tuple[Doing, ...] = ()
    spread_warn_permille: int
