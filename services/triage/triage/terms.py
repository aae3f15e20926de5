"""Terms of a case (期限): what stops them for a time, lets them run again, or extends them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from families.approval import Approval
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.facts import Known
from kernel.problems import Invalid, NotFound, WrongState
from rules.derive import derive
from rules.derived import Clock as Running
from rules.due import EFFECTIVE
from rules.fact import Fact
from rules.packs import Clock
from triage import events
from triage.judgement import Judgement

RULING, SUSPENSION_RULING = "ruling", "suspension_ruling"  # 中止裁定 is signed before its suspension is entered
PAIRED = frozenset({"suspension_id", "cause"})
LACKING = {
    "late": "asked_before_expiry",
    "too_often": "extension_left",
    "too_long": "length_allowed",
    "not_allowed": "extension_allowed",
}
"""What an extension lacks that would have no effect (pack language 4.4); a wrong unit is a wrong field."""


class Terms(Aggregate):
    """The suspensions of one case that are open, and the approvals that have extended a term."""

    KIND = "terms"
    CORRECTABLE = correctable(
        {
            events.TermSuspended: Correctable(PAIRED),
            events.TermResumed: Correctable(PAIRED),
            events.TermExtended: Correctable(frozenset({"clock", "occurrence", "approval_id", "asked_on"}), void=True),
        }
    )

    def __init__(self) -> None:
        self.open: dict[str, events.TermSuspended] = {}
        self.used: set[str] = set()

    def suspend(self, suspension_id: str, subject: str, cause: str, **fields: Any) -> dict[str, str]:
        if any(each.cause == cause for each in self.open.values()):
            raise WrongState("the terms stand still for this cause already")
        self.record(events.TermSuspended, subject=subject, suspension_id=suspension_id, cause=cause, **fields)
        return {"suspension_id": suspension_id}

    def resume(self, suspension_id: str, document_id: str | None) -> dict[str, str]:
        if suspension_id not in self.open:
            raise NotFound("no such suspension is open")
        suspended = self.open[suspension_id]
        paired = {name: getattr(suspended, name) for name in ("suspension_id", "cause", "clocks")}
        self.record(events.TermResumed, **paired, document_id=document_id)
        return {"suspension_id": suspension_id}

    def extend(self, extension_id: str, subject: str, **fields: Any) -> dict[str, str]:
        if fields["approval_id"] in self.used:
            raise WrongState("the approval has extended a term already")
        self.record(events.TermExtended, subject=subject, extension_id=extension_id, **fields)
        return {"extension_id": extension_id}

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.TermSuspended():
                self.open[event.suspension_id] = event
            case events.TermResumed():
                self.open.pop(event.suspension_id, None)
            case events.TermExtended():
                self.used.add(event.approval_id)
            case _:
                pass


class TermCommands(Application):
    """中止、恢复、延期: by who holds the case, as far as the court's pack lets the terms of its clocks be moved."""

    async def suspend_term(
        self, call: Call, case_id: str, cause: str, clocks: Sequence[str], document_id: str | None, basis: str | None
    ) -> Answer:
        """Raises Refused without the ruling or the approval it needs, Invalid for a clock that the cause stops not."""
        key, policy, approval = call.mint("suspension"), self.policy(call), await self.read(Approval, basis or "")

        def suspend(terms: Terms, known: Known) -> dict[str, str]:
            case = Judgement(policy, self.actor(call), known)
            case.require_in_hand()
            _require_stoppable(case, cause, clocks)
            if cause == RULING:
                case.require_signed("suspend_term", SUSPENSION_RULING, document_id)
            case.require_leave("suspend_term", "suspend", approval)
            return terms.suspend(key, known.subject, cause, clocks=tuple(clocks), document_id=document_id)

        return await self.change(call.under(policy), Terms, case_id, suspend, knowing=f"case/{case_id}")

    async def resume_term(self, call: Call, case_id: str, suspension_id: str, document_id: str | None) -> Answer:
        return await self.change(call, Terms, case_id, lambda t: t.resume(suspension_id, document_id))

    async def extend_term(
        self, call: Call, case_id: str, *, clock: str, occurrence: str, approval_id: str, **fields: Any
    ) -> Answer:
        """Raises Refused, naming the clock's rule, where the extension would have no effect: it was asked for after the
        term had run out, or too often; `warned` tells of one asked for on short notice."""
        key, policy = call.mint("extension"), self.policy(call)

        def extend(terms: Terms, known: Known) -> dict[str, Any]:
            case = Judgement(policy, self.actor(call), known)
            case.require_in_hand()
            rule = self._extended_rule(call, known, clock, occurrence)
            asked_on = _asked_on(case, rule, approval_id)
            told = {
                "clock": clock,
                "occurrence": occurrence,
                "approval_id": approval_id,
                "asked_on": asked_on,
                **fields,
            }
            verdict = self._verdict(call, known, key, told)
            _require_effect(case, rule, verdict)
            return {**terms.extend(key, known.subject, **told), "warned": ["short_notice"][: verdict != "applied"]}

        return await self.change(call.under(policy), Terms, case_id, extend, knowing=f"case/{case_id}")

    def _extended_rule(self, call: Call, known: Known, clock: str, occurrence: str) -> Clock:
        """The rule as the version has it under which the occurrence began. Raises Invalid for one that is not open."""
        for each in self._clocks(call, known.facts):
            if (each.rule, each.occurrence) == (clock, occurrence) and each.state.is_open:
                rule = self.courts[call.by.court].rule((each.pack, each.pack_version), clock)
                assert isinstance(rule, Clock)
                return rule
        raise Invalid("no such clock is open in this case", field="body.clock")

    def _clocks(self, call: Call, facts: Sequence[Fact]) -> Sequence[Running]:
        court = call.by.court
        reference = self.courts.reference(court)
        return derive(facts, self.courts[court], as_of=call.by.decided_at, reference=reference).clocks

    def _verdict(self, call: Call, known: Known, key: str, told: dict[str, Any]) -> str:
        """What would become of the extension, by the rules that supervision goes by."""
        court, now = call.by.court, call.by.decided_at
        data = {**told, "extension_id": key, "asked_on": told["asked_on"].isoformat()}
        last = max(fact.position for fact in known.facts)
        new = Fact(key, f"/{court}/triage", "TermExtended", court, known.subject, now, now, last + 1, data)
        reference = self.courts.reference(court)
        found = derive([*known.facts, new], self.courts[court], as_of=now, reference=reference).findings
        return next((each.reason for each in found if each.fact == key), "applied")


def _require_stoppable(case: Judgement, cause: str, clocks: Sequence[str]) -> None:
    stopped = {clock.id for clock in case.policy.clocks if cause in clock.suspended_by}
    if not set(clocks) <= stopped:
        raise Invalid("is no clock that stands still for this cause", field="body.clocks")


def _asked_on(case: Judgement, rule: Clock, approval_id: str) -> datetime:
    """When the approval was asked for that has gone through. Raises Refused where the clock's rule needs another."""
    act = rule.extension.act if rule.extension else ""
    if not act:
        raise case.refused("extend_term", rule, [LACKING["not_allowed"]])
    of_it = [f for f in case.known.facts if f.data.get("approval_id") == approval_id and f.data.get("act") == act]
    asked = next((f.time for f in of_it if f.type == "ApprovalAsked"), None)
    granted = any(f.type == "ApprovalDecided" and f.data["final"] and f.data["decision"] == "approved" for f in of_it)
    if asked is None or not granted:
        raise case.refused("extend_term", rule, [act])
    return asked


def _require_effect(case: Judgement, rule: Clock, verdict: str) -> None:
    if verdict == "unit":
        raise Invalid("does not fit the term", field="body.unit")
    if verdict not in EFFECTIVE:
        raise case.refused("extend_term", rule, [LACKING[verdict]])
