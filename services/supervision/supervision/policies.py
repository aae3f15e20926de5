"""The versions of packs and calendars that bind one court (规则、日历发布). A published version stands for ever."""

from __future__ import annotations

from typing import Any

from kernel.domain import Aggregate, DomainEvent
from kernel.problems import WrongState
from supervision import events

Publication = tuple[str, str, str]  # what, name, version


class CourtPolicies(Aggregate):
    """What was published for a court, by what it is, its name and version.

    `introduced`: as the installation itself told it last. It tells it at every start, and what it tells again does not
    undo what people have published since.
    """

    KIND = "policies"

    def __init__(self) -> None:
        self.published: dict[Publication, events.PolicyPublished] = {}
        self.introduced: dict[Publication, events.PolicyPublished] = {}

    def publish(self, court: str, **fields: Any) -> dict[str, str]:
        """The same publication again changes nothing; another effective day is published anew."""
        assert self.by is not None, "commands run on drafts"
        publication = fields["what"], fields["name"], fields["version"]
        held = self.published.get(publication)
        if held is not None and held.digest != fields["digest"]:
            raise WrongState("this version is published with another digest, and stands for ever")
        known = self.introduced.get(publication) if self.by.actor == "system" else held
        if known is None or any(getattr(known, name) != value for name, value in fields.items()):
            self.record(events.PolicyPublished, subject=f"court/{court}", **fields)
        return {"name": fields["name"], "version": fields["version"]}

    def apply(self, event: DomainEvent) -> None:
        if isinstance(event, events.PolicyPublished):
            publication = event.what, event.name, event.version
            self.published[publication] = event
            if event.by.actor == "system":
                self.introduced[publication] = event
