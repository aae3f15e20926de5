"""Random operations of the kernel on its tables, for whatever database stands behind the pool."""

from datetime import datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import asyncpg

from kernel.backlog import Backlog
from kernel.clock import SimulatedClock
from kernel.facts import CaseFacts
from kernel.feed import LANES, event_of
from kernel.log import STATEMENTS, LogReader, prepare
from kernel.positions import Marks
from kernel.timers import Timer, Timers
from kernel.tracing import NO_SPANS
from tests.contract.feed.world import envelope
from tests.kernel_example import NO_COURTS, START, call

LOG = "funds"
SUBJECTS = ("case/a", "case/b", "case/c")
"""A few, so that operations meet."""


class Operations:
    """All that the kernel keeps in the schema of one service, without anything that decides."""

    def __init__(self, pool: Any, seed: int) -> None:
        self._pool, self._chance = pool, Random(seed)
        clock = SimulatedClock(START)
        self.reader = LogReader(pool, LOG)
        self.marks = Marks(pool, LOG)
        self.backlog = Backlog(pool, LOG)
        self.facts = CaseFacts(pool, LOG, NO_COURTS, clock)
        self.timers = Timers(pool, LOG, clock, {"go": _nothing})
        self._events = 0

    async def run(self, count: int) -> list[Any]:
        """What each operation gave, or the type of the error it raised; then all that is stored."""
        async with self._pool.acquire() as connection:
            await prepare(connection, LOG, "simulated")
        for part in (self.marks, self.backlog, self.facts, self.timers):
            await part.prepare()
        return [await self._outcome(self._chance.choice(_ALL)) for _ in range(count)] + [await self._whole()]

    async def _outcome(self, operation: Any) -> Any:
        try:
            return operation.__name__, await operation(self)
        except asyncpg.PostgresError as error:
            return operation.__name__, type(error)

    async def _whole(self) -> list[Any]:
        """As the kernel itself reads it."""
        parts = [
            await self.reader.after(0, 10_000),
            await self.reader.head(),
            [await self.reader.stream(f"s/{n}") for n in range(4)],
            await self.timers.next_due(),
            [await self._facts_of(subject) for subject in SUBJECTS],
        ]
        await self.marks.read()
        await self.backlog.renew()
        return [*parts, dict(self.marks.by_log), sorted(self.backlog._parked), sorted(self.backlog._noted)]

    # -- the log

    async def append(self) -> Any:
        """A batch of commands, some of them known, some on versions that are taken, now and then twice the same."""
        batch = [self._command() for _ in range(self._chance.randint(1, 4))]
        rows = [(n, *row) for n, (_, rows) in enumerate(batch, 1) for row in rows]
        found = await self._pool.fetch(
            STATEMENTS["append"].format(schema=LOG),
            START + timedelta(seconds=self._chance.randint(0, 100)),
            [name for name, _ in batch],
            [b"hash"] * len(batch),
            [200] * len(batch),
            [b"{}"] * len(batch),
            [len(rows) for _, rows in batch],
            *([row[column] for row in rows] for column in range(6)),
        )
        return [tuple(row) for row in found]

    def _command(self) -> tuple[str, list[Any]]:
        wanted = {
            (f"s/{self._chance.randrange(4)}", self._chance.randint(1, 6)) for _ in range(self._chance.randint(0, 3))
        }
        rows = [(stream, version, "example:Nothing.1", b"{}", self._published()) for stream, version in sorted(wanted)]
        return f"command-{self._chance.randrange(40)}", rows

    def _published(self) -> bytes | None:
        return self._chance.choice((None, b"[]"))

    async def remembered(self) -> Any:
        name = f"command-{self._chance.randrange(40)}"
        row = await self.reader.pool.fetchrow(STATEMENTS["command"].format(schema=LOG), name)
        return row and tuple(row)

    async def page(self) -> Any:
        return await self.reader.after(self._chance.randint(0, 20), self._chance.randint(1, 5))

    async def stream(self) -> Any:
        return await self.reader.stream(f"s/{self._chance.randrange(4)}", self._chance.randint(0, 3))

    async def streams(self) -> Any:
        return await self.reader.streams({f"s/{n}": self._chance.randint(0, 3) for n in range(3)})

    async def stream_at(self) -> Any:
        try:
            return await self.reader.stream_at(self._chance.randint(0, 30))
        except LookupError:
            return None

    # -- what a consumer keeps

    def _event(self) -> Any:
        """One of the last, or the next."""
        self._events += self._chance.randint(0, 1)
        n, recorded = self._events, "2026-03-02T01:00:00.000000Z"
        made = envelope(SUBJECTS[n % 3], correlationid=f"c-{n}", causationid=f"c-{n}")
        made |= {"id": f"00000000-0000-0000-0000-{n:012}", "position": n, "recordedat": recorded, "time": recorded}
        return event_of(LOG, made)

    async def add_facts(self) -> Any:
        await self.facts.add([self._event() for _ in range(self._chance.randint(1, 3))])

    async def _facts_of(self, subject: str) -> Any:
        self.facts.renew()
        return sorted(fact.id for fact in await self.facts.of("yiyang", subject))

    async def store_marks(self) -> Any:
        lane, mark = self._chance.randrange(LANES), self._chance.randint(0, 50)
        reached = [mark if n == lane else 0 for n in range(LANES)]
        return await self.marks.store({self._chance.choice(("funds", "intake")): reached})

    async def wait(self) -> Any:
        await self.backlog.wait(self._event(), "react", "", "lacks", self._instant())

    async def refused(self) -> Any:
        await self.backlog.refused(self._event(), "react", "", "no", self._instant())

    async def waiting(self) -> Any:
        return [(event.id, name, item) for event, name, item in await self.backlog.waiting(self._event())]

    async def done(self) -> Any:
        await self.backlog.done(self._event(), "react", "")

    async def park(self) -> Any:
        await self.backlog.park(self._event(), self._chance.choice(("broken", "follows a parked event")))

    async def parked(self) -> Any:
        found = await self.backlog.parked("yiyang")
        return sorted(tuple(dict(row).values()) for row in found)

    async def release(self) -> Any:
        subject = self._chance.choice(SUBJECTS)
        events = await self.backlog.parked_events("yiyang", subject)
        for parked_id, event in events:
            await self.backlog.released(parked_id, event)
        return [parked_id for parked_id, _ in events]

    # -- timers

    def _instant(self) -> datetime:
        return START + timedelta(seconds=self._chance.randint(0, 1_000))

    async def set_timer(self) -> Any:
        timer = Timer(f"t{self._chance.randrange(9)}", self._instant(), "go", {"n": 1})
        await self.timers.set(timer, call("c").by)

    async def drop_timers(self) -> Any:
        await self.timers.drop(f"t{self._chance.randrange(9)}")

    async def fire(self) -> Any:
        self.timers._clock.move_to(max(self.timers._clock.now(), self._instant()))
        return await self.timers.fire_due(SimpleNamespace(spans=NO_SPANS))


async def _nothing(*_: Any) -> None:
    pass


_ALL = (
    *[Operations.append] * 4,
    Operations.remembered,
    Operations.page,
    Operations.stream,
    Operations.streams,
    Operations.stream_at,
    Operations.add_facts,
    Operations.store_marks,
    Operations.wait,
    Operations.refused,
    Operations.waiting,
    Operations.done,
    Operations.park,
    Operations.parked,
    Operations.release,
    Operations.set_timer,
    Operations.drop_timers,
    Operations.fire,
)
