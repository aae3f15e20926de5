"""Which private events leave the service, and as what. Personal data never do: their events are private."""

from __future__ import annotations

from contracts import intake as contracts
from families.events import CHECKS, CORRECTIONS, HANDOVERS, MATTERS, CaseImported
from intake import events
from kernel.domain import DomainEvent
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **MATTERS,
    **HANDOVERS,
    **CHECKS,
    **CORRECTIONS,
    events.ApplicationReceived: as_contract(contracts.ApplicationReceived),
    events.ApplicationSupplemented: as_contract(contracts.ApplicationSupplemented),
    events.FilingRefused: as_contract(contracts.FilingRefused),
    events.CaseFiled: as_contract(contracts.CaseFiled),
    events.CaseNoted: as_contract(contracts.CaseNoted),
    events.DocumentDrafted: as_contract(contracts.DocumentDrafted),
    events.DocumentSigned: as_contract(contracts.DocumentSigned),
    events.DocumentSent: as_contract(contracts.DocumentSent),
    events.DocumentServed: as_contract(contracts.DocumentServed),
    events.ContactRecorded: as_contract(contracts.ContactRecorded),
    events.MaterialFiled: as_contract(contracts.MaterialFiled),
}
PRIVATE: frozenset[type[DomainEvent]] = frozenset(
    {
        CaseImported,
        events.CaseNumberGiven,
        events.CaseNumberTaken,
        events.PartyRecorded,
        events.PartyForgotten,
        events.ArchivingOpened,
    }
)
