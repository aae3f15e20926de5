"""Which private events leave the service, and as what. Plans, deposits, bidders and bids stay inside."""

from __future__ import annotations

from auction import events
from contracts import auction as contracts
from families.events import CORRECTIONS, MATTERS, CaseImported
from kernel.domain import DomainEvent
from kernel.publishing import Published, as_contract

PUBLISHED: Published = {
    **CORRECTIONS,
    **MATTERS,
    events.PricingStarted: as_contract(contracts.PricingStarted),
    events.PricingFailed: as_contract(contracts.PricingFailed),
    events.PriceFixed: as_contract(contracts.PriceFixed),
    events.AuctionAnnounced: as_contract(contracts.AuctionAnnounced),
    events.AuctionFailed: as_contract(contracts.AuctionFailed),
    events.AuctionStopped: as_contract(contracts.AuctionStopped),
    events.AuctionSold: as_contract(contracts.AuctionSold),
    events.AuctionPaid: as_contract(contracts.AuctionPaid),
    events.LotTransferred: as_contract(contracts.LotTransferred),
}
PRIVATE: frozenset[type[DomainEvent]] = frozenset(
    {
        CaseImported,
        events.LotOpened,
        events.LotFormed,
        events.LotMerged,
        events.LotEnded,
        events.RoundPlanned,
        events.BalanceReceived,
        events.RoundBegun,
        events.DepositReceived,
        events.BidderAdmitted,
        events.BidPlaced,
        events.BidStruck,
        events.RoundClosed,
        events.RoundStopped,
    }
)
