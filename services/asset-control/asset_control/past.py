"""What happened to a case before the court had this system: enquiries, what they found, and measures."""

from __future__ import annotations

from asset_control import events
from asset_control.asset import Asset
from asset_control.enquiry import Enquiry
from asset_control.find import Find
from asset_control.person import PersonMeasures, person_key
from contracts import asset_control as contracts
from contracts.base import Contract
from families.history import OF_MATTERS, History, HistoryCommands, Place
from families.matter import Matter
from kernel.application import Stream
from kernel.domain import Aggregate

PAST: History = {
    **OF_MATTERS,
    events.EnquiryStarted: Place(Enquiry, "enquiry_id", opens=True),
    events.EnquiryAnswered: Place(Enquiry, "enquiry_id"),
    events.AssetsFound: Place(Find, "find_id", opens=True),
    events.AssetStateChanged: Place(Asset, "asset_id"),
    events.MeasureTaken: Place(Asset, "asset_id"),
    events.MeasureRenewed: Place(Asset, "asset_id"),
    events.MeasureLifted: Place(Asset, "asset_id"),
}


class PastCommands(HistoryCommands):
    """A find goes to its assets too; a measure to its asset, or to the debtor it was taken on."""

    BEGUN = frozenset({Enquiry, Asset, Matter})
    HISTORY = PAST

    @classmethod
    def streams_of(cls, case_id: str, event: Contract) -> list[Stream]:
        match event:
            case contracts.AssetsFound():
                return [(Find, event.find_id), *((Asset, asset.asset_id) for asset in event.assets)]
            case contracts.MeasureTaken(asset_id=None) | contracts.MeasureRenewed(asset_id=None):
                return [(PersonMeasures, person_key(case_id, event.party_id or ""))]
            case contracts.MeasureLifted(asset_id=None):
                return [(PersonMeasures, person_key(case_id, event.party_id or ""))]
            case _:
                return super().streams_of(case_id, event)

    def repeat_past(self, draft: Aggregate, subject: str, event: Contract) -> None:
        assert isinstance(draft, Asset)
        assert isinstance(event, contracts.AssetsFound)
        told = next(asset for asset in event.assets if asset.asset_id == draft.key)
        draft.record_find(subject, told, known_already=False)
