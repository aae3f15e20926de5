"""`./zhixing packs what-if`: the cases of a log, or our own, judged by two packs: which breaches come and which go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from infra import show
from infra.installation import InstallationError, court_settings
from infra.own_events import events_in
from infra.packs.versions import find
from infra.run import noted_clock
from infra.supervise import command
from infra.supervise.answer import print_problems, remarks
from infra.supervise.binding import Binding, courts_with, of_pack, pack_in
from infra.supervise.gathered import ByCase, Gathered, untidied
from infra.supervise.judging import each_judged, local
from infra.supervise.log_file import LogFile, Problems, Unusable
from infra.supervise.readers.cloudevents import are_ours
from infra.supervise.workers import in_chunks
from kernel.clock import MachineClock
from kernel.feed import fact_of
from rules.derive import derive
from rules.derived import Clock
from rules.packs import Pack, Window
from rules.reference import Reference
from rules.what_if import Change, Late, changes

Answer = dict[str, Any]
_NAMED = 3
"""So many cases of a row are named to people."""
_COUNTS = ("gained", "lost", "longer", "shorter")


@dataclass(frozen=True)
class Options:
    """As the command line has them; `home`: of the installation, whose cases are judged if no log is."""

    home: Path
    pack: str
    other: str
    log: Path | None = None
    court: str | None = None
    as_of: str | None = None
    as_known_at: str | None = None
    json: bool = False


class Asked(NamedTuple):
    """As of an instant, as known at another; None: with all there is."""

    as_of: datetime
    known_at: datetime | None


class Side(NamedTuple):
    """The cases as one of the packs has them read and judged."""

    bound: Binding
    gathered: Gathered
    reference: Reference

    def clocks(self, case: str, asked: Asked, *, bare: bool) -> list[Clock]:
        """`bare`: rules are named without the court's own name, as the same rule of another court is called."""
        facts, moment = self.gathered.facts_of(case), asked._asdict()
        found = derive(facts, self.bound.rulebook, **moment, reference=self.reference, clocks_alone=True).clocks
        own = f"{self.bound.rulebook.court}." if bare else ""
        return [clock._replace(rule=clock.rule.removeprefix(own)) for clock in found]


class Changed(NamedTuple):
    case: str
    change: Change


class Judged(NamedTuple):
    """What the other pack changes in some cases, and the cases that could not be judged."""

    changed: Sequence[Changed]
    problems: Problems


# ---- the command ----------------------------------------------------------------------------------------------------


def run(options: Options) -> int:
    """The exit code: 3 where something in the log could not be read.

    Unusable, NoPack, PackError, InstallationError or OSError where nothing can be compared.
    """
    one, other = _bound(options)
    asked = _asked(options, one)
    sides = _sides(options, one, other)
    judge = partial(_judged, sides=sides, asked=asked)
    parts = list(command.with_bar(in_chunks(judge, sides[0].gathered.cases), sides[0].gathered))
    problems = sides[0].gathered.problems
    for part in parts:
        problems.join(part.problems)
    told = answer(options, sides, asked.as_of, [each for part in parts for each in part.changed])
    show.as_json(told) if options.json else print_answer(told, problems)
    return command.BROKEN if problems else 0


def _asked(options: Options, bound: Binding) -> Asked:
    as_of = command.typed(options.as_of, "--as-of", bound)
    now = as_of or (MachineClock() if options.log else noted_clock(options.home)).now()
    return Asked(now, command.typed(options.as_known_at, "--as-known-at", bound))


def _judged(cases: Sequence[str], sides: tuple[Side, Side], asked: Asked) -> Judged:
    problems = Problems()
    bare = sides[0].bound.rulebook.court != sides[1].bound.rulebook.court

    def compared(case: str) -> list[Change]:
        before, after = (side.clocks(case, asked, bare=bare) for side in sides)
        return changes(before, after)

    judged = each_judged(cases, str, problems, compared)
    return Judged([Changed(case, change) for case, found in judged for change in found], problems)


# ---- the packs, and the cases as they read them ---------------------------------------------------------------------


def _bound(options: Options) -> tuple[Binding, Binding]:
    """Each pack as if it had been in force from the first day of either, so that both judge the same days."""
    folders = [find(each, options.home).folder for each in (options.pack, options.other)]
    packs = [pack_in(folder, options.home) for folder in folders]
    first = min(pack.effective.first or date.min for pack in packs)
    one, other = (of_pack(_from(first, pack), folder) for pack, folder in zip(packs, folders, strict=True))
    if (one.log is None) != (other.log is None):
        raise Unusable(f"one of {one.title} and {other.title} is a court's pack, the other that of a foreign log")
    return one, other


def _from(first: date, pack: Pack) -> Pack:
    return pack.model_copy(update={"effective": Window.model_validate({"from": first, "to": None})})


def _sides(options: Options, one: Binding, other: Binding) -> tuple[Side, Side]:
    """Of a foreign log each pack may read other columns; our own events are read once."""
    gathered = again = _gathered(options, one)
    if options.log and one.log != other.log:
        again = command.gather(options.log, other)
        gathered.problems.join(again.problems.without(gathered.problems))
    return Side(one, gathered, one.reference(gathered.reference)), Side(other, again, other.reference(again.reference))


def _gathered(options: Options, bound: Binding) -> Gathered:
    court = _court(options, bound)
    if options.log is None:
        if bound.log is not None:
            raise Unusable(f"{bound.title} is the pack of a foreign log, but these are events of ours")
        return asyncio.run(_own(options.home, court))
    _require_fit(options.log, bound)
    return command.gather(options.log, bound, court)


def _require_fit(log: Path, bound: Binding) -> None:
    file = LogFile(log)
    if (file.kind == "jsonl" and are_ours(file.begin())) == (bound.log is not None):
        raise Unusable(f"{log.name}: a court's pack judges events of ours, a pack with a log section a foreign log")


def _court(options: Options, bound: Binding) -> str | None:
    """Whose cases: the court that is named, or the one that has the first pack."""
    if bound.log is not None and options.court is not None:
        raise Unusable("--court is of our own events, not of a foreign log")
    if options.court is not None and options.court not in court_settings(options.home):
        raise InstallationError(f"courts.yaml names no court {options.court}")
    return options.court or next(iter(courts_with(bound.rulebook.packs[-1], options.home)), None)


async def _own(folder: Path, court: str | None) -> Gathered:
    own = ByCase(court)
    with untidied():
        async with events_in(folder, court) as found:
            with command.progress("reading own events", found.total) as advance:
                async for envelope in found.envelopes:
                    own.add(fact_of(envelope))
                    advance(1)
    return own.gathered("the installation", Problems())


# ---- the answer -----------------------------------------------------------------------------------------------------


def answer(options: Options, sides: tuple[Side, Side], as_of: datetime, changed: Sequence[Changed]) -> Answer:
    one, other = sides
    return {
        "log": options.log.name if options.log else None,
        "from": one.bound.title,
        "to": other.bound.title,
        "as_of": local(as_of, one.bound.zone),
        "events": one.gathered.events,
        "cases": len(one.gathered.cases),
        **_sum(changed),
        "clocks": [_row(group, one.bound) for group in _grouped(changed)],
    } | remarks(one.gathered)


def _grouped(changed: Sequence[Changed]) -> Iterator[list[Changed]]:
    """By clock, post and team."""

    def whose(each: Changed) -> tuple[str, str, str]:
        breach = each.change.breach
        return breach.rule, breach.post, breach.team

    return (list(group) for _, group in groupby(sorted(changed, key=lambda each: (whose(each), each)), whose))


def _sum(changed: Sequence[Changed]) -> Answer:
    """How many breaches come, go and stay; in how many cases; how many overdue days more (fewer: negative)."""
    counts = {how: sum(each.change.how == how for each in changed) for how in _COUNTS}
    days = sum(each.change.days for each in changed)
    return {**counts, "changed_cases": len({each.case for each in changed}), "overdue_days": days}


def _row(group: Sequence[Changed], bound: Binding) -> Answer:
    breach = group[0].change.breach
    head = {"id": breach.rule, "team": breach.team, "post": breach.post}
    return {**head, **_sum(group), "breaches": [_breach(each, bound) for each in group]}


def _breach(each: Changed, bound: Binding) -> Answer:
    change = each.change
    return {
        "case": each.case,
        "occurrence": change.breach.occurrence,
        "how": change.how,
        "overdue_days": change.days,
        "before": _late(change.before, bound),
        "after": _late(change.after, bound),
    }


def _late(late: Late | None, bound: Binding) -> Answer | None:
    return late and {"due": local(late.due, bound.zone), "overdue_days": late.days}


def print_answer(told: Answer, problems: Problems) -> None:
    of = told["log"] or "own cases"
    head = f"{told['from']} -> {told['to']}: {of} as of {told['as_of']}, {told['cases']:,} cases"
    show.console.print(head, style="bold", markup=False, soft_wrap=True)
    show.console.print(f"{_words(told)}, {told['overdue_days']:+,} overdue days in {told['changed_cases']:,} cases")
    if told["clocks"]:
        _print_table(told["clocks"])
    print_problems(problems, show.console)


def _words(told: Mapping[str, int]) -> str:
    titles = {"gained": "gained 新增", "lost": "lost 消除", "longer": "longer 加重", "shorter": "shorter 减轻"}
    return ", ".join(f"{title} {told[how]:,}" for how, title in titles.items())


def _print_table(rows: Sequence[Answer]) -> None:
    numbers = ("gained 新增", "lost 消除", "longer 加重", "shorter 减轻", "cases 案件", "days 天数")
    made = show.table("", "clock 节点", "answers 责任", *numbers, "which 案件", right=numbers)
    for row in rows:
        counts = (f"{row[name]:,}" if row[name] else "" for name in (*_COUNTS, "changed_cases"))
        whose = " ".join(filter(None, (row["post"], row["team"]))) or "-"
        made.add_row(row["id"], whose, *counts, f"{row['overdue_days']:+,}", _cases(row["breaches"]))
    show.console.print(made)


def _cases(breaches: Sequence[Answer]) -> str:
    cases = list(dict.fromkeys(each["case"] for each in breaches))
    more = f" and {len(cases) - _NAMED} more" if len(cases) > _NAMED else ""
    return ", ".join(cases[:_NAMED]) + more
