"""Assignment (指派) inside a track, and the workload (工作量) it evens out (pack language 3.4, 3.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import CaseCondition, Clause, Code, Codes, Flag, Pattern, TeamCondition, Whole
from rules.terms import Frozen, Length

DEBTOR_TEAMS = "debtor_teams"


class Step(Frozen):
    """`first` prefers, `drop` removes, `score` ranks candidates. The word after it names the factor on record.

    `within`: how far back `debtor_teams` looks. `of_debtor`: its condition sees this debtor alone.
    `when_over_mean_percent`, of the load: the team that the step before prefers is passed over when its load per head
    is that much above the mean. `adjust_by`: who may set the assignment aside.
    """

    first: Code | None = None
    drop: Code | None = None
    score: Code | None = None
    clause: Clause | None = None
    condition: TeamCondition | None = Field(default=None, alias="if")
    points: Whole = 0
    within: Length | None = None
    of_debtor: Literal["first_named"] | None = None
    when_over_mean_percent: Annotated[Whole, Field(gt=0)] | None = None
    adjust_by: Code | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Step:
        if sum(name is not None for name in (self.first, self.drop, self.score)) != 1:
            raise ValueError("expected exactly one of first, drop, score")
        if self.condition is None and self.score != "load":
            raise ValueError("first, drop and score need an if; only score: load goes without")
        if self.when_over_mean_percent and (self.score != "load" or self.condition is not None):
            raise ValueError("when_over_mean_percent belongs to score: load")
        if self.within and (self.condition is None or DEBTOR_TEAMS not in self.condition.source):
            raise ValueError(f"within belongs to a condition on {DEBTOR_TEAMS}")
        if self.of_debtor and (self.condition is None or "debtors" not in self.condition.of_case):
            raise ValueError("of_debtor belongs to a condition on case.debtors")
        return self


class Assignment(Rule):
    """Assignment (指派) inside a track, in the name of the team's lead or a judge (`in_name_of`).

    `starvation`: a team without a new case for that long goes first, whatever was preferred (but for what stands before
    a step that drops), and a case that has waited that long goes to the team with the least to do, whatever was
    preferred or dropped.
    """

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
    points: Whole


class Doing(Frozen):
    """Points for work done; `apart`: shown beside casework, not in it."""

    points: Whole
    of: Pattern
    apart: Flag = False


class Workload(Rule):
    """Weights of an open item (工作量): the first line that matches, plus every line of `plus`. Integers only."""

    of_team_kinds: Codes
    weights: tuple[Weight, ...]
    plus: tuple[Weight, ...] = ()
    done: tuple[Doing, ...] = ()
    spread_warn_permille: Whole
