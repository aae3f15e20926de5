"""An event loop whose time is simulated: nothing waits, and nothing but the seed decides what comes first."""

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from random import Random
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
MANY_CANCELLED = 1_000


class Owner(Protocol):
    """A simulated process: what runs in it stands still while it is `paused`."""

    paused: bool
    deferred: list[asyncio.Handle]


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


class Stuck(AssertionError):
    """Everybody waits, and nothing will ever happen."""


class NumberedTask(asyncio.Task[Any]):
    """Has the same place in a set in every run: a group of tasks is cancelled in the order of a set."""

    def __init__(self, work: Coroutine[Any, Any, Any], *, loop: "SimulatedLoop", context: Context | None) -> None:
        loop.tasks += 1
        self._number = loop.tasks
        super().__init__(work, loop=loop, context=context)

    def __hash__(self) -> int:
        return self._number


class SimulatedLoop(asyncio.BaseEventLoop):
    """`shuffled`: what is ready at one instant runs in any order, not in that in which it became ready."""

    def __init__(self, chance: Random, *, shuffled: bool = False) -> None:
        super().__init__()
        self._chance, self._shuffled = chance, shuffled
        self._now = 0.0
        self._later: list[tuple[float, int, events.TimerHandle]] = []
        self._count = 0
        self.tasks = 0  # so many there have been
        self.on_failure: list[Callable[[BaseException], None]] = []  # told what ended a callback or lasting task
        self.set_exception_handler(self._failed)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Runs it to its end, and everything else that it has left behind; then the loop is closed."""
        try:
            return self.run_until_complete(main)
        finally:
            self._cancel_all()
            self.run_until_complete(self.shutdown_asyncgens())
            self.close()

    def lasting(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """A task of the simulation itself: should it ever fail, that is told at once."""
        task = self.create_task(work, name=name)
        task.add_done_callback(self._lasting_ended)
        return task

    def _lasting_ended(self, task: "asyncio.Task[Any]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tell(error)

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What tasks of processes died of that nobody asked, their processes are examined for."""
        if "handle" in context:
            self._tell(context["exception"])

    def _tell(self, error: BaseException) -> None:
        for tell in self.on_failure:
            tell(error)

    def _cancel_all(self) -> None:
        while left := sorted(asyncio.all_tasks(self), key=lambda task: task.get_name()):
            for task in left:
                task.cancel()
            self.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    # -- what asyncio asks of a loop

    def time(self) -> float:
        return self._now

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        timer = events.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._later, (when, self._count, timer))
        timer._scheduled = True
        return timer

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        handle = events.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def _run_once(self) -> None:
        ready = self._ready
        if not ready:
            self._move_on()
        batch = list(ready)
        ready.clear()
        if self._shuffled and len(batch) > 1:
            self._chance.shuffle(batch)
        for handle in batch:
            if handle._cancelled:
                continue
            owner = handle._context.get(OWNER)
            if owner is not None and owner.paused:
                owner.deferred.append(handle)
            else:
                handle._run()

    def _move_on(self) -> None:
        """To the next instant at which something happens."""
        later = self._later
        if self._timer_cancelled_count > MANY_CANCELLED:
            later[:] = [entry for entry in later if not entry[2]._cancelled]
            heapq.heapify(later)
            self._timer_cancelled_count = 0
        while later and later[0][2]._cancelled:
            heapq.heappop(later)
        if not later:
            raise Stuck("everybody waits, and nothing will ever happen")
        self._now = max(self._now, later[0][0])
        while later and later[0][0] <= self._now:
            self._ready.append(heapq.heappop(later)[2])

    def wake(self, owner: Owner) -> None:
        """What was held back while it stood still goes on."""
        self._ready.extend(owner.deferred)
        owner.deferred.clear()
