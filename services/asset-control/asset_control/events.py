"""What can happen in enquiries and to property and persons (财产查控)."""

from __future__ import annotations

from contracts import asset_control as contracts
from kernel.domain import DomainEvent


class EnquiryStarted(DomainEvent, contracts.EnquiryStarted):
    TOPIC = "asset-control:EnquiryStarted.1"


class EnquiryAnswered(DomainEvent, contracts.EnquiryAnswered):
    TOPIC = "asset-control:EnquiryAnswered.1"


class AssetsFound(DomainEvent, contracts.AssetsFound):
    TOPIC = "asset-control:AssetsFound.1"


class AssetRecorded(DomainEvent):
    """What a find said of one asset, in the asset's own stream."""

    TOPIC = "asset-control:AssetRecorded.1"
    asset: contracts.FoundAsset


class AssetStateChanged(DomainEvent, contracts.AssetStateChanged):
    TOPIC = "asset-control:AssetStateChanged.1"


class MeasureTaken(DomainEvent, contracts.MeasureTaken):
    TOPIC = "asset-control:MeasureTaken.1"


class MeasureRenewed(DomainEvent, contracts.MeasureRenewed):
    TOPIC = "asset-control:MeasureRenewed.1"


class MeasureLifted(DomainEvent, contracts.MeasureLifted):
    TOPIC = "asset-control:MeasureLifted.1"
