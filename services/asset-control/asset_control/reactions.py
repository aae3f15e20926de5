"""What the service does when others publish, and when time has come: event or timer -> command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from asset_control.application import AssetControl, renewal_id
from asset_control.asset import Asset
from asset_control.enquiry import NETWORK, is_terminated_for_now
from asset_control.measures import COERCION, ON_THINGS, measures_in_force
from asset_control.terms import half_yearly_id, timers_after_closing, timers_of_term
from contracts.asset_control import (
    AssetsFound,
    EnquiryAnswered,
    FoundAsset,
    MeasureLifted,
    MeasureRenewed,
    MeasureTaken,
)
from contracts.auction import AuctionAnnounced, AuctionFailed, AuctionSold, AuctionStopped, LotTransferred
from contracts.families import FactCorrected
from contracts.intake import CaseFiled, CaseNoted
from contracts.triage import CaseClosed, CaseResumed, PerformanceRecorded
from families.matter import OPEN, Matter
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.facts import Known
from kernel.feed import Event
from kernel.problems import NotYet
from kernel.timers import Timer
from rules.packs import HANDLER
from rules.rulebook import Policy

UNTRUE_REPORT = ("no_report", "false_report")
ASKED_ON_PAPER = {"counter": "counter_enquiry", "lawyer_order": "lawyer_order"}

# -- enquiries


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


async def ask_again(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """After a failed answer: through the network at once, elsewhere as a matter for who was told of the failure."""
    failed = event.data
    assert isinstance(failed, EnquiryAnswered)
    if failed.channel in NETWORK:
        facts = (await app.known(event.court, event.subject)).facts
        asked = next(f.data for f in facts if f.type == "EnquiryStarted" and f.data["enquiry_id"] == failed.enquiry_id)
        what = {"channel": failed.channel, "purpose": failed.purpose, "cycle": failed.cycle, "round": failed.round}
        await app.start_enquiry(call, event.case_id, **what, party_ids=asked["party_ids"])
    elif failed.channel in ASKED_ON_PAPER:
        about, to_post = f"enquiry:{failed.enquiry_id}", event.fact.post or "enquiry_officer"
        await app.ask_matter(call, event.case_id, **_task(ASKED_ON_PAPER[failed.channel], to_post, about=about))


async def plan_enquiries(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """Half-yearly, for five years; of a case brought in, those that are still to come."""
    known = await app.known(event.court, event.subject)
    for timer in timers_after_closing(app.policy(call), known.calendar, event.case_id, event.fact.time):
        if timer.due > call.by.decided_at or not event.is_history:
            await app.timers.set(timer, call.by)


async def drop_enquiries(app: AssetControl, _: Call, event: Event, __: str) -> None:
    """The case goes on as another."""
    await app.timers.drop(half_yearly_id(event.case_id))


async def enquire_half_yearly(app: AssetControl, call: Call, data: dict[str, Any]) -> None:
    """By the system where the pack lets it enquire at all, else asked of the enquiry staff."""
    policy = app.policy(call)
    call = call.under(policy)
    if policy.settings.first_enquiry != "service":
        await app.enquire_half_yearly(call, data["case_id"], data["cycle"])
    elif is_terminated_for_now(await app.known(call.by.court, f"case/{data['case_id']}")):
        await app.ask_matter(call, data["case_id"], **_task("network_control", "enquiry_officer"))


# -- control of what was found


async def control(app: AssetControl, call: Call, event: Event, asset_id: str) -> None:
    """Online at once; else a matter for the field staff, or a delegation where the asset lies elsewhere.

    What is found after the case was closed waits for the decision whether it goes on.
    """
    assert isinstance(event.data, AssetsFound)
    found = next(asset for asset in event.data.assets if asset.asset_id == asset_id)
    if (await app.known(event.court, event.subject)).view.status == "closed":
        return
    if found.online:
        await app.control_asset(call, event.case_id, asset_id)
    elif not (await app.read(Asset, asset_id)).is_seized_for(event.subject):
        await app.ask_matter(call, event.case_id, **_control_of(found, app.policy(call)))


def _control_of(asset: FoundAsset, policy: Policy) -> dict[str, Any]:
    outside = asset.place == "outside"
    kind = "delegation_out" if outside else "offline_control"
    wanted = ("delegation_officer", "field_officer") if outside else ("field_officer",)
    to_post = next((post for post in wanted if post in policy.structure.posts), HANDLER)
    return _task(kind, to_post, about=f"asset:{asset.asset_id}", place=asset.place)


def _task(kind: str, to_post: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "to_post": to_post, "urgent": False, "items": 1, "requirement": True, "materials": (), **more}


# -- terms of measures, and who waits


async def plan_term(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """The warnings of the pack's ladder before a measure runs out, and its end."""
    measure = event.data
    assert isinstance(measure, MeasureTaken | MeasureRenewed)
    if isinstance(measure, MeasureRenewed) and measure.term_no > 1:
        await _end_renewal(app, call, measure.measure_id, measure.term_no - 1, "done")
    for timer in await _timers(app, call, event):
        await app.timers.set(timer, call.by)


async def plan_corrected_term(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """Timers of the term as it reads now; those of before find another term, and do nothing."""
    known = await app.known(event.court, event.subject)
    told = next((fact for fact in known.facts if fact.id == event.data.corrects and "expires_on" in fact.data), None)
    if told is not None:
        measure, term_no = dict(told.data), told.data.get("term_no", 1)
        for timer in timers_of_term(app.policy(call), known.calendar, event.case_id, measure, term_no):
            await app.timers.set(replace(timer, id=f"{timer.id}.{event.id}"), call.by)


async def end_term(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """A measure that is lifted needs no renewal: its timers are dropped, and the matter it has asked is finished."""
    assert isinstance(event.data, MeasureLifted)
    term = await app.last_term(event.case_id, event.fact.data)
    if term is not None:
        await _end_renewal(app, call, event.data.measure_id, term.no, "not_done")


async def _timers(app: AssetControl, call: Call, event: Event) -> Sequence[Timer]:
    known, measure = await app.known(event.court, event.subject), event.fact.data
    term_no = measure.get("term_no", 1)
    return list(timers_of_term(app.policy(call), known.calendar, event.case_id, dict(measure), term_no))


async def _end_renewal(app: AssetControl, call: Call, measure_id: str, term_no: int, result: str) -> None:
    name = renewal_id(measure_id, term_no)
    await app.timers.drop(f"{name}.")
    if (await app.read(Matter, name)).state in OPEN:
        await app.finish_matter(call, name, result=result, receipts_complete=False, reported_to_handler=True)


async def take_turns(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """Who waits takes effect at the moment the seizure before ends."""
    assert isinstance(event.data, MeasureLifted)
    assert event.data.asset_id is not None
    at = {"happened_at": event.fact.time, "timeprecision": event.envelope.get("timeprecision", "instant")}
    then = replace(call, by=call.by.model_copy(update=at))
    await app.take_turns(then, event.case_id, event.data.asset_id)


async def propose_renewal(app: AssetControl, call: Call, data: dict[str, Any]) -> None:
    await app.propose_renewal(call, **data)


async def expire(app: AssetControl, call: Call, data: dict[str, Any]) -> None:
    ended_at = datetime.fromisoformat(data.pop("ended_at"))
    await app.expire(replace(call, by=call.by.model_copy(update={"happened_at": ended_at})), **data)


# -- at auction


STATES = {
    "AuctionAnnounced": "in_disposal",
    "AuctionStopped": "in_custody",
    "AuctionFailed": "in_custody",
    "AuctionSold": "sold",
}


async def follow_lot(app: AssetControl, call: Call, event: Event, _: str) -> None:
    """The assets of a lot are in disposal, sold, or in custody again; the last failed round ends their disposal."""
    lot = event.data
    if isinstance(lot, AuctionFailed) and not await _was_last(app, call, event):
        return
    in_kind = isinstance(lot, AuctionSold) and lot.mode == "in_kind"
    state = "given_in_kind" if in_kind else STATES[event.name]
    await app.follow_lot(call, event.case_id, await _assets_of_lot(app, event), state)


async def _was_last(app: AssetControl, call: Call, event: Event) -> bool:
    """Whether no round follows: as many have failed since the price was fixed as the pack has (流拍)."""
    rounds, lot_id = app.policy(call).rounds, event.fact.data["lot_id"]
    facts = (await app.known(event.court, event.subject)).facts
    of_lot = [f.type for f in facts if f.data.get("lot_id") == lot_id and not event.fact < f]
    since_price = of_lot[::-1].index("PriceFixed") if "PriceFixed" in of_lot else len(of_lot)
    return rounds is None or of_lot[len(of_lot) - since_price :].count("AuctionFailed") >= rounds.max_rounds


async def hand_to_buyer(app: AssetControl, call: Call, event: Event, _: str) -> None:
    await app.hand_to_buyer(call, event.case_id, await _assets_of_lot(app, event))


async def _assets_of_lot(app: AssetControl, event: Event) -> Sequence[str]:
    """As they were priced: no later event of the auction names them."""
    facts, lot_id = (await app.known(event.court, event.subject)).facts, event.fact.data["lot_id"]
    priced = [f.data["asset_ids"] for f in facts if f.type == "PricingStarted" and f.data["lot_id"] == lot_id]
    if not priced:
        raise NotYet("the lot has not been priced yet")
    return priced[-1]


# -- what people are to do


async def lift_what_is_left(app: AssetControl, _: Call, event: Event, __: str) -> None:
    """Measures of a case that is over are listed until they are lifted (解除)."""
    _require_lifted(await app.known(event.court, event.subject), "the case is over")


async def lift_from_persons(app: AssetControl, _: Call, event: Event, __: str) -> None:
    """So are those on persons as soon as the claim is performed."""
    _require_lifted(await app.known(event.court, event.subject), "the claim is performed", on_things=False)


def _require_lifted(known: Known, why: str, *, on_things: bool = True) -> None:
    measures = measures_in_force(known.facts)
    left = sorted(name for name, measure in measures.items() if on_things or measure["kind"] not in ON_THINGS)
    if left:
        raise NotYet(f"{why}: to be lifted are {', '.join(left)}")


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
    Reaction(EnquiryAnswered, "ask_again", ask_again, when=lambda e: e.result == "failed"),
    Reaction(AssetsFound, "control", control, when=lambda e: e.source != "survey", each=_assets),
    Reaction(MeasureTaken, "plan_term", plan_term, when=lambda e: e.expires_on is not None, of_history=True),
    Reaction(MeasureRenewed, "plan_term", plan_term, of_history=True),
    Reaction(FactCorrected, "plan_corrected_term", plan_corrected_term, when=lambda e: e.how == "amend"),
    Reaction(MeasureLifted, "end_term", end_term),
    Reaction(MeasureLifted, "take_turns", take_turns, when=lambda e: e.asset_id is not None),
    Reaction(CaseNoted, "answer_untrue_report", answer_untrue_report, when=_has_untrue_report),
    Reaction(AuctionAnnounced, "follow_lot", follow_lot),
    Reaction(AuctionStopped, "follow_lot", follow_lot),
    Reaction(AuctionSold, "follow_lot", follow_lot),
    Reaction(AuctionFailed, "follow_lot", follow_lot),
    Reaction(LotTransferred, "hand_to_buyer", hand_to_buyer, when=lambda e: e.step == "delivered"),
    Reaction(PerformanceRecorded, "lift_from_persons", lift_from_persons, when=lambda e: e.full),
    Reaction(CaseClosed, "lift_what_is_left", lift_what_is_left, when=lambda e: e.way in ("performed", "ended")),
    Reaction(
        CaseClosed, "plan_enquiries", plan_enquiries, when=lambda e: e.way == "terminated_for_now", of_history=True
    ),
    Reaction(CaseResumed, "drop_enquiries", drop_enquiries),
]
TIMERS = {"propose_renewal": propose_renewal, "expire": expire, "enquire_half_yearly": enquire_half_yearly}
