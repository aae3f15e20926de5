"""The read model in PostgreSQL: written by difference, read in one snapshot, replaced whole by a rebuild.

What is asked as of another time, or as known then, is derived again into temporary tables of the same names, so that
one set of queries answers both.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import asyncpg

from contracts.envelope import SLOTS
from kernel.feed import EVERY_LANE
from kernel.log import lock_key
from supervision.tables import (
    DIFFERENCE,
    TABLES,
    ClockRow,
    Connection,
    ContributionRow,
    Subject,
    SubjectRow,
    Table,
    TodoRow,
)

FOLLOWED = "subject NOT LIKE 'court/%' AND subject NOT LIKE 'member/%'"  # the rest is reference data
COLUMNS = """SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped"""
TO_BE_DERIVED = f"""INSERT INTO subjects
    SELECT court, subject, '', '', '', '', '', NULL, false, to_timestamp(0), NULL FROM facts
    WHERE {FOLLOWED} GROUP BY court, subject"""
Turn = Literal["next_change", "next_rung"]
"""What a subject waits for the clock for: its rows change, or somebody is to be reminded."""
LANE = f"crc32(convert_to(court || E'\\n' || subject, 'UTF8')) % {SLOTS}"
"""As `kernel.feed.lane`, of what is no reference data."""
GROWN = """SELECT court, subject FROM unnest($1::text[], $2::text[], $3::bigint[]) AS made(court, subject, facts)
    WHERE facts <> (SELECT count(*) FROM facts f WHERE f.court = made.court AND f.subject = made.subject)"""
NOT_UNCERTAIN = """SELECT court, subject FROM unnest($1::text[], $2::text[]) AS asked(court, subject)
    LEFT JOIN subjects USING (court, subject) WHERE uncertain IS NOT TRUE"""
DUE = f"""SELECT court, subject FROM subjects
    WHERE {{turn}} <= $1 AND ($2::int[] IS NULL OR {LANE} = ANY($2)) ORDER BY {{turn}}, court, subject LIMIT $3"""


@dataclass(slots=True)
class Rows:
    """Rows of some subjects, table by table."""

    subjects: set[SubjectRow] = field(default_factory=set[SubjectRow])
    clocks: set[ClockRow] = field(default_factory=set[ClockRow])
    contributions: set[ContributionRow] = field(default_factory=set[ContributionRow])
    todos: set[TodoRow] = field(default_factory=set[TodoRow])

    def add(self, other: Rows) -> None:
        self.subjects |= other.subjects
        self.clocks |= other.clocks
        self.contributions |= other.contributions
        self.todos |= other.todos

    def without(self, subjects: Collection[Subject]) -> Rows:
        """A copy that lacks all rows of these subjects."""
        return Rows(*({row for row in rows if row[:2] not in subjects} for _, rows in self.by_table()))

    def by_table(self) -> Iterable[tuple[Table[Any], set[Any]]]:
        return zip(TABLES, (self.subjects, self.clocks, self.contributions, self.todos), strict=True)


class ReadModel:
    """The tables of one installation, all courts in them."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        self._pool, self._schema = pool, schema
        self._lock = lock_key(f"{schema}.read_model")

    async def prepare(self) -> None:
        """Makes the tables. Those of another shape, of an older version, are made anew: the sweep fills them."""
        async with self.writing() as connection:
            if not all([await self._is_there(connection, table) for table in TABLES]):
                for table in TABLES:
                    await connection.execute(f"DROP TABLE IF EXISTS {table.name}; {table.ddl(table.name)}")
                await connection.execute(TO_BE_DERIVED)

    async def _is_there(self, connection: Connection, table: Table[Any]) -> bool:
        found = await connection.fetchval(COLUMNS, f"{self._schema}.{table.name}")
        return found == list(table.columns)

    @contextlib.asynccontextmanager
    async def writing(self, idle_s: int = 0) -> AsyncGenerator[Connection]:
        """One transaction, alone: whoever writes in another process waits, and is waited for.

        Between two statements not longer than `idle_s` (0: for ever); then the connection is lost.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                f"""SET LOCAL search_path TO {self._schema};
                SET LOCAL idle_in_transaction_session_timeout = '{idle_s}s';
                SELECT pg_advisory_xact_lock({self._lock})"""
            )
            yield connection

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """One snapshot for several queries."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(f"SET LOCAL search_path TO {self._schema}")
            yield connection

    @contextlib.asynccontextmanager
    async def holding(self, rows: Rows) -> AsyncGenerator[Connection]:
        """The same queries see these rows instead of the live ones."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL search_path TO {self._schema}")
            for table, of_table in rows.by_table():
                await connection.execute(f"CREATE TEMP TABLE {table.name} (LIKE {table.name}) ON COMMIT DROP")
                await table.copy_to(connection, table.name, of_table)
            yield connection

    # -- live

    async def grown(self, connection: Connection, made_of: Mapping[Subject, int]) -> set[Subject]:
        """Those of which other than so many facts are stored."""
        columns = zip(*(([*subject, count]) for subject, count in made_of.items()), strict=True)
        return {(r[0], r[1]) for r in await connection.fetch(GROWN, *map(list, columns))}

    async def write(self, connection: Connection, subjects: Collection[Subject], rows: Rows) -> int:
        """Brings the rows of these subjects to what they should be; how many differed."""
        if not subjects:
            return 0
        courts, names = zip(*subjects, strict=True)
        arrays = [array for table, of_table in rows.by_table() for array in table.arrays(of_table)]
        return await connection.fetchval(DIFFERENCE, courts, names, *arrays)

    async def due(self, now: datetime, lanes: frozenset[int], limit: int, turn: Turn = "next_change") -> list[Subject]:
        """Subjects of these lanes whose turn has come by time alone, the longest waiting first."""
        some = None if lanes == EVERY_LANE else list(lanes)
        async with self.reading() as connection:
            return [(r[0], r[1]) for r in await connection.fetch(DUE.format(turn=turn), now, some, limit)]

    async def not_uncertain(self, subjects: Collection[Subject]) -> set[Subject]:
        """Those that are not shown as uncertain."""
        if not subjects:
            return set()
        async with self.reading() as connection:
            return {(r[0], r[1]) for r in await connection.fetch(NOT_UNCERTAIN, *zip(*subjects, strict=True))}

    async def touch_court(self, court: str, now: datetime) -> None:
        """All subjects of a court are to be derived again by the next sweep."""
        async with self.writing() as connection:
            await connection.execute("UPDATE subjects SET next_change = $2 WHERE court = $1", court, now)

    # -- rebuild

    async def swap(self, connection: Connection, rows: Rows) -> None:
        """Fresh tables take the place of the old ones; readers see either, never a mixture."""
        for table, of_table in rows.by_table():
            fresh = f"{table.name}_fresh"
            await connection.execute(table.ddl(fresh))
            await table.copy_to(connection, fresh, of_table, self._schema)
            await connection.execute(f"DROP TABLE {table.name}; ALTER TABLE {fresh} RENAME TO {table.name}")

    async def all_rows(self, connection: Connection) -> Rows:
        found = Rows()
        for table, rows in found.by_table():
            stored = await connection.fetch(f"SELECT {', '.join(table.columns)} FROM {table.name}")
            rows.update(table.row(*record) for record in stored)
        return found
