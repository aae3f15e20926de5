"""What supervisors see of a court: breaches, what falls due, duties, workload, summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from kernel.problems import NotFound
from rules.answers import Answerer
from rules.packs import Duty, Workload
from rules.workload import per_head, spread
from supervision.names import Names
from supervision.queries import Asked, Snapshot

DECIDED = ("met", "met_late", "breached", "breached_closed")
STATES = (*DECIDED, "running", "pending", "suspended", "uncertain", "near")
OPEN_CASE = ("filed", "handled")
WORST = 12
PERIODS = 12


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
        "deadlines": _deadlines([node for node in nodes if not node["duty"]])
        | {f"cases_{state}": count for state, count in concerned.items()},
        "nodes": nodes,
        "worst": await worst(of),
        "workload": await workload(of),
    }


def _node(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    named = {"name": names.rule(row["rule"]), "source": names.source(row["rule"])}
    return {**row, **named, **_in_time({state: row[state] for state in STATES})}


def _deadlines(nodes: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """Totals over all nodes of cases."""
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
        "at": names.place(row["rule"]),
        "type": row["type"],
        "beside": [related.rule for related in names.related(row["rule"])],
        "occurrence": row["occurrence"],
        "start": row["start_at"],
        "due": row["due_shown"],
        "state": row["state"],
        "ended": row["ended_at"],
        "overdue": row["overdue"],
        "unit": row["unit"],
        "standing": row["standing"],
        "provisional": row["provisional"],
        "answers": answers_view(Answerer(row["post"], row["team"], row["member"]), names),
        "holder": {"team": row["case_team"], "name": names.team(row["case_team"]), "member": row["holder"]},
        "record": orjson.loads(row["record"]),
        "reminders": orjson.loads(row["reminders"]),
    }


def answers_view(who: Answerer, names: Names) -> dict[str, Any]:
    """The team stands before the post: a person's post says less than whose matter it is."""
    name = names.team(who.team) if who.team else names.post(who.post)
    return {"post": who.post, "team": who.team, "member": who.member, "name": name}


async def duties(of: Snapshot) -> list[dict[str, Any]]:
    """Each standing duty in force: how often, who answers, how its present period stands, and how those before did."""
    nodes = {row["rule"]: row for row in await of.nodes() if row["duty"]}
    found: list[dict[str, Any]] = []
    for row in await of.duties():
        rule = of.policy.rules.get(row["rule"])
        if isinstance(rule, Duty):
            counts = {state: nodes[rule.id][state] for state in STATES}
            kind = {"every": rule.every, "why": rule.why, "figures": rule.figures}
            found.append(clock_view(row, of.names) | kind | counts | _in_time(counts))
    return found


def _near(row: Mapping[str, Any], of: Snapshot) -> bool:
    return row["state"] == "running" and row["near_from"] is not None and row["near_from"] <= of.now


# ---- one case -------------------------------------------------------------------------------------------------------


async def find(of: Snapshot, case_no: str, handler: str) -> dict[str, str]:
    """The id of a case by its number (案号). Raises NotFound."""
    subject = await of.find(case_no, handler)
    if subject is None:
        raise NotFound("no case has this number")
    return {"case_id": subject.removeprefix("case/")}
