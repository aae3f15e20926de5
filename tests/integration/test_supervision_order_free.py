"""The read model depends on the set of events alone: not on their order, their batches, or how often they come."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.backlog import Backlog
from kernel.clock import SimulatedClock
from kernel.courts import Courts
from kernel.facts import CaseFacts
from kernel.feed import Event
from supervision.derivation import Derivation, Moment
from supervision.live import Live
from supervision.readmodel import ReadModel, Rows
from supervision.rebuild import rebuild
from supervision.tables import Connection
from tests.integration.recorded import record
from tests.postgres import dsn_of
from tests.services import installation

pytestmark = pytest.mark.asyncio(loop_scope="module")
SCHEMA = "supervision"
FEW = 5  # cases of one example


@dataclass(frozen=True)
class Recorded:
    """What the services published, and a database to fold it in."""

    events: Sequence[Event]
    ended: datetime
    pool: asyncpg.Pool
    courts: Courts

    @property
    def cases(self) -> list[str]:
        return sorted({event.subject for event in self.events if not event.is_reference})

    def of(self, subjects: Sequence[str]) -> list[Event]:
        return [event for event in self.events if event.is_reference or event.subject in subjects]

    async def supervision(self, clock: SimulatedClock) -> tuple[Live, CaseFacts]:
        """A supervision that knows nothing yet."""
        await self.pool.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}")
        process = await self.process(clock)
        return process.live, process.facts

    async def process(self, clock: SimulatedClock) -> "Process":
        """One more of the same supervision."""
        facts, backlog = CaseFacts(self.pool, SCHEMA, self.courts, clock), Backlog(self.pool, SCHEMA)
        model = CanBePaused(self.pool, SCHEMA)
        for part in (facts, backlog, model):
            await part.prepare()
        return Process(Live(model, Derivation(self.pool, SCHEMA, facts, backlog), backlog, clock), facts, model)


class CanBePaused(ReadModel):
    """Between what it has derived and what it writes."""

    def __init__(self, pool: asyncpg.Pool, schema: str) -> None:
        super().__init__(pool, schema)
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    @contextlib.asynccontextmanager
    async def writing(self, idle_s: int = 0) -> AsyncIterator[Connection]:
        await self.goes_on.wait()
        async with super().writing(idle_s) as connection:
            yield connection


@dataclass
class Process:
    live: Live
    facts: CaseFacts
    model: CanBePaused
    unfinished: asyncio.Task[None] | None = None

    async def take(self, batch: Sequence[Event]) -> None:
        if batch:
            await self.facts.add(batch)
            await self.live.project(batch)

    @property
    def is_paused(self) -> bool:
        return not self.model.goes_on.is_set()

    def begin(self, batch: Sequence[Event]) -> None:
        """And be paused before it is written."""
        self.model.goes_on.clear()
        self.unfinished = asyncio.create_task(self.take(batch))

    async def wake(self) -> None:
        self.model.goes_on.set()
        if self.unfinished is not None:
            await self.unfinished


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Recorded]:
    folder: Path = tmp_path_factory.mktemp("recorded")
    names = ("recorded", "order_free")
    async with asyncpg.create_pool(postgres, min_size=1, max_size=2) as server:
        for name in names:
            await server.execute(f"CREATE DATABASE {name}")
        played, folded = (dsn_of(postgres, name) for name in names)
        events, ended = await record(played, folder)
        async with asyncpg.create_pool(folded, min_size=1, max_size=4) as pool:
            yield Recorded(events, ended, pool, installation().courts)
        for name in names:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def test_the_services_produced_enough_to_prove_something(recorded: Recorded) -> None:
    assert len(recorded.cases) >= 14
    assert len({event.name for event in recorded.events}) >= 25
    assert {"PolicyPublished", "MemberPosted"} <= {event.name for event in recorded.events}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_any_order_any_batches_and_any_duplicates_give_the_same_read_model(
    recorded: Recorded, data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(recorded.cases), min_size=1, max_size=FEW, unique=True))
    events = recorded.of(chosen)
    again = data.draw(st.lists(st.sampled_from(events), max_size=20))
    order = data.draw(st.permutations([*events, *again]))
    cuts = data.draw(st.lists(st.integers(0, len(order)), max_size=12).map(sorted))
    hours = data.draw(st.lists(st.integers(0, 400), min_size=len(cuts) + 1, max_size=len(cuts) + 1))

    live, clock = await arrived(recorded, order, cuts, hours)
    compared = await rebuild(live.model, live.derivation, clock.now(), verify=True)
    assert compared.differences == []
    assert await rows(live) == await at_once(recorded, events, clock.now())


async def arrived(
    recorded: Recorded, order: Sequence[Event], cuts: Sequence[int], hours: Sequence[int]
) -> tuple[Live, SimulatedClock]:
    """Batches come in at any later time, and the clock goes on between them."""
    clock = SimulatedClock(recorded.ended)
    live, facts = await recorded.supervision(clock)
    for begin, end, pause in zip([0, *cuts], [*cuts, len(order)], hours, strict=True):
        if batch := order[begin:end]:
            await facts.add(batch)
            await live.project(batch)
        clock.move_to(clock.now() + timedelta(hours=pause))
        await live.sweep()
    return live, clock


async def at_once(recorded: Recorded, events: Sequence[Event], now: datetime) -> Rows:
    """A rebuild from scratch, in a database that has never seen a read model."""
    live, facts = await recorded.supervision(SimulatedClock(now))
    await facts.add(events)
    await rebuild(live.model, live.derivation, now)
    return await rows(live)


async def rows(live: Live) -> Rows:
    async with live.model.reading() as connection:
        return await live.model.all_rows(connection)


async def test_what_is_asked_as_of_now_is_what_the_live_read_model_holds(recorded: Recorded) -> None:
    live, _ = await arrived(recorded, recorded.events, [], [48])
    whole = await live.derivation.whole("yiyang", Moment(live.now()))
    assert whole.rows == await rows(live)
    assert len(whole.rows.clocks) > 50


ACTS = st.sampled_from(["take", "be paused over it", "wake up", "sweep"])


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_several_processes_that_know_nothing_of_each_other_write_the_same_read_model(
    recorded: Recorded, data: st.DataObject
) -> None:
    """Whichever takes an event, and though some are paused with what they knew: whose it was matters to nobody."""
    chosen = data.draw(st.lists(st.sampled_from(recorded.cases), min_size=1, max_size=FEW, unique=True))
    events = data.draw(st.permutations(recorded.of(chosen)))
    cuts = data.draw(st.lists(st.integers(0, len(events)), min_size=6, max_size=12).map(sorted))
    turns = data.draw(st.lists(st.tuples(st.integers(0, 2), ACTS), min_size=len(cuts) + 1, max_size=len(cuts) + 1))

    clock = SimulatedClock(recorded.ended)
    await recorded.supervision(clock)
    processes = [await recorded.process(clock) for _ in range(3)]
    for begin, end, (turn, act) in zip([0, *cuts], [*cuts, len(events)], turns, strict=True):
        await play_turn(processes[turn], act, events[begin:end], processes[0])
        clock.move_to(clock.now() + timedelta(hours=30))
    for process in reversed(processes):
        await process.wake()
        await process.live.sweep()
    assert await rows(processes[0].live) == await at_once(recorded, events, clock.now())


async def play_turn(process: Process, act: str, batch: Sequence[Event], successor: Process) -> None:
    """A batch goes to a process; what it does not finish, to its successor, which is never paused."""
    if act == "wake up":
        await process.wake()
    elif act == "sweep" and not process.is_paused:
        await process.live.sweep()
    elif act == "be paused over it" and batch and process is not successor and not process.is_paused:
        process.begin(batch)
    await (successor if process.is_paused else process).take(batch)
