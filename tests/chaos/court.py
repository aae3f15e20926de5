"""A whole court of real processes, each within reach of whoever breaks things.

The six services, supervision twice, PostgreSQL and Kafka. Clerks reach the services, and these the database and the
broker, through wires of the test's.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from infra.cluster import Cluster, Node, cluster
from infra.embedded_postgres import PORT, USER, EmbeddedPostgres
from infra.host import SERVICES
from infra.installation import Installation, load_installation
from infra.kafka.broker import LocalKafka
from infra.run import DATABASE, ELSEWHERE
from infra.shared_server import SharedServer
from tests.chaos.disks import Disk, can_mount, disk
from tests.chaos.wires import HOST, Wire
from tests.processes import WAL_WRITER, of_kafka, of_postgres, send

TOPICS = "chaos"
SUPERVISIONS = 2
LOOK_S = 1.0
OF_DATABASE, OF_BROKER = "database", "broker"  # wires and disks, besides those named after a service


class WiredKafka(LocalKafka):
    """A broker that names a wire to its clients as its address."""

    def __init__(self, folder: Path, wire: Wire) -> None:
        super().__init__(folder)
        self._wire = wire

    def _settings(self, data: Path, port: int, controller: int) -> Path:
        self._wire.target = port
        file = super()._settings(data, port, controller)
        own, wired = (f"advertised.listeners=PLAINTEXT://{HOST}:{each}\n" for each in (port, self._wire.port))
        file.write_text(file.read_text("utf-8").replace(own, wired), "utf-8")
        return file


@dataclass(frozen=True)
class Court:
    """`nodes`: processes of services by name; `pool`: to the database itself, past its wire."""

    folder: Path
    made: Cluster
    postgres: EmbeddedPostgres
    kafka: WiredKafka
    wires: Mapping[str, Wire]
    disks: Mapping[str, Disk]
    pool: asyncpg.Pool
    installation: Installation

    @property
    def nodes(self) -> dict[str, Node]:
        return self.made.nodes

    @property
    def at(self) -> dict[str, str]:
        """Where clerks reach each service."""
        return {service: f"http://{HOST}:{self.wires[service].port}/{service}" for service in SERVICES}

    def of_database(self) -> list[int]:
        return of_postgres(self.folder / "postgres")

    def of_broker(self) -> list[int]:
        return of_kafka(self.folder / "kafka")

    def of_node(self, name: str) -> list[int]:
        process = self.nodes[name].process
        return [process.pid] if process and process.returncode is None else []

    @contextlib.asynccontextmanager
    async def recovered(self) -> AsyncIterator[None]:
        """Everything runs again and answers; a server that only now dies of what was done to it is started again."""
        for each in self.disks.values():
            each.free()
        for wire in self.wires.values():
            wire.mend()
        of_nodes = [pid for name in self.nodes for pid in self.of_node(name)]
        send(signal.SIGCONT, [*self.of_database(), *self.of_broker(), *of_nodes])
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for server in (self.postgres, self.kafka):
                group.create_task(_kept(server, enough))
            await self.made.ready()
            yield
            enough.set()


@contextlib.asynccontextmanager
async def court(home: Path, megabytes: int) -> AsyncIterator[Court]:
    """`megabytes`: of each of the two disks."""
    folder = home / "data"
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        wires = {name: await enter(Wire().open()) for name in (*SERVICES, OF_DATABASE, OF_BROKER)}
        disks = stack.enter_context(_disks(folder, megabytes))
        postgres, kafka = EmbeddedPostgres(folder / "postgres"), WiredKafka(folder / "kafka", wires[OF_BROKER])
        for server in (postgres, kafka):
            await asyncio.to_thread(server.start)
            stack.push_async_callback(asyncio.to_thread, server.stop)
        wires[OF_DATABASE].target = Path(postgres.socket_folder, f".s.PGSQL.{PORT}")
        stack.enter_context(_environment(home, wires[OF_DATABASE]))
        broker = f"{HOST}:{wires[OF_BROKER].port}/{TOPICS}"
        made = await enter(cluster(folder, broker, SUPERVISIONS))
        for service in SERVICES:
            wires[service].target = made.nodes[service].port
        pool = await enter(asyncpg.create_pool(postgres.dsn(DATABASE), min_size=0, max_size=4))
        found = Court(folder, made, postgres, kafka, wires, disks, pool, load_installation(folder))
        try:
            yield found
        finally:
            async with found.recovered():
                pass  # so that all can end in order


async def _kept(server: SharedServer, enough: asyncio.Event) -> None:
    while not enough.is_set():
        await asyncio.to_thread(server.start)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_S):
                await enough.wait()


@contextlib.contextmanager
def _disks(folder: Path, megabytes: int) -> Iterator[dict[str, Disk]]:
    folder.mkdir(parents=True)
    make: Any = partial(disk, mounts=can_mount(folder))
    with (
        make(folder / "postgres", megabytes, lambda: of_postgres(folder / "postgres", WAL_WRITER)) as of_database,
        make(folder / "kafka", megabytes, lambda: of_kafka(folder / "kafka")) as of_broker,
    ):
        yield {OF_DATABASE: of_database, OF_BROKER: of_broker}


@contextlib.contextmanager
def _environment(home: Path, to_database: Wire) -> Iterator[None]:
    """Of the processes that are started now."""
    told = {
        "ZHIXING_HOME": str(home),
        ELSEWHERE: f"postgresql://{USER}@{HOST}:{to_database.port}/{DATABASE}",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
