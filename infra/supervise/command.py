"""`./zhixing supervise`: reads a log, gathers its cases, judges them, and tells what was found."""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress

from infra import show
from infra.moments import moment
from infra.supervise import answer
from infra.supervise.binding import Binding, binding
from infra.supervise.gathered import Gathered, foreign, ours
from infra.supervise.judging import Question, Tally, listing, local, tally
from infra.supervise.log_file import LogFile, Unusable
from infra.supervise.readers.cloudevents import are_ours
from infra.supervise.workers import CHUNK, in_chunks
from kernel.clock import MachineClock

BROKEN = 3
T = TypeVar("T")
_IN_MEMORY = 1 << 26  # bytes of an answer


@dataclass(frozen=True)
class Options:
    """As the command line has them; `home`: the installation's folder."""

    log: Path
    home: Path
    pack: str | None = None
    rules: Path | None = None
    as_of: str | None = None
    as_known_at: str | None = None
    worst: int = 5
    json: bool = False
    occurrences: bool = False


def run(options: Options) -> int:
    """The exit code: 3 where something in the log could not be read. Nothing is written before all is known.

    Unusable, NoPack, PackError, InstallationError or OSError where nothing can be supervised.
    """
    is_ours = LogFile(options.log).kind == "jsonl" and are_ours(LogFile(options.log).begin())
    bound = binding(options.pack, options.rules, options.home, foreign=not is_ours)
    now = typed(options.as_of, "--as-of", bound) or MachineClock().now()
    known_at = typed(options.as_known_at, "--as-known-at", bound)
    gathered = gather(options.log, bound)
    question = Question(
        bound.rulebook, bound.reference(gathered.reference), gathered.facts_of, bound.zone, now, known_at, options.worst
    )
    (_list if options.occurrences else _sum)(options, bound, gathered, question)
    return BROKEN if gathered.problems.count else 0


def gather(log: Path, bound: Binding, court: str | None = None) -> Gathered:
    """The log's cases, with a bar of how much of the file was read; `court`: of our own events those of this one."""
    with progress(f"reading {log.name}", LogFile(log).size) as advance:
        if bound.log is None:
            return ours(log, advance, court or bound.court)
        return foreign(log, bound.log, bound.rulebook.court, advance)


def judged(gathered: Gathered, question: Question) -> Tally:
    """The occurrences of all cases, counted."""
    whole = Tally()
    for part in with_bar(in_chunks(partial(tally, question=question), gathered.cases), gathered):
        whole.join(part, question.worst)
    return whole


def _sum(options: Options, bound: Binding, gathered: Gathered, question: Question) -> None:
    found = judged(gathered, question)
    gathered.problems.join(found.problems)
    head = {
        "log": options.log.name,
        "pack": bound.title,
        "as_of": local(question.as_of, bound.zone),
        "events": gathered.events,
        "cases": len(gathered.cases),
    }
    told = answer.summed(head, bound.clocks, found, question) | answer.remarks(gathered)
    if options.json:
        return show.as_json(told)
    answer.print_summary(told)
    return answer.print_problems(gathered.problems, show.console)


def _list(_: Options, __: Binding, gathered: Gathered, question: Question) -> None:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as lines:
        for part in with_bar(in_chunks(partial(listing, question=question), gathered.cases), gathered):
            lines.write(part.lines)
            gathered.problems.join(part.problems)
        lines.seek(0)
        shutil.copyfileobj(lines, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    answer.print_problems(gathered.problems, Console(stderr=True, highlight=False))


def typed(text: str | None, option: str, bound: Binding) -> datetime | None:
    """A moment as typed; a date is the end of that day in the log's zone. Unusable where it is none."""
    try:
        return None if text is None else moment(text, bound.zone)
    except ValueError as error:
        raise Unusable(f"{option}: {error}") from None


@contextlib.contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], object]]:
    """On the terminal alone, and gone when it is done: what is answered goes elsewhere."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield partial(bar.advance, task)


def with_bar(parts: Iterable[T], gathered: Gathered) -> Iterator[T]:
    with progress("judging cases", len(gathered.cases)) as advance:
        for part in parts:
            advance(CHUNK)
            yield part
