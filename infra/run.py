"""Running Zhixing: the embedded database, the services, HTTP; until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Generator, Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import orjson

from infra.embedded_postgres import EmbeddedPostgres
from infra.host import Hosted, hosting, serving
from infra.installation import ROOT, Installation, load_installation
from infra.introduction import introduce
from infra.kafka.broker import LocalKafka
from infra.shared_server import ServerError
from infra.tracing import tracing
from kernel.clock import Clock, MachineClock, SimulatedClock
from kernel.service import Service
from kernel.telemetry import configure_logs
from kernel.tracing import Telemetry
from supervision.wall import Sessions

DATA = Path(os.environ.get("ZHIXING_HOME") or ROOT / ".zhixing").absolute()
REAL = DATA / "data"
ELSEWHERE = "ZHIXING_DATABASE"  # the DSN of a PostgreSQL that is not ours to start
HOST = "127.0.0.1"
DATABASE = "zhixing"
LEAST_POSTGRES = 18  # the oldest that has all functions that are used
LOCAL = "local"
ADDRESS_FILE = "address.json"
ANSWERS = "supervision"  # the service that answers questions about the data
CLOCK_FILE = "clock"  # where a simulated clock stands


def note_clock(folder: Path, instant: datetime) -> None:
    """For whoever asks about these data later. Whole at any moment at which the process may end."""
    new = folder / f"{CLOCK_FILE}.new"
    new.write_text(instant.isoformat())
    new.replace(folder / CLOCK_FILE)


def noted_clock(folder: Path) -> Clock:
    """A played caseload stands where its clock stopped; real use has the machine's."""
    file = folder / CLOCK_FILE
    return SimulatedClock(datetime.fromisoformat(file.read_text())) if file.exists() else MachineClock()


@contextlib.asynccontextmanager
async def database(folder: Path, *, afresh: bool = False) -> AsyncGenerator[str]:
    """Gives the DSN of the installation's database; the embedded server runs until the context ends.

    Only data of real use can lie elsewhere. Raises ServerError.
    """
    if (elsewhere := os.environ.get(ELSEWHERE)) and folder == REAL:
        await _require_usable(elsewhere)
        yield elsewhere
        return
    server = EmbeddedPostgres(folder / "postgres")
    await asyncio.to_thread(server.start)
    try:
        await _ensure_database(server.dsn(), afresh)
        yield server.dsn(DATABASE)
    finally:
        await asyncio.to_thread(server.stop)


@contextlib.asynccontextmanager
async def bus(kafka: str | None, folder: Path) -> AsyncGenerator[str | None]:
    """Where the brokers are that carry events, if any do. `local`: one of this machine, with its data in the folder."""
    if kafka != LOCAL:
        yield kafka
        return
    broker = LocalKafka(folder / "kafka")
    await asyncio.to_thread(broker.start)
    try:
        yield broker.bootstrap
    finally:
        await asyncio.to_thread(broker.stop)


async def _require_usable(dsn: str) -> None:
    try:
        connection = await asyncpg.connect(dsn)
    except (OSError, ValueError, asyncpg.PostgresError) as error:
        raise ServerError(f"{ELSEWHERE}: {error}") from error
    version = connection.get_server_version()
    await connection.close()
    if version.major < LEAST_POSTGRES:
        raise ServerError(f"{ELSEWHERE}: PostgreSQL {version.major}; {LEAST_POSTGRES} at least is needed")


async def _ensure_database(dsn: str, afresh: bool) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        if afresh:
            await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):  # others start too
                await connection.execute(f"CREATE DATABASE {DATABASE}")
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def running(
    folder: Path,
    clock: Clock,
    services: Sequence[Service],
    port: int,
    *,
    afresh: bool = False,
    waits_for_disk: bool = True,
    kafka: str | None = None,
    host: str = HOST,
) -> AsyncGenerator[tuple[Hosted, str]]:
    """Database, services and HTTP server; gives the services and their address.

    Others find the address of supervision in the folder. `kafka`: as in `bus`.

    `waits_for_disk` false: a crash of the machine may take the last moments with it. Only for data that can be made
    again, such as a played caseload.
    """
    settings = {} if waits_for_disk else {"synchronous_commit": "off"}
    installation, telemetry = load_installation(folder), Telemetry(tracing=tracing(os.environ))
    async with (
        telemetry.sent(),
        database(folder, afresh=afresh) as dsn,
        bus(kafka, folder) as brokers,
        hosting(dsn, installation, clock, services, settings, kafka=brokers, telemetry=telemetry) as hosted,
        serving(hosted, port, host) as address,
    ):
        with _told(folder / ADDRESS_FILE, address) if ANSWERS in hosted.running else contextlib.nullcontext():
            yield hosted, address


@contextlib.contextmanager
def _told(file: Path, address: str) -> Generator[None]:
    """Whoever asks about these data finds the address for as long as the context lasts, or another process's."""
    told = orjson.dumps({"address": address})
    file.write_bytes(told)
    try:
        yield
    finally:
        if file.exists() and file.read_bytes() == told:
            file.unlink()


async def until_stopped() -> None:
    """Until Ctrl-C or SIGTERM."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


async def serve_until_stopped(
    folder: Path, services: Sequence[Service], port: int, kafka: str | None = None, host: str = HOST
) -> None:
    """Real use: the machine's clock, the installation's own data, until Ctrl-C or SIGTERM."""
    configure_logs()
    async with running(folder, MachineClock(), services, port, kafka=kafka, host=host) as (hosted, address):
        await introduce(hosted)
        for line in addresses(hosted, address):
            print(line, flush=True)
        await until_stopped()


def addresses(hosted: Hosted, address: str) -> list[str]:
    """What a newcomer opens: the wallboard, already logged in, and the services' own documentation."""
    walls = wall_addresses(hosted.installation, address) if ANSWERS in hosted.running else []
    return [*walls, *(f"{name}: {address}/{name}/docs" for name in hosted.running)]


def wall_addresses(installation: Installation, address: str) -> list[str]:
    """Of the supervision that runs there, for each court; good for one login."""
    sessions, lines = Sessions(installation.secret), list[str]()
    for court in installation.courts:
        token = sessions.ticket(installation.principal(court, "chief"))
        lines.append(f"wallboard of {court} (总览大屏): {address}/supervision/login?token={token}")
    return lines
