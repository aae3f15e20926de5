"""The work list of a duty (pack language 3.11): which cases it is about today. A view, not a condition of doing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from kernel.facts import Known
from rules.due import shifted
from rules.gates import is_over
from rules.judge import Judge
from rules.packs import Duty, WorkList
from supervision.queries import Row, Snapshot
from supervision.views import clock_view


async def work_list(of: Snapshot, rule: Duty, knowing: Callable[[str], Awaitable[Known]]) -> list[dict[str, Any]]:
    """The cases, and other subjects, of which what the list asks holds; with the clocks for which they stand on it."""
    asked = rule.work_list
    if asked is None:
        return []
    clocks = await _clocks(of, asked)
    if not (asked.condition or asked.elapsed):
        return [_entry(rows[0], rows, of) for rows in clocks.values()]
    cases = await of.open_cases()
    return [
        _entry(case, clocks.get(case["subject"], []), of)
        for case in cases
        if _stands(asked, await knowing(case["subject"]), case["subject"] in clocks, of)
    ]


async def _clocks(of: Snapshot, asked: WorkList) -> dict[str, list[Row]]:
    """By subject: clocks in one of the states; of those not late yet only the ones that run out soon enough."""
    until = None
    if asked.within is not None:
        last = shifted(of.calendar.day_of(of.now), asked.within, 1, of.calendar)
        until = of.calendar.start_of(last + 1)
    found: dict[str, list[Row]] = {}
    for row in await of.clocks_of(asked.clocks, asked.state, until):
        found.setdefault(row["subject"], []).append(row)
    return found


def _stands(asked: WorkList, case: Known, has_clock: bool, of: Snapshot) -> bool:
    held = [has_clock] if asked.clocks else []
    if asked.condition is not None:
        judge = Judge(case.view, [asked.condition], limit=dict(of.policy.limits))
        held.append(judge.holds(asked.condition) is True)
    if asked.elapsed is not None:
        held.append(is_over(asked.elapsed, case))
    return any(held) if asked.any else all(held)


def _entry(case: Row, clocks: list[Row], of: Snapshot) -> dict[str, Any]:
    return {
        "subject": case["subject"],
        "case_no": case["case_no"],
        "holder": case["holder"],
        "clocks": [clock_view(row, of.names) for row in clocks],
    }
