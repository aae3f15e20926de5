"""The tables of the read model, declared by their rows. Made from the rows: columns, keys, differences, COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, get_args, get_type_hints

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Subject: TypeAlias = tuple[str, str]
"""(court, subject)"""


class SubjectRow(NamedTuple):
    """One subject that is followed, as of its last derivation. `uncertain`: an event of it is parked.

    `next_change`: the next instant at which its rows change without any event; None when never.
    """

    court: str
    subject: str
    case_no: str
    status: str
    track: str
    team: str
    holder: str
    filed_at: datetime | None
    uncertain: bool
    next_change: datetime | None


class ClockRow(NamedTuple):
    """One occurrence of a clock (节点). Nothing in it moves with time between `next_change` and the last event.

    `due_at`: D, exclusive, None for never; `ended_at`: when it was closed; `near_from`: when it comes near its limit.
    `overdue` counts in `unit`. `post`, `team`, `member`: who answers. `record`: the breach record on the axis of
    knowledge, as JSON; `standing`: clean, standing or cured.
    """

    court: str
    subject: str
    rule: str
    occurrence: str
    clause: str
    type: str
    start_at: datetime
    due_at: datetime | None
    due_shown: datetime | None
    state: str
    ended_at: datetime | None
    near_from: datetime | None
    overdue: int
    unit: str
    provisional: bool
    post: str
    team: str
    member: str
    standing: str
    record: str


class ContributionRow(NamedTuple):
    """What one subject adds to the load of one team, in points; `apart` is shown beside casework (Y13)."""

    court: str
    subject: str
    rule: str
    team: str
    load: int
    apart: int


R = TypeVar("R", SubjectRow, ClockRow, ContributionRow)
_TYPES = {str: "text", int: "bigint", bool: "boolean", datetime: "timestamptz", date: "date"}


@dataclass(frozen=True)
class Table(Generic[R]):
    """A table that holds rows of one kind; `key` makes a row unique and begins with court and subject."""

    name: str
    row: type[R]
    key: tuple[str, ...]
    indexes: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.row._fields

    @property
    def types(self) -> list[str]:
        hints = get_type_hints(self.row)
        return [_TYPES[next(t for t in (*get_args(hints[c]), hints[c]) if t in _TYPES)] for c in self.columns]

    def ddl(self, name: str) -> str:
        """Makes the table under a name, with its indexes; their names are PostgreSQL's to choose."""
        columns = ", ".join(f"{c} {t}" for c, t in zip(self.columns, self.types, strict=True))
        indexes = "".join(f"CREATE INDEX ON {name} {index};" for index in self.indexes)
        return f"CREATE TABLE {name} ({columns}, PRIMARY KEY ({', '.join(self.key)})); {indexes}"

    async def of(self, connection: Connection, subjects: Sequence[Subject]) -> set[R]:
        """All rows of these subjects."""
        courts, names = zip(*subjects, strict=True)
        sql = f"""SELECT {", ".join(self.columns)} FROM {self.name}
                  NATURAL JOIN unnest($1::text[], $2::text[]) AS asked(court, subject)"""
        return {self.row(*record) for record in await connection.fetch(sql, courts, names)}

    async def replace(self, connection: Connection, before: set[R], after: set[R]) -> int:
        """Writes the difference only; how many rows it touched."""
        changed, gone = after - before, {self._key(row) for row in before} - {self._key(row) for row in after}
        if gone:
            types = self._types_of(self.key)
            where = " AND ".join(f"{self.name}.{c} = gone.{c}" for c in self.key)
            await connection.execute(
                f"DELETE FROM {self.name} USING unnest({types}) AS gone({', '.join(self.key)}) WHERE {where}",
                *zip(*gone, strict=True),
            )
        if changed:
            update = ", ".join(f"{c} = excluded.{c}" for c in self.columns if c not in self.key)
            await connection.execute(
                f"""INSERT INTO {self.name} SELECT * FROM unnest({self._types_of(self.columns)})
                    ON CONFLICT ({", ".join(self.key)}) DO UPDATE SET {update}""",
                *zip(*changed, strict=True),
            )
        return len(changed) + len(gone)

    async def copy_to(self, connection: Connection, name: str, rows: Iterable[R], schema: str | None = None) -> None:
        await connection.copy_records_to_table(name, records=rows, columns=self.columns, schema_name=schema)

    def _key(self, row: Any) -> tuple[Any, ...]:
        return tuple(getattr(row, c) for c in self.key)

    def _types_of(self, columns: Sequence[str]) -> str:
        types = dict(zip(self.columns, self.types, strict=True))
        return ", ".join(f"${n}::{types[c]}[]" for n, c in enumerate(columns, 1))


SUBJECTS = Table("subjects", SubjectRow, ("court", "subject"), ("(next_change)", "(court, case_no)"))
CLOCKS = Table(
    "clocks",
    ClockRow,
    ("court", "subject", "rule", "occurrence"),
    ("(court, due_at) WHERE ended_at IS NULL", "(court, member) WHERE ended_at IS NULL"),
)
CONTRIBUTIONS = Table("contributions", ContributionRow, ("court", "subject", "rule", "team"))
TABLES = (SUBJECTS, CLOCKS, CONTRIBUTIONS)
