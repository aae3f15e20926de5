"""Kafka as a carrier: what the services of one process share of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable

import asyncpg

from kernel.embedded import Tails
from kernel.feed import Feed
from kernel.kafka.feed import KafkaFeed
from kernel.kafka.relay import Relay
from kernel.kafka.wire import Topics
from kernel.positions import Marks
from kernel.tracing import Telemetry

PREFIX = "zhixing"  # of topics and groups


class Kafka:
    """Brings what the services of this process publish into Kafka, and everything to them out of it.

    `address`: HOST:PORT, or several with commas; behind a slash what the names of topics and groups begin with, so that
    several installations can share brokers. `tails`: of the services' own logs.
    """

    def __init__(self, address: str, pool: asyncpg.Pool, tails: Tails, telemetry: Telemetry | None = None) -> None:
        self._bootstrap, _, prefix = address.partition("/")
        self._pool, self._tails, self._telemetry = pool, tails, telemetry or Telemetry()
        self._prefix = prefix or PREFIX
        self._topics = Topics(self._prefix)

    @contextlib.asynccontextmanager
    async def connect(self, service: str, renewed: Callable[[], Awaitable[None]]) -> AsyncGenerator[Feed]:
        marks = Marks(self._pool, service)
        await marks.prepare()
        grown = self._tails.tails[service].grown
        relay = Relay(self._bootstrap, self._topics, self._pool, service, grown, self._telemetry)
        feed = KafkaFeed(self._bootstrap, self._topics, f"{self._prefix}.{service}", marks, renewed)
        relaying = asyncio.create_task(relay.run(), name=f"relay of {service}")
        try:
            yield feed
        finally:
            relaying.cancel()
            await asyncio.gather(relaying, return_exceptions=True)
            await feed.close()
