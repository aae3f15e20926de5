"""The auction service, put together."""

from __future__ import annotations

from auction.api import router
from auction.application import MAY, Auction
from auction.published import PRIVATE, PUBLISHED
from auction.reactions import REACTIONS, TIMERS
from families import correction, history, matter
from kernel.service import Service

SERVICE = Service(
    name="auction",
    title="财产处置 Auction",
    application=Auction,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[router, matter.router, correction.router, history.router],
    reactions=REACTIONS,
    timers=TIMERS,
)
