"""Figures (统计): events or deadlines counted by period, and shares held against their limits (pack language 3.12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from rules.duties import Period, period_of
from rules.fact import Fact
from rules.matcher import Matcher, read
from rules.packs import Figure, Limit, Occurrences
from supervision.queries import Snapshot

Counts: TypeAlias = Mapping[tuple[str, ...], int]
"""What was counted, by the values of what it is told apart by."""
ENFORCEMENT_MEMBERS = "enforcement_members"
LATE = ("breached", "breached_closed")


async def figures(of: Snapshot, day: int) -> list[dict[str, Any]]:
    """Every figure in force, for the period that the day lies in; as far as the moment asked for has come."""
    rules = [rule for rule in of.policy.rules.values() if isinstance(rule, Figure)]
    return [await _figure(rule, of, period_of(rule.per, day)) for rule in rules]


async def _figure(rule: Figure, of: Snapshot, period: Period) -> dict[str, Any]:
    limit = next(
        (each for each in of.policy.rules.values() if isinstance(each, Limit) and each.name == rule.limit), None
    )
    counts = await _counts(rule, limit, of, period)
    return {
        "figure": rule.id,
        "clause": rule.clause,
        "at": rule.at,
        "name": {"zh": rule.zh, "en": rule.en},
        "why": rule.why,
        "reading": of.names.readings.get(rule.reading or ""),
        "per": rule.per,
        "period": period.text,
        "total": sum(counts.values()),
        "counts": [
            {"by": dict(zip(rule.by, values, strict=True)), "count": count}
            for values, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        ],
        "limit": None if limit is None else _share(limit, sum(counts.values()), of),
    }


async def _counts(rule: Figure, limit: Limit | None, of: Snapshot, period: Period) -> Counts:
    counted = limit.count if limit is not None else rule.count
    if isinstance(counted, Occurrences):
        return await _occurrences(counted, rule.by, of, period)
    return {} if counted is None else _events(counted, rule.by, await of.facts(counted.types), of, period)


def _events(counted: Matcher, by: Iterable[str], facts: Iterable[Fact], of: Snapshot, period: Period) -> Counts:
    """By the fields of the events, or of their envelopes (`by.actor`)."""
    since, until = _instants(of, period)
    within = (each for each in facts if since <= each.time < until and counted.matches(each))
    return Counter(tuple(str(read(each, name) or "") for name in by) for each in within)


async def _occurrences(counted: Occurrences, by: Iterable[str], of: Snapshot, period: Period) -> Counts:
    """Late ones belong to the period in which they were due, others to that in which they ended; what still runs, to
    the present. `breached` are also those that ended in breach."""
    states = [*counted.state, *(LATE if "breached" in counted.state else ())]
    rows = await of.occurrences(None if counted.of_all else list(counted.clocks), states, *_instants(of, period))
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        answers = {"answered_by": row["member"] or row["team"] or row["post"]}
        found[tuple(str({**row, **answers}.get(name, "")) for name in by)] += row["count"]
    return found


def _instants(of: Snapshot, period: Period) -> tuple[Any, Any]:
    return of.calendar.start_of(period.first), of.calendar.start_of(period.last + 1)


def _share(limit: Limit, count: int, of: Snapshot) -> dict[str, Any]:
    """A share of the members posted (N09): 10 of 100 is 10 percent, which `incl` lets pass."""
    members = sum(of.sizes.values()) if limit.of == ENFORCEMENT_MEMBERS else 0
    within = count * 100 <= limit.amount * members if limit.incl else count * 100 < limit.amount * members
    return {
        "rule": limit.id,
        "clause": limit.clause,
        "of": limit.of,
        "members": members,
        "percent": limit.amount,
        "permille": count * 1000 // members if members else 0,
        "within": within,
    }
