"""What goes wrong, each for a while: one method for one kind."""

import asyncio
import contextlib
from random import Random

from tests.simulation.world import Slot, World

MOST = 60  # of one history
AT_MOST_S = 8.0
LONGEST_PARTITION_S = 40.0
FARTHEST_JUMP_S = 300.0


class Faults:
    """Brings them about, one after another or several at once."""

    def __init__(self, world: World, chance: Random) -> None:
        self._world, self._chance = world, chance
        self._going_on: list[asyncio.Task[None]] = []
        self.count = 0

    async def run(self) -> None:
        plan = self._world.plan
        while plan.faults and self.count < MOST:
            await asyncio.sleep(self._chance.expovariate(1 / plan.fault_every_s))
            name = self._chance.choice(plan.faults)
            self.count += 1
            self._world.watcher.note(f"fault: {name}")
            fault = getattr(self, name)()
            self._going_on.append(self._world.loop.lasting(fault, f"fault {self.count}"))

    async def heal(self) -> None:
        """Waits for what was begun, and makes all well."""
        await asyncio.gather(*self._going_on)
        for slot in self._world.slots:
            for network in (slot.machine.network, slot.machine.to_broker):
                network.rarely = network.loses_answers = network.closed_until = 0.0
            slot.machine.clock_ahead_s = 0.0
            slot.process.resume()
        self._world.watcher.note("healed")

    def _slot(self) -> Slot:
        return self._chance.choice(self._world.slots)

    async def _a_while(self, at_most_s: float = AT_MOST_S) -> None:
        await asyncio.sleep(self._chance.random() ** 2 * at_most_s)

    async def kill(self) -> None:
        self._slot().process.kill()

    async def restart(self) -> None:
        process = self._slot().process
        if process.is_serving:
            await process.stop()

    async def pause(self) -> None:
        process = self._slot().process
        process.pause()
        await self._a_while()
        process.resume()

    async def crash_database(self) -> None:
        database = self._world.database
        if database.is_up:
            database.crash()
            for process in self._world.processes:
                process.pool.lose_all()
            await self._a_while()
            database.start()

    async def crash_unflushed(self) -> None:
        """Just after something was committed that is not on the disk yet."""
        database, one_in = self._world.database, self._chance.randint(1, 30)
        committed = asyncio.Event()

        def crash_soon() -> None:
            if self._chance.randrange(one_in) == 0:
                asyncio.get_running_loop().call_later(self._chance.random() * 0.003, committed.set)

        database.on_unflushed.append(crash_soon)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AT_MOST_S):
                await committed.wait()
        database.on_unflushed.remove(crash_soon)
        if committed.is_set():
            await self.crash_database()

    async def lose_connections(self) -> None:
        pool = self._slot().process.pool
        for connection in list(pool.open):
            if self._chance.random() < 0.5:
                connection.lose()

    async def lose_answers(self) -> None:
        network = self._slot().machine.network
        network.loses_answers = self._chance.choice((0.02, 0.2, 0.9))
        await self._a_while()
        network.loses_answers = 0.0

    async def part(self) -> None:
        network = self._slot().machine.network
        network.closed_until = asyncio.get_running_loop().time() + self._chance.random() ** 3 * LONGEST_PARTITION_S

    async def part_from_broker(self) -> None:
        network = self._slot().machine.to_broker
        network.closed_until = asyncio.get_running_loop().time() + self._chance.random() ** 3 * LONGEST_PARTITION_S

    async def broker_away(self) -> None:
        self._world.broker.is_up = False
        await self._a_while()
        self._world.broker.is_up = True

    async def topics_anew(self) -> None:
        """Some of them, with any number of partitions for the cases."""
        broker = self._world.broker
        if broker.is_up:
            for name in sorted(broker.topics):
                if self._chance.random() < 0.7:
                    broker.make_anew(name, self._chance.randint(1, 20) if name.endswith(".cases") else 1)

    async def lose_offsets(self) -> None:
        chance = self._chance
        lost = chance.choice((lambda _: None, lambda _: 0, lambda offset: offset + chance.randint(1, 50)))
        self._world.broker.lose_offsets(lost)

    async def rebalance(self) -> None:
        broker = self._world.broker
        if broker.groups:
            broker.rebalance(self._chance.choice(sorted(broker.groups)))

    async def slow_disk(self) -> None:
        disk = self._world.database.disk
        disk.slowness = self._chance.choice((10.0, 100.0, 1000.0))
        await self._a_while()
        disk.slowness = 1.0

    async def full_disk(self) -> None:
        disk = self._world.database.disk
        disk.is_full = True
        await self._a_while()
        disk.is_full = False

    async def jump(self) -> None:
        self._slot().machine.clock_ahead_s = self._chance.choice((-1, 1)) * self._chance.random() * FARTHEST_JUMP_S
