"""The courts of the study: the newest pack of each as it is, its teams, and how many people take cases in them.

Where neither the scheme nor the sample of the installation says how many people a team has, the number is invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from infra.installation import NATIONAL, SAMPLE, court_settings
from packs import folders
from rules.assignment import Candidate, teams_for
from rules.loader import load_pack
from rules.packs import Destination, Pack, Step, Team
from rules.rulebook import Policy, Rulebook


@dataclass(frozen=True)
class Staff:
    """People by team. `inside`: the route names the team; studied is how its lead shares the cases out inside."""

    heads: Mapping[str, int]
    teams: tuple[Team, ...] = ()
    inside: bool = False


@dataclass(frozen=True)
class Studied:
    """A court with its rules and its people."""

    name: str
    policy: Policy
    staff: Staff

    @property
    def heads(self) -> int:
        return sum(self.staff.heads.values())

    def takers(self, to: Destination) -> list[Candidate]:
        """Who could take a case that goes there: teams, or the people inside the one team. They have no load yet."""
        able = [team for team in teams_for(self.policy, to) if self.staff.heads.get(team.id)]
        if not self.staff.inside:
            areas = self.policy.structure.townships
            return [Candidate(team.id, team.kind, self.staff.heads[team.id], 0, None, areas(team.id)) for team in able]
        people = [(team, n) for team in able for n in range(1, self.staff.heads[team.id] + 1)]
        return [Candidate(f"{team.id}-{n}", team.kind, 1, 0) for team, n in people]


def _preferring(policy: Policy, percent: int) -> Policy:
    def changed(step: Step) -> Step:
        return step.model_copy(update={"when_over_mean_percent": percent}) if step.when_over_mean_percent else step

    def with_share(pack: Pack) -> Pack:
        rules = (rule.model_copy(update={"steps": tuple(map(changed, rule.steps))}) for rule in pack.assignment)
        return pack.model_copy(update={"assignment": tuple(rules)})

    return replace(policy, packs=tuple(map(with_share, policy.packs)))


def team_of(taker: str) -> str:
    """The team of a taker: its own id, or the team of the person."""
    return taker.partition("-")[0]


COURTS = ("yiyang", "horqin", "nanzhao", "shihe", "guancheng")


@cache
def studied(court: str, day: date, percent: int | None = None) -> Studied:
    """The court under the newest version of its pack in force on a day.

    `percent`: instead of the pack's, the share above the mean up to which a team preferred is not passed over.
    """
    staff = _staff(court)
    own = [load_pack(each, effective_from=_FIRST_DAY, teams=staff.teams) for each in folders(court)]
    policy = Rulebook([*own, *map(load_pack, folders(NATIONAL))]).on(day)
    return Studied(court, policy if percent is None else _preferring(policy, percent), staff)


def _staff(court: str) -> Staff:
    sample = court_settings(SAMPLE.parent).get(court)
    if sample is None:
        return _INVENTED[court]
    posted = Counter(member.team for member in sample.members)
    return Staff({team.id: posted[team.id] for team in sample.teams}, sample.teams)


def _teams(kind: str, ids: Sequence[str]) -> tuple[Team, ...]:
    return tuple(Team(id=id_, kind=kind, zh=id_, en=id_) for id_ in ids)


_FIRST_DAY = date(2024, 1, 1)
"""Of packs that name none."""
_INVENTED = {
    # seeds/001 四（二）, （三）: two judges and six enforcement officers answer for their own cases, and three judges
    "horqin": Staff({"fast": 8, "intensive": 3}, inside=True),
    # seeds/002 一(二): a fast team, four others and two at tribunals; it does not say of how many
    "nanzhao": Staff(
        {"fast": 4, "first_1": 4, "first_2": 4, "first_3": 4, "first_4": 4, "yunyang": 2, "huangludian": 2}
    ),
    # seeds/003: how many teams there are, the installation says
    "shihe": Staff(
        {"team_1": 5, "team_2": 4, "team_3": 4, "team_4": 3},
        _teams("ordinary", ["team_1", "team_2", "team_3", "team_4"]),
    ),
    # seeds/004 3.1, 3.2: a fast group and four brigades; it does not say of how many
    "guancheng": Staff({"fast": 6, "brigade_1": 5, "brigade_2": 4, "brigade_3": 4, "brigade_4": 3}),
}
