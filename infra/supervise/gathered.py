"""A log gathered by its cases: each case's events as facts, and what in the log could not be read."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from infra.supervise.log_file import BrokenFile, LogFile, Problems, Unusable
from infra.supervise.readers import Rows
from infra.supervise.readers.cloudevents import CloudEvents
from infra.supervise.readers.csv import Csv
from infra.supervise.readers.jsonl import JsonLines
from infra.supervise.readers.xes import Xes
from kernel.feed import is_reference
from rules.fact import Fact
from rules.foreign import Broken, Entry, Reading
from rules.packs import Log

Told = Callable[[int], object]
T = TypeVar("T")


@dataclass
class Gathered:
    """`events` that could be read, `cases` by name; `reference`: facts about courts and their members.

    `others`: how many events of each other court the log holds; they take no part.
    """

    events: int
    cases: Sequence[str]
    facts_of: Callable[[str], list[Fact]]
    problems: Problems
    reference: list[Fact] = field(default_factory=list[Fact])
    others: Counter[str] = field(default_factory=Counter[str])


def foreign(path: Path, log: Log, court: str, told: Told) -> Gathered:
    """Of a log read by a pack's columns. Unusable where it lacks one."""
    reading, file, problems = Reading(log), LogFile(path, told), Problems()
    cases: dict[str, list[Entry]] = {}
    number = 0
    with file.opened() as stream, untidied():
        rows = _rows(file.kind, stream, reading, log)
        for number, row in enumerate(_readable(rows, problems), 1):
            try:
                case, entry = reading.entry(_whole(row), number)
            except Broken as broken:
                problems.add(rows.position, str(broken))
            else:
                cases.setdefault(case, []).append(entry)
    digest = file.digest

    def facts_of(case: str) -> list[Fact]:
        return reading.facts(court, case, cases[case], digest)

    return Gathered(sum(map(len, cases.values())), sorted(cases), facts_of, problems)


@dataclass
class ByCase:
    """Our own events, put by case; `court`: only those of this one, if one is meant."""

    court: str | None
    events: int = 0
    cases: dict[str, list[Fact]] = field(default_factory=dict[str, list[Fact]])
    reference: list[Fact] = field(default_factory=list[Fact])
    others: Counter[str] = field(default_factory=Counter[str])

    def add(self, fact: Fact) -> None:
        if self.court not in (None, fact.court):
            self.others[fact.court] += 1
            return
        self.events += 1
        (self.reference if is_reference(fact.subject) else self.cases.setdefault(fact.subject, [])).append(fact)

    def gathered(self, source: str, problems: Problems) -> Gathered:
        """Unusable where the `source` holds events of other courts alone."""
        if self.others and not self.events:
            raise Unusable(
                f"{source} holds no event of {self.court}; it holds events of {', '.join(sorted(self.others))}"
            )
        facts_of = self.cases.__getitem__
        return Gathered(self.events, sorted(self.cases), facts_of, problems, self.reference, self.others)


def ours(path: Path, told: Told, court: str | None) -> Gathered:
    """Of our own events; `court`: only those of this one, if one is meant."""
    problems, own = Problems(), ByCase(court)
    with LogFile(path, told).opened() as stream, untidied():
        found = CloudEvents(JsonLines(stream))
        for fact in _readable(found.facts(), problems, found):
            if isinstance(fact, Broken):
                problems.add(found.position, str(fact))
            elif fact is not None:
                own.add(fact)
    return own.gathered(path.name, problems)


def _rows(kind: str, stream: Any, reading: Reading, log: Log) -> Rows:
    if kind == "xes":
        return Xes(stream, reading)
    return Csv(stream, reading, log.encoding) if kind == "csv" else JsonLines(stream)


def _whole(row: Any) -> Any:
    if isinstance(row, Broken):
        raise row
    return row


def _readable(rows: Iterable[T], problems: Problems, placed: Any = None) -> Iterator[T]:
    """Up to where the file is broken; the events before that count."""
    try:
        yield from rows
    except BrokenFile as broken:
        problems.add((placed or rows).position, str(broken))


class untidied:
    """Nothing that is read becomes rubbish: looking for it would cost a quarter of the time."""

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was:
            gc.enable()
