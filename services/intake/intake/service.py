"""The intake service, put together."""

from __future__ import annotations

from families import correction, handover, matter
from intake.api import router
from intake.application import MAY, Intake
from intake.privacy import Vault
from intake.published import PRIVATE, PUBLISHED
from intake.reactions import DESTROY_KEY, REACTIONS, TIMERS
from kernel.service import Extra, Parts, Service


async def open_vault(parts: Parts) -> Extra:
    """The keys of personal data, under the installation's secret.

    Whoever was forgotten is forgotten again: an older backup of the keys may have been restored.
    """
    parts.application.vault = vault = Vault(parts.pool, parts.secret)
    await vault.prepare()
    await parts.timers.again(DESTROY_KEY)
    return Extra()


SERVICE = Service(
    name="intake",
    title="立案与文书 Intake",
    application=Intake,
    published=PUBLISHED,
    private=PRIVATE,
    may=MAY,
    routers=[router, matter.router, handover.router, correction.router],
    reactions=REACTIONS,
    timers=TIMERS,
    extra=open_vault,
)
