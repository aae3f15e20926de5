"""The funds service, put together."""

from __future__ import annotations

from families import approval
from funds.api import router
from funds.application import MAY, Funds
from funds.published import PRIVATE, PUBLISHED
from funds.reactions import REACTIONS
from kernel.service import Service

SERVICE = Service(
    name="funds",
    title="案款 Funds",
    application=Funds,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[router, approval.router],
    reactions=REACTIONS,
)
