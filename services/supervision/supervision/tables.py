"""The tables of the read model, declared by their rows. Made from the rows: columns, keys, differences, COPY."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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

    `next_change`: the next instant at which its rows change without any event; None when never. `next_rung`: when the
    next rung fires of which somebody is to be told.
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
    next_rung: datetime | None


class ClockRow(NamedTuple):
    """One occurrence of a clock (节点). Nothing in it moves with time between `next_change` and the last event.

    `due_at`: D, exclusive, None for never; `ended_at`: when it was closed; `near_from`: when it comes near its limit.
    `overdue` counts in `unit`. `post`, `team`, `member`: who answers. `record`: the breach record on the axis of
    knowledge, as JSON; `standing`: clean, standing or cured. `reminders`: who was told of it, as JSON.
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
    reminders: str


class ContributionRow(NamedTuple):
    """What one subject adds to the load of one team, in points; `apart` is shown beside casework (Y13)."""

    court: str
    subject: str
    rule: str
    team: str
    load: int
    apart: int


class TodoRow(NamedTuple):
    """Something of one subject that waits for a member, or for whoever holds a post (待办); as `rules.derived.Todo`."""

    court: str
    subject: str
    what: str
    id: str
    kind: str
    about: str
    state: str
    post: str
    team: str
    member: str
    since: datetime
    due_on: date | None


R = TypeVar("R", SubjectRow, ClockRow, ContributionRow, TodoRow)
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

    def difference(self, first: int) -> str:
        """The parts of a statement that bring the rows of the subjects `asked` to those given as parameters.

        These are one array for each column, from number `first` on. Rows that are as they should be are not touched.
        """
        name, types = self.name, dict(zip(self.columns, self.types, strict=True))
        given = ", ".join(f"${number}::{types[column]}[]" for number, column in enumerate(self.columns, first))
        same_key = " AND ".join(f"fresh.{column} = stored.{column}" for column in self.key)
        values = [column for column in self.columns if column not in self.key]
        stored, fresh = (", ".join(f"{row}.{column}" for column in values) for row in ("stored", "excluded"))
        return f"""
            {name}_fresh AS (SELECT * FROM unnest({given}) AS fresh({", ".join(self.columns)})),
            {name}_gone AS (DELETE FROM {name} AS stored USING asked
                WHERE stored.court = asked.court AND stored.subject = asked.subject
                AND NOT EXISTS (SELECT FROM {name}_fresh AS fresh WHERE {same_key}) RETURNING 1),
            {name}_put AS (INSERT INTO {name} AS stored SELECT * FROM {name}_fresh
                ON CONFLICT ({", ".join(self.key)}) DO UPDATE SET ({", ".join(values)}) = ROW({fresh})
                WHERE ({stored}) IS DISTINCT FROM ({fresh}) RETURNING 1)"""

    def arrays(self, rows: Collection[R]) -> list[Sequence[Any]]:
        """The rows as one array for each column."""
        return list(zip(*rows, strict=True)) if rows else [[] for _ in self.columns]

    async def copy_to(self, connection: Connection, name: str, rows: Iterable[R], schema: str | None = None) -> None:
        await connection.copy_records_to_table(name, records=rows, columns=self.columns, schema_name=schema)


SUBJECTS = Table("subjects", SubjectRow, ("court", "subject"), ("(next_change)", "(next_rung)", "(court, case_no)"))
CLOCKS = Table(
    "clocks",
    ClockRow,
    ("court", "subject", "rule", "occurrence"),
    ("(court, due_at) WHERE ended_at IS NULL", "(court, member) WHERE ended_at IS NULL"),
)
CONTRIBUTIONS = Table("contributions", ContributionRow, ("court", "subject", "rule", "team"))
TODOS = Table("todos", TodoRow, ("court", "subject", "what", "id"), ("(court, member)", "(court, post)"))
TABLES = (SUBJECTS, CLOCKS, CONTRIBUTIONS, TODOS)


def _difference() -> str:
    first, parts, touched = 3, list[str](), list[str]()
    for table in TABLES:
        parts.append(table.difference(first))
        touched += [f"(SELECT count(*) FROM {table.name}_{what})" for what in ("gone", "put")]
        first += len(table.columns)
    asked = "asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS asked(court, subject))"
    return f"WITH {asked}, {','.join(parts)} SELECT {' + '.join(touched)}"


DIFFERENCE = _difference()
"""One statement for all tables: courts and subjects asked for, then their rows, column by column. Tells how many
rows it touched."""
