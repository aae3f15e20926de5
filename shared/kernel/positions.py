"""How far a consumer has come: a low-water mark per (log, slot). Everything at or below a mark is done for good.

Marks are only a hint where to begin again: effects are idempotent by id, so they may lag, but never run ahead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from contracts.envelope import SLOTS
from kernel.feed import Unit

SCHEMA = """
CREATE TABLE IF NOT EXISTS {schema}.positions (
    log text NOT NULL, slot int NOT NULL, position bigint NOT NULL, PRIMARY KEY (log, slot));
"""


class Positions:
    """The marks of the one consumer that lives in `schema`."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        self._pool, self._schema = pool, schema
        self._marks: dict[str, list[int]] = defaultdict(lambda: [0] * SLOTS)
        self._read: dict[str, int] = {}  # log -> everything up to here was taken (or holds nothing for us)
        self._unfinished: dict[str, dict[int, Unit]] = defaultdict(dict)  # in the order they were taken
        self._stored: dict[tuple[str, int], int] = {}

    async def prepare(self) -> None:
        await self._pool.execute(SCHEMA.format(schema=self._schema))
        for log, slot, position in await self._pool.fetch(f"SELECT log, slot, position FROM {self._schema}.positions"):
            self._marks[log][slot] = self._stored[log, slot] = position

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
        moved: list[tuple[str, int, int]] = []
        for log, read in self._read.items():
            held = self._held(log)
            for slot in range(SLOTS):
                mark = held.get(slot, read + 1) - 1
                if mark > self._stored.get((log, slot), 0):
                    moved.append((log, slot, mark))
        if not moved:
            return
        logs, slots, marks = zip(*moved, strict=True)
        await self._pool.execute(
            f"""INSERT INTO {self._schema}.positions SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
                ON CONFLICT (log, slot) DO UPDATE SET position = greatest(positions.position, excluded.position)""",
            logs,
            slots,
            marks,
        )
        for log, slot, mark in moved:
            self._stored[log, slot] = self._marks[log][slot] = mark

    def _held(self, log: str) -> dict[int, int]:
        """slot -> its first unfinished position."""
        held: dict[int, int] = {}
        for position, unit in self._unfinished[log].items():
            for event in unit.events:
                held.setdefault(event.slot, position)
        return held
