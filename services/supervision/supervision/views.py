"""What supervisors see: breaches, what falls due, workload, summary, why, and the story of one case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from kernel.problems import NotFound
from rules.answers import Answerer
from rules.derived import Clock, Derived
from rules.fact import Fact
from rules.packs import Workload
from rules.workload import per_head, spread
from supervision.derivation import record_json
from supervision.names import Names, event_name
from supervision.queries import Asked, Snapshot

DECIDED = ("met", "met_late", "breached", "breached_closed")
STATES = (*DECIDED, "running", "pending", "suspended", "uncertain", "near")
OPEN_CASE = ("filed", "handled")
WORST = 12


async def breaches(of: Snapshot, asked: Asked, *, only_open: bool = False) -> list[dict[str, Any]]:
    return [clock_view(record, of.names) for record in await of.breaches(asked, only_open=only_open)]


async def due(of: Snapshot, asked: Asked, days: int) -> list[dict[str, Any]]:
    return [clock_view(record, of.names) | {"near": _near(record, of)} for record in await of.due(asked, days)]


async def worst(of: Snapshot, *, and_near: bool = False) -> list[dict[str, Any]]:
    """One clock of each case that has one overdue, the longest overdue first; then, if asked for, those near."""
    rows = await of.worst_cases(WORST, and_near=and_near)
    return [clock_view(row, of.names) | {"others": row["others"]} for row in rows]


async def summary(of: Snapshot) -> dict[str, Any]:
    """Cases by state, deadlines by node, the worst, the teams: what the demo ends with and the wallboard shows."""
    names = of.names
    nodes = [_node(row, names) for row in await of.nodes()]
    cases, concerned = await of.cases(), await of.concerned()
    return {
        "court": {"id": of.court, "name": of.names.court},
        "now": of.now,
        "cases": {
            "open": sum(cases.get(status, 0) for status in OPEN_CASE),
            "applied": cases.get("", 0),
            **{status: cases.get(status, 0) for status in (*OPEN_CASE, "closed")},
        },
        "deadlines": _deadlines(nodes) | {f"cases_{state}": count for state, count in concerned.items()},
        "nodes": nodes,
        "worst": await worst(of),
        "workload": await workload(of),
    }


def _node(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    named = {"name": names.rule(row["rule"]), "source": names.source(row["rule"])}
    return {**row, **named, **_in_time({state: row[state] for state in STATES})}


def _deadlines(nodes: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """Totals over all nodes."""
    totals = {state: sum(node[state] for node in nodes) for state in STATES}
    return {**totals, **_in_time(totals)}


def _in_time(counts: Mapping[str, int]) -> dict[str, int | None]:
    """`decided`: what was done or ran out; `in_time_permille`: what of it was done in time, None of nothing."""
    decided = sum(counts[state] for state in DECIDED)
    return {"decided": decided, "in_time_permille": counts["met"] * 1000 // decided if decided else None}


async def workload(of: Snapshot) -> list[dict[str, Any]]:
    """For each workload rule in force its teams and their spread, heaviest first; loads per head in thousandths."""
    loads = {(record["rule"], record["team"]): record for record in await of.loads()}
    held = await of.held()
    return [_workload(rule, of, loads, held) for rule in of.policy.workloads]


def _workload(
    rule: Workload, of: Snapshot, loads: Mapping[tuple[str, str], Mapping[str, int]], held: Mapping[str, int]
) -> dict[str, Any]:
    teams: list[dict[str, Any]] = []
    for team in of.policy.teams.values():
        if team.kind in rule.of_team_kinds:
            points, size = loads.get((rule.id, team.id), {"load": 0, "apart": 0}), of.sizes.get(team.id, 0)
            teams.append(
                {
                    "team": team.id,
                    "name": of.names.team(team.id),
                    "kind": team.kind,
                    "size": size,
                    "cases": held.get(team.id, 0),
                    "load": points["load"],
                    "apart": points["apart"],
                    "per_head": per_head(points["load"], size) if size else None,
                }
            )
    heads = [team["per_head"] for team in teams if team["per_head"] is not None]
    return {
        "rule": rule.id,
        "clause": rule.clause,
        "name": of.names.rule(rule.id),
        "teams": sorted(teams, key=lambda team: (-(team["per_head"] or 0), team["team"])),
        "mean": sum(heads) // len(heads) if heads else 0,
        "spread_permille": spread(heads),
        "warn_permille": rule.spread_warn_permille,
    }


# ---- clocks ---------------------------------------------------------------------------------------------------------


def clock_view(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A row of the read model. `due` is what people are shown: the last moment in time."""
    return {
        "subject": row["subject"],
        "case_no": row["case_no"],
        "rule": row["rule"],
        "name": names.rule(row["rule"]),
        "clause": row["clause"],
        "source": names.source(row["rule"]),
        "type": row["type"],
        "occurrence": row["occurrence"],
        "start": row["start_at"],
        "due": row["due_shown"],
        "state": row["state"],
        "ended": row["ended_at"],
        "overdue": row["overdue"],
        "unit": row["unit"],
        "standing": row["standing"],
        "provisional": row["provisional"],
        "answers": _answers(Answerer(row["post"], row["team"], row["member"]), names),
        "holder": {"team": row["case_team"], "name": names.team(row["case_team"]), "member": row["holder"]},
        "record": orjson.loads(row["record"]),
    }


def _answers(who: Answerer, names: Names) -> dict[str, Any]:
    """The team stands before the post: a person's post says less than whose matter it is."""
    name = names.team(who.team) if who.team else names.post(who.post)
    return {"post": who.post, "team": who.team, "member": who.member, "name": name}


def _near(row: Mapping[str, Any], of: Snapshot) -> bool:
    return row["state"] == "running" and row["near_from"] is not None and row["near_from"] <= of.now


# ---- one case -------------------------------------------------------------------------------------------------------


async def find(of: Snapshot, case_no: str, handler: str) -> dict[str, str]:
    """The id of a case by its number (案号). Raises NotFound."""
    subject = await of.find(case_no, handler)
    if subject is None:
        raise NotFound("no case has this number")
    return {"case_id": subject.removeprefix("case/")}


def why(subject: str, derived: Derived, facts: Sequence[Fact], names: Names, clock: str | None) -> dict[str, Any]:
    """What a case's clocks come from: facts, rules, versions, each day that was not counted, whose days they were.

    `clock`: only of this rule. Raises NotFound for a case or a clock that is not known.
    """
    chosen = [each for each in derived.clocks if clock in (None, each.rule)]
    if not facts or (clock is not None and not chosen):
        raise NotFound("nothing is known of this")
    by_id = {fact.id: fact for fact in facts}
    return {
        "subject": subject,
        "case": {
            "status": derived.case.status,
            "track": derived.case.track,
            "team": derived.case.team,
            "holder": derived.case.holder,
        },
        "clocks": [_explained(each, by_id, names) for each in chosen],
        "findings": [finding._asdict() for finding in derived.findings if clock in (None, finding.rule)],
        "load": [asdict(each) for each in derived.load],
    }


def _explained(clock: Clock, facts: Mapping[str, Fact], names: Names) -> dict[str, Any]:
    rule = names.rules.get(clock.rule)
    return {
        "rule": clock.rule,
        "name": names.rule(clock.rule),
        "clause": clock.clause,
        "source": names.source(clock.rule),
        "why": rule.why if rule else "",
        "reading": names.readings.get(rule.reading or "") if rule else None,
        "pack": f"{clock.pack}@{clock.pack_version}",
        "calendar": clock.calendar_version,
        "type": clock.type,
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
        "answers": _answers(clock.answers, names),
        "shares": [
            {"holder": _answers(share.holder, names), "counted": share.counted, "overdue": share.overdue}
            for share in clock.shares
        ],
        "began_with": _told(facts[clock.start_fact]),
        "ended_with": _told(facts[clock.closed_fact]) if clock.closed_fact else None,
        "steps": [step._asdict() for step in clock.trace],
        "next_change": clock.next_change,
    }


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
