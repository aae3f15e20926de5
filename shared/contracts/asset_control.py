"""Events of asset-control (财产查控, 3.3): enquiries, assets, measures."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.base import Code, Contract, Count, Day, Fen, Flag, Id, Many, Nth, Part
from contracts.families import Place
from contracts.vocabulary import AssetKind, MeasureKind

Cycle = Annotated[int, Field(strict=True, ge=1, le=10)]


class _AssetControlEvent(Contract):
    service: ClassVar[str] = "asset-control"


class _Enquiry(_AssetControlEvent):
    enquiry_id: Id
    channel: Literal["network_national", "network_local", "counter", "lawyer_order", "audit"]
    purpose: Literal["first", "sorting", "again", "before_termination", "half_yearly", "clue"]
    cycle: Cycle | None = None  # of the half-yearly enquiries after termination for now
    round: Nth


class EnquiryStarted(_Enquiry):
    """An enquiry for property is sent (发起查询)."""

    party_ids: Many[Id]
    matter_id: Id | None = None


class EnquiryAnswered(_Enquiry):
    """The enquiry is answered (查询反馈)."""

    scope: Many[AssetKind]  # kinds asked for
    result: Literal["found", "nothing", "partial", "failed"]


class FoundAsset(Part):
    """One asset found."""

    asset_id: Id
    party_id: Id
    kind: AssetKind
    valued: Flag
    value_fen: Fen
    place: Place
    online: Flag  # can be controlled online
    disposable: Literal["yes", "no", "unknown"]


class AssetsFound(_AssetControlEvent):
    """Property of the debtor is found (发现财产)."""

    find_id: Id
    enquiry_id: Id | None = None
    source: Literal["enquiry", "clue", "debtor_report", "survey", "preservation", "delegation"]
    assets: Many[FoundAsset]


class AssetStateChanged(_AssetControlEvent):
    """An asset is in another state or place (财产状态)."""

    asset_id: Id
    kind: AssetKind
    state: Literal[
        "registered", "in_custody", "in_disposal", "sold", "returned", "released", "given_in_kind", "destroyed"
    ]
    place: Code


class _Measure(_AssetControlEvent):
    measure_id: Id
    kind: MeasureKind
    asset_id: Id | None = None
    asset_kind: AssetKind | None = None
    party_id: Id | None = None


class MeasureTaken(_Measure):
    """A measure on a thing or a person is taken (采取措施)."""

    channel: Literal["online", "offline"]
    document_id: Id | None = None
    amount_fen: Fen | None = None
    expires_on: Day | None = None
    rank: Count  # 0 = in force, n = the n-th waiting (轮候)


class MeasureRenewed(_Measure):
    """A measure is renewed before it expires (续行)."""

    term_no: Nth
    expires_on: Day


class MeasureLifted(_Measure):
    """A measure ends (解除)."""

    cause: Literal["paid", "sold", "released", "expired", "annulled"]
