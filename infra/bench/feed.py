"""`bench feed`: the embedded feed against bare asyncpg; and how soon a command is visible.

Bare asyncpg reads the same pages of the log, once with msgspec, which decodes into objects that are dropped and checks
no value, and once with the feed's own decoding, which checks every one. All must bring the same events in the same
order. Rounds alternate; ratios are taken round by round, their median is told.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import msgspec

from infra.bench import history, visible
from infra.bench.workers import database
from infra.host import collect_seldom
from kernel.consumer import BATCH_UNITS
from kernel.database import open_pool
from kernel.embedded import PAGE, Tails
from kernel.feed import event_of, units_of
from kernel.publishing import Place

LOG = "intake"
EVENTS = 30_000
WANTED_MS = 10.0  # from commit to visible in the read model
GOALS = {"feed_against_asyncpg": 0.7, "feed_against_asyncpg_checking": 0.7, "wanted_over_p99": 1.0}
AFTER = f"""SELECT notification_id, recorded_at, published FROM {LOG}.events
    WHERE notification_id > $1 ORDER BY notification_id LIMIT {PAGE}"""
Ids = list[str]
_decode = msgspec.json.Decoder(list[history.Envelope]).decode


@dataclass(frozen=True)
class Result:
    """Events a second of each round; milliseconds from commit to visible at each rate."""

    rounds: dict[str, list[float]]
    visible: list[visible.Visible]
    ratios: dict[str, float]


async def measure(folder: Path, dsn: str, rounds: int, seconds: float) -> Result:
    """Raises AssertionError where the feed brought other events than the log holds, or one was never visible."""
    collect_seldom()
    counted = await carried(dsn, rounds)
    async with database(dsn, "visible") as own:
        seen = await visible.measure(folder, own, seconds)
    ratios = {
        "feed_against_asyncpg": median_ratio(counted["feed"], counted["msgspec"]),
        "feed_against_asyncpg_checking": median_ratio(counted["feed"], counted["checking"]),
        **visible.ratios(seen, WANTED_MS),
    }
    return Result(counted, seen, ratios)


def median_ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 3)


async def carried(dsn: str, rounds: int, events: int = EVENTS) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"msgspec": [], "checking": [], "feed": []}
    async with database(dsn, "carried") as own, open_pool(own, max_size=12) as pool:
        await history.write(pool, LOG, events)
        for number in range(rounds + 1):
            unchecked, wanted = await _bare(pool, _ids_unchecked)
            checked, of_checked = await _bare(pool, _ids_checked)
            fed, of_feed = await _fed(pool, f"reader{number}", events)
            assert len(wanted) == events, f"{events} events were written, {len(wanted)} read"
            assert of_checked == of_feed == wanted, "the feed brought other events"
            for way, seconds in (("msgspec", unchecked), ("checking", checked), ("feed", fed)):
                found[way].append(events / seconds)
    return {way: measured[1:] for way, measured in found.items()}  # the first round of each warms up


async def _bare(pool: asyncpg.Pool, ids: Callable[[Sequence[Place]], Ids]) -> tuple[float, Ids]:
    """Page by page, decoded and dropped."""
    read: Ids = []
    position, begun = 0, time.perf_counter()
    while rows := await pool.fetch(AFTER, position):
        read += ids([(row[0], row[1], row[2]) for row in rows])
        position = rows[-1][0]
    return time.perf_counter() - begun, read


def _ids_unchecked(rows: Sequence[Place]) -> Ids:
    return [envelope.id for _, _, published in rows for envelope in _decode(published or b"[]")]


def _ids_checked(rows: Sequence[Place]) -> Ids:
    return [event.id for unit in units_of(LOG, rows, event_of) for event in unit.events]


async def _fed(pool: asyncpg.Pool, service: str, events: int) -> tuple[float, Ids]:
    """A consumer that lags by the whole log, and does nothing but take and finish."""
    await pool.execute(f"CREATE SCHEMA {service}")
    tails, read = Tails(pool, [LOG]), Ids()
    following = asyncio.create_task(tails.run())
    async with tails.connect(service, None) as feed:
        while tails.tails[LOG].head < events:  # noqa: ASYNC110 (it is measured from then on)
            await asyncio.sleep(0.005)
        begun = time.perf_counter()
        while feed.seen()[LOG] < events:
            units = await feed.take(BATCH_UNITS)
            read += [event.id for unit in units for event in unit.events]
            await feed.finished(units)
        taken = time.perf_counter() - begun
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return taken, read
