"""Reads a log beside its chain, in bounded memory, up to the first place where they differ."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from kernel.chain import DIGEST, DIGEST_BYTES, first_link, next_link

ROWS_AT_ONCE, LINKS_AT_ONCE = 2_000, 50
ROWS = f"SELECT notification_id, {DIGEST} FROM {{log}}.events WHERE notification_id > $1 ORDER BY notification_id"
LINKS = "SELECT last, digests, link FROM {log}.chain WHERE last >= $1 ORDER BY last"
HEAD = "SELECT last, link FROM {log}.chain ORDER BY last DESC LIMIT 1"
CHAINED_LATER = "SELECT value FROM {log}.about WHERE name = 'chained later'"
STREAM = "SELECT originator_id, originator_version FROM {log}.events WHERE notification_id = $1"
RECORDED_AS = "SELECT last, digests FROM {log}.chain WHERE position($1::bytea IN digests) > 0 ORDER BY last"
BEFORE_ALL = -(2**63)
Kind = Literal["changed", "moved", "removed", "added", "chain", "rewritten"]
Connection: TypeAlias = "asyncpg.Connection[Any]"


class Head(BaseModel):
    """A log up to a row, in one hash. Noted outside the database, it shows later what was made anew with its chain."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    log: str = Field(pattern="^[a-z_0-9]+$")
    position: int = Field(ge=0)
    link: str = Field(pattern="^[0-9a-f]{64}$")


class Fault(NamedTuple):
    """The first row that does not stand as it was written, by its place; where none can be named alone, it is one of
    those up to `last`. `recorded_as`: the place that was given to the row that stands there now."""

    kind: Kind
    position: int
    last: int
    recorded_as: int | None = None


class Verdict(NamedTuple):
    """What was read of a log, after `since` up to `head`. `stream` and `version`: of the row that stands at the fault.
    `chained_later`: so many rows were written before the log had a chain, and stand in it as they were then."""

    head: Head
    since: int
    chained_later: int
    fault: Fault | None
    stream: str | None
    version: int | None


class Broken(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


async def head_of(connection: Connection, log: str) -> Head:
    last, link = await connection.fetchrow(HEAD.format(log=log)) or (0, first_link(log))
    return Head(log=log, position=last, link=link.hex())


async def verify(
    connection: Connection, log: str, advance: Callable[[int], object], *, since: Head | None, noted: Sequence[Head]
) -> Verdict:
    """In a transaction that sees one state of the log. Noted heads must lie on its chain; what stands before `since` is
    not read. Advances by rows."""
    begin = since or Head(log=log, position=0, link=first_link(log).hex())
    reading = Reading(connection, begin, noted)
    fault = None
    try:
        async for rows in reading.verified(whole=since is None):
            advance(rows)
    except Broken as broken:
        fault = broken.fault
    found = fault and await connection.fetchrow(STREAM.format(log=log), fault.position)
    stream, version = found or (None, None)
    later = int(await connection.fetchval(CHAINED_LATER.format(log=log)) or 0)
    return Verdict(reading.reached, begin.position, later, fault, stream, version)


class Reading:
    """Rows, their chain and the noted heads agree up to `reached`. Everything raises Broken where they do not."""

    def __init__(self, connection: Connection, begin: Head, noted: Sequence[Head]) -> None:
        self._connection, self.reached = connection, begin
        self._noted = sorted(noted, key=lambda head: -head.position)
        self._kept = begin.position  # a noted head has shown that nothing before was made anew

    async def verified(self, *, whole: bool) -> AsyncGenerator[int]:
        """The numbers of rows found to stand as they were written, link by link."""
        after = BEFORE_ALL if whole else self.reached.position
        links, rows = self._read(LINKS, after, LINKS_AT_ONCE), self._read(ROWS, after, ROWS_AT_ONCE)
        self._require_begin(await anext(links, None), whole)
        self._reach(self.reached)
        async for last, digests, link in links:
            self._require_link(last, digests, link)
            for position, digest in enumerate(_each(digests), self.reached.position + 1):
                await self._require_row(await anext(rows, None), position, digest)
            self._reach(Head(log=self.reached.log, position=last, link=link.hex()))
            yield len(digests) // DIGEST_BYTES
        await self._require_end(rows)

    def _read(self, sql: str, after: int, at_once: int) -> AsyncIterator[Any]:
        return aiter(self._connection.cursor(sql.format(log=self.reached.log), after, prefetch=at_once))

    def _require_begin(self, link: Any, whole: bool) -> None:
        """The chain begins where every log's does, or goes on at the head that is trusted."""
        begin = self.reached.position
        if link is None:
            raise Broken(Fault("chain", 1, 1) if whole else Fault("removed", begin, begin))
        if (link["last"], link["link"].hex()) != (begin, self.reached.link):
            raise Broken(Fault("chain", 1, max(link["last"], 1)) if whole else Fault("rewritten", 1, begin))

    def _require_link(self, last: int, digests: bytes, link: bytes) -> None:
        before = self.reached
        follows = next_link(bytes.fromhex(before.link), digests) == link
        if not follows or last != before.position + len(digests) / DIGEST_BYTES:
            raise Broken(Fault("chain", before.position + 1, max(last, before.position + 1)))

    async def _require_row(self, row: Any, position: int, digest: bytes) -> None:
        if row is None or row[0] > position:
            raise Broken(Fault("removed", position, position))
        if row[0] < position:
            raise Broken(Fault("added", row[0], row[0]))
        if row[1] != digest:
            place = await self._recorded_as(row[1])
            raise Broken(Fault("moved" if place else "changed", position, position, place))

    async def _recorded_as(self, digest: bytes) -> int | None:
        """The place of a row with this digest, as the chain has it."""
        for last, digests in await self._connection.fetch(RECORDED_AS.format(log=self.reached.log), digest):
            row = list(_each(digests))
            if digest in row:
                return last - len(row) + 1 + row.index(digest)
        return None

    def _reach(self, head: Head) -> None:
        """Where a head was noted, it is this one."""
        while self._noted and self._noted[-1].position <= head.position:
            noted = self._noted.pop()
            if noted != head:
                raise Broken(Fault("rewritten", self._kept + 1, noted.position))
            self._kept = noted.position
        self.reached = head

    async def _require_end(self, rows: AsyncIterator[Any]) -> None:
        row = await anext(rows, None)
        if row is not None:
            raise Broken(Fault("added", row[0], row[0]))
        if self._noted:
            raise Broken(Fault("removed", self.reached.position + 1, self._noted[0].position))


def _each(digests: bytes) -> Iterator[bytes]:
    return (digests[n : n + DIGEST_BYTES] for n in range(0, len(digests), DIGEST_BYTES))
