"""The court's teams as they stand (工作量): who is posted to them, and what they have to do.

The loads are a read model over every event of a case. An assignment counts for its team at once, though the case is
held by another until the hand-over is accepted: else all cases of a morning would go to one team.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import asyncpg

from kernel.clock import Clock
from kernel.courts import Courts
from kernel.facts import CaseFacts, Known
from kernel.feed import Event
from rules.assignment import Candidate, Holding
from rules.fact import Fact
from rules.reference import Posting
from rules.rulebook import Policy
from rules.workload import contributions, per_head, spread

LEAD = "team_lead"
PARTIES = {"CaseFiled": "parties", "PartiesChanged": "added"}
MAX_REMEMBERED = 10_000
Weighed = tuple[object, ...]
SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.loads (
    court text NOT NULL, subject text NOT NULL, rule text NOT NULL, team text NOT NULL, load bigint NOT NULL,
    apart bigint NOT NULL, PRIMARY KEY (court, subject, rule, team));
CREATE TABLE IF NOT EXISTS {schema}.taken (
    court text NOT NULL, subject text NOT NULL, team text NOT NULL, at timestamptz NOT NULL,
    PRIMARY KEY (court, team, subject));
CREATE INDEX IF NOT EXISTS taken_subject ON {schema}.taken (court, subject);
CREATE TABLE IF NOT EXISTS {schema}.debtors (
    court text NOT NULL, debtor_hash text NOT NULL, subject text NOT NULL, PRIMARY KEY (court, debtor_hash, subject));
CREATE INDEX IF NOT EXISTS debtors_subject ON {schema}.debtors (court, subject);
"""
TABLES = ("loads", "taken", "debtors")


@dataclass(frozen=True, slots=True)
class Standing:
    """The teams of a court at a moment. `loads`: (rule, team) -> points of casework, and points listed apart.

    `last_assigned`: when each team got its last case.
    """

    policy: Policy
    postings: Sequence[Posting]
    loads: Mapping[tuple[str, str], tuple[int, int]]
    last_assigned: Mapping[str, datetime]

    @property
    def candidates(self) -> dict[str, Candidate]:
        return {team: self._candidate(team, size) for team, size in self._sizes}

    def _candidate(self, team: str, size: int) -> Candidate:
        structure, kind = self.policy.structure, self.policy.teams[team].kind
        last, areas = self.last_assigned.get(team), structure.townships(team)
        return Candidate(team, kind, size, self._load(team), last, areas)

    @property
    def _sizes(self) -> list[tuple[str, int]]:
        return [(team, len(self.members(team))) for team in self.policy.teams]

    def _load(self, team: str) -> int:
        return sum(load for (_, of), (load, _) in self.loads.items() if of == team)

    def members(self, team: str) -> list[str]:
        return [posting.member for posting in self.postings if posting.team == team]

    def team_of(self, member: str) -> str | None:
        return next((posting.team for posting in self.postings if posting.member == member), None)

    def judge_of(self, team: str, post: str | None) -> str | None:
        """In whose name the team's cases go: who holds the post in it, or else its lead."""
        posted = {posting.post: posting.member for posting in reversed(self.postings) if posting.team == team}
        return posted.get(post or LEAD) or posted.get(LEAD)

    def vacant(self, team: str) -> list[str]:
        """Posts that the scheme has in teams of this kind, and nobody in this one holds (团队配置, Y14)."""
        held = {posting.post for posting in self.postings if posting.team == team}
        wanted = {kind.kind: kind.posts for kind in self.policy.structure.kinds}
        return [post for post in wanted.get(self.policy.teams[team].kind, ()) if post not in held]

    def view(self) -> list[dict[str, Any]]:
        """Load per head in thousandths of a point, and the spread in per mille, by rule of the pack (Y02)."""
        return [self._of_rule(rule.id, rule.of_team_kinds, rule.spread_warn_permille) for rule in self.policy.workloads]

    def _of_rule(self, rule: str, kinds: Iterable[str], warn: int) -> dict[str, Any]:
        teams = [self._of_team(rule, team, size) for team, size in self._sizes if self.policy.teams[team].kind in kinds]
        permille = spread(team["per_head"] for team in teams if team["size"])
        return {"rule": rule, "teams": teams, "spread_permille": permille, "too_uneven": permille > warn}

    def _of_team(self, rule: str, team: str, size: int) -> dict[str, Any]:
        load, apart = self.loads.get((rule, team), (0, 0))
        heads = per_head(load, size) if size else 0
        kind, vacant = self.policy.teams[team].kind, self.vacant(team)
        shown = {"team": team, "kind": kind, "size": size, "vacant": vacant}
        return {**shown, "load": load, "apart": apart, "per_head": heads}


class Loads:
    """What each case adds to the load of teams. One process runs triage: assignments of a court take turns in it."""

    def __init__(self, pool: asyncpg.Pool, schema: str, clock: Clock, courts: Courts, facts: CaseFacts) -> None:
        self._pool, self._schema, self._clock, self._courts, self._facts = pool, schema, clock, courts, facts
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._weighed: dict[tuple[str, str], Weighed] = {}

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))

    def turn(self, court: str) -> asyncio.Lock:
        """Held while loads are read, decided on, and brought up to date: each assignment sees all before it."""
        return self._turns[court]

    async def standing(self, policy: Policy, court: str, at: datetime) -> Standing:
        rows = await self._pool.fetch(
            f"""SELECT rule, team, sum(load)::bigint, sum(apart)::bigint FROM {self._schema}.loads
                WHERE court = $1 GROUP BY rule, team""",
            court,
        )
        taken = await self._pool.fetch(
            f"SELECT team, max(at) FROM {self._schema}.taken WHERE court = $1 GROUP BY team", court
        )
        postings = self._courts.reference(court).postings(at, at)
        loads = {(rule, team): (load, apart) for rule, team, load, apart in rows}
        return Standing(policy, postings, loads, dict[str, datetime](map(tuple, taken)))

    async def holdings(self, known: Known, court: str) -> list[Holding]:
        """The teams that got other cases of this case's debtors, and when last."""
        rows = await self._pool.fetch(
            f"""SELECT team, max(at) FROM {self._schema}.taken JOIN {self._schema}.debtors USING (court, subject)
                WHERE court = $1 AND debtor_hash = ANY($2::text[]) AND subject <> $3 GROUP BY team""",
            court,
            sorted(_debtors(known.facts)),
            known.subject,
        )
        return [Holding(team, last) for team, last in rows]

    async def project(self, events: Sequence[Event]) -> None:
        touched: defaultdict[str, set[str]] = defaultdict(set)
        for event in events:
            if event.subject.startswith(("case/", "matter/")) and event.court in self._courts:
                touched[event.court].add(event.subject)
        for court, subjects in touched.items():
            async with self.turn(court):
                await self.renew(court, subjects)

    async def renew(self, court: str, subjects: Iterable[str]) -> None:
        """Works out anew what these subjects add, where anything that the workload rules read has changed."""
        policy = self._courts.policy(court, self._clock.now())
        known = [_as_assigned(await self._facts.known(court, subject)) for subject in subjects]
        weighed = {(court, each.subject): _weighed(policy, each) for each in known}
        changed = [each for each in known if self._weighed.get((court, each.subject)) != weighed[court, each.subject]]
        if changed:
            await self._store(court, changed, policy)
            self._remember(weighed)

    async def _store(self, court: str, changed: Sequence[Known], policy: Policy) -> None:
        rows = [
            (court, known.subject, found.rule, found.team, found.load, found.apart)
            for known in changed
            for found in contributions(policy, known.facts, known.view)
        ]
        taken = [(court, known.subject, *each) for known in changed for each in _taken(known.facts).items()]
        debtors = [(court, hashed, known.subject) for known in changed for hashed in sorted(_debtors(known.facts))]
        async with self._pool.acquire() as connection, connection.transaction():
            for table in TABLES:
                await connection.execute(
                    f"DELETE FROM {self._schema}.{table} WHERE court = $1 AND subject = ANY($2::text[])",
                    court,
                    [known.subject for known in changed],
                )
            await connection.executemany(f"INSERT INTO {self._schema}.loads VALUES ($1, $2, $3, $4, $5, $6)", rows)
            await connection.executemany(f"INSERT INTO {self._schema}.taken VALUES ($1, $2, $3, $4)", taken)
            await connection.executemany(f"INSERT INTO {self._schema}.debtors VALUES ($1, $2, $3)", debtors)

    def _remember(self, weighed: Mapping[tuple[str, str], Weighed]) -> None:
        if len(self._weighed) > MAX_REMEMBERED:
            self._weighed.clear()
        self._weighed.update(weighed)


def _weighed(policy: Policy, known: Known) -> Weighed:
    """All that is read of a subject here: while it stays the same, so does what the subject adds."""
    lines = [line for rule in policy.workloads for line in (*rule.weights, *rule.plus)]
    paths = {path for line in lines for path in line.condition.paths}
    read = sorted({path.split(".")[1] for path in paths if path.startswith("case.")} | {"team", "status"})
    done = [f.id for rule in policy.workloads for line in rule.done for f in known.facts if line.of.matches(f)]
    told = [fact.id for fact in known.facts if fact.type in ("CaseAssigned", *PARTIES)]
    return (policy.first, *(getattr(known.view, name) for name in read), *done, *told)


def _taken(facts: Iterable[Fact]) -> dict[str, datetime]:
    """When the case was last assigned to each team that got it."""
    return {fact.data["team"]: fact.time for fact in facts if fact.type == "CaseAssigned"}


def _debtors(facts: Iterable[Fact]) -> set[str]:
    """By the hash they are known by across cases."""
    parties = (p for fact in facts if fact.type in PARTIES for p in fact.data[PARTIES[fact.type]])
    return {party["debtor_hash"] for party in parties if party["role"] == "debtor" and party["debtor_hash"]}


def _as_assigned(known: Known) -> Known:
    """With the team that the case was last assigned or handed over to."""
    teams = [team for fact in known.facts if (team := _team_named(fact))]
    return replace(known, view=replace(known.view, team=teams[-1])) if teams else known


def _team_named(fact: Fact) -> str:
    if fact.type == "CaseAssigned":
        return fact.data["team"]
    return fact.data["to_team"] if fact.type == "HandoverAccepted" and fact.data["what"] == "case" else ""
