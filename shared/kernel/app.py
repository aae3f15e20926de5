"""A service's HTTP application: its own routes, and what every service answers besides: health, events, operations."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from kernel.feed import NO_COURT, UNREADABLE
from kernel.http import ByPrincipal, whole_body
from kernel.openapi import complete
from kernel.problem_details import PROBLEMS, answer_errors
from kernel.problems import Forbidden, NotFound
from kernel.publishing import finished

MAX_WAIT_S = 30.0
common = APIRouter(responses=PROBLEMS)


@common.get("/health/live", tags=["health"])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


class Readiness(BaseModel):
    """`waits_for`: what keeps the service from taking commands."""

    status: Literal["ready", "waiting"]
    waits_for: list[str]


@common.get("/health/ready", tags=["health"], responses={each: {"model": Readiness} for each in (200, 503)})
async def ready(request: Request) -> Response:
    """Ready to take commands; otherwise 503, and what the service waits for."""
    waiting: list[str] = await request.app.state.waits_for()
    body = {"status": "waiting" if waiting else "ready", "waits_for": waiting}
    return Response(orjson.dumps(body), 503 if waiting else 200, media_type="application/json")


class Page(BaseModel):
    """CloudEvents, in the order of their positions."""

    events: list[dict[str, Any]]
    next: int


@common.get("/events", tags=["events"], responses={200: {"model": Page}})
async def events(
    request: Request,
    by: ByPrincipal,
    after: Annotated[int, Query(ge=0, le=2**62, description="position to begin after")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S, description="seconds to wait for the first event")] = 0,
    court: Annotated[str | None, Query(max_length=32)] = None,
) -> Response:
    """Contract events of this service's log, in order, as CloudEvents. `next` is the position to go on after."""
    if court is not None and court != by.court:
        raise Forbidden("only events of the caller's own court are given", field="query.court")
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        found, position = await _events_after(request, by.court, after, limit)
        if found or asyncio.get_running_loop().time() >= deadline:
            return Response(orjson.dumps({"events": found, "next": position}), media_type="application/json")
        after = position
        await request.app.state.grown(after, deadline)


async def _events_after(request: Request, court: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Reads on until `limit` events of the court are found or the log ends; a position's events stay together."""
    found: list[dict[str, Any]] = []
    while len(found) < limit:
        rows = await request.app.state.log.after(after, limit)
        for position, recorded_at, published in rows:
            envelopes = finished(published, position, recorded_at) if published else []
            found.extend(e for e in envelopes if e["court"] == court)
            after = position
            if len(found) >= limit:
                break
        if len(rows) < limit:
            break
    return found, after


@common.get("/work-items", tags=["operations"])
async def work_items(request: Request, by: ByPrincipal) -> list[dict[str, Any]]:
    """What a person must look at: refused reactions and timers, then reactions that have waited for ten minutes."""
    state = request.app.state
    return await state.backlog.visible(by.court, state.clock.now()) + await state.timers.refused(by.court)


@common.get("/parked", tags=["operations"])
async def parked(request: Request, by: ByPrincipal) -> list[dict[str, Any]]:
    """Events that could not be decoded or applied, and those behind them: their subjects stand still."""
    return await request.app.state.backlog.parked(by.court)


@common.post("/parked/{subject:path}/release", tags=["operations"])
async def release(request: Request, subject: str, by: ByPrincipal) -> dict[str, int]:
    """After a fix: handles the subject's parked events again, in order. For the director or the chief."""
    await whole_body(request.scope, request.receive)
    if not {"director", "chief"} & set(by.posts):
        raise Forbidden("this is for: director, chief")
    court = NO_COURT if subject.startswith(UNREADABLE) else by.court
    if not await request.app.state.backlog.stands_still(court, subject):
        raise NotFound("nothing is parked under this subject")
    return {"released": await request.app.state.release(court, subject)}


def new_app(title: str, description: str, routers: list[APIRouter]) -> FastAPI:
    """A service's HTTP application; its state is filled by the service's composition root."""
    app = FastAPI(title=title, description=description, version="1", docs_url="/docs", redoc_url=None)
    for router in (*routers, common):
        app.router.routes.extend(router.routes)  # as they are: an included router costs each request a second search
    answer_errors(app)
    complete(app)
    return app
