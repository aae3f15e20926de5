"""Which private events leave the service, and as what."""

from __future__ import annotations

from asset_control import events
from contracts import asset_control as contracts
from families.events import CORRECTIONS, MATTERS, CaseImported
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **CORRECTIONS,
    **MATTERS,
    events.EnquiryStarted: as_contract(contracts.EnquiryStarted),
    events.EnquiryAnswered: as_contract(contracts.EnquiryAnswered),
    events.AssetsFound: as_contract(contracts.AssetsFound),
    events.AssetStateChanged: as_contract(contracts.AssetStateChanged),
    events.MeasureTaken: as_contract(contracts.MeasureTaken),
    events.MeasureRenewed: as_contract(contracts.MeasureRenewed),
    events.MeasureLifted: as_contract(contracts.MeasureLifted),
}
PRIVATE = frozenset({CaseImported, events.AssetRecorded})
