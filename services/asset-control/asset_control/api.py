"""HTTP of the asset-control service."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi.responses import Response
from pydantic import Field

from asset_control.application import AssetControl
from asset_control.enquiry import REPEATED
from asset_control.views import assets_view, enquiries_view
from contracts import asset_control as contracts
from contracts import families as family_contracts
from contracts.base import MOST_ITEMS, CaseId, Count, Day, Id, Many, Part
from kernel.http import ByCaller, Command, body_of, command_router

router = command_router("asset-control 财产查控")


class AssetTold(body_of(contracts.FoundAsset, without=("asset_id",), base=Part)):
    """An asset as a caller tells of it."""

    asset_id: Id | None = Field(None, description="of an asset known in any case of the court; none for a new one")


class StartEnquiry(body_of(contracts.EnquiryStarted, without=("enquiry_id",))):
    """Whom is asked about, through which channel, why, and in which round."""


class RecordAnswer(body_of(contracts.EnquiryAnswered, without=REPEATED)):
    """What was asked for, and what was found."""

    assets: Many[AssetTold] = ()


class ReportAssets(Command):
    """Property that became known otherwise than by an enquiry."""

    source: Literal["clue", "debtor_report", "survey", "preservation", "delegation"]
    assets: Annotated[tuple[AssetTold, ...], Field(min_length=1, max_length=MOST_ITEMS)]


class TakeMeasure(body_of(contracts.MeasureTaken, without=("measure_id", "asset_kind", "rank"))):
    """The measure, and the asset or debtor it is taken on. A seizure gets the longest term unless told otherwise."""

    rank: Count = Field(0, description="of one that waits (轮候): how many stand before it; 0: as far as is known here")


class RenewMeasure(Command):
    """The asset, and the last day of the new term (续行); the longest the law allows unless told otherwise."""

    asset_id: Id
    expires_on: Day | None = None


class MoveUpMeasure(Command):
    """The asset, and the seizure's rank as the registry tells it now; 0: it is in force."""

    asset_id: Id
    rank: Count


class MoveAsset(body_of(contracts.AssetStateChanged, without=("asset_id", "kind"))):
    """What has become of the asset (财产状态), and where it is."""


class TakeInDelegation(body_of(family_contracts.MatterAsked, without=("matter_id", "kind", "for_case"))):
    """What another court asks for (受托事项)."""


class LiftMeasure(body_of(contracts.MeasureLifted, without=("measure_id", "kind", "asset_kind"))):
    """Why the measure ends, and on which asset or debtor it stood."""


@router.post("/cases/{case_id}/enquiries")
async def start_enquiry(case_id: CaseId, body: StartEnquiry, by: ByCaller) -> Response:
    """Sends an enquiry for property (发起查询)."""
    return await by.do(AssetControl.start_enquiry, case_id, body=body)


@router.post("/cases/{case_id}/enquiries/{enquiry_id}/answer")
async def record_answer(case_id: CaseId, enquiry_id: Id, body: RecordAnswer, by: ByCaller) -> Response:
    """Records the answer (查询反馈), with the property it found; what can be controlled online is, at once."""
    return await by.do(AssetControl.record_answer, case_id, enquiry_id, body=body)


@router.post("/cases/{case_id}/assets")
async def report_assets(case_id: CaseId, body: ReportAssets, by: ByCaller) -> Response:
    """Records property found by a clue, the debtor's report, a survey… (发现财产)."""
    return await by.do(AssetControl.report_assets, case_id, body=body)


@router.post("/cases/{case_id}/measures")
async def take_measure(case_id: CaseId, body: TakeMeasure, by: ByCaller) -> Response:
    """Takes a measure on a thing or a person (采取措施)."""
    return await by.do(AssetControl.take_measure, case_id, body=body)


@router.post("/cases/{case_id}/measures/{measure_id}/renewals")
async def renew_measure(case_id: CaseId, measure_id: Id, body: RenewMeasure, by: ByCaller) -> Response:
    """Renews a seizure before it runs out (续行查封、扣押、冻结)."""
    return await by.do(AssetControl.renew_measure, case_id, measure_id, body=body)


@router.post("/cases/{case_id}/measures/{measure_id}/rank")
async def move_up_measure(case_id: CaseId, measure_id: Id, body: MoveUpMeasure, by: ByCaller) -> Response:
    """Records that a waiting seizure (轮候) moved up behind others outside; in this court it moves by itself."""
    return await by.do(AssetControl.move_up_measure, case_id, measure_id, body=body)


@router.post("/cases/{case_id}/measures/{measure_id}/lift")
async def lift_measure(case_id: CaseId, measure_id: Id, body: LiftMeasure, by: ByCaller) -> Response:
    """Ends a measure (解除)."""
    return await by.do(AssetControl.lift_measure, case_id, measure_id, body=body)


@router.post("/cases/{case_id}/assets/{asset_id}/state")
async def move_asset(case_id: CaseId, asset_id: Id, body: MoveAsset, by: ByCaller) -> Response:
    """Records where an asset is and what becomes of it (财产状态)."""
    return await by.do(AssetControl.move_asset, case_id, asset_id, body=body)


@router.post("/delegations")
async def take_in_delegation(body: TakeInDelegation, by: ByCaller) -> Response:
    """Takes in what another court asks for (受托事项): a matter of its own."""
    return await by.do(AssetControl.take_in_delegation, body=body)


@router.get("/cases/{case_id}/enquiries")
async def enquiries(case_id: CaseId, by: ByCaller) -> list[dict[str, Any]]:
    """The case's enquiries, and what they were answered."""
    app = by.reads(AssetControl)
    return enquiries_view(await app.known(by.principal.court, f"case/{case_id}"))


@router.get("/cases/{case_id}/assets")
async def assets(case_id: CaseId, by: ByCaller) -> dict[str, Any]:
    """The case's property, with the measures in force on it and on persons."""
    app = by.reads(AssetControl)
    return assets_view(await app.known(by.principal.court, f"case/{case_id}"))
