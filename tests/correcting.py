"""Corrections as people make them, in few words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.services import Bench

Told = dict[str, Any]  # an envelope


async def published(b: Bench, service: str, subject: str, name: str, **data: Any) -> Told:
    """The one event of that name and with these data that a service has published about a subject."""
    found = [e for e in await b.events(service, subject, name) if data.items() <= e["data"].items()]
    [event] = found
    return event


def amendment(event: Told, *, at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """The body that amends an event: some of its data, the time at which it happened, or both."""
    reading: dict[str, Any] = {"data": {**event["data"], **changes}}
    if at is not None:
        reading["time"] = at.isoformat()
    return {**_names(event), "how": "amend", "reading": reading}


def void(event: Told) -> dict[str, Any]:
    return {**_names(event), "how": "void"}


def _names(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"subject": event["subject"], "corrects": event["id"], "reason": "entry_mismatch"}


async def correct(b: Bench, service: str, body: dict[str, Any], who: str = "director") -> None:
    await b.post(service, "/corrections", body, who=who)
    await b.settle()
