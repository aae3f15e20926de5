"""Which private events leave the service, and as what."""

from __future__ import annotations

from auction import events
from contracts import auction as contracts
from families.events import MATTERS
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **MATTERS,
    events.PricingStarted: as_contract(contracts.PricingStarted),
    events.PricingFailed: as_contract(contracts.PricingFailed),
}
PRIVATE = frozenset({events.LotOpened})
