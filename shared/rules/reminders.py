"""Reminders (提示/报告): who was told of an occurrence on which rung, and which rungs nobody has been told of.

A rung is told once per due day, and only live (pack language 3.6, Ladders, and 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from rules.calendar import SHANGHAI
from rules.effective import moment
from rules.fact import Fact
from rules.packs import Ladder
from rules.rungs import Rung

SIDES: Mapping[str, Literal["warn", "past"]] = {"near": "warn", "past": "past", "report": "past"}
"""Of which side of the ladder a kind of reminder is; one of a defect stands on no rung."""
Of = tuple[str, str]
"""Rule and text of an occurrence."""


class Reminder(NamedTuple):
    """Somebody was told. `wants_acknowledgement`: the ladder wants proof that he has read it (签收)."""

    reminder_id: str
    kind: str
    rung: int
    due_at: datetime
    to_post: str
    to_member: str
    told_at: datetime
    fact: str
    acknowledged_at: datetime | None = None
    wants_acknowledgement: bool = False


def reminders(facts: Sequence[Fact]) -> dict[Of, list[Reminder]]:
    """Of every occurrence, in the order in which they were sent; `facts` are effective, in the order ≺."""
    read = {fact.data["reminder_id"]: fact.time for fact in facts if fact.type == "ReminderAcknowledged"}
    told: dict[Of, list[Reminder]] = {}
    for fact in facts:
        if fact.type == "ReminderSent":
            of, reminder = (fact.data["clock"], fact.data["occurrence"]), _reminder(fact)
            told.setdefault(of, []).append(reminder._replace(acknowledged_at=read.get(reminder.reminder_id)))
    return told


def _reminder(fact: Fact) -> Reminder:
    data = fact.data
    return Reminder(
        reminder_id=data["reminder_id"],
        kind=data["kind"],
        rung=data["rung"],
        due_at=moment(data["due_at"]),
        to_post=data["to_post"],
        to_member=data.get("to_member") or "",
        told_at=fact.time,
        fact=fact.id,
    )


def with_wants(told: Iterable[Reminder], ladder: Ladder) -> tuple[Reminder, ...]:
    """With which of them the ladder wants acknowledged."""
    wanting = {("warn", n) for n, rung in enumerate(ladder.warn, 1) if rung.ack}
    wanting |= {("past", n) for n, rung in enumerate(ladder.past, 1) if rung.ack}
    return tuple(each._replace(wants_acknowledgement=(SIDES.get(each.kind), each.rung) in wanting) for each in told)


def untold(rungs: Iterable[Rung], told: Iterable[Reminder], due_shown: datetime) -> Iterator[Rung]:
    """Rungs, fired or ahead, of which nobody was told for the day on which the term ends now."""
    sent = {(SIDES.get(each.kind), each.rung, due_day(each.due_at)) for each in told}
    return (rung for rung in rungs if (rung.kind, rung.n, due_day(due_shown)) not in sent)


def due_day(due_shown: datetime) -> date:
    """The court's day on which a term ends, by its end as people are shown it."""
    return due_shown.astimezone(SHANGHAI).date()
