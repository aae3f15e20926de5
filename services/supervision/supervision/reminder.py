"""Reminders (提示/报告): that somebody was told of a term, and that he has read it (签收)."""

from __future__ import annotations

from typing import Any

from kernel.domain import Aggregate, Correctable, DomainEvent, correctable
from kernel.problems import NotForPost, NotFound, WrongState
from supervision import events


class Reminder(Aggregate):
    """One reminder to one post or member. That it was sent stays a fact, whatever becomes of the term."""

    KIND = "reminder"
    CORRECTABLE = correctable(
        {events.ReminderAcknowledged: Correctable(frozenset(events.ReminderAcknowledged.model_fields), void=True)}
    )

    def __init__(self) -> None:
        self.what: dict[str, str] = {}
        self.rule = ""
        self.to_post = ""
        self.to_member: str | None = None
        self.is_read = False

    def send(self, subject: str, rule: str, **fields: Any) -> None:
        if not self.exists:
            self.record(events.ReminderSent, subject=subject, ruleid=rule, channel="system", **fields)

    def acknowledge(self) -> dict[str, str]:
        if not self.exists:
            raise NotFound("no such reminder")
        self._require_reminded()
        if self.is_read:
            raise WrongState("the reminder was acknowledged before")
        self.record(events.ReminderAcknowledged, ruleid=self.rule, **self.what)
        return {"reminder_id": self.what["reminder_id"]}

    def _require_reminded(self) -> None:
        """The member it was sent to, or else whoever holds the post."""
        assert self.by is not None
        lacks = "member" if self.to_member else "post"
        if (self.to_member or self.to_post) != (self.by.actor if self.to_member else self.by.post):
            told = f"this was sent to: {self.to_member or self.to_post}"
            raise NotForPost(told, act="acknowledge", wanted_by=self.to_post, lacking=(lacks,))

    def apply(self, event: DomainEvent) -> None:
        match event:
            case events.ReminderSent():
                told = ("reminder_id", "kind", "clock", "occurrence")
                self.what = {name: getattr(event, name) for name in told}
                self.rule, self.to_post, self.to_member = event.ruleid, event.to_post, event.to_member
            case events.ReminderAcknowledged():
                self.is_read = True
            case _:
                pass
