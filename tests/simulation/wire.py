"""What stands between a process and the database: its pool of connections, with asyncpg's methods and errors.

A statement may never arrive, its answer may get lost, and both may take long; what arrived is carried out, whether
anybody still waits for it or not.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg

from tests.simulation.database import NOTICES_A_LOSS_S, Database, Session
from tests.simulation.loop import SimulatedLoop

CONNECT_TIMEOUT_S = 60.0
LOST = "connection was closed in the middle of operation"


@dataclass
class Network:
    """Between a process and a server: delays, and times at which nothing comes through."""

    loop: SimulatedLoop
    chance: Random
    usual_s: float = 0.0005
    rarely: float = 0.0  # how often a message takes long
    long_s: float = 1.0
    closed_until: float = 0.0
    loses_answers: float = 0.0  # how often a connection breaks while the server answers
    here: Context = field(default_factory=Context)

    def send(self, deliver: Callable[..., object], *args: Any) -> None:
        self.loop.call_later(self.delay_s(), deliver, *args, context=self.here)

    def delay_s(self) -> float:
        """What is sent while nothing comes through arrives afterwards."""
        delay = self.usual_s * (0.2 + self.chance.random())
        if self.rarely and self.chance.random() < self.rarely:
            delay += self.chance.expovariate(1 / self.long_s)
        return delay + max(self.closed_until - self.loop.time(), 0.0)


class Connection:
    """As asyncpg's, as far as the kernel uses it."""

    def __init__(self, pool: "Pool", session: Session) -> None:
        self._pool, self._session = pool, session
        self._database, self._network = pool.database, pool.network
        self._answer: asyncio.Future[Any] | None = None
        self._listeners: dict[str, Callable[..., None]] = {}
        self._on_loss: list[Callable[[Any], None]] = []
        self.is_open = True
        session.tell, session.reset = self._notified, lambda: self._network.send(self.lose)

    # -- statements

    async def fetch(self, sql: str, *args: Any, timeout: float | None = None) -> list[Any]:  # noqa: ASYNC109
        if timeout is None:
            return await self._ask(sql, args)
        async with asyncio.timeout(timeout):
            return await self._ask(sql, args)

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return next(iter(await self.fetch(sql, *args)), None)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        row = await self.fetchrow(sql, *args)
        return None if row is None else row[0]

    async def execute(self, sql: str, *args: Any) -> None:
        await self.fetch(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.fetch(sql, *rows)

    @contextlib.asynccontextmanager
    async def transaction(self, **_: Any) -> AsyncIterator[None]:
        await self.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self.is_open:
                await self.execute("ROLLBACK")
            raise
        await self.execute("COMMIT")

    async def _ask(self, sql: str, args: Sequence[Any]) -> Any:
        if not self.is_open:
            raise asyncpg.InterfaceError("connection is closed")
        if self._answer is not None:
            raise asyncpg.InterfaceError("cannot perform operation: another operation is in progress")
        self._answer = self._pool.loop.create_future()
        self._network.send(self._database.receive, self._session, sql, args, self._reply)
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.lose()  # the statement may be carried out or not
            raise
        finally:
            self._answer = None

    def _reply(self, found: Any) -> None:
        lossy = self._network.loses_answers
        lost = lossy > 0.0 and self._network.chance.random() < lossy
        self._network.send(self.lose if lost else lambda: self._arrived(found))

    def _arrived(self, found: Any) -> None:
        if self._answer is None or self._answer.done() or not self.is_open:
            return
        if isinstance(found, Exception):
            self._answer.set_exception(found)
        else:
            self._answer.set_result(found)

    # -- notifications

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        self._listeners[channel] = callback
        await self.execute("LISTEN", channel)

    def _notified(self, channel: str, payload: str) -> None:
        self._network.send(self._bring, channel, payload)

    def _bring(self, channel: str, payload: str) -> None:
        if self.is_open:
            self._pool.call_soon(self._listeners[channel], self, 0, channel, payload)

    def add_termination_listener(self, callback: Callable[[Any], None]) -> None:
        self._on_loss.append(callback)

    # -- ends

    async def close(self) -> None:
        self.lose()

    def terminate(self) -> None:
        self.lose()

    def lose(self) -> None:
        """From one moment to the next. The server learns of it later."""
        if not self.is_open:
            return
        self.is_open = False
        self._pool.open.pop(self, None)
        after = self._network.chance.random() * NOTICES_A_LOSS_S
        self._pool.loop.call_later(after, self._database.end, self._session, context=self._network.here)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(asyncpg.ConnectionDoesNotExistError(LOST))
        for tell in self._on_loss:
            self._pool.call_soon(tell, self)


class _Acquiring:
    """What `pool.acquire()` gives: to be awaited, or entered."""

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._connection: Connection | None = None

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._pool.get().__await__()

    async def __aenter__(self) -> Connection:
        self._connection = await self._pool.get()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        assert self._connection is not None
        self._pool.put(self._connection)


class Pool:
    """As asyncpg's, as far as the kernel uses it. `call_soon` runs a callback in the process that owns the pool."""

    def __init__(
        self, database: Database, network: Network, call_soon: Callable[..., object], max_size: int = 12
    ) -> None:
        self.database, self.network, self.loop, self.call_soon = database, network, network.loop, call_soon
        self.open: dict[Connection, None] = {}
        self._free: list[Connection] = []
        self._room = max_size
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.is_cut = False

    def acquire(self) -> _Acquiring:
        return _Acquiring(self)

    async def release(self, connection: Connection, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self.put(connection)

    async def get(self) -> Connection:
        """Raises OSError, TimeoutError or an asyncpg error where the server cannot be reached."""
        self._require_process()
        while self._room == 0:
            await self._wait_for_room()
        self._room -= 1
        try:
            return self._reuse() or await self._connect()
        except BaseException:
            self._give_room()
            raise

    async def _wait_for_room(self) -> None:
        turn = self.loop.create_future()
        self._waiting.append(turn)
        try:
            await turn
        except BaseException:
            self._wake()
            raise

    def put(self, connection: Connection) -> None:
        if connection.is_open:
            self._free.append(connection)
        self._give_room()

    def _give_room(self) -> None:
        self._room += 1
        self._wake()

    def _wake(self) -> None:
        while self._room and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break

    def _reuse(self) -> Connection | None:
        while self._free:
            if (connection := self._free.pop()).is_open:
                return connection
        return None

    async def _connect(self) -> Connection:
        answer = self.loop.create_future()
        self.network.send(self._knock, answer)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            session = await answer
        connection = Connection(self, session)
        self.open[connection] = None
        return connection

    def _knock(self, answer: "asyncio.Future[Session]") -> None:
        if answer.done():
            return
        if self.database.is_up:
            answer.set_result(self.database.connect())
        elif self.network.chance.random() < 0.5:
            answer.set_exception(ConnectionRefusedError("connection refused"))
        else:
            answer.set_exception(asyncpg.CannotConnectNowError("the database system is starting up"))

    def lose_all(self) -> None:
        for connection in list(self.open):
            connection.lose()

    def cut(self) -> None:
        """The process has died: nothing of it reaches the database any more."""
        self.is_cut = True
        self.lose_all()

    def _require_process(self) -> None:
        if self.is_cut:
            raise asyncio.CancelledError

    # -- one statement on any connection

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        connection = await self.get()
        try:
            return await connection.fetch(sql, *args)
        finally:
            self.put(connection)

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return next(iter(await self.fetch(sql, *args)), None)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        row = await self.fetchrow(sql, *args)
        return None if row is None else row[0]

    async def execute(self, sql: str, *args: Any) -> None:
        await self.fetch(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.fetch(sql, *rows)
