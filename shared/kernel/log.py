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
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from kernel import chain
from kernel.clock import Clock
from kernel.database import LOST_CONNECTION as LOST_CONNECTION
from kernel.database import is_away
from kernel.problems import KeyReused, Unavailable
from kernel.publishing import Place

MAX_BATCH_COMMANDS = 500
MAX_WAITING_COMMANDS = 10_000
PATIENCE_S = 10.0  # how long a batch is retried while the database cannot be reached
STATEMENT_TIMEOUT_S = 30.0
RETRY_S = 0.05
RELEASE_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 2.0
HINT_EVERY_S = 0.05
PAGE_ROWS = 1_000

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

-- Only index look-ups: the plan is kept for as long as the connection lives, and the tables grow under it.
CREATE OR REPLACE FUNCTION {schema}.append_batch(
    clock_now timestamptz, command_ids text[], body_hashes bytea[], statuses int[], responses bytea[], counts int[],
    owners int[], ids text[], versions bigint[], topics text[], states bytea[], envelopes bytea[])
RETURNS TABLE (outcome text, at_position bigint, at_instant timestamptz) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE head bigint; stamp timestamptz; known bigint[]; taken bigint[]; left_out bigint[]; added bigint;
BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    SELECT coalesce(max(notification_id), 0) INTO head FROM {schema}.events;
    SELECT greatest(clock_now, max(recorded_at)) INTO stamp FROM {schema}.events WHERE notification_id = head;
    known := ARRAY(SELECT a.n FROM unnest(command_ids) WITH ORDINALITY AS a (command_id, n)
                   JOIN {schema}.commands USING (command_id));
    taken := ARRAY(SELECT r.owner FROM unnest(owners, ids, versions) AS r (owner, originator_id, originator_version)
                   JOIN {schema}.events USING (originator_id, originator_version));
    left_out := known || taken;
    INSERT INTO {schema}.events
    SELECT r.id, r.version, r.topic, r.state, head + row_number() OVER (ORDER BY r.n), stamp, r.published
    FROM unnest(owners, ids, versions, topics, states, envelopes)
         WITH ORDINALITY AS r (owner, id, version, topic, state, published, n) WHERE r.owner <> ALL (left_out);
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added > 0 THEN PERFORM {schema}.chain_rows(head, head + added); END IF;
    RETURN QUERY
    WITH judged AS (
        SELECT a.*, CASE WHEN a.n = ANY (known) THEN 'known' WHEN a.n = ANY (taken) THEN 'taken' ELSE 'stored' END
                    AS verdict,
               head + coalesce(sum(a.rows) FILTER (WHERE a.n <> ALL (left_out)) OVER (ORDER BY a.n), 0) AS last
        FROM unnest(command_ids, body_hashes, statuses, responses, counts)
             WITH ORDINALITY AS a (command_id, body_hash, status, response, rows, n)),
    remembered AS (
        INSERT INTO {schema}.commands
        SELECT j.command_id, j.body_hash, j.status, j.response, j.last FROM judged j WHERE j.verdict = 'stored')
    SELECT j.verdict, j.last, stamp FROM judged j ORDER BY j.n;
END $$;
"""
STATEMENTS = {
    "stream": """SELECT topic, state FROM {schema}.events
                 WHERE originator_id = $1 AND originator_version > $2 ORDER BY originator_version""",
    "streams": """SELECT id, topic, state FROM unnest($1::text[], $2::bigint[]) AS wanted (id, version),
                  LATERAL (SELECT * FROM {schema}.events WHERE originator_id = id AND originator_version > version
                           ORDER BY originator_version OFFSET 0) AS found
                  ORDER BY id, originator_version""",
    "command": "SELECT status, response, position, body_hash FROM {schema}.commands WHERE command_id = $1",
    "after": """SELECT notification_id, recorded_at, published FROM {schema}.events
                WHERE notification_id > $1 ORDER BY notification_id LIMIT $2""",
    "at": "SELECT originator_id, originator_version FROM {schema}.events WHERE notification_id = $1",
    "head": "SELECT coalesce(max(notification_id), 0) FROM {schema}.events",
    "append": "SELECT * FROM {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
}


class Taken(Exception):
    """The command's id is known, or another command changed the aggregate first: look it up, or decide again."""


class WrongLog(Exception):
    """The log was written under another kind of clock, or by another layout of the tables."""


class Row(NamedTuple):
    """One private event, ready to store, and the JSON list of the envelopes that leave because of it (or None)."""

    originator_id: str
    originator_version: int
    topic: str
    state: bytes
    published: bytes | None


class Remembered(NamedTuple):
    """The answer a command got. `position` is the place of its last event in the log."""

    status: int
    response: bytes
    position: int
    body_hash: bytes


class Appended(NamedTuple):
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
    done: asyncio.Future[Appended]

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

    async def stream(self, originator_id: str, after: int = 0) -> list[tuple[str, bytes]]:
        """(topic, state) of every event of one aggregate after that version, in order."""
        return [(r[0], r[1]) for r in await self.pool.fetch(self._sql["stream"], originator_id, after)]

    async def streams(self, after: Mapping[str, int]) -> dict[str, list[tuple[str, bytes]]]:
        """The same of several aggregates: by their ids, those that have such events."""
        if len(after) == 1:
            [(originator_id, version)] = after.items()
            return {originator_id: await self.stream(originator_id, version)}
        found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for record in await self.pool.fetch(self._sql["streams"], list(after), list(after.values())) if after else ():
            found[record[0]].append((record[1], record[2]))
        return found

    async def stream_at(self, position: int) -> tuple[str, int]:
        """The stream of the event at a position, and its version in it. LookupError where there is none."""
        row = await self.pool.fetchrow(self._sql["at"], position)
        if row is None:
            raise LookupError(position)
        return row[0], row[1]

    async def head(self) -> int:
        """The position of the last event; 0 for an empty log."""
        return int(await self.pool.fetchval(self._sql["head"]))

    async def after(self, position: int, limit: int) -> list[Place]:
        """Where the events that follow `position` stand, and what leaves because of them."""
        return [(r[0], r[1], r[2]) for r in await self.pool.fetch(self._sql["after"], position, limit)]


class Log(LogReader):
    """One service's log in its own process: many readers, one writer. Use as `async with log.open()`."""

    def __init__(
        self, pool: asyncpg.Pool, schema: str, clock: Clock, secret: bytes, *, patience_s: float = PATIENCE_S
    ) -> None:
        super().__init__(pool, schema)
        self.clock, self._patience_s = clock, patience_s
        self._waiting: deque[_Request] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._alive = False
        self._told = 0  # up to here the observers know the log, but for what other processes write
        self._unsure = False  # a connection was lost: what it had sent may be stored, its answer was not read
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None
        self._hash_key = hmac.digest(secret, f"body hash {schema}".encode(), "sha256")
        self.on_append: list[Callable[[], None]] = []  # hints for readers in this process
        self.observers: list[Callable[[Sequence[Place]], None]] = []  # told of what was stored before the callers are

    @property
    def ready(self) -> bool:
        """False while the writer cannot reach the database."""
        return self._alive and not self._closing

    async def answers(self) -> bool:
        """The database can be read, and the writer reaches it."""
        try:
            await asyncio.wait_for(self.head(), ANSWER_TIMEOUT_S)
        except Exception as error:
            if not is_away(error):
                raise
            return False
        return self.ready

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[Log]:
        """Makes the tables, starts the writer; on leaving, everything that waits is written first."""
        async with self.pool.acquire() as connection:
            await prepare(connection, self.schema, self.clock.kind)
        self._told = await self.head()
        self._alive, self._loop = True, asyncio.get_running_loop()
        writer, hints = asyncio.create_task(self._write_until_closed()), asyncio.create_task(self._hint_others())
        try:
            yield self
        finally:
            self._closing = True
            self._arrived.set()
            await writer
            hints.cancel()
            await asyncio.gather(hints, return_exceptions=True)

    def body_hash(self, body: bytes) -> bytes:
        """Keyed, so that a remembered hash does not give away what a short body said."""
        return hashlib.blake2b(body, key=self._hash_key, digest_size=32).digest()

    async def remembered(self, command_id: str, body_hash: bytes) -> Remembered | None:
        """What this command was answered before. Raises KeyReused when it came with another body."""
        row = await self.pool.fetchrow(self._sql["command"], command_id)
        if row is None:
            return None
        known = Remembered(*row)
        if not hmac.compare_digest(known.body_hash, body_hash):
            raise KeyReused("this idempotency key was used before, with another body", field="header.idempotency-key")
        return known

    async def append(
        self, command_id: str, body_hash: bytes, status: int, response: bytes, rows: Sequence[Row]
    ) -> Appended:
        """Returns once all is durable. All rows and the answer are stored, or none.

        Raises Taken when the command is known or a version exists already, Unavailable when the queue is full or the
        database away: then the outcome is open, and the same command id settles it.
        """
        if not self.ready:
            raise Unavailable("the service's log cannot be written now")
        if len(self._waiting) >= MAX_WAITING_COMMANDS:
            raise Unavailable(f"{MAX_WAITING_COMMANDS} commands wait already")
        request = _Request(command_id, body_hash, status, response, rows, self._loop.create_future())
        self._waiting.append(request)
        self._arrived.set()
        return await request.done

    async def _write_until_closed(self) -> None:
        try:
            while not (self._closing and not self._waiting):
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._write_next_batch()
        finally:  # also should it ever fail: a dead writer is not ready, and leaves nobody waiting
            self._alive = False
            self._answer_all((), "the service's log has been closed")
            await self._release_connection()

    async def _write_next_batch(self) -> None:
        batch, rivals = self._next_batch()
        try:
            await self._settle(batch)
        except BaseException:
            self._answer_all([*batch, *rivals], "the service's log has failed; the same key settles this command")
            raise
        for request in rivals:
            request.answer(Taken())

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
            if wanted.isdisjoint(wants):
                batch.append(request)
                wanted |= wants
            else:
                rivals.append(request)
        return batch, rivals

    async def _settle(self, batch: list[_Request]) -> None:
        """Writes the batch. A lost connection is settled by sending the same batch again: ids that are there stay."""
        give_up_at = self._loop.time() + self._patience_s
        while batch:
            try:
                await self._write(batch)
                batch = []
            except Exception as error:  # whatever it is, the writer lives on
                if is_away(error):
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
        if self._loop.time() > give_up_at:
            await self._give_up(batch)
            return []
        await asyncio.sleep(RETRY_S)
        return batch

    async def _write(self, batch: list[_Request]) -> None:
        if self._connection is None:
            self._connection = await asyncio.wait_for(self.pool.acquire(), STATEMENT_TIMEOUT_S)
        rows = [row for request in batch for row in request.rows]
        outcomes = await self._connection.fetch(
            self._sql["append"],
            self.clock.now(),
            [r.command_id for r in batch],
            [r.body_hash for r in batch],
            [r.status for r in batch],
            [r.response for r in batch],
            [len(r.rows) for r in batch],
            [n for n, request in enumerate(batch, 1) for _ in request.rows],
            [r.originator_id for r in rows],
            [r.originator_version for r in rows],
            [r.topic for r in rows],
            [r.state for r in rows],
            [r.published for r in rows],
            timeout=STATEMENT_TIMEOUT_S,
        )
        if self._unsure:
            await self._tell_what_was_stored_before()
        self._alive = True
        self._tell(batch, outcomes)
        for hint in self.on_append:
            hint()

    def _tell(self, batch: Sequence[_Request], outcomes: Sequence[asyncpg.Record]) -> None:
        stored: list[Place] = []
        for request, (outcome, last, recorded_at) in zip(batch, outcomes, strict=True):
            if outcome == "stored":
                first = last - len(request.rows) + 1
                stored += [(first + n, recorded_at, row.published) for n, row in enumerate(request.rows)]
                request.answer(Appended(last, recorded_at))
            else:
                request.answer(Taken())
        self._tell_observers(stored)

    async def _tell_what_was_stored_before(self) -> None:
        """Observers are told before callers are, also of what a lost connection had stored."""
        while places := await self.after(self._told, PAGE_ROWS):
            self._tell_observers(places)
        self._unsure = False

    def _tell_observers(self, stored: Sequence[Place]) -> None:
        new = [place for place in stored if place[0] > self._told]
        if new:
            self._told = new[-1][0]
            for observer in self.observers:
                observer(new)

    async def _drop_connection(self) -> None:
        self._unsure = True
        with contextlib.suppress(asyncpg.InterfaceError):  # the pool may have noticed, and taken it back
            if self._connection is not None:
                self._connection.terminate()
        await self._release_connection()

    async def _release_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*LOST_CONNECTION, asyncpg.PostgresError):
                await self.pool.release(connection, timeout=RELEASE_TIMEOUT_S)

    async def _give_up(self, batch: Sequence[_Request]) -> None:
        """The database is away: not ready, everything that waits is answered, and the writer looks again."""
        self._alive = False
        self._answer_all(batch, "the service's database does not answer; the same key settles this command")
        while not self._closing and not self._alive:
            try:
                await self._write([])
            except (*LOST_CONNECTION, asyncpg.PostgresError):
                await self._drop_connection()
                await asyncio.sleep(RETRY_S)

    def _answer_all(self, batch: Sequence[_Request], why: str) -> None:
        for request in (*batch, *self._waiting):
            request.answer(Unavailable(why))
        self._waiting.clear()

    async def _hint_others(self) -> None:
        """NOTIFY for the readers of other processes, with the position that the log has reached: never in the writer's
        transaction, and not for every batch."""
        appended = asyncio.Event()
        self.on_append.append(appended.set)
        while True:
            await appended.wait()
            appended.clear()
            with contextlib.suppress(*LOST_CONNECTION, asyncpg.PostgresError):
                await self.pool.execute("SELECT pg_notify($1, $2)", channel(self.schema), str(self._told))
            await asyncio.sleep(HINT_EVERY_S)


def channel(schema: str) -> str:
    """The NOTIFY channel of a log."""
    return f"zhixing_{schema}"


async def prepare(connection: PoolConnectionProxy[asyncpg.Record], schema: str, clock_kind: str) -> None:
    """Makes a log's tables once. Raises WrongLog when the log belongs to another kind of clock."""
    key = lock_key(schema)
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", key)
        await connection.execute(SCHEMA.format(schema=schema, lock=key) + chain.schema(schema))
        await connection.execute(f"SELECT {schema}.begin_chain()")
        await connection.execute(f"INSERT INTO {schema}.about VALUES ('clock', $1) ON CONFLICT DO NOTHING", clock_kind)
        kind = await connection.fetchval(f"SELECT value FROM {schema}.about WHERE name = 'clock'")
    if kind != clock_kind:
        raise WrongLog(f"the log '{schema}' was written under a {kind} clock; a {clock_kind} clock may not write it")
