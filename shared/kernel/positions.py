"""How far a consumer has come: a low-water mark per (log, slot). Everything at or below a mark is done for good.

Marks are only a hint where to begin again: effects are idempotent by id, so they may lag, but never run ahead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from contracts.envelope import SLOTS
from kernel.feed import Unit

SCHEMA = "CREATE TABLE IF NOT EXISTS {schema}.marks (log text PRIMARY KEY, by_slot bigint[] NOT NULL)"
STORE = """INSERT INTO {schema}.marks AS stored VALUES ($1, $2)
ON CONFLICT (log) DO UPDATE SET by_slot = ARRAY(
    SELECT greatest(a, b) FROM unnest(stored.by_slot, excluded.by_slot) WITH ORDINALITY AS m (a, b, n) ORDER BY n)"""


class Positions:
    """The marks of the one consumer that lives in `schema`."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        self._pool, self._schema = pool, schema
        self._marks: dict[str, list[int]] = defaultdict(lambda: [0] * SLOTS)  # as stored, by slot
        self._read: dict[str, int] = {}  # log -> everything up to here was taken (or holds nothing for us)
        self._unfinished: dict[str, dict[int, Unit]] = defaultdict(dict)  # in the order they were taken

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))
        rows = await self._pool.fetch(f"SELECT log, by_slot FROM {self._schema}.marks")
        self._marks.update((row[0], row[1]) for row in rows)

    def start(self, log: str) -> int:
        """Where to begin reading a log: what lies at or below is done in every slot."""
        return min(self._marks[log])

    def is_done(self, log: str, slot: int, position: int) -> bool:
        return position <= self._marks[log][slot]

    def took(self, log: str, units: Sequence[Unit], up_to: int) -> None:
        """These units were handed out, in order; the log was read up to `up_to`."""
        self._unfinished[log].update((unit.position, unit) for unit in units)
        self._read[log] = max(up_to, self._read.get(log, 0))

    def finished(self, unit: Unit) -> None:
        self._unfinished[unit.log].pop(unit.position, None)

    def seen(self, log: str) -> int:
        """Everything up to here is finished, in every slot."""
        first = next(iter(self._unfinished[log]), None)
        return self._read.get(log, self.start(log)) if first is None else first - 1

    async def store(self) -> None:
        """Writes the marks that moved."""
        marks = {log: self._reached(log, read) for log, read in self._read.items()}
        moved = {log: reached for log, reached in marks.items() if reached != self._marks[log]}
        if moved:
            await self._pool.executemany(STORE.format(schema=self._schema), list(moved.items()))
            self._marks.update(moved)

    def _reached(self, log: str, read: int) -> list[int]:
        """By slot: where nothing is unfinished, the slot has reached what was read."""
        reached = [read] * SLOTS
        for position, unit in reversed(self._unfinished[log].items()):
            for event in unit.events:
                reached[event.slot] = position - 1
        return [max(before, now) for before, now in zip(self._marks[log], reached, strict=True)]
