"""The machines of one history, and what runs on them: processes over one database, started again whenever they end."""

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Sequence
from random import Random
from zlib import crc32

from kernel.database import AWAY, is_away
from kernel.feed import Event
from kernel.problems import Problem
from tests.simulation.broker import Broker
from tests.simulation.bureau import ASSETS, FUNDS, LOGS, services
from tests.simulation.clients import Client
from tests.simulation.database import Database
from tests.simulation.kafka import Kafka
from tests.simulation.loop import SimulatedLoop
from tests.simulation.plan import Plan
from tests.simulation.process import FROM_OUTSIDE, Lost, Machine, Process
from tests.simulation.watcher import Watcher

STARTS_AGAIN_S = 3.0
EXAMINED_EVERY_S = 5.0
SETTLES_WITHIN_S = 3_600.0
MENDED_EVERY_S = 0.5
PATIENCE_S = 20.0
COURT = "yiyang"


class Poison(Exception):
    """An event that cannot be applied yet."""


class Slot:
    """A place for one process: one life follows another."""

    def __init__(self, world: "World", logs: tuple[str, ...]) -> None:
        self._world, self.logs = world, logs
        self.machine = Machine(world.loop, world.chance)
        self.process = self._new()

    def _new(self) -> Process:
        world = self._world
        of_these = {log: world.services[log] for log in self.logs}
        kafka = world.way_to_kafka(self.machine) if world.plan.kafka else None
        return Process(world.loop, world.database, self.machine, of_these, LOGS, kafka)

    async def keep_running(self) -> None:
        while True:
            ended, _ = await asyncio.wait((self.process.main,), timeout=EXAMINED_EVERY_S)
            self._world.examine(self.process)
            if ended:
                await asyncio.sleep(self._world.chance.random() * STARTS_AGAIN_S)
                self.process = self._new()


class World:
    """Everything of one history but its faults."""

    def __init__(self, loop: SimulatedLoop, plan: Plan, chance: Random) -> None:
        self.loop, self.plan, self.chance = loop, plan, chance
        self.database = Database(loop, chance)
        self.broker = Broker(loop, chance)
        self.kafkas: dict[str, Kafka] = {}  # every process's way to the broker
        self.watcher = Watcher(self.database, loop.time)
        loop.on_failure.append(lambda error: self.watcher.violated("".join(traceback.format_exception(error))))
        self.is_poisoned = plan.poison > 0
        self._mended: set[tuple[str, str]] = set()
        self.services = services(self.watcher.look, self._strike)
        for log in LOGS:
            self.watcher.watch(log)
        hosted = [LOGS] if plan.together else [(FUNDS,), (ASSETS,)]
        self.slots = [Slot(self, logs) for logs in hosted * (2 if plan.twins else 1)]
        for slot in self.slots:
            slot.machine.network.rarely = slot.machine.to_broker.rarely = plan.long_delays
        self.clients = [Client(self, n, Random(f"client {plan.seed} {n}"), plan) for n in range(plan.clients)]

    def way_to_kafka(self, machine: Machine) -> tuple[str, Kafka]:
        """Under a name of its own."""
        name = f"p{len(self.kafkas)}"
        self.kafkas[name] = Kafka(self.broker, machine.to_broker, self.chance)
        return name, self.kafkas[name]

    def head(self, log: str) -> int:
        return self.database.schemas[log].head

    @property
    def processes(self) -> list[Process]:
        return [slot.process for slot in self.slots]

    async def process_of(self, log: str) -> Process:
        """One that serves, whichever; waits until there is one."""
        while True:
            serving = [slot.process for slot in self.slots if log in slot.logs and slot.process.is_serving]
            if serving:
                return self.chance.choice(serving)
            await asyncio.sleep(0.1)

    def _strike(self, service: str, events: Sequence[Event]) -> None:
        if self.is_poisoned and any(self._is_poison(service, event) for event in events):
            raise Poison

    def _is_poison(self, service: str, event: Event) -> bool:
        is_mended = (service, event.subject) in self._mended
        return not is_mended and crc32(f"{service} {event.id}".encode()) % self.plan.poison == 0

    async def mend(self) -> None:
        """Somebody sees to what is parked, subject by subject, while all else goes on."""
        while self.is_poisoned:
            await asyncio.sleep(self.chance.expovariate(1 / MENDED_EVERY_S))
            parked = [(log, subject) for log in LOGS for subject in self._parked(log)]
            if parked:
                await self._release(*self.chance.choice(parked))

    async def _release(self, log: str, subject: str) -> None:
        self._mended.add((log, subject))
        process = await self.process_of(log)
        with contextlib.suppress(Lost, *AWAY):
            await process.ask(lambda: process.running[log].http.state.release(COURT, subject), PATIENCE_S)

    def _parked(self, log: str) -> dict[str, None]:
        return {row["subject"]: None for row in self.database.schemas[log].parked.values()}

    def examine(self, process: Process) -> None:
        """A task that has failed, and that nobody has asked how it went."""
        for task in () if process.paused else process.tasks:
            error = task.exception() if task.done() and task._log_traceback else None  # type: ignore[attr-defined]
            is_fair = task.get_name() == FROM_OUTSIDE and (is_away(error) or isinstance(error, Problem))
            if error is not None and not is_fair:
                self.watcher.violated(f"a task died: {''.join(traceback.format_exception(error))}")

    # -- the end

    async def settle(self) -> None:
        """Nothing goes wrong any more: returns once everything that was begun is done. Raises TimeoutError."""
        self.is_poisoned = False
        async with asyncio.timeout(SETTLES_WITHIN_S):
            await self._until(lambda: all(process.is_serving for process in self.processes))
            await self._until(self._is_quiet)
            await self._release_parked()
            await self._until(self._is_quiet)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(1)

    def _is_quiet(self) -> bool:
        heads = {log: self.head(log) for log in LOGS}
        pending = (row for log in LOGS for row in self.database.schemas[log].timers.values() if row["outcome"] is None)
        running = [each for process in self.processes for each in process.running.values()]
        return all(each.has_seen(heads) for each in running) and not any(pending)

    async def _release_parked(self) -> None:
        for log in LOGS:
            while parked := self._parked(log):
                for subject in parked:
                    await self._release(log, subject)
