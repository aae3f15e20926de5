"""The supervision service, put together."""

from __future__ import annotations

from pathlib import Path

from starlette.staticfiles import StaticFiles

from families import approval, correction, matter
from kernel.service import Extra, Parts, Service
from supervision.api import commands, queries, wall
from supervision.application import MAY, Supervision
from supervision.derivation import Derivation
from supervision.gauges import deadlines
from supervision.live import Live
from supervision.published import PRIVATE, PUBLISHED
from supervision.reactions import REACTIONS
from supervision.readmodel import ReadModel
from supervision.reminding import Reminding
from supervision.wall import Sessions, Wall


async def extra(parts: Parts) -> Extra:
    """The read model, what keeps it up to date, and the wallboard."""
    model = ReadModel(parts.pool, parts.schema)
    await model.prepare()
    derivation = Derivation(parts.pool, parts.schema, parts.facts, parts.backlog)
    live = parts.application.live = Live(model, derivation, parts.backlog, parts.clock, parts.lanes)
    live.on_sweep.append(Reminding(parts.application, live, parts.clock, parts.lanes).sweep)
    state = parts.http.state
    state.sessions, state.wall = Sessions(parts.secret), Wall(live)
    parts.http.mount("/static", StaticFiles(directory=Path(__file__).with_name("static")))
    return Extra(
        projections=[live.project],
        tasks=[live.run, state.wall.run],
        metrics=[lambda: deadlines(model, parts.courts)],
    )


SERVICE = Service(
    name="supervision",
    title="监督 Supervision",
    application=Supervision,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[commands.router, approval.router, correction.router, matter.router, queries.router, wall.router],
    reactions=REACTIONS,
    extra=extra,
)
