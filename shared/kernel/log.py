"""The log of one service on PostgreSQL: the eventsourcing library's table, written by group commit.

The row that holds a private event also holds the envelopes that leave the service because of it (`published`), so the
log is the outbox. One SQL function appends a whole batch under one transaction-level advisory lock: positions are
therefore without gaps and become visible in order, VACUUM stops nobody, and a batch costs one round trip.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from kernel.clock import Clock
from kernel.problems import KeyReused, Unavailable

MAX_BATCH_COMMANDS = 500
MAX_WAITING_COMMANDS = 10_000
PATIENCE_S = 10.0  # how long a batch is retried while the database cannot be reached
STATEMENT_TIMEOUT_S = 30.0
RETRY_S = 0.05
LOST_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.events (
    originator_id text NOT NULL, originator_version bigint NOT NULL, topic text, state bytea,
    notification_id bigint NOT NULL, recorded_at timestamptz, published bytea,
    PRIMARY KEY (originator_id, originator_version));
CREATE UNIQUE INDEX IF NOT EXISTS events_notification_id ON {schema}.events (notification_id);
CREATE TABLE IF NOT EXISTS {schema}.commands (
    command_id text PRIMARY KEY, body_hash bytea NOT NULL, status int NOT NULL, response bytea NOT NULL,
    position bigint NOT NULL);
CREATE TABLE IF NOT EXISTS {schema}.about (name text PRIMARY KEY, value text NOT NULL);

CREATE OR REPLACE FUNCTION {schema}.append_batch(
    clock_now timestamptz, command_ids text[], body_hashes bytea[], statuses int[], responses bytea[],
    owners bigint[], ids text[], versions bigint[], topics text[], states bytea[], envelopes bytea[])
RETURNS TABLE (outcome text, at_position bigint, at_instant timestamptz) LANGUAGE plpgsql AS $$
DECLARE head bigint; stamp timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    SELECT coalesce(max(notification_id), 0) INTO head FROM {schema}.events;
    SELECT greatest(clock_now, max(recorded_at)) INTO stamp FROM {schema}.events WHERE notification_id = head;
    RETURN QUERY
    WITH asked AS (SELECT * FROM unnest(command_ids, body_hashes, statuses, responses)
                   WITH ORDINALITY AS a(command_id, body_hash, status, response, n)),
    rows AS (SELECT * FROM unnest(owners, ids, versions, topics, states, envelopes)
             WITH ORDINALITY AS r(owner, originator_id, originator_version, topic, state, published, n)),
    judged AS (
        SELECT asked.*, CASE
            WHEN EXISTS (SELECT FROM {schema}.commands c WHERE c.command_id = asked.command_id) THEN 'known'
            WHEN EXISTS (SELECT FROM rows JOIN {schema}.events e USING (originator_id, originator_version)
                         WHERE rows.owner = asked.n) THEN 'taken'
            ELSE 'stored' END AS verdict
        FROM asked),
    numbered AS (SELECT rows.*, head + row_number() OVER (ORDER BY rows.n) AS place
                 FROM rows JOIN judged ON judged.n = rows.owner AND judged.verdict = 'stored'),
    placed AS (SELECT judged.*, coalesce((SELECT max(place) FROM numbered WHERE owner = judged.n), head) AS place
               FROM judged),
    stored AS (INSERT INTO {schema}.events
               SELECT originator_id, originator_version, topic, state, place, stamp, published FROM numbered),
    remembered AS (INSERT INTO {schema}.commands SELECT command_id, body_hash, status, response, place
                   FROM placed WHERE verdict = 'stored')
    SELECT verdict, place, stamp FROM placed ORDER BY n;
END $$;
"""
STATEMENTS = {
    "stream": "SELECT topic, state FROM {schema}.events WHERE originator_id = $1 ORDER BY originator_version",
    "commands": """SELECT command_id, body_hash, status, response, position
                   FROM {schema}.commands WHERE command_id = ANY($1::text[])""",
    "after": """SELECT notification_id, recorded_at, published FROM {schema}.events
                WHERE notification_id > $1 ORDER BY notification_id LIMIT $2""",
    "head": "SELECT coalesce(max(notification_id), 0) FROM {schema}.events",
    "append": "SELECT * FROM {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
}


class Taken(Exception):
    """Another command changed the aggregate first: load it again and decide again."""


class WrongLog(Exception):
    """The log was written under another kind of clock, or by another layout of the tables."""


@dataclass(frozen=True, slots=True)
class Row:
    """One private event, ready to store, and the JSON list of the envelopes that leave because of it (or None)."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    published: bytes | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer a command got. `position` is the place of its last event in the log."""

    status: int
    response: bytes
    position: int
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Where a command's last event stands, and when the court's system learned of it."""

    position: int
    recorded_at: datetime


@dataclass(slots=True, eq=False)
class _Request:
    command_id: str
    body_hash: bytes
    status: int
    response: bytes
    rows: Sequence[Row]
    done: asyncio.Future[Appended] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def answer(self, outcome: Appended | Exception) -> None:
        if self.done.done():  # the caller has gone; what was stored stays stored
            return
        if isinstance(outcome, Exception):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


def lock_key(schema: str) -> int:
    """The advisory lock of a log: 63 bits of the schema's name."""
    return int.from_bytes(hashlib.sha256(f"zhixing.log.{schema}".encode()).digest()[:8], "big") >> 1


class LogReader:
    """Reads a log; the service that owns it need not run in this process."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        if not schema.isidentifier():
            raise ValueError("a schema's name is an identifier")
        self.pool, self.schema = pool, schema
        self._sql = {name: text.format(schema=schema) for name, text in STATEMENTS.items()}

    async def stream(self, originator_id: str) -> list[tuple[str, bytes]]:
        """(topic, state) of every event of one aggregate, in order."""
        return [(r[0], r[1]) for r in await self.pool.fetch(self._sql["stream"], originator_id)]

    async def head(self) -> int:
        """The position of the last event; 0 for an empty log."""
        return int(await self.pool.fetchval(self._sql["head"]))

    async def after(self, position: int, limit: int) -> list[tuple[int, datetime, bytes | None]]:
        """(position, recorded at, envelopes) of the events that follow `position`."""
        return [(r[0], r[1], r[2]) for r in await self.pool.fetch(self._sql["after"], position, limit)]


class Log(LogReader):
    """One service's log in its own process: many readers, one writer. Use as `async with log.open()`."""

    def __init__(
        self, pool: asyncpg.Pool, schema: str, clock: Clock, secret: bytes, *, patience_s: float = PATIENCE_S
    ) -> None:
        super().__init__(pool, schema)
        self.clock, self._patience_s = clock, patience_s
        self._waiting: deque[_Request] = deque()
        self._lookups: dict[str, asyncio.Future[Remembered | None]] = {}
        self._arrived = asyncio.Event()
        self._closing = False
        self._alive = False
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._hash_key = hmac.digest(secret, f"body hash {schema}".encode(), "sha256")
        self.on_append: list[Callable[[], None]] = []  # hints for readers in this process

    @property
    def ready(self) -> bool:
        """False while the writer cannot reach the database."""
        return self._alive and not self._closing

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[Log]:
        """Makes the tables, starts the writer; on leaving, everything that waits is written first."""
        async with self.pool.acquire() as connection:
            await prepare(connection, self.schema, self.clock.kind)
        self._alive = True
        tasks = [asyncio.create_task(self._write_batches()), asyncio.create_task(self._hint_others())]
        try:
            yield self
        finally:
            self._closing = True
            self._arrived.set()
            await tasks[0]
            tasks[1].cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def body_hash(self, body: bytes) -> bytes:
        """Keyed, so that a remembered hash does not give away what a short body said."""
        return hmac.digest(self._hash_key, body, "sha256")

    async def remembered(self, command_id: str, body_hash: bytes) -> Remembered | None:
        """What this command was answered before. Raises KeyReused when it came with another body.

        Commands that ask in the same turn of the loop share one query.
        """
        if not self._lookups:
            asyncio.get_running_loop().call_soon(self._start_lookup)
        future = self._lookups.get(command_id)
        if future is None:
            future = self._lookups[command_id] = asyncio.get_running_loop().create_future()
        known = await asyncio.shield(future)
        if known is not None and not hmac.compare_digest(known.body_hash, body_hash):
            raise KeyReused("this idempotency key was used before, with another body", field="header.idempotency-key")
        return known

    def _start_lookup(self) -> None:
        asked, self._lookups = self._lookups, {}
        self._lookup_task = asyncio.create_task(self._look_up(asked))

    async def _look_up(self, asked: dict[str, asyncio.Future[Remembered | None]]) -> None:
        try:
            rows = await self.pool.fetch(self._sql["commands"], list(asked))
        except (*LOST_CONNECTION, asyncpg.PostgresError):
            for future in asked.values():
                if not future.done():
                    future.set_exception(Unavailable("the service's database does not answer"))
                    future.exception()
            return
        found = {r[0]: Remembered(r[2], r[3], r[4], r[1]) for r in rows}
        for command_id, future in asked.items():
            if not future.done():
                future.set_result(found.get(command_id))

    async def append(
        self, command_id: str, body_hash: bytes, status: int, response: bytes, rows: Sequence[Row]
    ) -> Appended:
        """Returns once all is durable. All rows and the answer are stored, or none.

        Raises Taken when a version exists already, Unavailable when the queue is full or the database away: then
        the outcome is open, and the same command id settles it.
        """
        if self._closing or not self._alive:
            raise Unavailable("the service's log cannot be written now")
        if len(self._waiting) >= MAX_WAITING_COMMANDS:
            raise Unavailable(f"{MAX_WAITING_COMMANDS} commands wait already")
        request = _Request(command_id, body_hash, status, response, rows)
        self._waiting.append(request)
        self._arrived.set()
        return await request.done

    async def _write_batches(self) -> None:
        while not (self._closing and not self._waiting):
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                batch, rivals = self._next_batch()
                await self._settle(batch)
                for request in rivals:
                    request.answer(Taken())
        if self._connection is not None:
            await _quietly(self._connection.close(timeout=2))

    def _next_batch(self) -> tuple[list[_Request], list[_Request]]:
        """Two commands of one batch may want the same version or id: the first goes on, the others decide again."""
        wanted: set[object] = set()
        batch: list[_Request] = []
        rivals: list[_Request] = []
        while self._waiting and len(batch) < MAX_BATCH_COMMANDS:
            request = self._waiting.popleft()
            if request.done.done():  # cancelled while it waited
                continue
            wants = {request.command_id, *((r.originator_id, r.originator_version) for r in request.rows)}
            (batch if wanted.isdisjoint(wants) else rivals).append(request)
            wanted |= wants
        return batch, rivals

    async def _settle(self, batch: list[_Request]) -> None:
        """Writes the batch. A lost connection is settled by sending the same batch again: ids that are there stay."""
        give_up_at = time.monotonic() + self._patience_s
        while batch:
            try:
                await self._write(batch)
                batch = []
            except Exception as error:  # whatever it is, the writer lives on
                if _is_lost(error):
                    await self._drop_connection()
                    batch = await self._try_again(batch, give_up_at)
                elif len(batch) == 1:
                    batch.pop().answer(error)
                else:  # one bad command must not fail its neighbours
                    middle = len(batch) // 2
                    await self._settle(batch[:middle])
                    batch = batch[middle:]

    async def _try_again(self, batch: list[_Request], give_up_at: float) -> list[_Request]:
        """The batch after a short wait; nothing once patience has ended and all were answered."""
        if time.monotonic() > give_up_at:
            await self._give_up(batch)
            return []
        await asyncio.sleep(RETRY_S)
        return batch

    async def _write(self, batch: list[_Request]) -> None:
        if self._connection is None:
            self._connection = await asyncio.wait_for(self.pool.acquire(), STATEMENT_TIMEOUT_S)
        rows = [(n, r) for n, request in enumerate(batch, 1) for r in request.rows]
        outcomes = await self._connection.fetch(
            self._sql["append"],
            self.clock.now(),
            [r.command_id for r in batch],
            [r.body_hash for r in batch],
            [r.status for r in batch],
            [r.response for r in batch],
            [n for n, _ in rows],
            [r.originator_id for _, r in rows],
            [r.originator_version for _, r in rows],
            [r.topic for _, r in rows],
            [r.state for _, r in rows],
            [r.published for _, r in rows],
            timeout=STATEMENT_TIMEOUT_S,
        )
        for request, (outcome, position, recorded_at) in zip(batch, outcomes, strict=True):
            request.answer(Appended(position, recorded_at) if outcome == "stored" else Taken())
        self._alive = True
        for hint in self.on_append:
            hint()

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
            await _quietly(self.pool.release(connection))

    async def _give_up(self, batch: list[_Request]) -> None:
        """The database is away: not ready, everything that waits is answered, and the writer looks again."""
        self._alive = False
        for request in (*batch, *self._waiting):
            request.answer(Unavailable("the service's database does not answer; the same key settles this command"))
        self._waiting.clear()
        while not self._closing and not self._alive:
            try:
                await self._write([])
            except (*LOST_CONNECTION, asyncpg.PostgresError):
                await self._drop_connection()
                await asyncio.sleep(RETRY_S)

    async def _hint_others(self) -> None:
        """NOTIFY for the readers of other processes: never in the writer's transaction, at most one under way."""
        appended = asyncio.Event()
        self.on_append.append(appended.set)
        while True:
            await appended.wait()
            appended.clear()
            with contextlib.suppress(*LOST_CONNECTION, asyncpg.PostgresError):
                await self.pool.execute(f"NOTIFY {channel(self.schema)}")


def channel(schema: str) -> str:
    """The NOTIFY channel of a log."""
    return f"zhixing_{schema}"


async def prepare(connection: PoolConnectionProxy[asyncpg.Record], schema: str, clock_kind: str) -> None:
    """Makes a log's tables once. Raises WrongLog when the log belongs to another kind of clock."""
    key = lock_key(schema)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key)
        await connection.execute(SCHEMA.format(schema=schema, lock=key))
        await connection.execute(f"INSERT INTO {schema}.about VALUES ('clock', $1) ON CONFLICT DO NOTHING", clock_kind)
        kind = await connection.fetchval(f"SELECT value FROM {schema}.about WHERE name = 'clock'")
    if kind != clock_kind:
        raise WrongLog(f"the log '{schema}' was written under a {kind} clock; a {clock_kind} clock may not write it")


def _is_lost(error: Exception) -> bool:
    """asyncpg reports values it cannot encode as interface errors too: those are the command's own fault."""
    return isinstance(error, LOST_CONNECTION) and not isinstance(error, ValueError)


async def _quietly(waiting: Any) -> None:
    with contextlib.suppress(*LOST_CONNECTION, asyncpg.PostgresError):
        await waiting
