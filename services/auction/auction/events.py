"""What can happen to a lot (财产处置), and to a round of bidding for it."""

from __future__ import annotations

from auction.closing import Bid, Outcome
from auction.terms import Plan
from contracts import auction as contracts
from contracts.base import Code, Fen, Id, Instant, Nth, Part
from contracts.vocabulary import AssetKind
from kernel.domain import DomainEvent


class LotPart(Part):
    """An asset in a lot, or a share of it: `share` of `whole` equal shares."""

    asset_id: Id
    share: Nth = 1
    whole: Nth = 1


class LotOpened(DomainEvent):
    """A disposal that was taken on becomes a lot."""

    TOPIC = "auction:LotOpened.1"
    lot_id: Id
    asset_ids: tuple[Id, ...]
    asset_kind: AssetKind


class LotFormed(DomainEvent):
    """What is sold together, or in shares (组成标的). `merged`: the lots of other disposals that go up in it."""

    TOPIC = "auction:LotFormed.1"
    lot_id: Id
    parts: tuple[LotPart, ...]
    asset_kinds: tuple[AssetKind, ...]
    merged: tuple[Id, ...]


class LotMerged(DomainEvent):
    """The property of this lot is sold as part of another."""

    TOPIC = "auction:LotMerged.1"
    lot_id: Id
    into: Id


class LotEnded(DomainEvent):
    """The disposal is given up: nothing of the lot is sold any more."""

    TOPIC = "auction:LotEnded.1"
    lot_id: Id


class PricingStarted(DomainEvent, contracts.PricingStarted):
    TOPIC = "auction:PricingStarted.1"


class PricingFailed(DomainEvent, contracts.PricingFailed):
    TOPIC = "auction:PricingFailed.1"


class PriceFixed(DomainEvent, contracts.PriceFixed):
    TOPIC = "auction:PriceFixed.1"


class RoundPlanned(DomainEvent):
    """The terms of the next round are settled (拍卖方案). The last plan before the announcement holds."""

    TOPIC = "auction:RoundPlanned.1"
    lot_id: Id
    plan: Plan


class AuctionAnnounced(DomainEvent, contracts.AuctionAnnounced):
    TOPIC = "auction:AuctionAnnounced.1"


class AuctionFailed(DomainEvent, contracts.AuctionFailed):
    TOPIC = "auction:AuctionFailed.1"
    ended_at: Instant


class AuctionStopped(DomainEvent, contracts.AuctionStopped):
    """`costs_fen`: what a defaulting buyer's deposit covers first."""

    TOPIC = "auction:AuctionStopped.1"
    costs_fen: Fen


class AuctionSold(DomainEvent, contracts.AuctionSold):
    """`credited_fen`: what counts towards the price beforehand: the deposit, or the claim set off (以物抵债)."""

    TOPIC = "auction:AuctionSold.1"
    credited_fen: Fen


class BalanceReceived(DomainEvent):
    """Part of the price that the buyer still owed."""

    TOPIC = "auction:BalanceReceived.1"
    lot_id: Id
    round: Nth
    payment_id: Id
    amount_fen: Fen


class AuctionPaid(DomainEvent, contracts.AuctionPaid):
    TOPIC = "auction:AuctionPaid.1"


class LotTransferred(DomainEvent, contracts.LotTransferred):
    TOPIC = "auction:LotTransferred.1"


class RoundBegun(DomainEvent):
    """A round is announced: bidders may pay their deposits."""

    TOPIC = "auction:RoundBegun.1"
    lot_id: Id
    plan: Plan


class DepositReceived(DomainEvent):
    """A bidder's deposit has arrived (保证金)."""

    TOPIC = "auction:DepositReceived.1"
    payment_id: Id
    amount_fen: Fen


class BidderAdmitted(DomainEvent):
    """Somebody may bid, under an id that says nobody's name. `priority`: a confirmed right of first refusal."""

    TOPIC = "auction:BidderAdmitted.1"
    bidder_id: Id
    priority: Nth | None
    deposit_payment_id: Id | None


class BidPlaced(DomainEvent):
    """A bid as the platform logged it (出价)."""

    TOPIC = "auction:BidPlaced.1"
    bid: Bid


class BidStruck(DomainEvent):
    """The court strikes a bid out (出价无效): a bidder cannot take one back."""

    TOPIC = "auction:BidStruck.1"
    number: Nth
    reason: Code


class RoundClosed(DomainEvent):
    """Bidding is over, and this is how."""

    TOPIC = "auction:RoundClosed.1"
    outcome: Outcome
    ends_at: Instant
    bids: int


class RoundStopped(DomainEvent):
    """No more bids: the round is withdrawn, suspended or annulled."""

    TOPIC = "auction:RoundStopped.1"
    cause: Code
