"""The funds service, put together."""

from __future__ import annotations

from families import approval, correction, history, matter
from funds import api
from funds.application import MAY, Funds
from funds.cashbook import Cashbook
from funds.published import PRIVATE, PUBLISHED
from funds.reactions import REACTIONS
from kernel.service import Extra, Parts, Service


async def cash_book(parts: Parts) -> Extra:
    """The read model that statements are compared with."""
    cashbook = Cashbook(parts)
    await cashbook.prepare()
    parts.application.cashbook = cashbook
    return Extra(projections=[cashbook.project])


SERVICE = Service(
    name="funds",
    title="案款 Funds",
    application=Funds,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[*api.routers, approval.router, correction.router, history.router, matter.router],
    reactions=REACTIONS,
    extra=cash_book,
)
