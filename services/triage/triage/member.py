"""A member of the court (人员): the team and the posts held in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from families.days import require_to_come
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import WrongState
from triage import events

ENDINGS = ("left", "rotated_out")


class Member(Aggregate):
    """A member belongs to the team of the last posting; an ending ends every post."""

    KIND = "member"

    def __init__(self) -> None:
        self.team = ""
        self.posts: set[str] = set()

    def take_post(
        self, member_id: str, *, team: str, post: str, reason: str, until: date | None = None, **fields: Any
    ) -> dict[str, str]:
        """Being posted again where one is changes nothing."""
        require_to_come(self.by, until, "body.until")
        held = team == self.team and post in self.posts
        if reason in ENDINGS and not held:
            raise WrongState("the member does not hold this post in this team")
        if not held or reason != "appointed":
            what = {"member_id": member_id, "team": team, "post": post, "reason": reason, **fields}
            self.record(events.MemberPosted, subject=f"member/{member_id}", until=until, **what)
        return {"member_id": member_id}

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MemberPosted() if event.reason in ENDINGS:
                self.team, self.posts = "", set()
            case events.MemberPosted():
                kept = self.posts if event.team == self.team else set[str]()
                self.team, self.posts = event.team, kept | {event.post}
            case _:
                pass
