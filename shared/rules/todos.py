"""What waits for somebody (待办): matters asked, approvals at a step, hand-overs under way, reminders not yet read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rules.derived import Clock, Todo
from rules.fact import Fact
from rules.reminders import due_day


def todos(facts: Sequence[Fact], clocks: Iterable[Clock]) -> tuple[Todo, ...]:
    """Everything of one subject; `facts` are effective, in the order ≺."""
    return (*_of_events(facts), *_of_reminders(clocks))


def _of_events(facts: Sequence[Fact]) -> Iterator[Todo]:
    """Whatever has begun, and was not ended by an event that names it too."""
    begun: dict[str, Todo] = {}
    ended = {id for fact in facts if (id := _ended(fact))}
    for fact in facts:
        if fact.type in _BEGUN and (todo := _BEGUN[fact.type](fact)).id not in ended:
            begun[todo.id] = todo if todo.id not in begun else _gone_on(begun[todo.id], todo)
    yield from begun.values()


def _ended(fact: Fact) -> str:
    name = _ENDS.get(fact.type, "")
    return fact.data[name] if name and fact.data.get("final", True) else ""


def _gone_on(before: Todo, now: Todo) -> Todo:
    """What is not said again stays as it was."""
    return now._replace(since=before.since, due_on=now.due_on or before.due_on)


def _asked(fact: Fact) -> Todo:
    data = fact.data
    todo = _todo("matter", "matter_id", fact, data["kind"], "asked")
    return todo._replace(post=data["to_post"], team=data.get("to_team") or "", due_on=_day(data))


def _accepted(fact: Fact) -> Todo:
    """Whoever took it on does it."""
    todo, member = _todo("matter", "matter_id", fact, fact.data["kind"], "accepted"), fact.data.get("to_member")
    return todo._replace(post=fact.post, team=fact.team, member=member or "", due_on=_day(fact.data))


def _at_step(fact: Fact) -> Todo:
    todo = _todo("approval", "approval_id", fact, fact.data["act"], "asked")
    return todo._replace(post=fact.data.get("next_post") or "")


def _handed_over(fact: Fact) -> Todo:
    todo = _todo("handover", "handover_id", fact, fact.data["what"], "handed_over")
    return todo._replace(post=fact.data["to_post"], team=fact.data["to_team"])


def _todo(what: Any, id: str, fact: Fact, kind: str, state: str) -> Todo:
    return Todo(what, fact.data[id], kind, fact.data.get("about") or "", state, "", "", "", fact.time)


def _day(data: Mapping[str, Any]) -> date | None:
    return date.fromisoformat(str(data["due_on"])) if data.get("due_on") else None


def _of_reminders(clocks: Iterable[Clock]) -> Iterator[Todo]:
    """Those that want it are to be acknowledged for good, others as long as there is something to do."""
    for clock in clocks:
        for each in clock.reminders:
            if each.acknowledged_at is None and (each.wants_acknowledgement or clock.state.is_open):
                yield Todo(
                    what="reminder",
                    id=each.reminder_id,
                    kind=clock.rule,
                    about=clock.occurrence,
                    state=each.kind,
                    post=each.to_post,
                    team="",
                    member=each.to_member,
                    since=each.told_at,
                    due_on=due_day(each.due_at),
                )


_BEGUN = {
    "MatterAsked": _asked,
    "MatterAccepted": _accepted,
    "ApprovalAsked": _at_step,
    "ApprovalDecided": _at_step,
    "HandedOver": _handed_over,
}
_ENDS = {
    "MatterDeclined": "matter_id",
    "MatterDone": "matter_id",
    "ApprovalDecided": "approval_id",
    "HandoverAccepted": "handover_id",
    "HandoverReturned": "handover_id",
}
"""An event, and the field that names what it ends; a step of an approval only where it is the final one."""
