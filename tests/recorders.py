"""The recorders of the eventsourcing library over a log of ours.

Written through `Log`, tracked by `Positions`; read by the library's own PostgreSQL recorder, for the table is its own.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from threading import Thread
from typing import Any, TypeVar

import asyncpg
from eventsourcing.persistence import (
    IntegrityError,
    ListenNotifySubscription,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from kernel.clock import MachineClock
from kernel.database import open_pool
from kernel.feed import Unit
from kernel.log import Log, Row, Taken
from kernel.positions import Positions
from tests.kernel_example import SECRET

T = TypeVar("T")
LANE = 0


class Store:
    """A log and the positions of a consumer, in an event loop of their own; a context manager."""

    SCHEMA = "recorded"

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._loop, self._stack = asyncio.new_event_loop(), AsyncExitStack()
        self._thread = Thread(target=self._loop.run_forever)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Store:
        self._thread.start()
        self.run(self._open())
        return self

    async def _open(self) -> None:
        self.pool: asyncpg.Pool = await self._stack.enter_async_context(open_pool(self.dsn, max_size=6))
        self.log = await self._stack.enter_async_context(Log(self.pool, self.SCHEMA, MachineClock(), SECRET).open())
        self.positions = Positions(self.pool, self.SCHEMA)
        await self.positions.prepare()
        known = conninfo_to_dict(self.dsn)
        self.datastore = PostgresDatastore(
            *(str(known[name]) for name in ("dbname", "host", "port", "user")),
            password="",
            schema=self.SCHEMA,
            originator_id_type="text",
            pool_size=4,
        )
        self._stack.callback(self.datastore.close)

    def __exit__(self, *_: object) -> None:
        self.run(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def append(self, events: Sequence[StoredEvent], command_id: str | None = None) -> list[int]:
        rows = [Row(str(e.originator_id), e.originator_version, e.topic, e.state, None) for e in events]
        try:
            last = self.run(self.log.append(command_id or f"c{next(self._numbers)}", b"", 200, b"", rows)).position
        except (Taken, asyncpg.UniqueViolationError) as error:
            raise IntegrityError from error
        return list(range(last - len(rows) + 1, last + 1))

    def require_new(self, tracking: Tracking) -> None:
        if self.positions.is_done(tracking.application_name, LANE, tracking.notification_id):
            raise IntegrityError("below the mark")

    def track(self, tracking: Tracking) -> None:
        unit = Unit(tracking.application_name, tracking.notification_id, ())
        self.positions.took(unit.log, [unit], unit.position)
        self.positions.finished(unit)
        self.run(self.positions.store())


class Recorder(PostgresApplicationRecorder):
    """Also of aggregates alone, which want to be told no positions."""

    def __init__(self, store: Store, *, tells_positions: bool = True) -> None:
        self.store, self._tells_positions = store, tells_positions
        super().__init__(store.datastore, events_table_name="events")

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        positions = self.store.append(stored_events)
        return positions if self._tells_positions else None

    def max_notification_id(self) -> int | None:
        return self.store.run(self.store.log.head()) or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> ListenNotifySubscription[Any]:
        return Hinted(self, gt, topics)


class Hinted(ListenNotifySubscription[Recorder]):
    """Woken by the log's hints."""

    def __init__(self, recorder: Recorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder, gt, topics)
        recorder.store.log.on_append.append(self._has_been_notified.set)


class Tracked(TrackingRecorder):
    """The marks of a consumer."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def insert_tracking(self, tracking: Tracking) -> None:
        self.store.require_new(tracking)
        self.store.track(tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        return self.store.positions.seen(application_name) or None


class Processed(Recorder, Tracked, ProcessRecorder):
    """An effect and the id of what caused it are stored together, as a command's id is; the mark follows."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], tracking: Tracking | None = None, **_: Any
    ) -> Sequence[int] | None:
        if tracking is None:
            return self.store.append(stored_events)
        self.store.require_new(tracking)
        positions = self.store.append(stored_events, f"{tracking.application_name}/{tracking.notification_id}")
        self.store.track(tracking)
        return positions
