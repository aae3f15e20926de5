"""PostgreSQL as the kernel uses it: how its connections are kept, and what to do while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg

from kernel.problems import Unavailable

RETRY_S = 0.2
LOST_CONNECTION = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asked of a connection that has failed, before it is known to be closed
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, crashed, starting up, cancelled
    asyncpg.IdleInTransactionSessionTimeoutError,  # this process was paused
)
NOT_NOW = (
    *LOST_CONNECTION,
    asyncpg.InsufficientResourcesError,  # its disk is full, its connections are used up
    asyncpg.TransactionRollbackError,  # a deadlock's victim
)
AWAY = (Unavailable, *NOT_NOW)
T = TypeVar("T")


def is_away(error: BaseException) -> bool:
    """The same statement may succeed later. Never true of a value that cannot be encoded, though asyncpg reports
    that as an interface error too: it is the statement's own fault."""
    return isinstance(error, AWAY) and not isinstance(error, ValueError)


async def until_available(effect: Callable[[], Awaitable[T]]) -> T:
    """Tries an effect again for as long as the database is away: it is neither dropped nor given up."""
    while True:
        try:
            return await effect()
        except AWAY as error:
            if not is_away(error):
                raise
        await asyncio.sleep(RETRY_S)


def open_pool(dsn: str, *, min_size: int = 2, max_size: int = 20) -> asyncpg.Pool:
    """To be used as `async with`. Connections are given back as they are: nothing in the kernel leaves settings behind,
    and the usual reset costs a round trip each time."""
    return asyncpg.create_pool(dsn, min_size=min_size, max_size=max_size, reset=_as_it_is)


async def _as_it_is(_: object) -> None:
    pass
