"""A worker of the measurement of visibility: `python -m infra.bench.visible_worker FOLDER DSN KAFKA SERVICE...`.

Tells port and token. When its input ends, it writes down when each position of its logs was committed, and when the
rows that follow from it were, by the machine's one clock.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import uvloop

from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from infra.introduction import introduce
from kernel.clock import MachineClock
from kernel.feed import Event
from kernel.publishing import Place
from kernel.service import Extra, Parts, Service
from kernel.telemetry import configure_logs

LOG = "funds"  # of the commands
NO_KAFKA = "-"
committed: dict[int, float] = {}
visible: dict[int, float] = {}


def note_committed(stored: Sequence[Place]) -> None:
    now = time.perf_counter()
    committed.update((place[0], now) for place in stored)


async def note_visible(events: Sequence[Event]) -> None:
    now = time.perf_counter()
    visible.update((event.position, now) for event in events if event.log == LOG)


def watched(service: Service) -> Service:
    """Notes what the service's projections have made durable, after them."""

    async def extra(parts: Parts) -> Extra:
        own = await service.extra(parts)
        return replace(own, projections=[*own.projections, note_visible])

    return replace(service, extra=extra)


async def run(folder: Path, dsn: str, kafka: str, names: Sequence[str]) -> None:
    configure_logs()
    installation = load_installation(folder)
    services = [watched(SERVICES[name]) if name == "supervision" else SERVICES[name] for name in names]
    brokers = None if kafka == NO_KAFKA else kafka
    async with (
        hosting(dsn, installation, MachineClock(), services, kafka=brokers) as hosted,
        serving(hosted, 0) as address,
    ):
        await introduce(hosted)
        for name in names:
            if SERVICES[name].schema == LOG:
                hosted.running[name].log.observers.append(note_committed)
        token = hosted.issuer.token(installation.principal("yiyang", "funds_officer"))
        print(address.rsplit(":", 1)[1], token, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the benchmark goes
        noted = [list(each.items()) for each in (committed, visible)]
        (folder / f"{'-'.join(names)}.json").write_bytes(orjson.dumps(noted))


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
