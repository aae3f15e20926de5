"""A bench: some of the six services in this process, over a real PostgreSQL, called through their HTTP APIs.

async with bench(database, [INTAKE, TRIAGE]) as b:
    filed = await b.post("intake", f"/cases/{case_id}/filing", {...}, who="filing_officer")
    await b.tell("funds", funds.FundsReceived(...), case_id)   # what a service that does not run here published
    await b.settle()                                           # every event has had all its effects
    await b.advance(days=3)                                    # timers that fall due have fired
"""

import asyncio
import contextlib
import itertools
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

import packs
from contracts.base import Contract
from infra.host import http_app
from infra.installation import Installation, load_installation
from kernel.clock import SimulatedClock
from kernel.courts import Courts
from kernel.database import open_pool
from kernel.domain import Circumstances, DomainEvent, encode
from kernel.embedded import Tails
from kernel.feed import SERVICES as LOGS
from kernel.log import Log, Row
from kernel.principals import LocalIssuer, Principal
from kernel.publishing import as_contract, envelopes, leaving
from kernel.service import Host, Running, Service, run_service
from kernel.tracing import Telemetry, Tracing
from tests.unchangeable import require_unchangeable

COURT = "yiyang"
VERSION = packs.folders(COURT)[-1].name  # of its pack
START = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, 09:00 in Shanghai
PATIENCE_S = 60
_keys = itertools.count(1)


@cache
def installation() -> Installation:
    """The sample installation: its courts, packs, teams and members."""
    with tempfile.TemporaryDirectory() as folder:
        return load_installation(Path(folder))


def person(who: str | Principal, court: str = COURT) -> Principal:
    """A principal, a member by code without the court (`f1-judge`), or whoever holds a post (`filing_officer`)."""
    if isinstance(who, Principal):
        return who
    members = {p.member: p for p in installation().principals(court)}
    return members.get(f"{court}-{who}") or installation().principal(court, who)


class Bench:
    """Services at work, and whoever calls them."""

    def __init__(self, host: Host, running: Mapping[str, Running], outside: Mapping[str, Log]) -> None:
        self.host, self.running, self._outside = host, running, outside
        self.clock: SimulatedClock = host.clock
        self.may_park = False
        door = httpx.ASGITransport(http_app({name: r.http for name, r in running.items()}, host.telemetry))
        self.outside = httpx.AsyncClient(transport=door, base_url="http://zhixing")  # nobody in particular
        self._clients = {name: httpx.AsyncClient(transport=door, base_url=f"http://zhixing/{name}") for name in running}

    async def call(
        self,
        method: str,
        service: str,
        path: str,
        *,
        who: str | Principal,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """Any request, and whatever is answered. Each call has a key of its own unless one is given."""
        token = self.host.issuer.token(person(who))
        own = {"authorization": f"Bearer {token}", "idempotency-key": key or f"key-{next(_keys)}"}
        return await self._clients[service].request(method, path, headers=own | dict(headers or {}), **request)

    async def post(
        self, service: str, path: str, json: Any = None, *, who: str | Principal, **more: Any
    ) -> dict[str, Any]:
        """A command that is carried out: what it answers."""
        answer = await self.call("POST", service, path, who=who, json={} if json is None else json, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def refused(
        self, status: int, service: str, path: str, json: Any = None, *, who: str | Principal, **more: Any
    ) -> dict[str, Any]:
        """A command that is not carried out: the problem it answers."""
        answer = await self.call("POST", service, path, who=who, json={} if json is None else json, **more)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def get(self, service: str, path: str, *, who: str | Principal, **more: Any) -> Any:
        """A query that is answered."""
        answer = await self.call("GET", service, path, who=who, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def events(self, service: str, subject: str | None = None, name: str | None = None) -> list[dict[str, Any]]:
        """The envelopes a service has published, in order; of one subject or name of event if given."""
        found = await self.get(service, "/events?limit=1000", who="director")
        return [
            e
            for e in found["events"]
            if subject in (None, e["subject"]) and (name is None or e["type"] == f"zhixing.{name}.v1")
        ]

    async def names(self, service: str, subject: str | None = None) -> list[str]:
        """The names of the events a service has published, in order."""
        return [e["type"].split(".")[1] for e in await self.events(service, subject)]

    async def tell(
        self,
        service: str,
        event: Contract,
        case_id: str,
        *,
        who: str | Principal | None = None,
        subject: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """What a service that does not run here publishes, about a case unless `subject` says otherwise."""
        log = self._outside[service.replace("-", "_")]
        told = _told(event, subject or f"case/{case_id}", self._circumstances(who, at))
        published = envelopes(told, leaving(told, {type(told): as_contract(type(event))}), service)
        row = Row(told.originator_id, told.originator_version, told.TOPIC, encode(told), published)
        await log.append(told.by.command_id, b"", 200, b"{}", [row])

    def _circumstances(self, who: str | Principal | None, at: datetime | None) -> Circumstances:
        by = Principal("system", COURT, ()) if who is None else person(who)
        command_id = f"told-{next(_keys)}"
        return Circumstances(
            court=by.court,
            actor=by.member,
            post=by.posts[0] if by.posts else "",
            team=by.team,
            command_id=command_id,
            correlation_id=command_id,
            causation_id=command_id,
            decided_at=self.clock.now(),
            happened_at=at,
            timeprecision="instant",
            pack="",
            packversion="",
            traceparent="",
            facts_up_to={},
        )

    async def settle(self, patience_s: float = PATIENCE_S) -> None:
        """Returns once every event has had all its effects, and these theirs. Nothing may be parked, but in tests of
        parking."""
        async with asyncio.timeout(patience_s):
            heads = await self._heads()
            while True:
                while not all(r.has_seen(heads) for r in self.running.values()):  # noqa: ASYNC110
                    await asyncio.sleep(0.002)
                before, heads = heads, await self._heads()
                if heads == before:
                    break
        for name, running in self.running.items():
            assert self.may_park or not (parked := await running.parts.backlog.parked(COURT)), f"{name}: {parked}"

    async def _heads(self) -> dict[str, int]:
        logs = [*(r.log for r in self.running.values()), *self._outside.values()]
        return {log.schema: await log.head() for log in logs}

    async def advance(self, **delta: float) -> None:
        """Moves the clock; then timers that have fallen due have fired, supervision has looked at the time, and the
        effects of all that are there."""
        self.clock.move_to(self.clock.now() + timedelta(**delta))
        for running in self.running.values():
            while await running.parts.timers.fire_due(running.parts.application):
                pass
        await self.settle()
        if "supervision" in self.running:
            await self.running["supervision"].parts.application.live.sweep()
            await self.settle()

    async def work_items(self, service: str, who: str | Principal = "director") -> list[dict[str, Any]]:
        return await self.get(service, "/work-items", who=who)


def _told(event: Contract, subject: str, by: Circumstances) -> DomainEvent:
    return _telling(type(event))(
        originator_id=f"told/{by.command_id}",
        originator_version=1,
        timestamp=by.decided_at,
        subject=subject,
        ruleid="",
        by=by,
        **{name: getattr(event, name) for name in type(event).model_fields},
    )


@cache
def _telling(contract: type[Contract]) -> type[DomainEvent]:
    return type(f"{contract.__name__}Told", (DomainEvent, contract), {"TOPIC": f"test:{contract.__name__}.1"})


@contextlib.asynccontextmanager
async def bench(
    database: str,
    services: Sequence[Service],
    *,
    start: datetime = START,
    courts: Courts | None = None,
    tracing: Tracing | None = None,
) -> AsyncIterator[Bench]:
    """Runs the services; the logs of the others are there to be told of in their stead. `courts`: not the sample's."""
    clock, home = SimulatedClock(start), installation()
    async with contextlib.AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(database, min_size=2, max_size=30))
        tails, telemetry = Tails(pool, LOGS), Telemetry(tracing=tracing or Tracing())
        host = Host(
            pool, clock, courts or home.courts, home.secret, LocalIssuer(home.secret), tails, telemetry=telemetry
        )
        apart = set(LOGS) - {s.schema for s in services}
        outside = {
            name: await stack.enter_async_context(Log(pool, name, clock, home.secret).open()) for name in sorted(apart)
        }
        running = {s.name: await stack.enter_async_context(run_service(s, host)) for s in services}
        for name, log in outside.items():
            log.on_append.append(host.tails.tails[name].hint)
        following = asyncio.create_task(host.tails.run())
        try:
            yield Bench(host, running, outside)
            require_unchangeable(a for each in running.values() for a in each.parts.application._cache.values())
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
