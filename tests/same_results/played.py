"""One process of a cluster that plays a caseload: as `./zhixing serve`, but its clock is the test's to move.

python -m tests.same_results.played SERVICE --kafka HOST:PORT --port PORT
"""

import argparse
import asyncio
import mmap
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from infra.introduction import introduce
from infra.run import REAL, database, until_stopped
from kernel.kafka.feed import KafkaFeed
from kernel.service import Running
from kernel.telemetry import configure_logs

CLOCK = "shared-clock"
LOOK_S, PATIENCE_S = 0.002, 1.0
INSTANT = struct.Struct("<q")  # microseconds
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SharedClock:
    """A simulated clock of several processes, in a file that all of them have in memory."""

    kind = "simulated"

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), INSTANT.size)

    @classmethod
    def made(cls, file: Path, begin: datetime) -> "SharedClock":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(INSTANT.size))
        clock = cls(file)
        clock.move_to(begin)
        return clock

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=INSTANT.unpack_from(self._memory)[0])

    def move_to(self, instant: datetime) -> None:
        INSTANT.pack_into(self._memory, 0, (instant - EPOCH) // timedelta(microseconds=1))


class Control:
    """What the test asks of a process besides what everybody does. Each question is answered within about a second:
    whoever asks cannot tell a process that is busy from one that is paused."""

    def __init__(self, running: Running) -> None:
        feed: Any = running._feed
        assert isinstance(feed, KafkaFeed)
        self._feed, self._app, self._timers = feed, running.parts.application, running.parts.timers
        self._clock = running.parts.clock

    def routes(self) -> list[Route]:
        asked = {"lacking": self.lacking, "fire": self.fire, "sweep": self.sweep}
        return [Route(f"/-/{name}", ask, methods=["POST"]) for name, ask in asked.items()]

    async def lacking(self, request: Request) -> JSONResponse:
        """The (log, lane)s in which something up to these heads is not finished, once none of them is its own."""
        heads = await request.json()
        give_up_at = self._patience()
        while self._lacks_itself(heads) and not _is_past(give_up_at):  # noqa: ASYNC110 (all lanes)
            await asyncio.sleep(LOOK_S)
        return JSONResponse(self._lacking(heads))

    def _lacks_itself(self, heads: dict[str, int]) -> bool:
        own = self._feed.lanes()
        return any(lane in own for _, lane in self._lacking(heads))

    def _lacking(self, heads: dict[str, int]) -> list[tuple[str, int]]:
        reached = {log: self._feed._lanes.reached(log) for log in heads}
        return [(log, lane) for log, head in heads.items() for lane, to in enumerate(reached[log]) if to < head]

    async def fire(self, _: Request) -> JSONResponse:
        """Timers that have fallen due."""
        while await self._timers.fire_due(self._app):
            pass
        return JSONResponse([])

    async def sweep(self, _: Request) -> JSONResponse:
        """Deadlines that have run out are found, and whoever is to be told of them is. The lanes that are done.

        Reminders wait until what other processes have done is known here too.
        """
        give_up_at, before = self._patience(), self._feed.lanes()
        await self._app.live.sweep()
        while is_left := await self._app.live.model.due(self._clock.now(), self._feed.lanes(), 1, "next_rung"):
            if _is_past(give_up_at):
                break
            await asyncio.sleep(LOOK_S)
            await self._app.live.sweep()
        return JSONResponse([] if is_left else sorted(before & self._feed.lanes()))

    @staticmethod
    def _patience() -> float:
        return asyncio.get_running_loop().time() + PATIENCE_S


def _is_past(moment: float) -> bool:
    return asyncio.get_running_loop().time() > moment


async def serve(service: str, kafka: str, port: int) -> None:
    configure_logs()
    clock, quickly = SharedClock(REAL / CLOCK), {"synchronous_commit": "off"}
    async with (
        database(REAL) as dsn,
        hosting(dsn, load_installation(REAL), clock, [SERVICES[service]], quickly, kafka=kafka) as hosted,
    ):
        await introduce(hosted)  # before the clock is moved
        async with serving(hosted, port, more_routes=Control(hosted.running[service]).routes()):
            await until_stopped()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("service")
    parser.add_argument("--kafka", required=True)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(**vars(parser.parse_args(arguments))))


if __name__ == "__main__":
    main()
