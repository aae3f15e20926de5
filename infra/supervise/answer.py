"""What `supervise` answers: the sum of a log's clocks, as JSON or as a table, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from infra import show
from infra.supervise.gathered import Gathered
from infra.supervise.judging import COLUMNS, Question, Tally, local
from infra.supervise.log_file import MOST_LISTED, Problems

Answer = dict[str, Any]
_COUNTED = tuple(dict.fromkeys(COLUMNS.values()))
_TITLES = {"started": "started 起算", **{name: show.STATES[name] for name in _COUNTED}}
_SHOWN = 20
"""So many problems are shown to people."""


def summed(head: Mapping[str, Any], clocks: Sequence[str], tally: Tally, question: Question) -> Answer:
    """Every clock of the pack, also those that never started."""
    return {**head, "clocks": [_clock(clock, tally, question) for clock in clocks]}


def remarks(gathered: Gathered) -> Answer:
    """What of the log took no part, if anything: what could not be read, and events of other courts."""
    told: Answer = {"other_courts": dict(gathered.others)} if gathered.others else {}
    if problems := gathered.problems:
        told |= {"broken": problems.count, "problems": [each._asdict() for each in problems.listed]}
    return told


def _clock(clock: str, tally: Tally, question: Question) -> Answer:
    counts = {column: tally.counts[clock, column] for column in _COUNTED}
    worst = [
        {"case": each.case, "due": local(each.due, question.zone), "overdue_days": each.overdue_days}
        for each in tally.worst.get(clock, ())
    ]
    return {"id": clock, "started": sum(counts.values()), **counts, "worst": worst}


def print_summary(answer: Answer) -> None:
    counts = f"{answer['events']:,} events, {answer['cases']:,} cases"
    _print(show.console, f"{answer['log']} with {answer['pack']} as of {answer['as_of']}: {counts}", "bold")
    started = [clock for clock in answer["clocks"] if clock["started"]]
    columns = {name: title for name, title in _TITLES.items() if any(clock[name] for clock in started)}
    made = show.table("", "clock 节点", *columns.values(), "worst case 最严重", right=tuple(columns.values()))
    made.columns[0].no_wrap = True
    for clock in started:
        counts = (f"{clock[name]:,}" if clock[name] else "" for name in columns)
        made.add_row(clock["id"], *counts, _worst(clock["worst"]))
    show.console.print(made)
    if silent := [clock["id"] for clock in answer["clocks"] if not clock["started"]]:
        _print(show.console, f"never started: {', '.join(silent)}", "dim")
    for court, events in answer.get("other_courts", {}).items():
        _print(show.console, f"{events:,} events of {court} took no part", "yellow")


def _worst(worst: Sequence[Answer]) -> str:
    return f"{worst[0]['case']}, {worst[0]['overdue_days']} days" if worst else ""


def print_problems(problems: Problems, console: Console) -> None:
    """The first of them, and how many there are."""
    if problems:
        _print(console, f"not read, or not to be relied on: {problems.count:,}", "bold red")
    for each in problems.listed[:_SHOWN]:
        _print(console, f"  {each.position}: {each.problem}")
    if problems.count > _SHOWN:
        _print(console, f"  and {problems.count - _SHOWN:,} more; --json lists {MOST_LISTED:,}", "dim")


def _print(console: Console, line: str, style: str = "") -> None:
    console.print(line, style=style, markup=False, soft_wrap=True)
