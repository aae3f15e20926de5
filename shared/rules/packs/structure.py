"""Posts, teams and named limits (pack language 3.1, 3.2)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import model_validator

from rules.packs.rule import Rule
from rules.packs.words import Clause, Code, Codes
from rules.terms import Frozen


class TeamKind(Frozen):
    """A kind of team the scheme speaks of; how many there are is the installation's."""

    kind: Code
    zh: str
    en: str
    clause: Clause
    posts: Codes = ()


class Team(Frozen):
    id: Code
    kind: Code
    zh: str
    en: str
    head: Code | None = None


class Structure(Frozen):
    """Posts (岗位) by the court's own names, kinds of teams, teams, and who holds a case before the first handover."""

    posts: dict[Code, str]
    kinds: tuple[TeamKind, ...] = ()
    teams: tuple[Team, ...] = ()
    initial_holder: Code

    def joined_by(self, teams: Sequence[Team]) -> Structure:
        """This structure with the installation's teams; one with the id of a team of the pack stands in its place.

        ValueError where a team is of a kind the pack does not know.
        """
        merged = {team.id: team for team in (*self.teams, *teams)}
        return Structure(
            posts=self.posts, kinds=self.kinds, teams=tuple(merged.values()), initial_holder=self.initial_holder
        )

    @model_validator(mode="after")
    def _known(self) -> Structure:
        kinds = {kind.kind for kind in self.kinds}
        for team in self.teams:
            if team.kind not in kinds:
                raise ValueError(f"team {team.id}: kind {team.kind} is none of {', '.join(sorted(kinds))}")
        if len({team.id for team in self.teams}) != len(self.teams):
            raise ValueError("two teams have one id")
        if self.initial_holder not in {team.id for team in self.teams}:
            raise ValueError(f"initial_holder {self.initial_holder} is no team")
        return self


class Limit(Rule):
    """A named amount, share or number of months; `incl` says whether the number itself is within (以下, 以内)."""

    name: Code
    fen: int | None = None
    percent: int | None = None
    months: int | None = None
    incl: bool

    @model_validator(mode="after")
    def _one_amount(self) -> Limit:
        if len(self._amounts) != 1:
            raise ValueError("expected exactly one of fen, percent, months")
        return self

    @property
    def _amounts(self) -> list[int]:
        return [amount for amount in (self.fen, self.percent, self.months) if amount is not None]

    @property
    def amount(self) -> int:
        return self._amounts[0]
