"""Posts, teams, areas and named limits (pack language 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import At, Clause, Code, Codes, Flag, Pattern, Period, RuleId, Whole
from rules.terms import Frozen


class TeamKind(Frozen):
    """A kind of team the scheme speaks of; how many there are is the installation's."""

    kind: Code
    zh: str
    en: str
    clause: Clause
    posts: Codes = ()


class Headcount(Frozen):
    """How many the scheme says a team has, and of which (定员). Workload goes by who is posted there instead."""

    stated: Annotated[Whole, Field(ge=0)]
    items: dict[Code, Annotated[Whole, Field(ge=0)]]

    @property
    def adds_up(self) -> bool:
        return sum(self.items.values()) == self.stated


class Team(Frozen):
    """`head`: the post that leads it; `contact`: the post that speaks for it, where nobody leads."""

    id: Code
    kind: Code
    zh: str
    en: str
    clause: Clause | None = None
    at: At = ""
    head: Code | None = None
    contact: Code | None = None
    headcount: Headcount | None = None
    reading: RuleId | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Team:
        if self.headcount and not self.headcount.adds_up and not self.reading:
            raise ValueError(f"team {self.id}: the headcount does not add up: expected a reading")
        return self


class Area(Frozen):
    """Townships (乡镇) whose cases a team takes."""

    id: Code
    zh: str = ""
    en: str = ""
    clause: Clause
    at: At = ""
    townships: Annotated[tuple[str, ...], Field(min_length=1)]
    team: Code
    reading: RuleId | None = None


class Structure(Frozen):
    """Posts (岗位) by the court's own names, kinds of teams, teams, their areas, and who holds a case before the first
    handover."""

    posts: dict[Code, str]
    kinds: tuple[TeamKind, ...] = ()
    teams: tuple[Team, ...] = ()
    areas: tuple[Area, ...] = ()
    initial_holder: Code

    def joined_by(self, teams: Sequence[Team]) -> Structure:
        """This structure with the installation's teams; one with the id of a team of the pack stands in its place.

        ValueError where a team is of a kind the pack does not know.
        """
        merged = {team.id: team for team in (*self.teams, *teams)}
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return Structure.model_validate({**own, "teams": tuple(merged.values())})

    def townships(self, team: str) -> tuple[str, ...]:
        """The townships of the areas whose team it is."""
        return tuple(township for area in self.areas if area.team == team for township in area.townships)

    @model_validator(mode="after")
    def _known(self) -> Structure:
        kinds, teams = {kind.kind for kind in self.kinds}, {team.id for team in self.teams}
        for team in self.teams:
            if team.kind not in kinds:
                raise ValueError(f"team {team.id}: kind {team.kind} is none of {', '.join(sorted(kinds))}")
        for area in self.areas:
            if area.team not in teams:
                raise ValueError(f"area {area.id}: {area.team} is no team; expected {', '.join(sorted(teams))}")
        if len(teams) != len(self.teams) or len({area.id for area in self.areas}) != len(self.areas):
            raise ValueError("two teams or areas have one id")
        if self.initial_holder not in teams:
            raise ValueError(f"initial_holder {self.initial_holder} is no team")
        return self


NO_STRUCTURE = Structure.model_construct(posts={}, initial_holder="")
"""Of packs that name nobody: those of foreign logs."""


AMOUNTS = ("fen", "percent", "months", "days", "hours", "minutes")


class Limit(Rule):
    """A named amount, share or length of time; `incl` says whether the number itself is within (以下, 以内).

    A share (`percent`) may say of what and per which period, and what counts towards it.
    """

    name: Code
    fen: Annotated[Whole, Field(ge=0)] | None = None
    percent: Annotated[Whole, Field(ge=0, le=100)] | None = None
    months: Annotated[Whole, Field(ge=0)] | None = None
    days: Annotated[Whole, Field(ge=0)] | None = None
    hours: Annotated[Whole, Field(ge=0)] | None = None
    minutes: Annotated[Whole, Field(ge=0)] | None = None
    of: Code | None = None
    per: Period | None = None
    count: Pattern | None = None
    incl: Flag

    @model_validator(mode="after")
    def _one_amount(self) -> Limit:
        if len(self._amounts) != 1:
            raise ValueError(f"expected exactly one of {', '.join(AMOUNTS)}")
        if self.percent is None and (self.of or self.count):
            raise ValueError("only a percentage is of something, and counted")
        return self

    @property
    def _amounts(self) -> list[int]:
        return [amount for name in AMOUNTS if (amount := getattr(self, name)) is not None]

    @property
    def amount(self) -> int:
        return self._amounts[0]
