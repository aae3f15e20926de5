"""Follows one service's log and produces what leaves it. Killed anywhere, it begins again at its stored position.

Of a log's relays, one for each process of the service, one is at work: it holds a lock in the database. Should two ever
be, or should a topic be made anew, consumers get things twice or late, never out of order and never less.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from opentelemetry.trace import SpanKind

from kernel.clock import MachineClock
from kernel.database import AWAY
from kernel.feed import LANES
from kernel.kafka.cluster import MADE_ANEW_S, Cluster, cluster
from kernel.kafka.wire import MAX_RECORD_BYTES, Progress, Record, Topics, records
from kernel.log import LogReader, lock_key
from kernel.metrics import BATCH, RELAY_DELAY
from kernel.publishing import Place
from kernel.telemetry import known_trace
from kernel.tracing import Span, Telemetry

PAGE = 1_000
PAGES_UNDER_WAY = 2
RETRY_S = 0.5
LOOK_S = 1.0  # how often a quiet relay looks at the log, and any at the topics
STORE_EVERY_S = 0.5
PROGRESS_EVERY_S = 0.05
TURN_S = 15  # whoever is silent for longer, because it is paused, loses its turn; topics are waited for in less
TURN = "SELECT set_config('idle_session_timeout', $1, false)"
SCHEMA = """CREATE TABLE IF NOT EXISTS {schema}.relay (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), position bigint NOT NULL, lasts bigint[] NOT NULL,
    topics text NOT NULL)"""
STORE = """INSERT INTO {schema}.relay (position, lasts, topics) VALUES ($1, $2, $3)
ON CONFLICT (one) DO UPDATE SET position = excluded.position, lasts = excluded.lasts, topics = excluded.topics"""
MESSAGING = {"messaging.system": "kafka", "messaging.operation.type": "send"}
_clock = MachineClock()  # delays are of the machine's time
log = structlog.get_logger()
Producer = Any  # AIOKafkaProducer has no types


class TopicsChanged(Exception):
    """They are not those that were produced to: everything is produced again."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a relay has come: everything up to `position` is in Kafka."""

    position: int
    lasts: list[int]


@dataclass(frozen=True, slots=True)
class Page:
    """Records under way, and the stand once Kafka has them all."""

    stand: Stand
    acknowledged: asyncio.Future[Any]
    events: int
    oldest: datetime  # its first row was recorded then


class Told:
    """What a relay tells of itself."""

    def __init__(self, service: str, telemetry: Telemetry) -> None:
        self._spans = telemetry.tracing.spans(service)
        self._batch = telemetry.metrics.observer(BATCH, service, "relay")
        self._delay = telemetry.metrics.observer(RELAY_DELAY, service)

    def sends(self, topic: str, record: Record) -> Span | None:
        """Nothing follows it: consumers follow what the event came about in, which its envelope names."""
        if not self._spans.are_on:
            return None
        cause = known_trace(record.traceparent)
        about = {"messaging.destination.name": topic, "messaging.kafka.message.key": record.key.decode()}
        return self._spans.span(f"send {topic}", cause, SpanKind.CLIENT, [cause], {**MESSAGING, **about})

    def relayed(self, page: Page) -> None:
        if page.events:
            self._batch(page.events)
            self._delay(max(0.0, (_clock.now() - page.oldest).total_seconds()))


def new_producer(bootstrap: str) -> Producer:
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_batch_size=256 * 1024,
        max_request_size=MAX_RECORD_BYTES + 64 * 1024,
        request_timeout_ms=5_000,  # so long, too, it is held up by records for partitions that are no more
        metadata_max_age_ms=5_000,
    )


class Batch:
    """Records that go to a partition together, in their order: far cheaper than one by one."""

    def __init__(self, producer: Producer, topic: str, partition: int) -> None:
        self._producer, self._topic, self._partition = producer, topic, partition
        self._records = producer.create_batch()
        self._spans: list[Span] = []

    def add(self, record: Record, told: Told) -> bool:
        """False where it is full; the first always fits."""
        added = self._records.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
        if added is not None and (span := told.sends(self._topic, record)):
            self._spans.append(span)
        return added is not None

    async def send(self) -> asyncio.Future[Any]:
        """What Kafka will have acknowledged."""
        acknowledged = await self._producer.send_batch(self._records, self._topic, partition=self._partition)
        acknowledged.add_done_callback(self._ended)
        return acknowledged

    def _ended(self, acknowledged: asyncio.Future[Any]) -> None:
        if not acknowledged.cancelled():
            acknowledged.exception()  # whoever has begun again does not ask
        for span in self._spans:
            span.end()


class Relay:
    """The relay of one log. `grown` returns when the log has grown beyond a position, or at a deadline."""

    def __init__(
        self,
        bootstrap: str,
        topics: Topics,
        pool: asyncpg.Pool,
        log: str,
        grown: Callable[[int, float], Awaitable[None]],
        telemetry: Telemetry,
    ) -> None:
        self._told = Told(log.replace("_", "-"), telemetry)
        self._bootstrap, self._topics, self._pool, self._grown = bootstrap, topics, pool, grown
        self._reader = LogReader(pool, log)
        self.log = log

    async def run(self) -> None:
        while True:
            try:
                async with self._at_work() as connection:
                    await connection.execute(SCHEMA.format(schema=self.log))
                    await self._relay(connection)
            except (KafkaError, TopicsChanged, *AWAY, asyncpg.PostgresError) as error:
                log.warning("relay begins again", log=self.log, reason=repr(error))
            await asyncio.sleep(RETRY_S)

    @contextlib.asynccontextmanager
    async def _at_work(self) -> AsyncGenerator[Any]:
        """Waits for its turn; it ends with the connection that is given, on which positions are stored too.

        The database ends the connection of a process that has been silent for too long, as one does that is paused.
        """
        key = lock_key(f"{self.log}.relay")
        async with self._pool.acquire() as connection:
            try:
                await connection.execute(TURN, f"{TURN_S}s")
                while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_S)
                yield connection
            finally:
                with contextlib.suppress(asyncpg.InterfaceError):  # it has ended already
                    await connection.close()  # the lock ends with it

    async def _relay(self, connection: Any) -> None:
        async with cluster(self._bootstrap, self._topics) as known:
            identity, stand = await self._stand(connection, known)
            session = Session(self._topics, self.log, stand, self._bootstrap, self._told)
            tasks = [
                asyncio.create_task(self._watch(known, identity)),
                asyncio.create_task(self._store(connection, session, identity)),
                asyncio.create_task(session.produce(self._reader, self._grown)),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                done.pop().result()  # none of them returns: this raises
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _stand(self, connection: Any, known: Cluster) -> tuple[str, Stand]:
        """What topics there are, and how far this log has come in them."""
        row = await connection.fetchrow(f"SELECT position, lasts, topics FROM {self.log}.relay")
        await known.ensure_topics(0 if row is None else MADE_ANEW_S)
        identity = await known.identity()
        if row is None or row[2] != identity:
            return identity, Stand(0, [0] * LANES)
        return identity, Stand(row[0], row[1])

    async def _watch(self, known: Cluster, identity: str) -> None:
        """Raises TopicsChanged."""
        while True:
            await asyncio.sleep(LOOK_S)
            if await known.identity() != identity:
                raise TopicsChanged

    async def _store(self, connection: Any, session: Session, identity: str) -> None:
        """Now and then, and at the end."""
        stored: Stand | None = None
        try:
            while True:
                if session.stand is not stored:
                    stored = session.stand
                    await self._store_one(connection, stored, identity)
                else:
                    await connection.execute("SELECT true")  # the turn goes on
                await asyncio.sleep(STORE_EVERY_S)
        except asyncio.CancelledError:
            await self._store_one(connection, session.stand, identity)
            raise

    async def _store_one(self, connection: Any, stand: Stand, identity: str) -> None:
        await connection.execute(STORE.format(schema=self.log), stand.position, stand.lasts, identity)


class Session:
    """One producer at work from a stand on. Whatever goes wrong ends it."""

    def __init__(self, topics: Topics, log: str, stand: Stand, bootstrap: str, told: Told) -> None:
        self._topics, self._log, self._bootstrap, self._told = topics, log, bootstrap, told
        self.stand = stand
        self._progress = -1  # up to here consumers were told of it
        self._progress_at = 0.0

    async def produce(self, reader: LogReader, grown: Callable[[int, float], Awaitable[None]]) -> None:
        """Until something goes wrong. Raises KafkaError, or what the database raises."""
        producer = new_producer(self._bootstrap)
        await producer.start()
        try:
            await self._produce(producer, reader, grown)
        finally:
            await producer.stop()

    async def _produce(self, producer: Any, reader: LogReader, grown: Callable[[int, float], Awaitable[None]]) -> None:
        under_way: list[Page] = []
        sent = self.stand
        while True:
            rows = await reader.after(sent.position, PAGE)
            if rows:
                under_way.append(await self._send(producer, sent.lasts, rows))
                sent = under_way[-1].stand
            while under_way and (not rows or len(under_way) >= PAGES_UNDER_WAY):
                page = under_way.pop(0)
                await page.acknowledged
                self.stand = page.stand
                self._told.relayed(page)
            await self._tell(producer, at_head=not rows)
            if not rows:
                await grown(sent.position, asyncio.get_running_loop().time() + LOOK_S)

    async def _send(self, producer: Producer, lasts: Sequence[int], rows: Sequence[Place]) -> Page:
        moved = list(lasts)
        made = list(records(self._log, rows, moved))
        partitions = len(await producer.partitions_for(self._topics.cases))
        batches: dict[tuple[str, int], Batch] = {}
        acknowledged: list[asyncio.Future[Any]] = []
        for record in made:
            where = self._topics.reference if record.is_reference else self._topics.cases, record.partition(partitions)
            batch = batches.get(where)
            while batch is None or not batch.add(record, self._told):
                if batch is not None:
                    acknowledged.append(await batch.send())
                batch = batches[where] = Batch(producer, *where)
        acknowledged += [await batch.send() for batch in batches.values()]
        return Page(Stand(rows[-1][0], moved), asyncio.gather(*acknowledged), len(made), rows[0][1])

    async def _tell(self, producer: Any, *, at_head: bool) -> None:
        """Consumers learn how far the log has come: at its head, and now and then on the way."""
        now = asyncio.get_running_loop().time()
        if self.stand.position > self._progress and (at_head or now - self._progress_at > PROGRESS_EVERY_S):
            progress = Progress(self._log, self.stand.position, self.stand.lasts)
            await producer.send_and_wait(self._topics.progress, progress.value(), key=self._log.encode())
            self._progress, self._progress_at = self.stand.position, now
