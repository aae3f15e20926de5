"""What can go wrong with a court's processes, servers, disks and wires. Each fault lasts a while, under load."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

from tests.chaos.court import OF_BROKER, OF_DATABASE, Court
from tests.processes import send

Fault = Callable[[Court, random.Random], Awaitable[None]]
PAUSES_S = (1.0, 15.0)  # longer than a consumer may be silent before its group goes on without it
AWAY_S = (2.0, 8.0)
SLOW_S = (3.0, 10.0)
DELAYS_S = (0.01, 0.2)
RESETS = (1, 6)


async def kill_a_service(court: Court, chance: random.Random) -> None:
    send(signal.SIGKILL, court.of_node(chance.choice(list(court.nodes))))


async def restart_a_service(court: Court, chance: random.Random) -> None:
    send(signal.SIGTERM, court.of_node(chance.choice(list(court.nodes))))


async def pause_a_service(court: Court, chance: random.Random) -> None:
    await _paused(court.of_node(chance.choice(list(court.nodes))), chance)


async def kill_the_broker(court: Court, chance: random.Random) -> None:
    send(signal.SIGKILL, court.of_broker())
    await asyncio.sleep(chance.uniform(*AWAY_S))


async def restart_the_broker(court: Court, chance: random.Random) -> None:
    send(signal.SIGTERM, court.of_broker())
    await asyncio.sleep(chance.uniform(*AWAY_S))


async def pause_the_broker(court: Court, chance: random.Random) -> None:
    await _paused(court.of_broker(), chance)


async def kill_the_database(court: Court, chance: random.Random) -> None:
    send(signal.SIGKILL, court.of_database())
    await asyncio.sleep(chance.uniform(*AWAY_S))


async def restart_the_database(court: Court, chance: random.Random) -> None:
    send(signal.SIGINT, court.of_database()[:1])
    await asyncio.sleep(chance.uniform(*AWAY_S))


async def kill_a_process_of_the_database(court: Court, chance: random.Random) -> None:
    """The others end with it, and the database recovers by itself."""
    if children := court.of_database()[1:]:
        send(signal.SIGKILL, [chance.choice(children)])


async def pause_the_database(court: Court, chance: random.Random) -> None:
    await _paused(court.of_database(), chance)


async def fill_the_disk_of_the_database(court: Court, chance: random.Random) -> None:
    await _full(court, OF_DATABASE, chance)


async def fill_the_disk_of_the_broker(court: Court, chance: random.Random) -> None:
    await _full(court, OF_BROKER, chance)


async def slow_wires(court: Court, chance: random.Random) -> None:
    wire = court.wires[chance.choice(list(court.wires))]
    wire.delay_s = chance.uniform(*DELAYS_S)
    await asyncio.sleep(chance.uniform(*SLOW_S))
    wire.mend()


async def cut_wires(court: Court, chance: random.Random) -> None:
    wire = court.wires[chance.choice(list(court.wires))]
    wire.is_cut = True
    wire.reset()
    await asyncio.sleep(chance.uniform(*SLOW_S))
    wire.mend()


async def reset_wires(court: Court, chance: random.Random) -> None:
    """Again and again, in the middle of what is said."""
    wire = court.wires[chance.choice(list(court.wires))]
    for _ in range(chance.randint(*RESETS)):
        wire.reset()
        await asyncio.sleep(chance.uniform(0.05, 1.0))


FAULTS: tuple[Fault, ...] = (
    kill_a_service, restart_a_service, pause_a_service,
    kill_the_broker, restart_the_broker, pause_the_broker,
    kill_the_database, restart_the_database, pause_the_database, kill_a_process_of_the_database,
    fill_the_disk_of_the_database,
    slow_wires, cut_wires, reset_wires,
)  # fmt: skip
BY_NAME = (*FAULTS, fill_the_disk_of_the_broker)


async def _paused(pids: list[int], chance: random.Random) -> None:
    send(signal.SIGSTOP, pids)
    await asyncio.sleep(chance.uniform(*PAUSES_S))
    send(signal.SIGCONT, pids)


async def _full(court: Court, name: str, chance: random.Random) -> None:
    court.disks[name].fill()
    await asyncio.sleep(chance.uniform(*AWAY_S))
    court.disks[name].free()
