"""What must hold of a court that has come to rest, whatever was done to it. A check gives what it finds wrong.

Most of them are questions to the database: of each log, and of what each service has made of all logs.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from funds.ledger import is_asset
from infra.evidence.verifying import Head, verify
from infra.host import SERVICES
from kernel.backlog import Backlog
from kernel.clock import MachineClock
from kernel.database import until_available
from kernel.facts import CaseFacts
from kernel.kafka.wire import Topics, link_of
from supervision.derivation import Derivation
from supervision.readmodel import ReadModel
from supervision.rebuild import rebuild
from tests.chaos.clerks import Office
from tests.chaos.court import TOPICS, Court
from tests.kafka import records

LOGS = [service.schema for service in SERVICES.values()]
SETTLED_WITHIN_S = 180.0
LOOK_S = 0.2
SHOWN = 5  # of what is wrong
LEDGERS = 50  # of the latest cases, each time

HEADS = " UNION ALL ".join(f"SELECT '{log}', coalesce(max(notification_id), 0) FROM {log}.events" for log in LOGS)
LEFT = " UNION ALL ".join(
    f"""SELECT '{log}' AS log, notification_id AS position, e->>'id' AS id, e->>'subject' AS subject,
        e->>'type' AS type,
        e->>'actor' AS actor, e->>'causationid' AS cause, e->'data' AS data
    FROM {log}.events, jsonb_array_elements(convert_from(published, 'UTF8')::jsonb) AS e"""
    for log in LOGS
)
"""Every event that has left a log."""

OUT_OF_ORDER = """SELECT notification_id FROM (
    SELECT notification_id, recorded_at, lag(notification_id, 1, 0::bigint) OVER w AS before,
           lag(recorded_at) OVER w AS earlier
    FROM {log}.events WINDOW w AS (ORDER BY notification_id)) AS row
    WHERE notification_id <> before + 1 OR recorded_at < earlier LIMIT {shown}"""
NOT_STORED = """SELECT told.id FROM unnest($1::text[], $2::int[], $3::bytea[], $4::bigint[])
        AS told (id, status, answer, position)
    LEFT JOIN {log}.commands AS c ON c.command_id = told.id
    WHERE c.command_id IS NULL OR (c.status, c.response, c.position) <> (told.status, told.answer, told.position)
    LIMIT {shown}"""
NOT_WHOLE = """SELECT DISTINCT convert_from(state, 'UTF8')::jsonb->'by'->>'command_id' AS command FROM {log}.events
    EXCEPT SELECT command_id FROM {log}.commands LIMIT {shown}"""
FACTS_ASTRAY = f"""WITH gone_out AS MATERIALIZED (SELECT id FROM ({LEFT}) AS e)
    (SELECT 'lacks ' || id FROM (TABLE gone_out EXCEPT SELECT event_id FROM {{log}}.facts) AS e LIMIT {{shown}})
    UNION ALL
    (SELECT 'made up ' || event_id FROM (SELECT event_id FROM {{log}}.facts EXCEPT TABLE gone_out) AS e LIMIT {{shown}})
    """
EFFECTS = f"""SELECT subject, type, count(*) FROM ({LEFT}) AS e
    WHERE actor = 'system' AND subject LIKE 'case/%' AND type <> 'zhixing.FundsReceived.v1' GROUP BY 1, 2"""
LEFT_LYING = """SELECT 'parked ' || subject || ': ' || reason FROM {log}.parked
    UNION ALL SELECT state || ' ' || subject || ': ' || reason FROM {log}.work_items LIMIT {shown}"""
RECEIVED = f"""SELECT subject, sum((data->>'amount_fen')::bigint) FROM ({LEFT}) AS e
    WHERE type = 'zhixing.FundsReceived.v1' AND subject LIKE 'case/%' GROUP BY 1"""
CASHBOOK = "SELECT coalesce(sum(amount_fen), 0), coalesce(sum(unclaimed_fen), 0) FROM funds.cashbook"


class Checks:
    """All that is asked of one court; the broker's topics are read on from where they were read before."""

    def __init__(self, court: Court, office: Office) -> None:
        self._court, self._office, self._book = court, office, office.book
        self._pool = court.pool
        self._offsets: dict[Any, int] = {}
        self._carried: set[str] = set()  # ids of events
        self._last: dict[tuple[str, str], int] = {}  # log and subject -> the last position that came
        self._verified: dict[str, Head] = {}

    async def settled(self) -> None:
        """Returns once every service has done with every event, and with those that came of it."""
        before, behind = dict[str, int](), [""]
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                while behind or before != await self._heads():
                    before = await self._heads()
                    behind = await self._behind(before)
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"not everything comes to rest: {behind[:SHOWN]}") from None

    async def _ask(self, query: str, *arguments: Any) -> list[Any]:
        return await until_available(lambda: self._pool.fetch(query, *arguments))

    async def _heads(self) -> dict[str, int]:
        return dict(await self._ask(HEADS))

    async def _behind(self, heads: dict[str, int]) -> list[str]:
        found: list[str] = []
        for log in LOGS:
            marks = {row[0]: min(row[1]) for row in await self._ask(f"SELECT log, by_slot FROM {log}.marks")}
            lags = {other: marks.get(other, 0) - head for other, head in heads.items()}
            found += [f"{log} by {-lag} of {other}" for other, lag in lags.items() if lag < 0]
        return found

    async def wrong(self) -> dict[str, list[Any]]:
        """What is wrong, by the promise that it breaks."""
        checks: dict[str, Callable[[], Awaitable[list[Any]]]] = {
            "acknowledged is durable": self._not_durable,
            "a command is there whole or not at all": lambda: self._in_each(NOT_WHOLE),
            "positions have no gaps, recorded_at never goes back": lambda: self._in_each(OUT_OF_ORDER),
            "the chain of a log holds": self._touched,
            "nothing is lost on the way": lambda: self._in_each(FACTS_ASTRAY),
            "effects are there once": self._effects,
            "nothing is left lying": lambda: self._in_each(LEFT_LYING),
            "events of a log about a subject come in order": self._carried_otherwise,
            "read models are what a fold from scratch gives": self._read_model,
            "money adds up": self._money,
        }
        found = {promise: await check() for promise, check in checks.items()}
        return {promise: wrong for promise, wrong in found.items() if wrong}

    async def _in_each(self, query: str) -> list[Any]:
        asked = {log: await self._ask(query.format(log=log, shown=SHOWN)) for log in LOGS}
        return [f"{log}: {row[0]}" for log, rows in asked.items() for row in rows]

    async def _not_durable(self) -> list[Any]:
        wrong: list[Any] = []
        for service in SERVICES.values():
            told = [a for a in self._book.acknowledged if a.service == service.name]
            columns = [[getattr(a, name) for a in told] for name in ("command_id", "status", "answer", "position")]
            query = NOT_STORED.format(log=service.schema, shown=SHOWN)
            wrong += [f"{service.name}: {row[0]}" for row in await self._ask(query, *columns)]
        return wrong

    async def _touched(self) -> list[Any]:
        wrong: list[Any] = []
        async with self._pool.acquire() as connection:
            for log in LOGS:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    verdict = await verify(connection, log, int, since=self._verified.get(log), noted=())
                self._verified[log] = verdict.head
                wrong += [f"{log}: {verdict.fault}"] if verdict.fault else []
        return wrong

    async def _effects(self) -> list[Any]:
        """Every case has gone the same way so far: so has what the services did by themselves, money apart."""
        of_cases: dict[str, Counter[str]] = {f"case/{case_id}": Counter() for case_id in self._book.filed}
        for subject, kind, count in await self._ask(EFFECTS):
            if subject in of_cases:
                of_cases[subject][kind] = count
        [(usual, _)] = Counter(map(_frozen, of_cases.values())).most_common(1)
        assert usual, "the services do something by themselves"
        return [(subject, _frozen(done)) for subject, done in of_cases.items() if _frozen(done) != usual][:SHOWN]

    async def _carried_otherwise(self) -> list[Any]:
        """What the topics hold against what the logs hold."""
        wrong: list[Any] = []
        topics = Topics(TOPICS)
        for record in await records(self._court.kafka.bootstrap, topics.cases, topics.reference, begin=self._offsets):
            link, event = link_of(record), orjson.loads(record.value)
            at = link.log, event["subject"]
            if event["id"] not in self._carried:
                self._carried.add(event["id"])
                if link.position < self._last.get(at, 0):
                    wrong.append(f"{at}: {link.position} after {self._last[at]}")
                self._last[at] = link.position
        left = {row[0] for row in await self._ask(f"SELECT id FROM ({LEFT}) AS e")}
        return [*wrong, *(f"only in one: {each}" for each in left ^ self._carried)][:SHOWN]

    async def _read_model(self) -> list[Any]:
        """Supervision's, once more from all facts."""
        facts = CaseFacts(self._pool, "supervision", self._court.installation.courts, MachineClock())
        await facts.prepare()
        derivation = Derivation(self._pool, "supervision", facts, Backlog(self._pool, "supervision"))
        model = ReadModel(self._pool, "supervision")
        compared = await rebuild(model, derivation, MachineClock().now(), verify=True)
        assert compared.clocks, "there is something to compare"
        return compared.differences[:SHOWN]

    async def _money(self) -> list[Any]:
        """What was acknowledged is in the cases' events, in the cash book, and in the ledger, which balances."""
        told, main_fen = self._book.received_fen(), self._book.main_account_fen()
        claimed_fen = sum(e.body["amount_fen"] for e in self._book.acknowledged if e.path.endswith("/identify"))
        published = {row[0].removeprefix("case/"): int(row[1]) for row in await self._ask(RECEIVED)}
        wrong: list[Any] = [] if published == told else [f"events: {published.items() ^ told.items()}"]
        [row] = await self._ask(CASHBOOK)
        held, unclaimed = map(int, row)
        if (held, unclaimed) != (told.total() - claimed_fen + main_fen, main_fen - claimed_fen):
            wrong.append(f"cash book: {held} and {unclaimed} unclaimed")
        for case_id in list(told)[-LEDGERS:]:
            ledger = await self._office.see("funds_officer", "funds", f"/cases/{case_id}/ledger")
            balances = {each["account"]: each["balance_fen"] for each in ledger["balances"]}
            assets = sum(fen for account, fen in balances.items() if is_asset(account))
            if (assets, sum(balances.values()) - assets) != (told[case_id], told[case_id]):
                wrong.append(f"ledger of {case_id}: {balances}, and {told[case_id]} received")
        return wrong[:SHOWN]


def _frozen(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items()))
