"""Why one case's clocks, or a duty's periods, stand as they do, and the story of a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import orjson

from kernel.problems import NotFound
from rules.derived import Clock, Derived
from rules.fact import Fact
from supervision.derivation import Moment, record_json, reminders_json
from supervision.names import Names, event_name
from supervision.views import answers_view

PERIODS = 12


class Told(NamedTuple):
    """One subject as of a moment: what was derived of it, from which facts, and what things are called."""

    subject: str
    derived: Derived
    facts: Sequence[Fact]
    moment: Moment
    names: Names

    def fact(self, id: str | None) -> dict[str, Any] | None:
        """Of facts that were corrected since, the original."""
        return next((_told(each) for each in self.facts if each.id == id), None) if id else None


def why(of: Told, clock: str | None) -> dict[str, Any]:
    """What a case's clocks come from: facts, rules, versions, each day that was not counted, whose days they were.

    `clock`: only of this rule. Raises NotFound for a case or a clock that is not known.
    """
    chosen = [each for each in of.derived.clocks if clock in (None, each.rule)]
    if not of.facts or (clock is not None and not chosen):
        raise NotFound("nothing is known of this")
    case = of.derived.case
    return {
        "subject": of.subject,
        "case": {"status": case.status, "track": case.track, "team": case.team, "holder": case.holder},
        **_why(chosen, of),
        "load": [asdict(each) for each in of.derived.load],
    }


def why_duty(of: Told, period: str | None) -> dict[str, Any]:
    """What a duty's latest periods come from, the last first; `period`: only that one. Raises NotFound."""
    known = sorted(of.derived.clocks, key=lambda each: each.start, reverse=True)
    chosen = [each for each in known if period in (None, each.key[-1])][:PERIODS]
    if not chosen:
        raise NotFound("nothing is known of this")
    return {"subject": of.subject, **_why(chosen, of)}


def _why(chosen: Sequence[Clock], of: Told) -> dict[str, Any]:
    shown = {(each.rule, each.occurrence) for each in chosen}
    return {
        "clocks": [_explained(each, of) for each in chosen],
        "findings": [each._asdict() for each in of.derived.findings if (each.rule, each.occurrence) in shown],
    }


def _explained(clock: Clock, of: Told) -> dict[str, Any]:
    return {
        **_rule(clock, of.names),
        "occurrence": clock.occurrence,
        "state": clock.state.value,
        "state_then": clock.state_then.value if clock.state_then else None,
        "start": clock.start,
        "due": clock.due_shown,
        "ended": clock.closed,
        "overdue": clock.overdue,
        "unit": clock.unit,
        "provisional": clock.provisional,
        "standing": clock.standing,
        "record": orjson.loads(record_json(clock.record)),
        "answers": answers_view(clock.answers, of.names),
        "shares": [
            {"holder": answers_view(share.holder, of.names), "counted": share.counted, "overdue": share.overdue}
            for share in clock.shares
        ],
        "began_with": of.fact(clock.start_fact),
        "ended_with": of.fact(clock.closed_fact),
        "steps": [step._asdict() for step in clock.trace],
        "beside": list(_beside(clock, of)),
        "extensions": list(_extensions(clock, of)),
        "rungs": [
            {"kind": rung.kind, "n": rung.n, "at": rung.at, "to": [who.name or who.role for who in rung.to]}
            for rung in clock.rungs
        ],
        "reminders": orjson.loads(reminders_json(clock.reminders)),
        "next_change": clock.next_change,
    }


def _rule(clock: Clock, names: Names) -> dict[str, Any]:
    """What the clock stands on: the rule, its clause and place in the text, the versions, the conflict's reading."""
    rule = names.rules.get(clock.rule)
    return {
        "rule": clock.rule,
        "name": names.rule(clock.rule),
        "clause": clock.clause,
        "at": names.place(clock.rule),
        "source": names.source(clock.rule),
        "why": rule.why if rule else "",
        "reading": names.readings.get(rule.reading or "") if rule else None,
        "pack": f"{clock.pack}@{clock.pack_version}",
        "calendar": clock.calendar_version,
        "type": clock.type,
    }


def _beside(clock: Clock, of: Told) -> Iterator[dict[str, Any]]:
    """The law's clock beside the court's own of the same thing, and the reverse (法定期限与内部期限)."""
    for related in of.names.related(clock.rule):
        for other in of.derived.clocks:
            if other.rule == related.rule and (other.key == clock.key or () in (other.key, clock.key)):
                yield {
                    "rule": other.rule,
                    "name": of.names.rule(other.rule),
                    "type": other.type,
                    "relation": related.relation,
                    "reason": related.reason,
                    "occurrence": other.occurrence,
                    "due": other.due_shown,
                    "state": other.state.value,
                }


def _extensions(clock: Clock, of: Told) -> Iterator[dict[str, Any]]:
    """Extensions on record that had no effect, or were asked for on short notice, and why (延期的拒绝)."""
    for finding in of.derived.findings:
        if finding.kind == "extension" and (finding.rule, finding.occurrence) == (clock.rule, clock.occurrence):
            data = next(each.data for each in of.facts if each.id == finding.fact)
            asked = {name: data[name] for name in ("asked_on", "unit", "amount")}
            yield {**asked, "reason": finding.reason, "told": of.fact(finding.fact)}


def timeline(subject: str, facts: Iterable[Fact]) -> dict[str, Any]:
    """The case's facts in the order in which they happened, with when the court's system learned of each."""
    ordered = sorted(facts)
    if not ordered:
        raise NotFound("nothing is known of this")
    return {"subject": subject, "facts": [_told(fact) | {"data": fact.data} for fact in ordered]}


def _told(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "event": fact.type,
        "name": event_name(fact.type),
        "time": fact.time,
        "day_precision": fact.day_precision,
        "recorded_at": fact.recorded_at,
        "service": fact.source.rsplit("/", 1)[1],
        "actor": fact.actor,
        "post": fact.post,
        "team": fact.team,
    }
