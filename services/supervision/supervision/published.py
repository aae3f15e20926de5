"""Which private events leave the service, and as what."""

from __future__ import annotations

from contracts import supervision as contracts
from families.events import APPROVALS, CORRECTIONS, MATTERS
from kernel.publishing import Published, as_contract
from supervision import events

PUBLISHED: Published = {
    **APPROVALS,
    **CORRECTIONS,
    **MATTERS,
    events.DutyPerformed: as_contract(contracts.DutyPerformed),
    events.FaultRecorded: as_contract(contracts.FaultRecorded),
    events.ReminderSent: as_contract(contracts.ReminderSent),
    events.ReminderAcknowledged: as_contract(contracts.ReminderAcknowledged),
    events.PolicyPublished: as_contract(contracts.PolicyPublished),
}
PRIVATE: frozenset[type] = frozenset()
