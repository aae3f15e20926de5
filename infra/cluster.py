"""`./zhixing cluster`: what docker-compose.yml describes, as processes of this machine.

PostgreSQL, Kafka, one process of each service and of supervision as many as one likes. One that ends by itself is
started again. Tests run the same with a program of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from infra.host import SERVICES
from infra.installation import Installation, InstallationError, load_installation
from infra.run import bus, database, until_stopped, wall_addresses
from infra.shared_server import FileLock
from supervision.service import SERVICE as SUPERVISION

HOST = "127.0.0.1"
SERVE = (sys.executable, "-P", "-m", "infra.cli", "serve")
AGAIN_AFTER_S, AGAIN_AT_MOST_S = 0.5, 30.0
LONG_S = 60.0  # whatever ran so long is started again at once
READY_WITHIN_S = 180.0
LOOK_S = 0.1
END_WITHIN_S = 30.0
END_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass
class Node:
    """One process. `name`: the service's, with a number from the second one on."""

    name: str
    service: str
    port: int
    log: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def is_ready(self, http: httpx.AsyncClient) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return (await http.get(f"{self.address}/{self.service}/health/ready")).status_code == 200
        return False


class Cluster:
    """The processes of the services, each kept running until the cluster ends."""

    def __init__(self, nodes: Sequence[Node], kafka: str, program: Sequence[str]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self._kafka, self._program = kafka, program

    async def keep(self, node: Node) -> None:
        """Starts it, and again whenever it ends."""
        loop, pause = asyncio.get_running_loop(), AGAIN_AFTER_S
        while True:
            began = loop.time()
            node.process = await self._start(node)
            code = await node.process.wait()
            pause = AGAIN_AFTER_S if loop.time() - began > LONG_S else min(2 * pause, AGAIN_AT_MOST_S)
            _say(f"{node.name} ended with {code}; it is started again ({node.log})")
            await asyncio.sleep(pause)

    async def _start(self, node: Node) -> asyncio.subprocess.Process:
        command = [*self._program, node.service, "--kafka", self._kafka, "--port", str(node.port)]
        with node.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the cluster, which ends them in order
                preexec_fn=_end_with_parent,
            )

    async def ready(self) -> None:
        """Raises InstallationError for a process that does not get ready."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            await asyncio.gather(*(self._ready(node, http) for node in self.nodes.values()))

    async def _ready(self, node: Node, http: httpx.AsyncClient) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not await node.is_ready(http):  # noqa: ASYNC110 (another process)
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise InstallationError(f"{node.name} does not get ready; see {node.log}") from None

    async def end(self) -> None:
        """What was accepted is durable; a process that does not end within half a minute is killed."""
        await asyncio.gather(*(_ended(node.process) for node in self.nodes.values() if node.process))


async def _ended(process: asyncio.subprocess.Process) -> None:
    for number in (signal.SIGTERM, signal.SIGCONT):  # a paused one wakes up to end
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
    try:
        async with asyncio.timeout(END_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _end_with_parent() -> None:
    """In the new process: nobody is left behind where the cluster is killed. Only Linux knows it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(END_WITH_PARENT, signal.SIGTERM)


@contextlib.asynccontextmanager
async def cluster(
    folder: Path, kafka: str, supervisions: int, port: int = 0, program: Sequence[str] = SERVE
) -> AsyncGenerator[Cluster]:
    """Runs everything until the context ends. `kafka`, `port` (the first one): as of the command.

    `program` is given a service, and --kafka and --port; it runs on the data that ZHIXING_HOME names.
    """
    async with database(folder), bus(kafka, folder) as brokers:
        assert brokers is not None
        made = Cluster(planned(folder / "cluster", supervisions, port), brokers, program)
        keepers = [asyncio.create_task(made.keep(node)) for node in made.nodes.values()]
        try:
            yield made
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await made.end()


def planned(logs: Path, supervisions: int, port: int) -> list[Node]:
    logs.mkdir(parents=True, exist_ok=True)
    names = [*SERVICES, *(f"{SUPERVISION.name}-{n}" for n in range(2, supervisions + 1))]
    ports = range(port, port + len(names)) if port else _free_ports(len(names))
    of = [name if name in SERVICES else SUPERVISION.name for name in names]
    files = [logs / f"{name}.log" for name in names]
    for file in files:
        file.write_bytes(b"")
    return [Node(*each) for each in zip(names, of, ports, files, strict=True)]


def _free_ports(count: int) -> list[int]:
    """That nobody listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


async def run(folder: Path, kafka: str, supervisions: int, port: int) -> None:
    """Until Ctrl-C or SIGTERM. Raises InstallationError where these data have a cluster already."""
    installation = load_installation(folder)
    alone = FileLock(folder / "cluster.lock")
    if not alone.try_exclusive():
        raise InstallationError("a cluster runs on these data already")
    async with cluster(folder, kafka, supervisions, port) as made:
        stopped = asyncio.create_task(until_stopped())
        ready = asyncio.create_task(_introduced(made, installation))
        await asyncio.wait((stopped, ready), return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
        await stopped


async def _introduced(made: Cluster, installation: Installation) -> None:
    _say(f"starting {len(made.nodes)} processes; what they log lies in {next(iter(made.nodes.values())).log.parent}")
    await made.ready()
    for node in made.nodes.values():
        if node.service == SUPERVISION.name:
            for line in wall_addresses(installation, node.address):
                print(line, flush=True)
        print(f"{node.name}: {node.address}/{node.service}/docs", flush=True)


def _say(text: str) -> None:
    print(f"zhixing: {text}", file=sys.stderr, flush=True)
