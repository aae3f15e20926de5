"""The asset-control service, put together."""

from __future__ import annotations

from asset_control.api import router
from asset_control.application import MAY, AssetControl
from asset_control.published import PRIVATE, PUBLISHED
from asset_control.reactions import REACTIONS, TIMERS
from families import correction, history, matter
from kernel.service import Service

SERVICE = Service(
    name="asset-control",
    title="财产查控 Asset control",
    application=AssetControl,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[router, matter.router, correction.router, history.router],
    reactions=REACTIONS,
    timers=TIMERS,
)
