"""The embedded carrier: follows the services' own logs in PostgreSQL. No broker.

One tail per log and process decodes each event once and hands it to every consumer of the process.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from kernel.database import AWAY
from kernel.feed import EVERY_LANE, Lag, Unit, event_of, units_of
from kernel.log import LogReader, channel
from kernel.positions import Positions

PAGE = 1_000
NOT_THERE = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)  # a log nobody has written yet
MAX_KEPT_UNITS = 5_000
POLL_S = 1.0
BUSY_UNITS = 20  # taken at once, they show a busy log: units are then left to gather, to be handled together
GATHER_S = 0.02
STORE_MARKS_EVERY_S = 1.0


class Tail:
    """Follows one log. Consumers that lag behind what is kept in memory read the log themselves."""

    def __init__(self, reader: LogReader) -> None:
        self.log = reader.schema
        self._reader = reader
        self._units: deque[Unit] = deque()
        self._kept_from = 0  # every unit after this position is in memory
        self.head = 0
        self.has_begun = False
        self.on_growth: list[Callable[[], None]] = []
        self._hint = asyncio.Event()

    def hint(self) -> None:
        """The log may have grown."""
        self._hint.set()

    async def run(self) -> None:
        await self._start()
        while True:
            self._hint.clear()
            if not await self._read_page():
                with contextlib.suppress(TimeoutError):  # not wait_for: before Python 3.12 it can lose a cancellation
                    async with asyncio.timeout(POLL_S):
                        await self._hint.wait()

    async def _start(self) -> None:
        """Begins at the head: what is older is read by those who need it."""
        while True:
            try:
                self.head = self._kept_from = await self._reader.head()
            except NOT_THERE:
                self.has_begun = True  # with nothing
            except (*AWAY, asyncpg.PostgresError):
                pass
            else:
                self.has_begun = True
                return self._tell()
            await asyncio.sleep(POLL_S / 5)

    async def _read_page(self) -> int:
        """By how many positions the log had grown."""
        before = self.head
        try:
            units, head = await self.read(before, PAGE)
        except (*AWAY, asyncpg.PostgresError):
            return 0
        self._extend([u for u in units if u.position > self.head], head)
        return head - before

    def offer(self, after: int, units: Sequence[Unit], head: int) -> None:
        """What this process has just appended after that position, so that it need not be read."""
        if after == self.head:
            self._extend(units, head)
        else:
            self.hint()

    def _extend(self, units: Sequence[Unit], head: int) -> None:
        if head <= self.head:
            return
        self.head = head
        self._units.extend(units)
        while len(self._units) > MAX_KEPT_UNITS:
            self._kept_from = self._units.popleft().position
        self._tell()

    def _tell(self) -> None:
        for tell in self.on_growth:
            tell()

    async def grown(self, position: int, deadline: float) -> None:
        """Returns when the log has grown beyond `position`, or at `deadline` (of the loop's clock)."""
        if self.head > position:
            return
        grown = asyncio.Event()
        self.on_growth.append(grown.set)
        try:
            async with asyncio.timeout_at(deadline):
                await grown.wait()
        except TimeoutError:
            return
        finally:
            self.on_growth.remove(grown.set)

    async def read(self, position: int, limit: int) -> tuple[list[Unit], int]:
        """Units after `position` from the log itself, and how far it was read."""
        rows = await self._reader.after(position, limit)
        return units_of(self.log, rows, event_of), rows[-1][0] if rows else position

    async def after(self, position: int, limit: int) -> tuple[list[Unit], int]:
        """Units after `position`, from memory where they are kept, and how far that reaches."""
        if position < self._kept_from:
            return await self.read(position, limit)
        units = self._newest(position)[:limit]
        return units, units[-1].position if len(units) == limit else self.head

    def kept_after(self, position: int) -> Unit | None:
        """The first unit after `position` that is kept in memory."""
        return next(iter(self._newest(position)), None)

    def _newest(self, position: int) -> list[Unit]:
        found: list[Unit] = []
        for unit in reversed(self._units):
            if unit.position <= position:
                break
            found.append(unit)
        return found[::-1]


class Tails:
    """All tails of a process, and the one connection that listens for hints from other processes.

    Where these are the tails of all logs, they are a carrier.
    """

    def __init__(self, pool: asyncpg.Pool, logs: Sequence[str]) -> None:
        self._pool = pool
        self.tails = {log: Tail(LogReader(pool, log)) for log in logs}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for tail in self.tails.values():
                group.create_task(tail.run())
            group.create_task(self._listen())

    @contextlib.asynccontextmanager
    async def connect(self, service: str, renewed: object) -> AsyncGenerator[EmbeddedFeed]:
        """One process has all of the service's subjects, so that nothing is ever renewed."""
        positions = Positions(self._pool, service)
        await positions.prepare()
        feed = EmbeddedFeed(self, positions)
        try:
            yield feed
        finally:
            with contextlib.suppress(asyncpg.PostgresError):  # they may lag
                await feed.store_marks()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(*AWAY, asyncpg.PostgresError):
                async with self._pool.acquire() as connection:
                    try:
                        for log, tail in self.tails.items():
                            await connection.add_listener(channel(log), _hint(tail))
                        await _until_lost(connection)
                    finally:
                        await connection.close()  # its listeners end with it
            await asyncio.sleep(POLL_S)


class EmbeddedFeed:
    """The Feed port over the tails of this process, for the one consumer whose `positions` these are."""

    def __init__(self, tails: Tails, positions: Positions) -> None:
        self._tails = tails.tails
        self._turns = deque(self._tails)  # the log taken from last comes last, so that a busy one leaves others room
        self._positions = positions
        self._cursors: dict[str, int] = {}
        self._taken = 0
        self._stored_at = 0.0
        self._grown = asyncio.Event()
        for tail in self._tails.values():
            tail.on_growth.append(self._grown.set)

    async def take(self, limit: int) -> Sequence[Unit]:
        if BUSY_UNITS <= self._taken < limit:
            await asyncio.sleep(GATHER_S)
        while True:
            self._grown.clear()  # before looking, so that no growth goes unnoticed
            for log in list(self._turns):
                if units := await self._take_from(log, self._tails[log], limit):
                    self._turns.remove(log)
                    self._turns.append(log)
                    self._taken = len(units)
                    return units
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STORE_MARKS_EVERY_S):
                    await self._grown.wait()
            await self._store_now_and_then()

    async def _take_from(self, log: str, tail: Tail, limit: int) -> list[Unit]:
        """Reads on past pages that hold nothing for this consumer: nobody would wake it up for what follows them."""
        cursor = self._cursors.setdefault(log, self._positions.start(log))
        while cursor < tail.head:
            found, cursor = await tail.after(cursor, limit)
            units = [u for u in found if not all(self._positions.is_done(log, e.lane, u.position) for e in u.events)]
            self._positions.took(log, units, cursor)
            self._cursors[log] = cursor
            if units:
                return units
        return []

    async def finished(self, units: Sequence[Unit]) -> None:
        for unit in units:
            self._positions.finished(unit)
        await self._store_now_and_then()

    async def _store_now_and_then(self) -> None:
        """Also while nothing comes: what is not marked, nobody is sure to have kept."""
        now = asyncio.get_running_loop().time()
        if now - self._stored_at > STORE_MARKS_EVERY_S:
            self._stored_at = now
            await self.store_marks()

    def seen(self) -> dict[str, int]:
        return {log: self._positions.seen(log) for log in self._tails}

    def heads(self) -> dict[str, int] | None:
        tails = self._tails.values()
        return {tail.log: tail.head for tail in tails} if all(tail.has_begun for tail in tails) else None

    def lagging(self) -> Iterator[Lag]:
        for log, tail in self._tails.items():
            first, unread = self._positions.first_unfinished(log), tail.kept_after(self._positions.read(log))
            for lane, reached in enumerate(self._positions.reached(log)):
                if reached < tail.head:
                    unit = first.get(lane, unread)
                    yield Lag(log, lane, tail.head - reached, unit and unit.recorded_at)

    def lanes(self) -> frozenset[int]:
        return EVERY_LANE

    async def store_marks(self) -> None:
        """Or leaves it where the database is away: they may lag. After its crash, all above the marks comes again."""
        with contextlib.suppress(*AWAY):
            if not await self._positions.store():
                self._cursors.clear()


def _hint(tail: Tail) -> Callable[..., None]:
    def hinted(_: object, __: int, ___: str, reached: object) -> None:
        if int(str(reached)) > tail.head:
            tail.hint()

    return hinted


async def _until_lost(connection: PoolConnectionProxy[asyncpg.Record]) -> None:
    lost = asyncio.Event()

    def tell(_: object) -> None:
        lost.set()

    connection.add_termination_listener(tell)
    await lost.wait()
