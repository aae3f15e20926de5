"""The supervision service, put together."""

from __future__ import annotations

from kernel.service import Extra, Parts, Service
from supervision.api import queries
from supervision.application import MAY, Supervision
from supervision.derivation import Derivation
from supervision.live import Live
from supervision.published import PRIVATE, PUBLISHED
from supervision.readmodel import ReadModel


async def extra(parts: Parts) -> Extra:
    """The read model, and what keeps it up to date."""
    model = ReadModel(parts.pool, parts.schema)
    await model.prepare()
    derivation = Derivation(parts.pool, parts.schema, parts.courts, parts.facts, parts.backlog)
    live = parts.application.live = Live(model, derivation, parts.backlog, parts.clock)
    return Extra(projections=[live.project], tasks=[live.run])


SERVICE = Service(
    name="supervision",
    title="监督 Supervision",
    application=Supervision,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[queries.router],
    extra=extra,
)
