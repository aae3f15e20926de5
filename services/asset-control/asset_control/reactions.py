"""What the service does when others publish, and when time has come: event or timer -> command."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from asset_control.application import AssetControl, renewal_id
from asset_control.asset import Asset
from asset_control.measures import COERCION, measures_in_force
from contracts.asset_control import AssetsFound, FoundAsset, MeasureLifted, MeasureTaken
from contracts.intake import CaseFiled, CaseNoted
from contracts.triage import CaseClosed
from families.matter import OPEN, Matter
from kernel.call import Call
from kernel.clock import COURT_ZONE
from kernel.consumer import Reaction
from kernel.feed import Event
from kernel.problems import NotYet
from kernel.timers import Timer
from rules.packs import HANDLER, Clock
from rules.rulebook import Policy
from rules.terms import Until

UNTRUE_REPORT = ("no_report", "false_report")


async def first_enquiry(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """Started where the pack gives it to filing or makes it automatic, else asked of the enquiry staff."""
    filed, policy = event.data, app.policy(call)
    assert isinstance(filed, CaseFiled)
    call = call.under(policy)
    if (await app.known(event.court, event.subject)).view.enquiries:
        return  # a person was faster
    if policy.settings.first_enquiry == "service":
        await app.ask_matter(call, event.case_id, **_task("network_control", "enquiry_officer"))
    else:
        debtors = [party.party_id for party in filed.parties if party.role == "debtor"]
        await app.start_enquiry(
            call, event.case_id, channel="network_national", purpose="first", round=1, party_ids=debtors
        )


async def control(app: AssetControl, call: Call, event: Event, asset_id: str) -> None:
    """Online at once; else a matter for the field staff, or a delegation where the asset lies elsewhere."""
    assert isinstance(event.data, AssetsFound)
    found = next(asset for asset in event.data.assets if asset.asset_id == asset_id)
    if found.online:
        await app.control_asset(call, event.case_id, asset_id)
    elif not (await app.read(Asset, asset_id)).is_controlled:
        await app.ask_matter(call, event.case_id, **_control_of(found, app.policy(call)))


def _control_of(asset: FoundAsset, policy: Policy) -> dict[str, Any]:
    outside = asset.place == "outside"
    kind = "delegation_out" if outside else "offline_control"
    wanted = ("delegation_officer", "field_officer") if outside else ("field_officer",)
    to_post = next((post for post in wanted if post in policy.structure.posts), HANDLER)
    return _task(kind, to_post, about=f"asset:{asset.asset_id}", place=asset.place)


def _task(kind: str, to_post: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "to_post": to_post, "urgent": False, "items": 1, "requirement": True, "materials": (), **more}


async def plan_renewal(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """A timer at the earliest warning that the packs give before a seizure runs out."""
    taken = event.data
    assert isinstance(taken, MeasureTaken)
    assert taken.expires_on is not None
    clock = _expiry_clock(app.policy(call))
    days = [rung.before.n for rung in clock.warn if rung.before.unit == "days"] if clock else []
    if clock and days:
        due = datetime.combine(taken.expires_on, time(), COURT_ZONE) - timedelta(days=max(days))
        data = {"case_id": event.case_id, "rule": clock.id, "measure": taken.to_data()}
        await app.timers.set(Timer(renewal_id(taken.measure_id), due, "propose_renewal", data), call.by)


def _expiry_clock(policy: Policy) -> Clock | None:
    return next((clock for clock in policy.clocks if clock.term == Until(until="expires_on")), None)


async def propose_renewal(app: AssetControl, call: Call, data: dict[str, Any]) -> None:
    await app.propose_renewal(call, data["case_id"], MeasureTaken.model_validate(data["measure"]), data["rule"])


async def end_renewal(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """A measure that is lifted needs no renewal: the timer is dropped, or the matter it has asked is finished."""
    assert isinstance(event.data, MeasureLifted)
    name = renewal_id(event.data.measure_id)
    await app.timers.drop(name)
    if (await app.read(Matter, name)).state in OPEN:
        await app.finish_matter(call, name, result="not_done", receipts_complete=False, reported_to_handler=True)


async def lift_what_is_left(app: AssetControl, _: Call, event: Event, __: str) -> None:
    """Measures of a case that is over are listed until they are lifted (解除)."""
    left = measures_in_force((await app.known(event.court, event.subject)).facts)
    if left:
        raise NotYet("the case is over: to be lifted are " + ", ".join(sorted(left)))


async def answer_untrue_report(app: AssetControl, _: Call, event: Event, __: str) -> None:
    """No report of property, or a false one: shown until a coercive measure is taken, the mark goes, or the case ends.

    A sanction is a person's to decide, never the system's (宜阳 实施细则 四(二)2).
    """
    view = (await app.known(event.court, event.subject)).view
    is_untrue = any(mark in view.marks for mark in UNTRUE_REPORT)
    if is_untrue and view.status != "closed" and not COERCION & set(view.measures):
        raise NotYet("no true report of property: forced summons, fine or detention are to be considered")


def _assets(found: AssetsFound) -> Iterable[str]:
    return [asset.asset_id for asset in found.assets]


def _has_untrue_report(noted: CaseNoted) -> bool:
    return any(noted.marks.get(mark) for mark in UNTRUE_REPORT)


REACTIONS = [
    Reaction(CaseFiled, "first_enquiry", first_enquiry, when=lambda e: e.kind in ("enforcement", "resumption")),
    Reaction(CaseNoted, "answer_untrue_report", answer_untrue_report, when=_has_untrue_report),
    Reaction(AssetsFound, "control", control, when=lambda e: e.source != "survey", each=_assets),
    Reaction(MeasureTaken, "plan_renewal", plan_renewal, when=lambda e: e.expires_on is not None),
    Reaction(MeasureLifted, "end_renewal", end_renewal),
    Reaction(CaseClosed, "lift_what_is_left", lift_what_is_left, when=lambda e: e.way in ("performed", "ended")),
]
TIMERS = {"propose_renewal": propose_renewal}
