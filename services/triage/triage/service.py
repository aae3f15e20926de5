"""The triage service, put together."""

from __future__ import annotations

from families import approval, correction, handover, history, matter
from kernel.service import Extra, Parts, Service
from triage.api import router
from triage.application import MAY, Triage
from triage.published import PRIVATE, PUBLISHED
from triage.reactions import REACTIONS, TIMERS
from triage.teams import Loads


async def loads_of_teams(parts: Parts) -> Extra:
    """The read model that assignments decide by."""
    loads = Loads(parts.pool, parts.schema, parts.clock, parts.courts, parts.facts)
    await loads.prepare()
    parts.application.loads = loads
    return Extra(projections=[loads.project])


SERVICE = Service(
    name="triage",
    title="分流与办案 Triage",
    application=Triage,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[router, approval.router, handover.router, matter.router, correction.router, history.router],
    reactions=REACTIONS,
    timers=TIMERS,
    extra=loads_of_teams,
)
