"""What can happen to a lot (财产处置)."""

from __future__ import annotations

from contracts import auction as contracts
from contracts.base import Id
from contracts.vocabulary import AssetKind
from kernel.domain import DomainEvent


class LotOpened(DomainEvent):
    """A disposal that was taken on becomes a lot."""

    TOPIC = "auction:LotOpened.1"
    lot_id: Id
    asset_ids: tuple[Id, ...]
    asset_kind: AssetKind


class PricingStarted(DomainEvent, contracts.PricingStarted):
    TOPIC = "auction:PricingStarted.1"


class PricingFailed(DomainEvent, contracts.PricingFailed):
    TOPIC = "auction:PricingFailed.1"
