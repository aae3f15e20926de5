"""Credentials (资格) of members, from the reference facts CredentialRecorded."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from rules.fact import Fact


def credentials(reference: Iterable[Fact], court: str, member: str, day: date) -> tuple[str, ...]:
    """What a member holds on a day: granted last, not withdrawn, not run out."""
    last: dict[str, Any] = {}
    for fact in sorted(reference, key=lambda fact: fact.order):
        if (fact.type, fact.court) == ("CredentialRecorded", court) and fact.data["member_id"] == member:
            last[fact.data["credential"]] = fact.data
    return tuple(sorted(name for name, data in last.items() if data["action"] == "granted" and _valid(data, day)))


def _valid(data: Any, day: date) -> bool:
    return "valid_to" not in data or str(data["valid_to"]) >= day.isoformat()
