"""What waits for somebody (待办): whatever was asked of him, in whichever service, and what he has been told of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kernel.principals import Principal
from rules.rulebook import Policy
from supervision.names import Names
from supervision.queries import Row, Snapshot


async def todo(of: Snapshot, who: Principal) -> list[dict[str, Any]]:
    """What is due first comes first; then what has waited longest."""
    rows = await of.todos(who.member, who.posts, who.team, sorted(_steps(of.policy, who.posts)))
    return [_view(row, of.names) for row in rows]


def _steps(policy: Policy, posts: Iterable[str]) -> set[str]:
    """Steps of approvals that any of several posts decides: an event names the first of them alone."""
    held = set(posts)
    return {f"{rule.act}/{step[0]}" for rule in policy.authority for step in rule.chain if held & set(step)}


def _view(row: Row, names: Names) -> dict[str, Any]:
    """`kind`: of the matter, the act, what is handed over; of a reminder the clock, with its name."""
    told = ("what", "id", "kind", "about", "state", "subject", "case_no", "post", "team", "member", "since", "due_on")
    name = names.rule(row["kind"]) if row["what"] == "reminder" else None
    return {**{field: row[field] for field in told}, "name": name}
