"""Every case judged: how many occurrences of each clock stand how, the worst of them, or all of them one by one."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import orjson

from infra.supervise.log_file import Problems
from rules.breach import Spell, State, overdue, whole_days
from rules.derive import Stand, derive, stands
from rules.derived import Clock
from rules.fact import Fact
from rules.reference import Reference
from rules.rulebook import Rulebook

COLUMNS = {
    State.MET: "met", State.MET_LATE: "met_late", State.BREACHED: "breached", State.BREACHED_CLOSED: "breached",
    State.RUNNING: "running", State.PENDING: "running", State.SUSPENDED: "suspended", State.VOID: "void",
    State.SUPERSEDED: "superseded", State.UNCERTAIN: "uncertain",
}  # fmt: skip
"""Where a state is counted. What is pending runs; what was withdrawn has not started, as known now."""
_NOT_THEIR_DATA = (LookupError, TypeError, ValueError, AttributeError)
"""Raised where the data of an event are not those of its type."""
F = TypeVar("F")
T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """A log's cases, as of an instant, as known at another; the `worst` of each clock are named."""

    rulebook: Rulebook
    reference: Reference
    facts_of: Callable[[str], list[Fact]]
    zone: ZoneInfo
    as_of: datetime
    known_at: datetime | None
    worst: int

    @property
    def moment(self) -> dict[str, Any]:
        return {"as_of": self.as_of, "known_at": self.known_at, "reference": self.reference}


class Late(NamedTuple):
    case: str
    due: datetime
    overdue_days: int


@dataclass
class Tally:
    """Occurrences by clock and column; of each clock the worst, the longest overdue first."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    worst: dict[str, list[Late]] = field(default_factory=dict[str, list[Late]])
    problems: Problems = field(default_factory=Problems)

    def join(self, other: Tally, worst: int) -> None:
        self.counts += other.counts
        self.problems.join(other.problems)
        for rule, late in other.worst.items():
            self.worst[rule] = _worst([*self.worst.get(rule, ()), *late], worst)


def tally(cases: Sequence[str], question: Question) -> Tally:
    """The occurrences of some cases, counted."""
    found, late = Tally(), dict[str, list[Late]]()

    def judge(facts: list[Fact]) -> list[Stand]:
        return list(stands(facts, question.rulebook, **question.moment))

    for case, judged in each_judged(cases, question.facts_of, found.problems, judge):
        for identity, reading, state in judged:
            found.counts[identity.rule, COLUMNS[state]] += 1
            if state.is_late:
                days = whole_days(overdue(reading, question.as_of), reading.due.unit)
                late.setdefault(identity.rule, []).append(Late(case, reading.due.due, days))
    found.worst = {rule: _worst(each, question.worst) for rule, each in late.items()}
    return found


class Listing(NamedTuple):
    """The occurrences of some cases, a line of JSON each."""

    lines: bytes
    problems: Problems


def listing(cases: Sequence[str], question: Question) -> Listing:
    """Every occurrence of some cases, sorted by case, clock, occurrence."""
    lines, problems = list[bytes](), Problems()

    def judge(facts: list[Fact]) -> Sequence[Clock]:
        return derive(facts, question.rulebook, **question.moment, clocks_alone=True).clocks

    for case, clocks in each_judged(cases, question.facts_of, problems, judge):
        for clock in sorted(clocks, key=lambda each: (each.rule, each.occurrence)):
            lines.append(orjson.dumps(_told(case, clock, question.zone), option=orjson.OPT_APPEND_NEWLINE))
    return Listing(b"".join(lines), problems)


def each_judged(
    cases: Iterable[str], facts_of: Callable[[str], F], problems: Problems, judge: Callable[[F], T]
) -> Iterator[tuple[str, T]]:
    """What cannot be derived is told; the other cases go on."""
    for case in cases:
        try:
            yield case, judge(facts_of(case))
        except _NOT_THEIR_DATA as error:
            problems.add(case, f"its events cannot be derived from: {type(error).__name__}: {error}")


def _worst(late: Iterable[Late], most: int) -> list[Late]:
    return heapq.nsmallest(most, late, key=lambda each: (-each.overdue_days, each.due, each.case))


def _told(case: str, clock: Clock, zone: ZoneInfo) -> dict[str, Any]:
    is_stopped = clock.state in (State.MET, State.MET_LATE)
    return {
        "clock": clock.rule,
        "subject": case,
        "occurrence": clock.occurrence,
        "start": local(clock.start, zone),
        "due": local(clock.due, zone),
        "stop": local(clock.closed, zone) if is_stopped else None,
        "state": State.BREACHED if clock.state is State.BREACHED_CLOSED else clock.state,
        "breach": [[local(since, zone), local(until, zone)] for since, until in _spells(clock.record)],
        "provisional": clock.provisional,
        "answers": clock.answers._asdict(),
    }


def _spells(record: Iterable[Spell]) -> list[tuple[datetime, datetime | None]]:
    """Since when, and how long, it was known to be late, whatever D and X were meanwhile."""
    found: list[tuple[datetime, datetime | None]] = []
    for spell in record:
        if found and found[-1][1] == spell.since:
            found[-1] = (found[-1][0], spell.until)
        else:
            found.append((spell.since, spell.until))
    return found


def local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with the zone's offset."""
    return instant.astimezone(zone).isoformat() if instant else None
