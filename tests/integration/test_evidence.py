"""Whoever changes, removes, adds or moves a row of a log is found out, and the first such row is named."""

import contextlib
import hashlib
import itertools
import random
import struct
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import pytest
import pytest_asyncio

from infra.evidence.verifying import Fault, Head, Verdict, head_of, verify
from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.log import Log, Row
from tests.kernel_example import SECRET, START

pytestmark = pytest.mark.asyncio(loop_scope="module")
_names = (f"log{letter}{n}" for n in itertools.count() for letter in "abcdefgh")
LOGS = 3


class Written(NamedTuple):
    """A log in batches of random sizes; `chance` of its own."""

    connection: asyncpg.Connection
    name: str
    lasts: list[int]
    chance: random.Random

    @property
    def rows(self) -> int:
        return self.lasts[-1]

    def any_row(self, *, before: int = 0) -> int:
        return self.chance.randint(1, self.rows - before)

    def first_of_link(self, position: int) -> int:
        return max([last for last in self.lasts if last < position], default=0) + 1

    async def do(self, sql: str, *arguments: Any) -> None:
        await self.connection.execute(sql.format(s=self.name), *arguments)

    async def head(self) -> Head:
        return await head_of(self.connection, self.name)

    async def verdict(self, *, since: Head | None = None, noted: Sequence[Head] = ()) -> Verdict:
        counted: list[int] = []
        found = await verify(self.connection, self.name, counted.append, since=since, noted=noted)
        assert sum(counted) == found.head.position - found.since
        return found

    async def fault(self, **how: Any) -> Fault | None:
        return (await self.verdict(**how)).fault


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(module_database: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(module_database, max_size=4) as pool:
        yield pool


async def append(log: Log, name: str, rows: int, chance: random.Random) -> int:
    """A batch: each row a stream of its own; some publish nothing."""
    made = [
        Row(f"a/{name}-{n}", 1, "example:Nothing.1", chance.randbytes(chance.randint(0, 3000)),
            chance.choice([None, b"[]", chance.randbytes(50)]))
        for n in range(rows)
    ]  # fmt: skip
    return (await log.append(name, b"", 200, b"{}", made)).position


@contextlib.asynccontextmanager
async def written(pool: asyncpg.Pool, seed: int) -> AsyncIterator[Written]:
    """What a test does to the log is undone after it."""
    chance, name, clock = random.Random(seed), next(_names), SimulatedClock(START)
    async with Log(pool, name, clock, SECRET).open() as log:
        lasts = [await append(log, f"c{n}", chance.randint(1, 7), chance) for n in range(chance.randint(2, 6))]
    async with pool.acquire() as connection, connection.transaction():
        yield Written(connection, name, lasts, chance)


@pytest_asyncio.fixture(params=range(LOGS), loop_scope="module")
async def log(request: pytest.FixtureRequest, pool: asyncpg.Pool) -> AsyncIterator[Written]:
    async with written(pool, request.param) as one:
        yield one


async def test_a_log_stands_as_it_was_written(log: Written) -> None:
    verdict = await log.verdict(noted=[await log.head()])
    assert (verdict.fault, verdict.head, verdict.chained_later) == (None, await log.head(), 0)
    assert verdict.head.position == log.rows


OTHER = {
    "text": "{c} || 'x'", "bigint": "{c} + 1000", "bytea": r"coalesce({c}, '') || '\x00'",
    "timestamp with time zone": "{c} + interval '1 microsecond'",
}  # fmt: skip


async def test_every_column_of_every_row_counts(log: Written) -> None:
    columns = await log.connection.fetch(
        """SELECT column_name, data_type, is_nullable FROM information_schema.columns
           WHERE table_schema = $1 AND table_name = 'events' AND column_name <> 'notification_id'""", log.name
    )  # fmt: skip
    assert len(columns) >= 6
    values = [(c, OTHER[t]) for c, t, _ in columns] + [(c, "NULL") for c, _, null in columns if null == "YES"]
    for column, value in values:
        position = log.any_row()
        async with undone(log):
            sql = f"UPDATE {{s}}.events SET {column} = {value.format(c=column)} WHERE notification_id = $1"
            was = await log.connection.fetchval(
                f"SELECT {column} IS NULL FROM {log.name}.events WHERE notification_id = $1", position
            )
            await log.do(sql, position)
            expected = None if was and value == "NULL" else Fault("changed", position, position)
            assert await log.fault() == expected, column


@contextlib.asynccontextmanager
async def undone(log: Written) -> AsyncIterator[None]:
    savepoint = log.connection.transaction()
    await savepoint.start()
    yield
    await savepoint.rollback()


async def test_a_removed_row_is_missed(log: Written) -> None:
    position = log.any_row()
    await log.do("DELETE FROM {s}.events WHERE notification_id = $1", position)
    assert await log.fault() == Fault("removed", position, position)


async def test_rows_that_changed_places_are_told_from_changed_ones(log: Written) -> None:
    one = log.any_row(before=1)
    other = log.chance.randint(one + 1, log.rows)
    await move(log, {one: other, other: one})
    assert await log.fault() == Fault("moved", one, one, other)


async def move(log: Written, places: dict[int, int]) -> None:
    """Gives rows other places; negative ones meanwhile, for the index."""
    for one, other in places.items():
        await log.do("UPDATE {s}.events SET notification_id = $2 WHERE notification_id = $1", one, -other)
    await log.do("UPDATE {s}.events SET notification_id = -notification_id WHERE notification_id < 0")


ADD = "INSERT INTO {s}.events VALUES ('a/new', 1, 'example:Nothing.1', '', $1, '2026-03-02T01:00Z', NULL)"


async def test_a_row_pushed_between_others_is_named(log: Written) -> None:
    position = log.any_row()
    await move(log, {n: n + 1 for n in range(position, log.rows + 1)})
    await log.do(ADD, position)
    verdict = await log.verdict()
    assert verdict.fault == Fault("changed", position, position)
    assert (verdict.stream, verdict.version) == ("a/new", 1)


@pytest.mark.parametrize("before_all", [True, False])
async def test_a_row_before_or_after_all_others_is_named(log: Written, before_all: bool) -> None:
    position = -3 if before_all else log.rows + 1
    await log.do(ADD, position)
    assert await log.fault() == Fault("added", position, position)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {s}.chain SET link = sha256(link) WHERE last = $1",
        "UPDATE {s}.chain SET digests = set_byte(digests, 0, 255 - get_byte(digests, 0)) WHERE last = $1",
        r"UPDATE {s}.chain SET digests = digests || '\x00' WHERE last = $1",
        "UPDATE {s}.chain SET last = last + 1000 WHERE last = $1",
        "DELETE FROM {s}.chain WHERE last = $1",
    ],
)
async def test_a_changed_link_is_named_by_its_rows(log: Written, change: str) -> None:
    last = log.chance.choice(log.lasts[:-1])
    await log.do(change, last)
    fault = await log.fault()
    assert fault is not None
    assert (fault.kind, fault.position) == ("chain", log.first_of_link(last))


@pytest.mark.parametrize("change", ["DELETE FROM {s}.chain WHERE last = 0", "UPDATE {s}.chain SET link = sha256(link)"])
async def test_every_chain_begins_with_the_name_of_its_log(log: Written, change: str) -> None:
    await log.do(change)
    fault = await log.fault()
    assert fault is not None
    assert (fault.kind, fault.position) == ("chain", 1)


async def test_a_removed_tail_is_missed_by_whoever_noted_the_head(log: Written) -> None:
    noted, end = await log.head(), log.chance.choice(log.lasts[:-1])
    await log.do("DELETE FROM {s}.events WHERE notification_id > $1", end)
    assert (await log.fault() or noted).position == end + 1, "its links were left"
    await log.do("DELETE FROM {s}.chain WHERE last > $1", end)
    assert await log.fault() is None
    assert await log.fault(noted=[noted]) == Fault("removed", end + 1, log.rows)
    assert await log.fault(since=noted) == Fault("removed", log.rows, log.rows)


async def test_whoever_makes_the_chain_anew_is_found_between_the_noted_heads(log: Written) -> None:
    noted = [Head(log=log.name, position=last, link=link.hex()) for last, link in await links(log)]
    position = log.any_row()
    first = log.first_of_link(position)
    await log.do("UPDATE {s}.events SET topic = 'other' WHERE notification_id = $1", position)
    await chain_anew(log, first)
    assert await log.fault() is None, "only what is noted elsewhere can tell"
    last = min(last for last in log.lasts if last >= position)
    assert await log.fault(noted=noted) == Fault("rewritten", first, last)
    assert await log.fault(noted=noted[-1:]) == Fault("rewritten", 1, log.rows)
    assert await log.fault(since=noted[-1]) == Fault("rewritten", 1, log.rows)


async def links(log: Written) -> list[Any]:
    return await log.connection.fetch(f"SELECT last, link FROM {log.name}.chain ORDER BY last")


async def chain_anew(log: Written, first: int) -> None:
    await log.do("DELETE FROM {s}.chain WHERE last >= $1", first)
    for before, last in itertools.pairwise([first - 1, *(last for last in log.lasts if last >= first)]):
        await log.do("SELECT {s}.chain_rows($1, $2)", before, last)


async def test_since_a_noted_head_only_what_came_after_it_is_read(log: Written) -> None:
    last = log.chance.choice(log.lasts[:-1])
    [link] = [link for each, link in await links(log) if each == last]
    since = Head(log=log.name, position=last, link=link.hex())
    verdict = await log.verdict(since=since)
    assert (verdict.fault, verdict.since, verdict.head) == (None, last, await log.head())
    after = log.chance.randint(last + 1, log.rows)
    await log.do("UPDATE {s}.events SET topic = 'other' WHERE notification_id = ANY($1::bigint[])", [1, after])
    assert await log.fault(since=since) == Fault("changed", after, after)


async def test_a_digest_is_that_of_the_row_in_the_form_that_is_documented(log: Written) -> None:
    """docs/operations.md: anybody can compute it without PostgreSQL."""
    rows = await log.connection.fetch(f"SELECT * FROM {log.name}.events ORDER BY notification_id")
    stored = await log.connection.fetchval(f"SELECT string_agg(digests, '' ORDER BY last) FROM {log.name}.chain")
    assert b"".join(digest(row) for row in rows) == stored


def digest(row: Any) -> bytes:
    microseconds = (row["recorded_at"] - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    columns = [
        (25, row["originator_id"].encode()), (20, struct.pack(">q", row["originator_version"])),
        (25, row["topic"].encode()), (17, row["state"]), (1184, struct.pack(">q", microseconds)),
        (17, row["published"]),
    ]  # fmt: skip
    parts = [struct.pack(">Ii", kind, -1 if value is None else len(value)) + (value or b"") for kind, value in columns]
    return hashlib.sha256(struct.pack(">i", len(parts)) + b"".join(parts)).digest()


async def test_a_log_older_than_the_chain_gets_one_as_its_service_next_starts(pool: asyncpg.Pool) -> None:
    name, clock = next(_names), SimulatedClock(START)
    async with Log(pool, name, clock, SECRET).open() as log:
        old = await append(log, "old", 2500, random.Random(1))
        await pool.execute(f"DROP TABLE {name}.chain")
    async with Log(pool, name, clock, SECRET).open() as log:
        new = await append(log, "new", 3, random.Random(2))
    async with pool.acquire() as connection, connection.transaction():
        one = Written(connection, name, [old, new], random.Random(3))
        verdict = await one.verdict()
        assert (verdict.fault, verdict.head.position, verdict.chained_later) == (None, new, old)
        for position in (1, 1000, 1001, old, old + 1):
            async with undone(one):
                await one.do("DELETE FROM {s}.events WHERE notification_id = $1", position)
                assert await one.fault() == Fault("removed", position, position)
