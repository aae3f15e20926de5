"""How far a consumer has come: a low-water mark per (log, lane). Everything at or below a mark is done for good.

Marks are only a hint where to begin again: effects are idempotent by id, so they may lag, but never run ahead.

Not every effect is flushed by itself: a mark's commit flushes those that it covers. A database that crashes in between
loses them, while the process still holds them for done. So each process stores a sign of life that a crash takes with
it (PostgreSQL empties unlogged tables as it recovers): without it no mark is stored, and all that is above the marks is
done again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import asyncpg

from kernel.feed import LANES, Unit

SCHEMA = """CREATE TABLE IF NOT EXISTS {schema}.marks (log text PRIMARY KEY, by_slot bigint[] NOT NULL);
CREATE UNLOGGED TABLE IF NOT EXISTS {schema}.lives (id uuid PRIMARY KEY DEFAULT gen_random_uuid())"""
LIVES = "SELECT EXISTS (SELECT FROM {schema}.lives WHERE id = $1)"
STORE = """INSERT INTO {schema}.marks AS stored VALUES ($1, $2)
ON CONFLICT (log) DO UPDATE SET by_slot = ARRAY(
    SELECT greatest(a, b) FROM unnest(stored.by_slot, excluded.by_slot) WITH ORDINALITY AS m (a, b, n) ORDER BY n)"""


class Marks:
    """The stored marks of the one consumer that lives in `schema`, by log and lane; its processes share them."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        self._pool, self._schema = pool, schema
        self.by_log: dict[str, list[int]] = defaultdict(lambda: [0] * LANES)

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))
        await self._begin_life()
        await self.read()

    async def _begin_life(self) -> None:
        self._life: object = await self._pool.fetchval(f"INSERT INTO {self._schema}.lives DEFAULT VALUES RETURNING id")

    async def read(self) -> None:
        """What other processes have stored counts here too."""
        for log, stored in await self._pool.fetch(f"SELECT log, by_slot FROM {self._schema}.marks"):
            whole = stored + [min(stored)] * (LANES - len(stored))  # before reference data had a lane
            self.by_log[log] = list(map(max, self.by_log[log], whole))

    async def store(self, reached: Mapping[str, list[int]]) -> bool:
        """Writes the marks that moved; none goes back. False where the database has crashed meanwhile: nothing is
        written, and what was done above the marks so far may be gone."""
        moved = {log: marks for log, marks in reached.items() if marks != self.by_log[log]}
        if not moved:
            return True
        async with self._pool.acquire() as connection:  # a crash between the two statements ends it
            lives = await connection.fetchval(LIVES.format(schema=self._schema), self._life)
            if lives:
                await connection.executemany(STORE.format(schema=self._schema), list(moved.items()))
        if lives:
            self.by_log.update(moved)
        else:
            await self._begin_life()
        return lives


class Positions:
    """What the one reader of whole logs that lives in `schema` has taken and finished, and its marks."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        self._marks = Marks(pool, schema)
        self._read: dict[str, int] = {}  # log -> everything up to here was taken (or holds nothing for us)
        self._unfinished: dict[str, dict[int, Unit]] = defaultdict(dict)  # in the order they were taken

    async def prepare(self) -> None:
        await self._marks.prepare()

    def start(self, log: str) -> int:
        """Where to begin reading a log: what lies at or below is done in every lane."""
        return min(self._marks.by_log[log])

    def is_done(self, log: str, lane: int, position: int) -> bool:
        return position <= self._marks.by_log[log][lane]

    def took(self, log: str, units: Sequence[Unit], up_to: int) -> None:
        """These units were handed out, in order; the log was read up to `up_to`."""
        self._unfinished[log].update((unit.position, unit) for unit in units)
        self._read[log] = max(up_to, self._read.get(log, 0))

    def finished(self, unit: Unit) -> None:
        self._unfinished[unit.log].pop(unit.position, None)

    def seen(self, log: str) -> int:
        """Everything up to here is finished, in every lane."""
        first = next(iter(self._unfinished[log]), None)
        return self.read(log) if first is None else first - 1

    def first_unfinished(self, log: str) -> dict[int, Unit]:
        """By lane, where there is one."""
        first: dict[int, Unit] = {}
        for unit in reversed(self._unfinished[log].values()):
            first.update((event.lane, unit) for event in unit.events)
        return first

    async def store(self) -> bool:
        """Writes the marks that moved. False where everything above them is to be taken again, from `start` on."""
        is_done = await self._marks.store({log: self.reached(log) for log in self._read})
        if not is_done:
            self._read.clear()
            self._unfinished.clear()
        return is_done

    def read(self, log: str) -> int:
        """Everything up to here was taken."""
        read = self._read.get(log)
        return self.start(log) if read is None else read

    def reached(self, log: str) -> list[int]:
        """By lane: where nothing is unfinished, the lane has reached what was read."""
        reached = [self.read(log)] * LANES
        for position, unit in reversed(self._unfinished[log].items()):
            for event in unit.events:
                reached[event.lane] = position - 1
        return list(map(max, self._marks.by_log[log], reached))
