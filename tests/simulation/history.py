"""One history, from its seed to the verdict."""

import asyncio
import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import structlog

from tests.simulation.checks import CHECKS, caches_are_folds
from tests.simulation.faults import Faults
from tests.simulation.kafka import clients
from tests.simulation.loop import SimulatedLoop
from tests.simulation.plan import Plan
from tests.simulation.process import adopting
from tests.simulation.world import World


@dataclass(frozen=True)
class Outcome:
    """`events` were stored in all logs; `digest` is the same whenever the same history runs again."""

    plan: Plan
    events: int
    simulated_s: float
    faults: int
    violations: Sequence[str]
    digest: str
    journal: Sequence[str]


def run(plan: Plan, *, journal: bool = False) -> Outcome:
    """Plays it to its end, or to the first thing that must not be."""
    loop = SimulatedLoop(Random(f"order {plan.seed}"), shuffled=plan.shuffled)
    loop.set_task_factory(adopting)
    with _quiet():
        history = _History(plan, loop, journal)
        with clients(history.world.kafkas):
            return loop.run(history.play())


@contextmanager
def _quiet() -> Iterator[None]:
    """Nobody reads what the services log."""
    before = structlog.get_config()
    silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=silent, cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


class _History:
    def __init__(self, plan: Plan, loop: SimulatedLoop, journal: bool) -> None:
        self._plan, self._loop = plan, loop
        self.world = World(loop, plan, Random(f"world {plan.seed}"))
        self._watcher = self.world.watcher
        self._faults = Faults(self.world, Random(f"faults {plan.seed}"))
        if journal:
            self._watcher.journal = []

    async def play(self) -> Outcome:
        violated = asyncio.Event()
        self._watcher.on_violation.append(violated.set)
        played = asyncio.create_task(self._play(), name="played")
        stopped = asyncio.create_task(violated.wait(), name="stopped")
        await asyncio.wait((played, stopped), return_when=asyncio.FIRST_COMPLETED)
        if played.done() and (error := played.exception()) is not None:
            self._watcher.violated(f"{error!r}\n{''.join(traceback.format_exception(error))}")
        return Outcome(
            self._plan,
            self._watcher.stored,
            self._loop.time(),
            self._faults.count,
            tuple(self._watcher.violations),
            self._watcher.digest,
            tuple(self._watcher.journal or ()),
        )

    async def _play(self) -> None:
        world = self.world
        lasting = self._loop.lasting
        running = [lasting(slot.keep_running(), f"slot {n}") for n, slot in enumerate(world.slots)]
        going_wrong = [lasting(self._faults.run(), "faults"), lasting(world.mend(), "mending")]
        each = self._plan.commands // self._plan.clients + 1
        await asyncio.gather(*(client.run(each) for client in world.clients))
        for task in going_wrong:
            task.cancel()
        await self._faults.heal()
        await world.settle()
        await self._check()
        for task in running:
            task.cancel()

    async def _check(self) -> None:
        for process in self.world.processes:
            self.world.examine(process)
        for check in CHECKS:
            for wrong in check(self.world):
                self._watcher.violated(f"{check.__name__}: {wrong}")
        async for wrong in caches_are_folds(self.world):
            self._watcher.violated(f"caches_are_folds: {wrong}")
