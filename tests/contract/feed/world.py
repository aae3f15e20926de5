"""Two logs with a writer each, on one carrier, and services that take from them.

async with world(database, carrier) as w:
    async with w.service("triage") as feed, taking(feed) as taker:
        await w.publish("intake", 100)
        await until(lambda: len(taker.units) == 100)
"""

import asyncio
import contextlib
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import asyncpg
import orjson

from contracts.envelope import slot
from contracts.examples import examples
from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.embedded import Tails
from kernel.feed import Carrier, Event, Feed, Unit
from kernel.log import Log, Row
from tests.kernel_example import COURT, SECRET, START
from tests.log_writer import client

LOGS = ("intake", "triage")
MakesCarrier = Callable[[asyncpg.Pool, Tails], Carrier | None]
_numbers = itertools.count(1)


def envelope(subject: str, kind: str = "FundsReceived", **changed: Any) -> dict[str, Any]:
    """As a service makes it: whole but for what the log knows."""
    number = next(_numbers)
    return {
        "specversion": "1.0",
        "id": f"00000000-0000-5000-8000-{number:012x}",
        "source": f"/{COURT}/funds",
        "type": f"zhixing.{kind}.v1",
        "subject": subject,
        "datacontenttype": "application/json",
        "court": COURT,
        "slot": slot(COURT, subject),
        "actor": "system",
        "timeprecision": "instant",
        "correlationid": f"c-{number}",
        "causationid": f"c-{number}",
        "data": examples()[kind],
    } | changed


class World:
    """Logs, the carrier, and how many processes of a service one likes."""

    def __init__(self, pool: asyncpg.Pool, logs: dict[str, Log], carrier: MakesCarrier) -> None:
        self.pool, self.logs, self._carrier = pool, logs, carrier

    async def publish(self, log: str, events: int) -> None:
        """Payments to ten cases of their own."""
        await client(self.logs[log], f"w{next(_numbers)}", events)

    async def append(self, log: str, *envelopes: dict[str, Any]) -> int:
        """The position that these leave from together."""
        name = f"a{next(_numbers)}"
        row = Row(f"example/{name}", 1, "example:Any.1", b"{}", orjson.dumps(envelopes))
        return (await self.logs[log].append(name, b"", 200, b"{}", [row])).position

    async def heads(self) -> dict[str, int]:
        return {name: await log.head() for name, log in self.logs.items()}

    @contextlib.asynccontextmanager
    async def service(self, name: str) -> AsyncIterator[Feed]:
        """One process of the service: it relays its own log and is given a feed of all."""
        tails = Tails(self.pool, LOGS)
        following = asyncio.create_task(tails.run())
        carrier = self._carrier(self.pool, tails) or tails
        try:
            async with carrier.connect(name, _nothing) as feed:
                yield feed
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def both(self) -> AsyncIterator[tuple[Feed, Feed]]:
        """A process of each service, so that both logs are relayed."""
        async with self.service("intake") as intake, self.service("triage") as triage:
            yield intake, triage


async def _nothing() -> None:
    pass


@contextlib.asynccontextmanager
async def world(dsn: str, carrier: MakesCarrier) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(dsn, max_size=30))
        logs = {
            name: await stack.enter_async_context(Log(pool, name, SimulatedClock(START), SECRET).open())
            for name in LOGS
        }
        yield World(pool, logs, carrier)


class Taker:
    """What a consumer that does nothing but take has taken."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.units: list[Unit] = []
        self.is_held_up = False
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def run(self) -> None:
        while True:
            units = await self.feed.take(500)
            self.is_held_up = not self.may_go_on.is_set()
            await self.may_go_on.wait()
            self.units += units
            await self.feed.finished(units)

    @property
    def events(self) -> list[Event]:
        return [event for unit in self.units for event in unit.events]

    def positions(self, log: str) -> list[int]:
        return [unit.position for unit in self.units if unit.log == log]

    def has_seen(self, heads: dict[str, int]) -> bool:
        seen = self.feed.seen()
        return all(seen[log] >= head for log, head in heads.items())


@contextlib.asynccontextmanager
async def taking(feed: Feed) -> AsyncIterator[Taker]:
    taker = Taker(feed)
    task = asyncio.create_task(taker.run())
    try:
        yield taker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def take_all(feed: Feed, heads: dict[str, int]) -> Taker:
    """Takes until everything up to these heads was seen."""
    async with asyncio.timeout(60), taking(feed) as taker:
        while not taker.has_seen(heads):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return taker


def by_subject(events: Iterable[Event]) -> dict[tuple[str, str], list[int]]:
    """(log, subject) -> positions, as they came."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        found[event.log, event.subject].append(event.position)
    return found


def is_in_order(events: Sequence[Event]) -> bool:
    return all(positions == sorted(positions) for positions in by_subject(events).values())
