"""What a service is made of, and how its parts are put together and run in a process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI

from kernel.app import new_app
from kernel.application import Application
from kernel.backlog import Backlog
from kernel.clock import Clock
from kernel.consumer import Consumer, Projection, Reaction
from kernel.courts import Courts
from kernel.domain import DomainEvent
from kernel.embedded import Tails
from kernel.facts import CaseFacts
from kernel.feed import Carrier, Feed
from kernel.gauges import lag, parked
from kernel.log import Log
from kernel.metrics import BATCH, Sample, Source
from kernel.principals import LocalIssuer
from kernel.publishing import Published
from kernel.timers import TimerCommand, Timers
from kernel.tracing import Telemetry

log = structlog.get_logger()
Task = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Parts:
    """A running service's parts, for its own composition root."""

    pool: asyncpg.Pool
    schema: str
    clock: Clock
    courts: Courts
    secret: bytes
    issuer: LocalIssuer
    facts: CaseFacts
    backlog: Backlog
    timers: Timers
    lanes: Callable[[], frozenset[int]]  # as in Feed: which subjects this process sees to
    application: Any
    http: FastAPI


@dataclass(frozen=True, slots=True)
class Extra:
    """What one service has beyond the six's common parts: read models, tasks and metrics of its own."""

    projections: Sequence[Projection] = ()
    tasks: Sequence[Task] = ()
    metrics: Sequence[Source] = ()


async def no_extra(_: Parts) -> Extra:
    return Extra()


@dataclass(frozen=True, slots=True)
class Service:
    """One of the six, declared: its tables are data, the process that runs it is the kernel's."""

    name: str  # as in its folder: `asset-control`
    title: str
    application: type[Application]
    published: Published
    private: frozenset[type[DomainEvent]]  # events that never leave
    may: Mapping[str, tuple[str, ...]]  # command -> the posts it is for
    routers: list[APIRouter]
    reactions: Sequence[Reaction] = ()
    timers: Mapping[str, TimerCommand] = field(default_factory=dict[str, TimerCommand])
    extra: Callable[[Parts], Awaitable[Extra]] = no_extra

    @property
    def schema(self) -> str:
        """Of its tables, and the name of its log."""
        return self.name.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Host:
    """What all services of one process share."""

    pool: asyncpg.Pool
    clock: Clock
    courts: Courts
    secret: bytes  # of this installation: signs tokens, keys hashes
    issuer: LocalIssuer
    tails: Tails  # of the logs that are written here, at least
    kafka: Carrier | None = None  # else the tails, then of all logs, carry events
    telemetry: Telemetry = field(default_factory=Telemetry)

    @property
    def carrier(self) -> Carrier:
        return self.kafka or self.tails


class Running:
    """A service at work."""

    def __init__(self, service: Service, log: Log, feed: Feed, parts: Parts):
        self.service, self.log, self.parts = service, log, parts
        self.http = parts.http
        self._feed = feed
        self._work: list[asyncio.Task[None]] = []

    def has_seen(self, heads: Mapping[str, int]) -> bool:
        """Every effect of the events up to these heads is durable."""
        seen = self._feed.seen()
        return all(seen[log] >= head for log, head in heads.items())

    def seen(self) -> dict[str, int]:
        return self._feed.seen()

    async def metrics(self) -> list[Sample]:
        name, parts = self.service.name, self.parts
        return [*lag(name, self._feed, parts.clock.now()), *parked(name, parts.backlog, parts.courts)]

    async def waits_for(self) -> list[str]:
        waiting = [] if await self.log.answers() else ["the database"]
        failed = ["a task that has failed"] if any(map(_has_failed, self._work)) else []
        return waiting + failed + self.parts.courts.lacking()

    @contextlib.asynccontextmanager
    async def at_work(self, tasks: Sequence[Task]) -> AsyncGenerator[None]:
        """One that fails ends no other: the service is not ready any more, and begins again with its process."""
        self._work = [asyncio.create_task(_logged(task), name=self.service.name) for task in tasks]
        try:
            yield
        finally:
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None


async def _logged(task: Task) -> None:
    try:
        await task()
    except Exception:
        log.exception("a task has failed: the service is not ready any more")
        raise


@contextlib.asynccontextmanager
async def run_service(service: Service, host: Host) -> AsyncGenerator[Running]:
    """Runs a service until the context ends: then what waits in its log is written, and its marks are stored."""
    async with contextlib.AsyncExitStack() as stack:
        log = await stack.enter_async_context(Log(host.pool, service.schema, host.clock, host.secret).open())

        async def renewed() -> None:
            facts.renew()
            await backlog.renew()

        feed = await stack.enter_async_context(host.carrier.connect(service.schema, renewed))
        facts = CaseFacts(host.pool, service.schema, host.courts, host.clock, feed.lanes, feed.seen)
        backlog = Backlog(host.pool, service.schema, feed.lanes)
        running, extra, tasks = await _put_together(service, host, log, feed, facts, backlog)
        stack.enter_context(host.telemetry.metrics.told_by(running.metrics, *extra.metrics))
        async with running.at_work(tasks):
            yield running


async def _put_together(
    service: Service, host: Host, log: Log, feed: Feed, facts: CaseFacts, backlog: Backlog
) -> tuple[Running, Extra, list[Task]]:
    timers = Timers(host.pool, service.schema, host.clock, service.timers)
    for part in (facts, backlog, timers):
        await part.prepare()
    application = service.application(log, facts, service.published, facts.courts, timers)
    http = new_app(service.title, service.application.__doc__ or "", service.routers)
    parts = Parts(
        host.pool,
        service.schema,
        host.clock,
        facts.courts,
        host.secret,
        host.issuer,
        facts,
        backlog,
        timers,
        feed.lanes,
        application,
        http,
    )
    extra = await service.extra(parts)
    application.spans = host.telemetry.tracing.spans(service.name)
    appended, took = (host.telemetry.metrics.observer(BATCH, service.name, stage) for stage in ("append", "consume"))
    log.observers.append(lambda stored: appended(len(stored)))
    consumer = Consumer(
        feed, facts, backlog, host.clock, application, service.reactions, extra.projections, application.spans, took
    )
    application.seen, application.heads, application.is_parked = feed.seen, feed.heads, backlog.stands_still
    application.on_units.append(host.tails.tails[service.schema].offer)
    running = Running(service, log, feed, parts)
    _fill_state(http, service, host, running, consumer)
    return running, extra, [consumer.run, lambda: timers.run(application), *extra.tasks]


def _fill_state(http: FastAPI, service: Service, host: Host, running: Running, consumer: Consumer) -> None:
    """What the routes reach through `request.app.state`."""
    state = http.state
    state.application, state.backlog, state.log = running.parts.application, running.parts.backlog, running.log
    state.issuer, state.clock, state.may = host.issuer, host.clock, service.may
    state.courts, state.timers = running.parts.courts, running.parts.timers
    state.seen, state.waits_for, state.release = running.seen, running.waits_for, consumer.release
    state.grown = host.tails.tails[service.schema].grown
