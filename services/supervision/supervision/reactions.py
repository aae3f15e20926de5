"""What supervision does when events happen (published language, section 4), where the court's pack wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.families import CheckRecorded
from contracts.funds import FundsAnomalyFound
from kernel.call import Call
from kernel.consumer import Reaction
from kernel.feed import Event
from rules import packs
from rules.derived import Clock, Derived
from rules.matcher import Pattern
from supervision.application import PLAIN, Supervision
from supervision.derivation import Moment

CORRECTION: dict[str, Any] = {"kind": "correct_defect", "to_post": packs.HANDLER, **PLAIN}
REPORT, DEFECT = "report", "defect"


async def report(app: Supervision, call: Call, event: Event, _: str) -> None:
    """Where a clock is met by telling a post of what began it, the post is told at once (立即报告)."""
    derived = await _derived(app, call, event)
    for clock, rule, pattern in _met_by(app, event, derived, "ReminderSent"):
        if isinstance(post := pattern.fields.get("to_post"), str):
            told = _reminder(call, clock, REPORT, {"to_post": post})
            await app.remind(call.by_rule(rule), event.subject, clock.rule, [told])


async def ask_correction(app: Supervision, call: Call, event: Event, _: str) -> None:
    """Where a clock is met by asking that what lacks be corrected, the handler is asked (补正)."""
    check: CheckRecorded = event.data
    for _clock, rule in await _corrections(app, call, event):
        asked: dict[str, Any] = CORRECTION | {"about": f"check:{check.check_id}", "items": max(1, len(check.lacking))}
        await app.ask_matter(call.by_rule(rule), event.case_id, **asked)


async def remind_of_defect(app: Supervision, call: Call, event: Event, _: str) -> None:
    """And told so the same day (当日提示)."""
    for clock, rule in await _corrections(app, call, event):
        holder = (await app.known(event.court, event.subject)).view.holder
        told = _reminder(call, clock, DEFECT, {"to_post": packs.HANDLER, "to_member": holder or None})
        await app.remind(call.by_rule(rule), event.subject, clock.rule, [told])


async def _corrections(app: Supervision, call: Call, event: Event) -> list[tuple[Clock, packs.Clock]]:
    met = _met_by(app, event, await _derived(app, call, event), "MatterAsked")
    return [(clock, rule) for clock, rule, pattern in met if pattern.fields.get("kind") == CORRECTION["kind"]]


async def _derived(app: Supervision, call: Call, event: Event) -> Derived:
    derivation = app.live.derivation
    facts = await derivation.facts_of(event.court, event.subject)
    return await derivation.derived(event.court, event.subject, Moment(call.by.decided_at), facts)


def _met_by(
    app: Supervision, event: Event, derived: Derived, met_by: str
) -> Iterator[tuple[Clock, packs.Clock, Pattern]]:
    """The clocks that the event began, and that an event of this type meets: by which pattern of the rule."""
    for clock in derived.clocks:
        if clock.start_fact == event.id and clock.due_shown is not None:
            rule = app.courts[event.court].rule((clock.pack, clock.pack_version), clock.rule)
            assert isinstance(rule, packs.Clock)
            yield from ((clock, rule, each) for each in rule.stop.patterns if each.event == met_by)


def _reminder(call: Call, clock: Clock, kind: str, to: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "reminder_id": call.mint("reminder"),
        "kind": kind,
        "clock": clock.rule,
        "occurrence": clock.occurrence,
        "rung": 1,
        "due_at": clock.due_shown,
        **to,
    }


def _failed_closing(check: CheckRecorded) -> bool:
    return (check.kind, check.result) == ("closing_review", "failed")


REACTIONS = [
    Reaction(FundsAnomalyFound, "report_anomaly", report),
    Reaction(CheckRecorded, "ask_correction", ask_correction, when=_failed_closing),
    Reaction(CheckRecorded, "remind_of_defect", remind_of_defect, when=_failed_closing),
]
