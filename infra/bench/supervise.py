"""`bench supervise`: a log of 500,000 events read and judged with the example's pack, against lxml's bare iterparse.

What is judged is compared with a second run in one process, and every count with what was written: a fast answer that
is a wrong one does not count. Rounds alternate; ratios are taken round by round, their median is told.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from infra.installation import ROOT
from infra.supervise import command
from infra.supervise.binding import binding
from infra.supervise.gathered import Gathered
from infra.supervise.judging import Question, Tally, tally

EVENTS = 500_000
GOALS = {"supervise_against_iterparse": 0.167}
"""A sixth of its speed: at most six times as long."""
PACK = ROOT / "docs" / "examples" / "library"
_BEGUN, _DAYS = datetime(2024, 1, 1, 9, tzinfo=UTC), 700
_AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
_COURSES = (
    ("Lend", "Return", "Shelve"),
    ("Lend", "Return", "Shelve", "Charge", "Pay"),
    ("Lend", "Renew", "Renew", "Return", "Shelve"),
    ("Lend", "Remind", "Call", "Return", "Charge", "Pay", "Shelve"),
    ("Lend", "Remind", "Return", "Shelve", "Charge", "Waive"),
)


@dataclass(frozen=True)
class Result:
    """Seconds of each round."""

    rounds: dict[str, list[float]]
    ratios: dict[str, float]


def measure(folder: Path, rounds: int, events: int = EVENTS) -> Result:
    """Raises AssertionError where events, cases or occurrences are not those that were written."""
    log = folder / "loans.xes"
    cases = write(log, events)
    _verify(log, events, cases)
    found: dict[str, list[float]] = {"iterparse": [], "supervise": []}
    for _ in range(rounds):
        with multiprocessing.get_context("fork").Pool(1) as apart:  # the tree of the whole log does not come back
            found["iterparse"].append(apart.apply(_seconds, (bare, log)))
        found["supervise"].append(_seconds(judged, log))
    ratio = statistics.median(a / b for a, b in zip(found["iterparse"], found["supervise"], strict=True))
    return Result(found, {"supervise_against_iterparse": round(ratio, 3)})


def _seconds(run: Callable[[Path], object], log: Path) -> float:
    begun = time.perf_counter()
    run(log)
    return time.perf_counter() - begun


def bare(log: Path) -> int:
    """lxml alone: every element as it ends, nothing done with it."""
    return sum(1 for _ in etree.iterparse(log))


def judged(log: Path) -> tuple[Gathered, Tally, Question]:
    """As the command does it."""
    bound = binding(str(PACK), None, PACK, foreign=True)
    gathered = command.gather(log, bound)
    question = Question(bound.rulebook, bound.reference(()), gathered.facts_of, bound.zone, _AS_OF, None, 5)
    return gathered, command.judged(gathered, question), question


def _verify(log: Path, events: int, cases: int) -> None:
    gathered, found, question = judged(log)
    assert not gathered.problems, gathered.problems.listed[:3]
    assert (gathered.events, len(gathered.cases)) == (events, cases), "not every event was read"
    assert found.counts == tally(gathered.cases, question).counts, "two processes count otherwise than one"
    assert found.counts.total() > events // 4, "hardly an occurrence was judged"


# ---- the log --------------------------------------------------------------------------------------------------------


def write(log: Path, events: int) -> int:
    """Loans until there are so many events; gives the number of loans."""
    chance, left, cases = random.Random(1), events, 0
    with log.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log xmlns="http://www.xes-standard.org/">\n')
        while left:
            cases += 1
            course = chance.choice(_COURSES)[:left]
            left -= len(course)
            file.write(f'\t<trace>\n\t\t<string key="concept:name" value="L{cases}"/>\n')
            file.writelines(_events(course, chance))
            file.write("\t</trace>\n")
        file.write("</log>\n")
    return cases


def _events(course: tuple[str, ...], chance: random.Random) -> Iterator[str]:
    at = _BEGUN + timedelta(minutes=chance.randrange(_DAYS * 24 * 60))
    for activity in course:
        fine = f'\t\t\t<int key="fine_cents" value="{chance.randrange(900)}"/>\n' if activity == "Charge" else ""
        yield (
            f'\t\t<event>\n\t\t\t<string key="concept:name" value="{activity}"/>\n'
            f'\t\t\t<string key="lifecycle:transition" value="complete"/>\n'
            f'\t\t\t<string key="org:resource" value="clerk{chance.randrange(40)}"/>\n'
            f'\t\t\t<date key="time:timestamp" value="{at.isoformat(timespec="milliseconds")}"/>\n{fine}\t\t</event>\n'
        )
        at += timedelta(minutes=chance.randrange(1, 20 * 24 * 60))
