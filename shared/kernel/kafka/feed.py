"""The Feed port over Kafka, for one process of a service. The service is a consumer group.

Which partitions are whose is Kafka's to say, but how far the service has come is not: its marks say that, by log and
lane. What Kafka brings twice is left out; what it did not bring is looked for by reading the topic from its beginning.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from contracts.envelope import SLOTS
from kernel.database import AWAY, until_available
from kernel.feed import LANES, REFERENCE_LANE, SERVICES, Event, Lag, Unit, event_of
from kernel.kafka.cluster import MADE_ANEW_S, cluster
from kernel.kafka.lanes import Lanes
from kernel.kafka.wire import Link, Progress, Topics, link_of
from kernel.positions import Marks
from kernel.publishing import utc_text

POLL_MS = 500
RETRY_S = 0.5
NO_CASES = frozenset({REFERENCE_LANE})
STORE_EVERY_S = 1.0
COMMIT_S = 2.0
HAND_OVER_S = 5.0  # for what was handed out to be finished before another process has its partitions
LOOK_EVERY_S = 1.0
QUIET_S = 2.0  # what still lacks after so long without a record is looked for
READ_AGAIN_EVERY_S = 10.0
FETCH_BYTES = 8 * 1024 * 1024  # at most so much waits in memory, and a record of any size always comes through
FETCH_BYTES_OF_A_PARTITION = 1024 * 1024
log = structlog.get_logger()
Consumer = Any  # AIOKafkaConsumer has no types


class KafkaFeed:
    """`renewed` is awaited when cases come here that another process may have handled before."""

    def __init__(
        self,
        bootstrap: str,
        topics: Topics,
        group: str,
        marks: Marks,
        renewed: Callable[[], Awaitable[None]],
        logs: Sequence[str] = SERVICES,
    ) -> None:
        self._bootstrap, self._topics, self._group = bootstrap, topics, group
        self._marks, self._renewed, self._logs = marks, renewed, logs
        self._lanes = Lanes()
        self._lanes.learn(marks.by_log)
        self._whole: Consumer = None  # reads the topics that every process reads whole
        self._whole_until: dict[Any, int] = {}  # their ends as it began
        self._cases: Consumer = None
        self._reading: dict[Consumer, asyncio.Task[Any]] = {}
        self._offsets: dict[Any, int] = {}  # of cases: everything before was accepted
        self._committed: dict[Any, int] = {}
        self._own: frozenset[int] = NO_CASES
        self._has_partitions = False
        self._begins_again = False  # the database has crashed: what was taken above the marks is taken again
        self._all_finished = asyncio.Event()
        self._all_finished.set()
        self._stored_at = self._record_at = self._looked_at = self._read_again_at = 0.0

    # -- the port

    async def take(self, limit: int) -> Sequence[Unit]:
        while True:
            try:
                if self._begins_again:
                    await self._begin_again()
                await self._connect()
                units = self._accept(await self._records(limit))
                await self._look_for_what_lacks()
                await self._store_now_and_then()
            except KafkaError as error:
                log.warning("feed begins again", group=self._group, reason=repr(error))
                await self._disconnect()
                await asyncio.sleep(RETRY_S)
            else:
                if units:
                    return units

    async def finished(self, units: Sequence[Unit]) -> None:
        for unit in units:
            self._lanes.finished(unit)
        if not self._lanes.has_unfinished:
            self._all_finished.set()
        await self._store_now_and_then()

    def seen(self) -> dict[str, int]:
        return {log: self._lanes.seen(log) for log in self._logs}

    def heads(self) -> dict[str, int] | None:
        """As the relays tell, once the topic in which they do has been read whole."""
        return self._lanes.heads() if self._has_partitions else None

    def lagging(self) -> Iterator[Lag]:
        for each in self._logs:
            yield from self._lanes.lagging(each, self._own)

    def lanes(self) -> frozenset[int]:
        return self._own

    async def close(self) -> None:
        await self._store()
        await self._disconnect()

    # -- connections

    async def _connect(self) -> None:
        """Cases begin to come once the reference data of this moment have been handled."""
        if self._whole is None:
            async with cluster(self._bootstrap, self._topics) as known:
                await known.ensure_topics(MADE_ANEW_S)
            self._whole = new_consumer(self._bootstrap, None)
            self._whole.subscribe([self._topics.reference, self._topics.progress])
            await self._whole.start()
            self._whole_until = await self._whole.end_offsets(list(self._whole.assignment()))
        if self._cases is None and await self._is_read_whole():
            self._cases = new_consumer(self._bootstrap, self._group)
            self._cases.subscribe([self._topics.cases], listener=_Listener(self))
            await self._cases.start()

    async def _begin_again(self) -> None:
        await self._disconnect()
        self._lanes = Lanes()
        self._lanes.learn(self._marks.by_log)
        self._begins_again = False

    async def _is_read_whole(self) -> bool:
        return all([await self._whole.position(each) >= end for each, end in self._whole_until.items()])

    async def _disconnect(self) -> None:
        for consumer in (self._cases, self._whole):
            if consumer is not None:
                self._stop_reading(consumer)
                with contextlib.suppress(KafkaError):
                    await consumer.stop()
        self._cases = self._whole = None
        self._own, self._has_partitions = NO_CASES, False
        self._offsets.clear()

    def _stop_reading(self, consumer: Consumer) -> None:
        """What it may have brought already comes again."""
        if task := self._reading.pop(consumer, None):
            task.cancel()

    # -- records

    async def _records(self, limit: int) -> list[Any]:
        """What has come, waiting a moment for it."""
        for consumer in (self._whole, self._cases if self._has_partitions else None):
            if consumer is not None and consumer not in self._reading:
                reading = consumer.getmany(timeout_ms=POLL_MS, max_records=limit)
                self._reading[consumer] = asyncio.create_task(reading)
        await asyncio.wait(self._reading.values(), return_when=asyncio.FIRST_COMPLETED)
        records: list[Any] = []
        for consumer, task in list(self._reading.items()):
            if task.done():
                del self._reading[consumer]
                records += [record for of_one in task.result().values() for record in of_one]
        return records

    def _accept(self, records: Sequence[Any]) -> list[Unit]:
        units: list[Unit] = []
        if records:
            self._record_at = asyncio.get_running_loop().time()
        for record in records:
            try:
                if (unit := self._accept_one(record)) is not None:
                    units.append(unit)
                    self._all_finished.clear()
            except ValueError:
                log.warning("no relay of ours produced this", topic=record.topic, offset=record.offset)
        return units

    def _accept_one(self, record: Any) -> Unit | None:
        """Raises ValueError for what does not belong here."""
        if record.topic == self._topics.progress:
            self._lanes.progressed(Progress.read(record.value), _produced_at(record))
            return None
        if record.topic == self._topics.cases:
            self._offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
        link = link_of(record)
        return self._lanes.accept(link, partial(_event, link, record))

    # -- what Kafka did not bring

    async def _look_for_what_lacks(self) -> None:
        """Another process may have done it. Else the topics are read from their beginning: what was re-created, or
        reset to an offset too far, is found so."""
        now = asyncio.get_running_loop().time()
        if not self._has_partitions or now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        if self._lanes.lacks(range(LANES)):
            with contextlib.suppress(*AWAY, asyncpg.PostgresError):
                await self._marks.read()
                self._lanes.learn(self._marks.by_log, besides=self._own)
        quiet = now - self._record_at > QUIET_S
        if (self._lanes.missed or quiet) and now - self._read_again_at > READ_AGAIN_EVERY_S:
            self._lanes.missed = False
            if self._lanes.lacks(self._own):
                self._read_again_at = now
                await self._read_again()

    def _lanes_of_partitions(self) -> frozenset[int]:
        partitions = {each.partition for each in self._cases.assignment()}
        count = len(self._cases.partitions_for_topic(self._topics.cases) or "-")
        return NO_CASES.union(lane for lane in range(SLOTS) if lane % count in partitions)

    async def _read_again(self) -> None:
        log.warning("something lacks: reading the topics again", group=self._group)
        for consumer in (self._cases, self._whole):
            self._stop_reading(consumer)
            await consumer.seek_to_beginning(*consumer.assignment())

    # -- handing over

    async def give_up_partitions(self) -> None:
        """Nothing of them is under way when another process gets them, unless it takes too long."""
        self._own, self._has_partitions = NO_CASES, False
        self._stop_reading(self._cases)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HAND_OVER_S):
                await self._all_finished.wait()
        await self._store()

    async def get_partitions(self) -> None:
        """Which of their records are done, other processes have marked."""
        await until_available(self._marks.read)
        self._lanes.forget_cases(self._marks.by_log)
        self._lanes.learn(self._marks.by_log, besides=NO_CASES)
        self._offsets.clear()
        await until_available(self._renewed)
        self._own, self._has_partitions = self._lanes_of_partitions(), True

    async def _store_now_and_then(self) -> None:
        """Also while nothing comes: other processes of the service look at the marks."""
        now = asyncio.get_running_loop().time()
        if now - self._stored_at > STORE_EVERY_S:
            self._stored_at = now
            await self._store()

    async def _store(self) -> None:
        """Marks before offsets: what Kafka's offsets pass must be marked."""
        if self._begins_again:
            return
        offsets = dict(self._offsets) if self._lanes.is_at_rest else {}
        with contextlib.suppress(*AWAY, asyncpg.PostgresError):
            self._begins_again = not await self._marks.store(self._lanes.all_reached())
            if offsets and self._cases is not None and not self._begins_again:
                await self._commit(offsets)

    async def _commit(self, offsets: dict[Any, int]) -> None:
        """Or leaves it: the partitions are another's by now, or are no more, or Kafka is away."""
        there = self._cases.partitions_for_topic(self._topics.cases) or ()
        still = {each: to for each, to in offsets.items() if each.partition in there}
        if still in ({}, self._committed):
            return
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(COMMIT_S):  # a partition that is no more would be tried for ever
                await self._cases.commit(still)
                self._committed = still


def new_consumer(bootstrap: str, group: str | None) -> Consumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_bytes=FETCH_BYTES,
        max_partition_fetch_bytes=FETCH_BYTES_OF_A_PARTITION,
        metadata_max_age_ms=2_000,
        request_timeout_ms=10_000,
        session_timeout_ms=10_000,
        heartbeat_interval_ms=500,
        max_poll_interval_ms=30 * 60_000,  # a slow batch is no dead process
    )


class _Listener(ConsumerRebalanceListener):
    """Both are awaited by aiokafka."""

    def __init__(self, feed: KafkaFeed) -> None:
        self._feed = feed

    def on_partitions_revoked(self, revoked: object) -> Any:
        return self._feed.give_up_partitions()

    def on_partitions_assigned(self, assigned: object) -> Any:
        return self._feed.get_partitions()


def _produced_at(record: Any) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _event(link: Link, record: Any) -> Event:
    """Poison too is an event, of what the relay says of it."""
    try:
        envelope = orjson.loads(record.value)
    except orjson.JSONDecodeError:
        envelope = None
    known = cast(dict[str, Any], envelope) if isinstance(envelope, dict) else {}
    if "recordedat" not in known:
        known["recordedat"] = utc_text(_produced_at(record))
    known["position"] = link.position
    return event_of(link.log, known)
