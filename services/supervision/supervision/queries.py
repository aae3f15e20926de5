"""What supervisors ask of the read model: one set of queries for now, for another time, and as known then."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson

from kernel.clock import COURT_ZONE, start_of_day
from kernel.feed import fact_of
from rules.calendar import FOREVER, Calendar
from rules.effective import sightings
from rules.fact import Fact
from rules.rulebook import Policy
from supervision.derivation import Moment
from supervision.live import Live
from supervision.names import Names
from supervision.tables import Connection

CLOCK = """SELECT c.*, s.case_no, s.holder, s.team AS case_team FROM clocks c JOIN subjects s USING (court, subject)
    WHERE c.court = $1 AND ($2 = '' OR c.rule = $2) AND ($3 = '' OR c.team = $3 OR (c.team = '' AND s.team = $3))
    AND ($4 = '' OR s.holder = $4 OR c.member = $4 OR (c.subject LIKE 'duty/%' AND c.post = ANY($5)))"""
WORST_FIRST = """c.state = 'breached' DESC, c.standing = 'standing' DESC,
    coalesce(c.ended_at, $6) - c.due_at DESC, c.subject, c.rule, c.occurrence"""
NODES = """SELECT rule, max(clause) AS clause, min(type) AS type, bool_or(subject LIKE 'duty/%') AS duty,
    count(*) FILTER (WHERE state = 'met') AS met, count(*) FILTER (WHERE state = 'met_late') AS met_late,
    count(*) FILTER (WHERE state = 'breached') AS breached,
    count(*) FILTER (WHERE state = 'breached_closed') AS breached_closed,
    count(*) FILTER (WHERE standing = 'cured' AND state <> 'uncertain') AS cured,
    count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'pending') AS pending,
    count(*) FILTER (WHERE state = 'suspended') AS suspended,
    count(*) FILTER (WHERE state = 'uncertain') AS uncertain,
    count(*) FILTER (WHERE state = 'running' AND near_from <= $2) AS near
    FROM clocks WHERE court = $1 GROUP BY rule ORDER BY rule"""
WORST_CASES = """SELECT * FROM (
        SELECT DISTINCT ON (c.subject) c.*, s.case_no, s.holder, s.team AS case_team,
            count(*) OVER (PARTITION BY c.subject) - 1 AS others
        FROM clocks c JOIN subjects s USING (court, subject)
        WHERE c.court = $1 AND c.subject NOT LIKE 'duty/%'
            AND (c.state = 'breached' OR ($3 AND c.state = 'running' AND c.near_from <= $4))
        ORDER BY c.subject, c.due_at, c.type DESC, c.rule, c.occurrence) AS worst
    ORDER BY due_at, case_no, subject LIMIT $2"""
CASES = """SELECT status, count(*) FROM subjects WHERE court = $1 AND subject LIKE 'case/%' GROUP BY status"""
CONCERNED = """SELECT count(DISTINCT subject) FILTER (WHERE state = 'breached') AS breached,
    count(DISTINCT subject) FILTER (WHERE state = 'running' AND near_from <= $2) AS near,
    (SELECT count(*) FROM subjects WHERE court = $1 AND uncertain AND subject NOT LIKE 'duty/%') AS uncertain
    FROM clocks WHERE court = $1 AND subject NOT LIKE 'duty/%'"""
DUTIES = """SELECT DISTINCT ON (rule, post, team) c.*, '' AS case_no, '' AS holder, '' AS case_team FROM clocks c
    WHERE court = $1 AND subject LIKE 'duty/%' AND start_at <= $2 ORDER BY rule, post, team, start_at DESC"""
LOADS = """SELECT rule, team, sum(load)::bigint AS load, sum(apart)::bigint AS apart FROM contributions
    WHERE court = $1 GROUP BY rule, team"""
HELD = """SELECT team, count(*) FROM subjects
    WHERE court = $1 AND subject LIKE 'case/%' AND status IN ('filed', 'handled') GROUP BY team"""
DAYS = """SELECT (due_shown AT TIME ZONE $4)::date AS day, count(*) FROM clocks
    WHERE court = $1 AND state = 'running' AND due_at > $2 AND due_at <= $3 GROUP BY day"""

OCCURRENCES = """SELECT rule, clause, type, post, team, member, count(*)::int AS count FROM (
        SELECT *, CASE WHEN state IN ('breached', 'met_late', 'breached_closed') THEN due_at
            ELSE coalesce(ended_at, $6) END AS counted_at
        FROM clocks WHERE court = $1 AND subject NOT LIKE 'duty/%') AS c
    WHERE ($2::text[] IS NULL OR rule = ANY($2)) AND state = ANY($3) AND counted_at >= $4 AND counted_at < $5
    GROUP BY rule, clause, type, post, team, member"""
ON_A_LIST = """SELECT c.*, s.case_no, s.holder, s.team AS case_team FROM clocks c JOIN subjects s USING (court, subject)
    WHERE c.court = $1 AND c.rule = ANY($2) AND c.state = ANY($3)
    AND (c.state NOT IN ('pending', 'running', 'suspended') OR $4::timestamptz IS NULL OR c.due_at <= $4)
    ORDER BY c.due_at, c.subject, c.rule, c.occurrence"""
OPEN_CASES = """SELECT subject, case_no, holder FROM subjects
    WHERE court = $1 AND subject LIKE 'case/%' AND status IN ('filed', 'handled') ORDER BY subject"""
TODOS = """SELECT t.*, s.case_no FROM todos t JOIN subjects s USING (court, subject)
    WHERE t.court = $1 AND (t.member = $2 OR (t.member = '' AND (
        (t.post = 'handler' AND s.holder = $2)
        OR (t.team IN ('', $4) AND (t.post = ANY($3) OR (t.what = 'approval' AND t.kind || '/' || t.post = ANY($5)))))))
    ORDER BY t.due_on NULLS LAST, t.since, t.subject, t.id"""
FACTS = "SELECT envelope FROM facts WHERE court = $1 AND envelope LIKE ANY($2::bytea[])"
CORRECTED = "FactCorrected"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter; "" for any. `team` answers, or holds the case of a clock for which a post answers.

    `posts`: whose duties a handler sees beside his clocks.
    """

    rule: str = ""
    team: str = ""
    handler: str = ""
    limit: int = 200
    posts: tuple[str, ...] = ()

    @property
    def clocks(self) -> tuple[object, ...]:
        """The parameters of CLOCK after the court."""
        return self.rule, self.team, self.handler, self.posts


@dataclass(frozen=True)
class Snapshot:
    """One court at one moment, whatever is asked of it."""

    connection: Connection
    court: str
    now: datetime
    policy: Policy
    names: Names
    sizes: dict[str, int]  # team -> members posted
    calendar: Calendar
    known_at: datetime

    async def _fetch(self, sql: str, *arguments: Any) -> list[Row]:
        return [dict(record) for record in await self.connection.fetch(sql, *arguments)]

    async def breaches(self, asked: Asked, *, only_open: bool = False) -> list[Row]:
        """Clocks with a breach on record, the worst first: open ones, ended ones, then those cured later."""
        which = "c.state = 'breached'" if only_open else "c.standing <> 'clean'"
        sql = f"{CLOCK} AND {which} ORDER BY {WORST_FIRST} LIMIT {asked.limit:d}"
        return await self._fetch(sql, self.court, *asked.clocks, self.now)

    async def worst_cases(self, most: int, *, and_near: bool = False) -> list[Row]:
        """Of each case its longest open breach, and how many `others` it has; of equals the court's own rule.

        `and_near`: after them the clocks near their limit, the soonest first.
        """
        return await self._fetch(WORST_CASES, self.court, most, and_near, self.now)

    async def due(self, asked: Asked, days: int) -> list[Row]:
        """Clocks that run out within so many days, the first first."""
        sql = f"""{CLOCK} AND c.state IN ('running', 'pending', 'suspended') AND c.due_at > $6 AND c.due_at <= $7
            ORDER BY c.due_at, c.subject, c.rule, c.occurrence LIMIT {asked.limit:d}"""
        until = self.now + timedelta(days=days)
        return await self._fetch(sql, self.court, *asked.clocks, self.now, until)

    async def nodes(self) -> list[Row]:
        """Clocks by rule and state; `near`: running ones near their limit."""
        return await self._fetch(NODES, self.court, self.now)

    async def duties(self) -> list[Row]:
        """Of each standing duty the period it is in, or the last it had."""
        return await self._fetch(DUTIES, self.court, self.now)

    async def occurrences(
        self, rules: Sequence[str] | None, states: Sequence[str], since: datetime, until: datetime
    ) -> list[Row]:
        """Clocks in some states that came into them between two instants, by rule and who answers."""
        return await self._fetch(OCCURRENCES, self.court, rules, states, since, until, self.now)

    async def clocks_of(self, rules: Sequence[str], states: Sequence[str], until: datetime | None) -> list[Row]:
        """Clocks of some rules in some states; of those not late yet only the ones due by `until`, if given."""
        return await self._fetch(ON_A_LIST, self.court, rules, states, until)

    async def open_cases(self) -> list[Row]:
        return await self._fetch(OPEN_CASES, self.court)

    async def todos(self, member: str, posts: Sequence[str], team: str, steps: Sequence[str]) -> list[Row]:
        """What waits for a member, by name or post; `steps`: acts with the first of the posts, `act/post`, whose step
        others of its posts may decide, his among them."""
        return await self._fetch(TODOS, self.court, member, posts, team, steps)

    async def facts(self, types: Iterable[str]) -> list[Fact]:
        """Facts of some types in force, of all subjects, as of the moment and as known then."""
        likely = [f'%"zhixing.{type_}.v1"%'.encode() for type_ in (*types, CORRECTED)]
        records = await self.connection.fetch(FACTS, self.court, likely)
        seen = sightings((fact_of(orjson.loads(record[0])) for record in records), self.known_at, self.now)
        return [each.fact for each in seen if each.until == FOREVER]

    async def find(self, case_no: str, handler: str) -> str | None:
        """The subject of a case number, if the handler holds it; "" for any."""
        sql = "SELECT subject FROM subjects WHERE court = $1 AND case_no = $2 AND ($3 = '' OR holder = $3)"
        return await self.connection.fetchval(sql, self.court, case_no, handler)

    async def cases(self) -> dict[str, int]:
        """How many cases are in each state; "" before filing."""
        return {record[0]: record[1] for record in await self.connection.fetch(CASES, self.court)}

    async def concerned(self) -> Row:
        """How many subjects have a breached clock, a near one, or are uncertain."""
        [row] = await self._fetch(CONCERNED, self.court, self.now)
        return row

    async def loads(self) -> list[Row]:
        return await self._fetch(LOADS, self.court)

    async def held(self) -> dict[str, int]:
        """team -> open cases it holds."""
        return {record[0]: record[1] for record in await self.connection.fetch(HELD, self.court)}

    async def due_by_day(self, days: int) -> list[tuple[date, int]]:
        """How many clocks run out on each of the coming days, today first."""
        today = start_of_day(self.now)
        records = await self.connection.fetch(DAYS, self.court, self.now, today + timedelta(days=days), COURT_ZONE.key)
        found = {record[0]: record[1] for record in records}
        return [(day, found.get(day, 0)) for day in ((today + timedelta(days=n)).date() for n in range(days))]


AsyncSnapshot = contextlib.AbstractAsyncContextManager[Snapshot]


@contextlib.asynccontextmanager
async def snapshot(live: Live, court: str, moment: Moment | None = None) -> AsyncGenerator[Snapshot]:
    """The court now, from the live read model; at another moment derived again from all its facts."""
    derivation = live.derivation
    rows = None if moment is None else (await derivation.whole(court, moment)).rows
    now, known_at = (live.now(), None) if moment is None else (moment.as_of, moment.known_at)
    reference = derivation.courts.reference(court)
    knowing = known_at or max(now, reference.last_recorded)
    policy = derivation.courts.policy(court, now, knowing)
    sizes, calendar = reference.team_sizes(now, knowing), reference.calendar.known_at(knowing)
    opened = live.model.reading() if rows is None else live.model.holding(rows)
    async with opened as connection:
        yield Snapshot(connection, court, now, policy, Names(derivation.courts[court]), sizes, calendar, knowing)
