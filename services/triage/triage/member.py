"""A member of the court (人员): the team and the posts held in it."""

from __future__ import annotations

from datetime import date
from typing import Any

from families.days import require_to_come
from kernel.domain import Aggregate, DomainEvent
from kernel.problems import NotFound, WrongState
from triage import events

ENDINGS = ("left", "rotated_out")


class Member(Aggregate):
    """A member belongs to the team of the last posting; an ending ends every post.

    `introduced`: team and posts as the installation itself told them last. It tells them at every start, and what it
    tells again does not undo what people have said since.
    """

    KIND = "member"

    def __init__(self) -> None:
        self.team = ""
        self.posts: set[str] = set()
        self.introduced: set[tuple[str, str]] = set()

    def take_post(
        self, member_id: str, *, team: str, post: str, reason: str, until: date | None = None, **fields: Any
    ) -> dict[str, str]:
        """Being posted again where one is, or introduced again as before, changes nothing."""
        assert self.by is not None, "commands run on drafts"
        require_to_come(self.by, until, "body.until")
        held = team == self.team and post in self.posts
        if reason in ENDINGS and not held:
            raise WrongState("the member does not hold this post in this team")
        known = (team, post) in self.introduced if self.by.actor == "system" else held
        if not known or reason != "appointed":
            what = {"member_id": member_id, "team": team, "post": post, "reason": reason, **fields}
            self.record(events.MemberPosted, subject=f"member/{member_id}", until=until, **what)
        return {"member_id": member_id}

    def record_credential(self, member_id: str, *, valid_to: date | None, **fields: Any) -> dict[str, str]:
        """What is granted or withdrawn (资格); a day it is valid to lies ahead."""
        require_to_come(self.by, valid_to, "body.valid_to")
        if not self.posts:
            raise NotFound("nobody of this id is posted in the court")
        what: dict[str, Any] = {"member_id": member_id, "valid_to": valid_to, **fields}
        self.record(events.CredentialRecorded, subject=f"member/{member_id}", **what)
        return {"member_id": member_id}

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.MemberPosted() if event.reason in ENDINGS:
                self.team, self.posts = "", set()
                if event.by.actor == "system":
                    self.introduced = set()
            case events.MemberPosted():
                kept = self.posts if event.team == self.team else set[str]()
                self.team, self.posts = event.team, kept | {event.post}
                if event.by.actor == "system":
                    kept_posts = {each for each in self.introduced if each[0] == event.team}
                    self.introduced = kept_posts | {(event.team, event.post)}
            case _:
                pass
