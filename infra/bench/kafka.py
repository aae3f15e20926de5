"""`bench kafka`: a relay against bare aiokafka producing the same bytes; a consumer into its service's facts against
bare aiokafka with msgspec, which decodes into objects that are dropped.

The topics of both ways are read back and must hold the same bytes in the same order; what the consumer stored must be
what was produced. Rounds alternate; ratios are taken round by round, their median is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
from aiokafka import TopicPartition

from infra.bench import history, visible
from infra.bench.feed import median_ratio
from infra.bench.workers import database
from infra.host import collect_seldom
from infra.installation import load_installation
from kernel.application import Application
from kernel.backlog import Backlog
from kernel.clock import MachineClock
from kernel.consumer import Consumer
from kernel.courts import Courts
from kernel.database import open_pool
from kernel.facts import CaseFacts
from kernel.feed import LANES
from kernel.kafka.cluster import cluster
from kernel.kafka.feed import KafkaFeed, new_consumer
from kernel.kafka.relay import PAGE, PAGES_UNDER_WAY, Session, Stand, Told, new_producer
from kernel.kafka.wire import PARTITIONS, Topics, records
from kernel.log import Log, LogReader
from kernel.positions import Marks
from kernel.timers import Timers
from kernel.tracing import Telemetry

LOG = "intake"
EVENTS = 60_000
WANTED_MS = 50.0  # from commit to visible in the read model
GOALS = {"relay_against_aiokafka": 0.7, "consumer_against_aiokafka": 0.7, "wanted_over_p99": 1.0}


@dataclass(frozen=True)
class Result:
    """Events a second of each round; milliseconds from commit to visible at each rate."""

    rounds: dict[str, list[float]]
    visible: list[visible.Visible]
    ratios: dict[str, float]


async def measure(folder: Path, dsn: str, bootstrap: str, rounds: int, seconds: float) -> Result:
    """Raises AssertionError where the two ways differ in what they produced, facts lack, or one was never visible."""
    collect_seldom()
    counted = await carried(dsn, bootstrap, load_installation(folder).courts, rounds)
    async with database(dsn, "visible") as own:
        seen = await visible.measure(folder, own, seconds, bootstrap)
    ratios = {
        "relay_against_aiokafka": median_ratio(counted["relay"], counted["producer"]),
        "consumer_against_aiokafka": median_ratio(counted["consumer"], counted["decoder"]),
        **visible.ratios(seen, WANTED_MS),
    }
    return Result(counted, seen, ratios)


async def carried(
    dsn: str, bootstrap: str, courts: Courts, rounds: int, events: int = EVENTS
) -> dict[str, list[float]]:
    run = uuid4().hex[:8]
    found: dict[str, list[float]] = {name: [] for name in ("producer", "relay", "decoder", "consumer")}
    async with database(dsn, "carried") as own, open_pool(own, max_size=12) as pool:
        await history.write(pool, LOG, events)
        for number in range(rounds + 1):
            bare, ours = [await _topics(bootstrap, f"{way}-{run}-{number}") for way in ("bare", "ours")]
            found["producer"].append(await _produced(pool, bootstrap, bare, events))
            found["relay"].append(await _relayed(pool, bootstrap, ours, events))
            told = await _digest(bootstrap, ours)
            assert told == await _digest(bootstrap, bare), "what the relay produced differs"
            found["decoder"].append(await _decoded(bootstrap, ours, events))
            found["consumer"].append(await _consumed(pool, bootstrap, ours, f"consumer{number}", events, courts))
    return {name: measured[1:] for name, measured in found.items()}  # the first round of each warms up


async def _topics(bootstrap: str, prefix: str) -> Topics:
    topics = Topics(prefix)
    async with cluster(bootstrap, topics) as known:
        await known.ensure_topics(0)
    return topics


# ---- producing ------------------------------------------------------------------------------------------------------


class _AtTheHead(Exception):
    """The relay has nothing more to do."""


async def _relayed(pool: asyncpg.Pool, bootstrap: str, topics: Topics, events: int) -> float:
    """From reading the log until Kafka has acknowledged all of it."""
    session = Session(topics, LOG, Stand(0, [0] * LANES), bootstrap, Told(LOG, Telemetry()))
    begun = time.perf_counter()
    ended = begun

    async def grown(position: int, _: float) -> None:
        nonlocal ended
        ended = time.perf_counter()
        raise _AtTheHead

    with contextlib.suppress(_AtTheHead):
        await session.produce(LogReader(pool, LOG), grown)
    assert session.stand.position == events
    return events / (ended - begun)


async def _produced(pool: asyncpg.Pool, bootstrap: str, topics: Topics, events: int) -> float:
    """Records made beforehand, as many at once as the relay has under way."""
    made = list(records(LOG, await LogReader(pool, LOG).after(0, events), [0] * LANES))
    producer = new_producer(bootstrap)
    await producer.start()
    partitions = len(await producer.partitions_for(topics.cases))
    ready = [(r.value, r.key, r.partition(partitions), r.headers) for r in made]
    begun = time.perf_counter()
    under_way: deque[asyncio.Future[Any]] = deque()
    for first in range(0, events, PAGE):
        sent = [
            await producer.send(topics.cases, value=value, key=key, partition=partition, headers=headers)
            for value, key, partition, headers in ready[first : first + PAGE]
        ]
        under_way.append(asyncio.gather(*sent))
        if len(under_way) >= PAGES_UNDER_WAY:
            await under_way.popleft()
    await asyncio.gather(*under_way)
    ended = time.perf_counter()
    await producer.stop()
    return events / (ended - begun)


async def _digest(bootstrap: str, topics: Topics) -> dict[int, str]:
    """By partition: of every record, in order."""
    digests: dict[int, Any] = {}
    consumer, ends = await _reader(bootstrap, topics)
    while any([await consumer.position(each) < end for each, end in ends.items()]):
        for partition, found in (await consumer.getmany(timeout_ms=500)).items():
            digest = digests.setdefault(partition.partition, hashlib.sha256())
            for record in found:
                digest.update(b"\0".join((record.key, record.value, repr(record.headers).encode())))
    await consumer.stop()
    return {partition: digest.hexdigest() for partition, digest in digests.items()}


async def _reader(bootstrap: str, topics: Topics) -> tuple[Any, dict[Any, int]]:
    """Of all cases from the beginning, and where they end."""
    consumer = new_consumer(bootstrap, None)
    consumer.assign([TopicPartition(topics.cases, number) for number in range(PARTITIONS)])
    await consumer.start()
    return consumer, await consumer.end_offsets(consumer.assignment())


# ---- consuming ------------------------------------------------------------------------------------------------------


async def _decoded(bootstrap: str, topics: Topics, events: int) -> float:
    consumer, _ = await _reader(bootstrap, topics)
    decode = msgspec.json.Decoder(history.Envelope).decode
    count, begun = 0, 0.0
    while count < events:
        found = await consumer.getmany(timeout_ms=500)
        begun = begun or time.perf_counter()
        for of_one in found.values():
            for record in of_one:
                decode(record.value)
            count += len(of_one)
    ended = time.perf_counter()
    await consumer.stop()
    return events / (ended - begun)


async def _consumed(
    pool: asyncpg.Pool, bootstrap: str, topics: Topics, service: str, events: int, courts: Courts
) -> float:
    """From the first events that came until all facts and marks are durable."""
    clock, begun = MachineClock(), 0.0
    async with Log(pool, service, clock, b"bench").open() as log:
        facts, backlog = CaseFacts(pool, service, courts, clock), Backlog(pool, service)
        marks, timers = Marks(pool, service), Timers(pool, service, clock, {})
        for part in (facts, backlog, marks, timers):
            await part.prepare()
        feed = KafkaFeed(bootstrap, topics, f"{topics.prefix}.{service}", marks, backlog.renew)
        app = Application(log, facts, {}, facts.courts, timers)

        def took(_: float) -> None:
            nonlocal begun
            begun = begun or time.perf_counter()

        consuming = asyncio.create_task(Consumer(feed, facts, backlog, clock, app, (), took=took).run())
        while feed.seen()[LOG] < events:
            await asyncio.sleep(0.005)
            assert not consuming.done(), consuming.result()
        ended = time.perf_counter()
        consuming.cancel()
        await asyncio.gather(consuming, return_exceptions=True)
        await feed.close()
    stored = await pool.fetchval(f"SELECT count(*) FROM {service}.facts")
    assert stored == events, f"{events} events were produced, {stored} facts are stored"
    return events / (ended - begun)
