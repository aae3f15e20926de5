"""The versions of packs and calendars that bind one court (规则、日历发布). A published version stands for ever."""

from __future__ import annotations

from typing import Any

from kernel.domain import Aggregate, DomainEvent
from kernel.problems import WrongState
from supervision import events

Publication = tuple[str, str, str]  # what, name, version


class CourtPolicies(Aggregate):
    """What was published for a court, by what it is, its name and version."""

    KIND = "policies"

    def __init__(self) -> None:
        self.published: dict[Publication, events.PolicyPublished] = {}

    def publish(self, court: str, **fields: Any) -> dict[str, str]:
        """The same publication again changes nothing; another effective day is published anew."""
        known = self.published.get((fields["what"], fields["name"], fields["version"]))
        if known is not None and known.digest != fields["digest"]:
            raise WrongState("this version is published with another digest, and stands for ever")
        if known is None or any(getattr(known, name) != value for name, value in fields.items()):
            self.record(events.PolicyPublished, subject=f"court/{court}", **fields)
        return {"name": fields["name"], "version": fields["version"]}

    def apply(self, event: DomainEvent) -> None:
        if isinstance(event, events.PolicyPublished):
            self.published[event.what, event.name, event.version] = event
