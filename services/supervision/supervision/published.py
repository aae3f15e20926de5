"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import supervision as contracts
from kernel.publishing import Published, as_contract
from supervision import events

PUBLISHED: Published = {events.PolicyPublished: as_contract(contracts.PolicyPublished)}
PRIVATE: frozenset[type] = frozenset()
