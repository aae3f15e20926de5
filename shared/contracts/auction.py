"""Events of auction (财产处置, 3.4): pricing, rounds, transfer."""

from typing import ClassVar, Literal

from contracts.base import Code, Contract, Day, Fen, Id, Instant, Many, Nth
from contracts.vocabulary import AssetKind

Method = Literal["agreement", "targeted", "network", "appraisal"]
Mode = Literal["auction", "sale"]


class _AuctionEvent(Contract):
    service: ClassVar[str] = "auction"
    lot_id: Id


class _Pricing(_AuctionEvent):
    pricing_id: Id
    asset_ids: Many[Id]
    asset_kind: AssetKind
    method: Method
    attempt: Nth


class PricingStarted(_Pricing):
    """A reference price is sought by one method (启动定价)."""

    matter_id: Id | None = None  # the disposal instruction


class PricingFailed(_Pricing):
    """The method gave no price (定价不成)."""

    reason: Code


class PriceFixed(_AuctionEvent):
    """The reference price stands (参考价确定)."""

    pricing_id: Id
    method: Method
    value_fen: Fen
    valid_until: Day


class AuctionAnnounced(_AuctionEvent):
    """An auction or sale is announced (拍卖公告)."""

    round: Nth
    mode: Mode
    asset_kind: AssetKind
    opens_at: Instant
    closes_at: Instant
    start_price_fen: Fen
    deposit_fen: Fen
    notice: Id  # a document


class _Round(_AuctionEvent):
    round: Nth
    mode: Mode


class AuctionFailed(_Round):
    """The round ends without a sale (流拍)."""

    reason: Literal["no_bid", "below_reserve"]


class AuctionStopped(_Round):
    """The round is withdrawn, suspended or annulled (撤回中止)."""

    cause: Literal["withdrawn", "suspended", "buyer_defaulted", "annulled"]


class AuctionSold(_AuctionEvent):
    """The lot is sold or given in kind (成交)."""

    round: Nth
    mode: Literal["auction", "sale", "in_kind"]
    price_fen: Fen
    buyer_id: Id
    deposit_payment_id: Id | None = None
    balance_due_on: Day


class AuctionPaid(_AuctionEvent):
    """The price is paid in full (价款付清)."""

    round: Nth
    price_fen: Fen
    payment_ids: Many[Id]


class LotTransferred(_AuctionEvent):
    """A step of handing the lot to the buyer is done (过户交付)."""

    step: Literal["taxes_paid", "title_transferred", "delivered"]
