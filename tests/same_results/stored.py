"""Everything that the six services have stored, made comparable with another installation that did the same.

Left out is what differs between two runs of one carrier too, since cases take turns by chance:

- positions in a log, and so the chain of a log's batches, how far a decision had seen other logs, and how far each
  consumer and relay has come (`chain`, `marks`, `lives`, `relay`); the order of the events of each subject stays in;
- trace ids, and the keys and nonces of personal data;
- of what the system itself does, the ids of the cause and of the command: where several things that come at one instant
  are needed (forms are filled in, so their matter is done), it is done because of the last of them to come;
- the remembered commands of the system, since each process tells the packs in force again as it starts; what they did
  stands in the events, what people asked for and were answered is compared.

Times are in: both run on a simulated clock.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson

from infra.host import SERVICES

OWN_COURSE = {"chain", "marks", "lives", "relay"}
BY_CHANCE = {"notification_id", "position", "facts_up_to", "traceparent", "sealed"}
CAUSES = {"causationid", "correlationid", "causation_id", "correlation_id", "command_id"}
SYSTEM = ("actor", "system")
NOBODY = b""  # the hash of what a command of the system was asked with
TABLES = """SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema = ANY($1) AND table_name !~ '^facts_[0-9]+$' ORDER BY 1, 2"""
Stored = dict[str, list[str]]


async def stored(pool: asyncpg.Pool) -> Stored:
    """`schema.table` -> its rows as text, sorted; `schema.order` -> each subject with its events in their order."""
    found: Stored = {}
    schemas = [service.schema for service in SERVICES.values()]
    for schema, table in await pool.fetch(TABLES, schemas):
        if table not in OWN_COURSE:
            rows = map(dict, await pool.fetch(f"SELECT * FROM {schema}.{table}"))
            found[f"{schema}.{table}"] = sorted(_text(_plain(row)) for row in rows if row.get("body_hash") != NOBODY)
    for schema in schemas:
        found[f"{schema}.order"] = await _order(pool, schema)
    return found


async def _order(pool: asyncpg.Pool, schema: str) -> list[str]:
    by_subject: dict[tuple[str, str], list[str]] = defaultdict(list)
    sql = f"SELECT published FROM {schema}.events WHERE published IS NOT NULL ORDER BY notification_id"
    for (published,) in await pool.fetch(sql):
        for envelope in orjson.loads(published):
            by_subject[envelope["court"], envelope["subject"]].append(f"{envelope['type']} {envelope['id']}")
    return sorted(_text(each) for each in by_subject.items())


def differences(one: Stored, other: Stored) -> list[str]:
    """A line for each row that only one of them has, or has more often."""
    lines: list[str] = []
    for table in sorted({*one, *other}):
        ours, theirs = (Counter(each.get(table, [])) for each in (one, other))
        lines += [f"{table}: only in the first: {row}" for row in sorted((ours - theirs).elements())]
        lines += [f"{table}: only in the second: {row}" for row in sorted((theirs - ours).elements())]
    return lines


def _plain(value: Any) -> Any:
    """JSON as what it says, without what is by chance."""
    if isinstance(value, bytes):
        return _plain(_read(value))
    if isinstance(value, Mapping):
        left_out = BY_CHANCE | CAUSES if SYSTEM in value.items() else BY_CHANCE
        return {name: _plain(each) for name, each in value.items() if name not in left_out}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def _read(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value.hex()


def _text(row: Any) -> str:
    return orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS).decode()
