"""What the director and the handlers see: where a case stands, how much each team has to do, what waits for leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from families.approval import Approval
from kernel.guard import ground
from kernel.problems import NotFound
from rules.authority import SYSTEM, next_step
from rules.routing import route
from triage.application import Triage
from triage.handling import FIRST, Handling
from triage.judgement import Judgement
from triage.review import contradicted


async def handling_view(triage: Triage, court: str, case_id: str, now: datetime) -> dict[str, Any]:
    """`lacking`: before the first assignment. `asks`: who is to choose, where the rules say so.

    `proposed`: what the rules suggest to the handler. `contradicted`: what of the decisions made would be otherwise by
    what is known now. Raises NotFound.
    """
    handling = await triage.read(Handling, case_id)
    if not handling.exists:
        raise NotFound("no such case")
    known = await triage.known(court, handling.subject)
    case, view = Judgement(triage.courts.policy(court, now), SYSTEM, known), known.view
    to_come = case.lacks("assign_case", {"stage": FIRST}) if handling.assignment is None else ()
    return {
        "case_id": case_id,
        "kind": view.kind,
        "status": view.status,
        "team": view.team,
        "holder": view.holder,
        "lacking": [ground(lack.gate, lack.item) for lack in to_come],
        "route": _of(handling.route, "stage", "track", "rule", "verdicts"),
        "assignment": _of(handling.assignment, "stage", "team", "handler", "in_name_of", "method", "factors", "basis"),
        "asks": _asks(handling, case),
        "proposed": case.proposals(handling),
        "contradicted": contradicted(known, lambda at: triage.courts.policy(court, at)),
        "closing": _of(handling.closing, "way", "closed_on", "signed_by"),
    }


def _asks(handling: Handling, case: Judgement) -> dict[str, str] | None:
    """Whom the rules ask to choose, and by which approval, before the first assignment."""
    if handling.assignment is not None or FIRST not in case.policy.routes:
        return None
    asked = route(case.policy, FIRST, case.known.view).ask
    return asked and asked.model_dump()


def _of(event: Any, *fields: str) -> dict[str, Any] | None:
    return event and event.model_dump(mode="json", include=set(fields))


async def loads_view(triage: Triage, court: str, now: datetime) -> list[dict[str, Any]]:
    standing = await triage.loads.standing(triage.courts.policy(court, now), court, now)
    return standing.view()


def approval_view(triage: Triage, court: str, approval: Approval) -> dict[str, Any]:
    """The chain is that of the rules it was asked under. Raises NotFound."""
    if not approval.exists:
        raise NotFound("no such approval")
    rule = approval.rule(triage.courts[court])
    return {
        "approval_id": approval.approval_id,
        "subject": approval.subject,
        "act": approval.act,
        "state": approval.state,
        "chain": [list(step) for step in rule.chain],
        "approved_steps": approval.approved,
        "next_posts": list(next_step(rule, approval.approved)) if approval.state == "asked" else [],
        "waits_for": list(approval.told[-1].waits_for) if approval.told else [],
    }
