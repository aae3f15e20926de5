"""What stands between a process and Kafka: producers, consumers and admin with aiokafka's methods and errors.

`clients(kafkas)` puts them in the place of aiokafka's, process by process: `bootstrap` is the process's number.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    ConsumerStoppedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    UnknownMemberIdError,
)

from kernel.kafka import feed, relay
from kernel.kafka.cluster import Cluster
from kernel.kafka.wire import PARTITIONS, Topics
from tests.simulation.broker import Broker, Record
from tests.simulation.wire import Network

REQUEST_TIMEOUT_S = 5.0
HEARTBEAT_S = 0.5
JOIN_RETRY_S = 0.1
METADATA_S = 2.0
BATCH_RECORDS = 200
RETRY_S = 0.1


class Kafka:
    """A process's way to the broker."""

    def __init__(self, broker: Broker, network: Network, chance: Random) -> None:
        self.broker, self.network, self.chance = broker, network, chance
        self.is_cut = False

    async def reach(self) -> None:
        """One message there. Raises KafkaConnectionError where nothing comes through in time."""
        if self.is_cut:
            raise asyncio.CancelledError
        delay = self.network.delay_s()
        await asyncio.sleep(min(delay, REQUEST_TIMEOUT_S))
        if delay > REQUEST_TIMEOUT_S:
            raise KafkaConnectionError("no answer")
        self.broker.require_up()


@contextlib.contextmanager
def clients(kafkas: Mapping[str, Kafka]) -> Iterator[None]:
    @contextlib.asynccontextmanager
    async def cluster(bootstrap: str, topics: Topics) -> AsyncIterator[Cluster]:
        yield SimulatedCluster(bootstrap, topics, kafkas[bootstrap])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relay, "cluster", cluster)
        patch.setattr(feed, "cluster", cluster)
        patch.setattr(relay, "new_producer", lambda bootstrap: Producer(kafkas[bootstrap]))
        patch.setattr(feed, "new_consumer", lambda bootstrap, group: Consumer(kafkas[bootstrap], group))
        yield


class SimulatedCluster(Cluster):
    """The real one, but for how it asks."""

    async def _ask(self) -> Any:
        await self._client.reach()
        topics = self._client.broker.topics
        found = [(0, n, topics[n].id, False, topics[n].partitions) for n in self._wanted if n in topics]
        return SimpleNamespace(topics=found, brokers=[1])

    async def _create(self) -> None:
        await self._client.reach()
        for name, (partitions, _) in self._wanted.items():
            self._client.broker.create(name, partitions)


class Batch(list[tuple[bytes, bytes, Any]]):
    """Records for one partition."""

    def append(self, *, timestamp: None, key: bytes, value: bytes, headers: Any) -> object:  # type: ignore[override]
        if len(self) >= BATCH_RECORDS:
            return None
        super().append((key, value, headers))
        return True


class Producer:
    """Idempotent: what is sent to a partition arrives in order and once, as long as the producer lives."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._loop = kafka.network.loop
        self._senders: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._queues: dict[tuple[str, int], asyncio.Queue[Any]] = {}

    async def start(self) -> None:
        await self._kafka.reach()

    async def stop(self) -> None:
        for sender in self._senders.values():
            sender.cancel()
        await asyncio.gather(*self._senders.values(), return_exceptions=True)

    async def partitions_for(self, topic: str) -> set[int]:
        await self._kafka.reach()
        return set(range(self._kafka.broker.count(topic) or PARTITIONS))

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[None]":
        to, acknowledged = (topic, partition), self._loop.create_future()
        if to not in self._senders:
            self._queues[to] = asyncio.Queue()
            self._senders[to] = self._loop.lasting(self._send(to), f"sender to {to}")
        self._queues[to].put_nowait((batch, acknowledged))
        return acknowledged

    async def send_and_wait(self, topic: str, value: bytes, key: bytes) -> None:
        batch = Batch()
        batch.append(timestamp=None, key=key, value=value, headers=())
        await (await self.send_batch(batch, topic, partition=0))

    async def _send(self, to: tuple[str, int]) -> None:
        while True:
            batch, acknowledged = await self._queues[to].get()
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    await self._deliver(to, batch)
            except TimeoutError:
                if not acknowledged.done():
                    acknowledged.set_exception(KafkaTimeoutError())
            else:
                if not acknowledged.done():
                    acknowledged.set_result(None)

    async def _deliver(self, to: tuple[str, int], batch: Batch) -> None:
        """Tried again until it is there and acknowledged; the broker knows what it has."""
        is_there = False
        while True:
            with contextlib.suppress(KafkaError):
                await self._kafka.reach()
                if not is_there:
                    self._kafka.broker.append(*to, batch, round(self._loop.time() * 1000))
                    is_there = True
                await self._kafka.reach()  # the way back
                return
            await asyncio.sleep(RETRY_S)


class Consumer:
    """Of a group, or alone. Offsets begin where the group committed, else at the beginning."""

    def __init__(self, kafka: Kafka, group: str | None) -> None:
        self._kafka, self._broker, self._group = kafka, kafka.broker, group
        self._topics: list[str] = []
        self._listener: Any = None
        self._member: int | None = None
        self._generation = 0
        self._positions: dict[TopicPartition, int] = {}
        self._counts: dict[str, int] = {}
        self._work: asyncio.Task[None] | None = None
        self._is_stopped = False

    def subscribe(self, topics: Sequence[str], listener: Any = None) -> None:
        self._topics, self._listener = list(topics), listener

    async def start(self) -> None:
        await self._kafka.reach()
        self._look_at_topics()
        if self._group is None:
            self._assign_all()
        work = self._follow_topics() if self._group is None else self._take_part()
        self._work = self._kafka.network.loop.lasting(work, f"consumer of {self._topics}")

    async def stop(self) -> None:
        self._is_stopped = True
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if self._group is not None and self._member is not None and not self._kafka.is_cut:
            self._broker.leave(self._group, self._member)

    # -- what it reads

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._counts[topic])) if self._counts.get(topic) else None

    async def position(self, of: TopicPartition) -> int:
        return self._positions.get(of, 0)

    async def end_offsets(self, of: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        await self._kafka.reach()
        return {each: self._broker.end(each) for each in of}

    async def seek_to_beginning(self, *of: TopicPartition) -> None:
        for each in of:
            self._positions[each] = 0

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[TopicPartition, Sequence[Record]]:
        until = self._kafka.network.loop.time() + timeout_ms / 1000
        while not (found := await self._fetched(max_records)):
            left = until - self._kafka.network.loop.time()
            if left <= 0:
                break
            await self._broker.grown(left)
        return found

    async def _fetched(self, limit: int) -> dict[TopicPartition, Sequence[Record]]:
        if self._is_stopped:
            raise ConsumerStoppedError
        try:
            await self._kafka.reach()
        except KafkaError:
            await asyncio.sleep(RETRY_S)
            return {}
        found: dict[TopicPartition, Sequence[Record]] = {}
        for of in self._in_turn():
            if self._positions[of] > self._broker.end(of):  # out of range
                self._positions[of] = 0
            if records := self._broker.fetch(of, self._positions[of], limit):
                found[of] = records
                self._positions[of] += len(records)
                limit -= len(records)
        return found

    def _in_turn(self) -> list[TopicPartition]:
        """In any order: no partition waits for another."""
        partitions = sorted(self._positions)
        self._kafka.chance.shuffle(partitions)
        return partitions

    # -- alone

    async def _follow_topics(self) -> None:
        while True:
            await asyncio.sleep(METADATA_S)
            self._look_at_topics()
            self._assign_all()

    def _look_at_topics(self) -> None:
        if self._broker.is_up:
            self._counts = {topic: self._broker.count(topic) for topic in self._topics}

    def _assign_all(self) -> None:
        for topic, count in self._counts.items():
            for partition in range(count):
                self._positions.setdefault(TopicPartition(topic, partition), 0)

    # -- as one of a group

    async def _take_part(self) -> None:
        while True:
            try:
                await self._join()
                await self._stay()
            except UnknownMemberIdError:
                self._member = None
            except KafkaError:
                await asyncio.sleep(JOIN_RETRY_S)
            if self._positions:
                await self._listener.on_partitions_revoked(self.assignment())
            self._positions = {}

    async def _join(self) -> None:
        assert self._group is not None
        await self._kafka.reach()
        self._look_at_topics()
        self._member = self._broker.join(self._group, self._topics[0], self._member)
        while (assigned := self._broker.assignment(self._group, self._member)) is None:
            await asyncio.sleep(JOIN_RETRY_S)
            await self._kafka.reach()
        self._generation, partitions = assigned
        self._look_at_topics()
        committed = self._broker.groups[self._group].offsets
        these = [TopicPartition(self._topics[0], partition) for partition in sorted(partitions)]
        self._positions = {of: committed.get(of, 0) for of in these}
        await self._listener.on_partitions_assigned(self.assignment())

    async def _stay(self) -> None:
        """Until the group rebalances."""
        assert self._group is not None
        assert self._member is not None
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            with contextlib.suppress(KafkaConnectionError):
                await self._kafka.reach()
                if not self._broker.heartbeat(self._group, self._member, self._generation):
                    return

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        await self._kafka.reach()
        assert self._group is not None
        self._broker.commit(self._group, self._member or 0, self._generation, offsets)
