"""A simulated process: some of the services over a pool of its own. It can be killed, stopped, and stand still."""

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from kernel.clock import MachineClock
from kernel.embedded import Tails
from kernel.kafka.carrier import Kafka as KafkaCarrier
from kernel.principals import LocalIssuer
from kernel.service import Host, Running, Service, run_service
from tests.kernel_example import NO_COURTS, SECRET
from tests.simulation.database import Database
from tests.simulation.kafka import Kafka
from tests.simulation.loop import OWNER, NumberedTask, SimulatedLoop
from tests.simulation.wire import Network, Pool

T = TypeVar("T")
BEGINNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
MANY_TASKS = 500
FROM_OUTSIDE = "from outside"
ISSUER = LocalIssuer(SECRET)


class Lost(Exception):
    """The process died, or does not answer: what it was asked for may be done or not."""


class Machine:
    """Where a process runs: its clock may be wrong, its network bad."""

    def __init__(self, loop: SimulatedLoop, chance: Random) -> None:
        self._loop = loop
        self.network, self.to_broker = Network(loop, chance), Network(loop, chance)
        self.clock_ahead_s = 0.0

    def time(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._loop.time() + self.clock_ahead_s)


class Process:
    """One life of a process."""

    def __init__(
        self,
        loop: SimulatedLoop,
        database: Database,
        machine: Machine,
        services: Mapping[str, Service],
        logs: tuple[str, ...],
        kafka: tuple[str, Kafka] | None,
    ) -> None:
        """`logs` are followed here; with Kafka, under the name by which its clients know the process, only its own."""
        self._loop, self._services, self._kafka = loop, services, kafka
        self._logs = tuple(services) if kafka else logs
        self.paused = False
        self.deferred: list[asyncio.Handle] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self._keep = MANY_TASKS
        self.is_alive = True
        self._stopping = asyncio.Event()
        self.running: dict[str, Running] = {}
        self._context = contextvars.copy_context()
        self._context.run(OWNER.set, self)
        self.pool = Pool(database, machine.network, self._call_soon)
        self.clock = MachineClock(machine.time)
        self.main = self.spawn(self._main())

    @property
    def is_serving(self) -> bool:
        return self.is_alive and len(self.running) == len(self._services)

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """From outside: only of such a task may nobody ask why it failed, as long as the database was away."""
        return self._loop.create_task(work, name=FROM_OUTSIDE, context=self._context)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        if not self.is_alive:
            task.cancel()
        self.tasks.append(task)
        if len(self.tasks) > self._keep:
            self.tasks = [task for task in self.tasks if not task.done() or task._log_traceback]
            self._keep = 2 * len(self.tasks) + MANY_TASKS

    def _call_soon(self, callback: Callable[..., object], *args: Any) -> None:
        if self.is_alive:
            self._loop.call_soon(callback, *args, context=self._context)

    async def _main(self) -> None:
        tails = Tails(self.pool, self._logs)
        carrier = KafkaCarrier(f"{self._kafka[0]}/simulated", self.pool, tails) if self._kafka else None
        host = Host(self.pool, self.clock, NO_COURTS, SECRET, ISSUER, tails, carrier)
        async with contextlib.AsyncExitStack() as stack:
            for log, service in self._services.items():
                self.running[log] = await stack.enter_async_context(run_service(service, host))
            following = asyncio.create_task(tails.run())
            try:
                await self._stopping.wait()
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def call(self, log: str, command: Callable[[Any, datetime], Awaitable[T]], patience_s: float) -> T:
        """What the service's application answers. Raises Lost, or what it raises."""
        running = self.running.get(log)
        if running is None:
            raise Lost
        return await self.ask(lambda: command(running.parts.application, self.clock.now()), patience_s)

    async def ask(self, question: Callable[[], Awaitable[T]], patience_s: float) -> T:
        """Raises Lost, or what it raises."""
        if not self.is_alive:
            raise Lost
        task = self.spawn(_asked(question))
        await asyncio.wait((task,), timeout=patience_s)
        if not task.done() or task.cancelled() or not self.is_alive:
            raise Lost
        return task.result()

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self._loop.wake(self)

    def kill(self) -> None:
        """What it had begun reaches nobody any more, but what the database has received."""
        self.is_alive = False
        self.pool.cut()
        if self._kafka:
            self._kafka[1].is_cut = True
        for task in self.tasks:
            task.cancel()
        self.running.clear()
        self.resume()

    async def stop(self) -> None:
        """In order. What waits in its logs is written first."""
        self.resume()
        self._stopping.set()
        await asyncio.wait((self.main,))
        self.is_alive = False


async def _asked(question: Callable[[], Awaitable[T]]) -> T:
    return await question()


def adopting(loop: SimulatedLoop, work: Any, context: Any = None) -> "asyncio.Task[Any]":
    """The loop's task factory: a process knows its tasks."""
    task = NumberedTask(work, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None:
        owner.adopt(task)
    return task
