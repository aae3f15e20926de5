"""Services in a process: the database's pool, the tails, and one HTTP server for all that run here."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import asyncpg
import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from asset_control.service import SERVICE as ASSET_CONTROL
from auction.service import SERVICE as AUCTION
from funds.service import SERVICE as FUNDS
from infra.installation import Installation
from intake.service import SERVICE as INTAKE
from kernel.clock import Clock
from kernel.door import Door
from kernel.embedded import Tails
from kernel.kafka.carrier import Kafka
from kernel.log import LogReader
from kernel.metrics import MEDIA_TYPE, Metrics
from kernel.principals import LocalIssuer
from kernel.problem_details import on_http
from kernel.service import Host, Running, Service, run_service
from kernel.tracing import Telemetry
from supervision.service import SERVICE as SUPERVISION
from triage.service import SERVICE as TRIAGE

SERVICES: Mapping[str, Service] = {s.name: s for s in (INTAKE, TRIAGE, ASSET_CONTROL, AUCTION, FUNDS, SUPERVISION)}
MIN_CONNECTIONS = 4
MAX_CONNECTIONS = 40
WALL = "/supervision/wall"
COLLECT_SELDOM = (10_000, 20, 100)  # often enough to be short: what is made and kept, it walks through
EMPTY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Hosted:
    """What runs in this process, by service."""

    installation: Installation
    clock: Clock
    issuer: LocalIssuer
    running: Mapping[str, Running]
    pool: asyncpg.Pool
    heads: dict[str, int]  # log -> its last position, of the services that run here
    telemetry: Telemetry

    def http(self, more_routes: Sequence[BaseRoute] = ()) -> ASGIApp:
        services = {name: running.http for name, running in self.running.items()}
        return http_app(services, self.telemetry, more_routes)

    async def caught_up(self) -> None:
        """Returns once the services here have seen all that every log holds now."""
        heads: dict[str, int] = {}
        for service in SERVICES.values():
            with contextlib.suppress(asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):  # never ran here
                heads[service.schema] = await LogReader(self.pool, service.schema).head()
        while not all(r.has_seen(heads) for r in self.running.values()):  # noqa: ASYNC110 (as below)
            await asyncio.sleep(0.005)

    async def settled(self) -> None:
        """Returns once every event has had all its effects, and these theirs."""
        while not all(r.has_seen(self.heads) for r in self.running.values()):  # noqa: ASYNC110 (six feeds, no one event)
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def hosting(
    dsn: str,
    installation: Installation,
    clock: Clock,
    services: Sequence[Service],
    settings: Mapping[str, str] = EMPTY,
    *,
    kafka: str | None = None,
    telemetry: Telemetry | None = None,
) -> AsyncGenerator[Hosted]:
    """Runs the services until the context ends; what they had accepted is then durable.

    `settings` are the database's, for this process's connections. `kafka`: HOST:PORT of the brokers that carry events;
    without it the services' logs, all in this database, are followed themselves. `telemetry`: without it no spans.
    """
    telemetry = telemetry or Telemetry()
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            asyncpg.create_pool(
                dsn, min_size=MIN_CONNECTIONS, max_size=MAX_CONNECTIONS, reset=_as_it_is, server_settings=dict(settings)
            )
        )
        issuer = LocalIssuer(installation.secret)
        tails = Tails(pool, [s.schema for s in (services if kafka else SERVICES.values())])
        carrier = Kafka(kafka, pool, tails, telemetry) if kafka else None
        host = Host(pool, clock, installation.courts, installation.secret, issuer, tails, carrier, telemetry)
        running = {s.name: await stack.enter_async_context(run_service(s, host)) for s in services}
        following = asyncio.create_task(tails.run())
        stack.push_async_callback(_cancelled, following)
        yield Hosted(installation, clock, issuer, running, pool, await _heads(running.values()), telemetry)


async def _heads(running: Iterable[Running]) -> dict[str, int]:
    """Kept up to date by the logs themselves as they grow."""
    heads: dict[str, int] = {}
    for each in running:
        heads[each.log.schema] = await each.log.head()
        each.log.observers.append(lambda stored, log=each.log.schema: heads.update({log: stored[-1][0]}))
    return heads


async def _as_it_is(_: object) -> None:
    """Connections go back to the pool without a query that resets them: nothing here changes a session's state."""


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def http_app(
    services: Mapping[str, FastAPI], telemetry: Telemetry | None = None, more_routes: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """Every service under its own name. Their lifespans are the host's, so mounting them is enough."""
    telemetry = telemetry or Telemetry()
    routes: list[BaseRoute] = [*more_routes, *(Mount(f"/{name}", app) for name, app in services.items())]
    routes.append(Route("/metrics", partial(_metrics, telemetry.metrics)))
    if SUPERVISION.name in services:
        routes.append(Route("/", _to_the_wall))
    return Door(services, Starlette(routes=routes, exception_handlers={HTTPException: on_http}), telemetry)


async def _metrics(metrics: Metrics, _: Request) -> Response:
    """For Prometheus: of this process, without a token, since it tells of no person and no case."""
    return Response(await metrics.exposition(), media_type=MEDIA_TYPE)


async def _to_the_wall(_: Request) -> RedirectResponse:
    return RedirectResponse(WALL)


class _OneWrite:
    """A transport that sends at once what is written in one turn of the loop: an answer's head and body together."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._parts: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(data)

    def _send(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))

    def close(self) -> None:
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Connection(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(cast(asyncio.Transport, _OneWrite(transport)))


class _Server(uvicorn.Server):
    """Signals are the command's to handle: it stops the server, then the services, then the database."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def collect_seldom() -> None:
    gc.collect()
    gc.freeze()  # what exists now stays: later collections need not look at it again
    gc.set_threshold(*COLLECT_SELDOM)


@contextlib.asynccontextmanager
async def serving(
    hosted: Hosted, port: int, address: str = "127.0.0.1", more_routes: Sequence[BaseRoute] = ()
) -> AsyncGenerator[str]:
    """Serves HTTP until the context ends; gives the base URL. Port 0 takes any free one; OSError if it is taken."""
    listener = socket.create_server((address, port), backlog=1024)
    config = uvicorn.Config(
        hosted.http(more_routes),
        http=_Connection,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        lifespan="off",
        ws="websockets-sansio",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )
    server = _Server(config)
    collect_seldom()
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:  # noqa: ASYNC110 (uvicorn tells it in no other way)
            await asyncio.sleep(0.005)
        yield f"http://{address}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
