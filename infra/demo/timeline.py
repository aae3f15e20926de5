"""Discrete-event time: the clock moves only when every story waits and every feed is drained."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from kernel.clock import SimulatedClock


class Timeline:
    """Stories are coroutines that wait for instants. All that happens between two instants happens at the first.

    `settle` returns when the services have nothing left to do; `arrive` is awaited at each new instant, before the
    stories that waited for it go on.
    """

    def __init__(
        self, clock: SimulatedClock, settle: Callable[[], Awaitable[None]], arrive: Callable[[], Awaitable[None]]
    ) -> None:
        self.clock = clock
        self._settle, self._arrive = settle, arrive
        self._waiting: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()  # equal instants go on in the order in which they began to wait
        self._playing = 0
        self._all_wait = asyncio.Event()

    async def until(self, instant: datetime) -> None:
        """A story waits here; an instant that has passed is now."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (max(instant, self.clock.now()), next(self._numbers), turn))
        self._rest()
        await turn

    def _rest(self) -> None:
        self._playing -= 1
        if self._playing == 0:
            self._all_wait.set()

    async def play(
        self, stories: Sequence[Coroutine[Any, Any, None]], end: datetime, moved: Callable[[datetime], None]
    ) -> None:
        """Plays until `end` or until all stories are told; `moved` hears of each instant before anything happens at it.

        An error in a story ends the play.
        """
        self._playing = len(stories)
        tasks = [asyncio.create_task(self._tell(story)) for story in stories]
        try:
            while (instant := await self._next_instant(tasks)) is not None and instant <= end:
                await self._go_to(instant, moved)
                self._release(instant)
            await self._go_to(end, moved)
            await self._settle()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, story: Coroutine[Any, Any, None]) -> None:
        try:
            await story
        finally:
            self._rest()

    async def _next_instant(self, tasks: list[asyncio.Task[None]]) -> datetime | None:
        await self._all_wait.wait()
        for task in tasks:
            if task.done():
                task.result()  # a story that failed fails the play
        return self._waiting[0][0] if self._waiting else None

    async def _go_to(self, instant: datetime, moved: Callable[[datetime], None]) -> None:
        await self._settle()
        self.clock.move_to(max(instant, self.clock.now()))
        moved(self.clock.now())
        await self._arrive()

    def _release(self, instant: datetime) -> None:
        self._all_wait.clear()
        while self._waiting and self._waiting[0][0] == instant:
            self._playing += 1
            heapq.heappop(self._waiting)[2].set_result(None)
