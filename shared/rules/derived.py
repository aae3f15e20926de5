"""What supervision shows of one subject: its clocks, its workload, its findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

from rules.answers import Answerer
from rules.breach import Spell, Standing, State
from rules.case import CaseView
from rules.explain import TraceStep
from rules.gather import Key
from rules.reminders import Reminder
from rules.rungs import Rung
from rules.shares import Share
from rules.terms import Unit
from rules.workload import Contribution


class Clock(NamedTuple):
    """One occurrence of a clock, as of an instant and as known at another.

    `state` is as known now; `state_then` with what was known at the instant itself, None where nothing was.
    `due` is None while nothing ends the term. `closed` tells when and by which fact it was met, void or superseded.
    `overdue` counts in `unit`. `next_change`: when something changes though nothing happens. Whose it is:
    `answers`; how its time fell on holders, once it is late: `shares`.
    """

    rule: str
    clause: str
    type: Literal["legal", "service"]
    occurrence: str
    key: Key
    start_fact: str
    start: datetime
    due: datetime | None
    due_shown: datetime | None
    state: State
    state_then: State | None
    closed: datetime | None
    closed_fact: str | None
    record: tuple[Spell, ...]
    standing: Standing
    overdue: int
    unit: Unit
    provisional: bool
    answers: Answerer
    shares: tuple[Share, ...]
    next_change: datetime | None
    rungs: tuple[Rung, ...]
    pack: str
    pack_version: str
    calendar_version: str
    reminders: tuple[Reminder, ...] = ()
    trace: tuple[TraceStep, ...] = ()


class Finding(NamedTuple):
    """Something people should look at, and why.

    An extension without effect, or asked for on short notice; a clock that cannot be told; a reminder of which the
    ladder wants to know that it was read, and that nobody has acknowledged.
    """

    kind: Literal["extension", "uncertain", "acknowledgement"]
    rule: str
    occurrence: str
    reason: str
    fact: str = ""


class Todo(NamedTuple):
    """Something that waits (待办) for a member, or else for whoever holds a post, in a team where one is named.

    `kind`: of the matter, the act, what is handed over, or the clock. `about`: a ref, or the clock's occurrence.
    """

    what: Literal["matter", "approval", "handover", "reminder"]
    id: str
    kind: str
    about: str
    state: str
    post: str
    team: str
    member: str
    since: datetime
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """All that supervision shows of one subject."""

    clocks: tuple[Clock, ...] = ()
    load: tuple[Contribution, ...] = ()
    case: CaseView = field(default_factory=CaseView)
    findings: tuple[Finding, ...] = ()
    todos: tuple[Todo, ...] = ()

    @property
    def next_change(self) -> datetime | None:
        """The next instant at which some clock changes though nothing happens."""
        return min((clock.next_change for clock in self.clocks if clock.next_change), default=None)
