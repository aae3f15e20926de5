"""Duties (常规职责): their lists and figures exist; a national duty is done no less often (pack language 6)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.vocabulary import VOCABULARY
from rules.lint.draft import Draft, Remark
from rules.packs import Clock, Duty, Figure, Ledger, Trail

_A_YEAR = {
    "year": 1, "half_year": 2, "quarter": 4, "month": 12, "half_month": 24, "week": 52, "working_day": 250, "day": 365,
}  # fmt: skip
"""About how often a year."""


def check(draft: Draft) -> Iterator[Remark]:
    figures = {name for rule in draft.policy.rules.values() if isinstance(rule, Figure) for name in _called(rule)}
    figures |= {rule.id for rule in draft.policy.rules.values() if isinstance(rule, Ledger)}
    for trail, duty in draft.rules(Duty):
        yield from _lists(draft, trail, duty)
        for name in duty.figures:
            if name not in figures:
                yield Remark("error", (*trail, "figures"), f"there is no figure {name}", "the id of a figure")
        yield from _national(draft, trail, duty)


def _called(figure: Figure) -> tuple[str, str]:
    """By its id, or the last word of it."""
    return figure.id, figure.id.rpartition(".")[2]


def _lists(draft: Draft, trail: Trail, duty: Duty) -> Iterator[Remark]:
    for clock in duty.work_list.clocks if duty.work_list else ():
        if not isinstance(draft.find(clock), Clock):
            yield Remark("error", (*trail, "list", "clocks"), f"there is no clock {clock}", "a clock's id")
    kinds = VOCABULARY["matter_kinds"] | set(draft.pack.vocabulary.get("matter_kinds", ()))
    if duty.follow_up and duty.follow_up not in kinds:
        what = f"{duty.follow_up} is no kind of matter"
        yield Remark("error", (*trail, "follow_up"), what, f"one of {', '.join(sorted(kinds))}")


def _national(draft: Draft, trail: Trail, duty: Duty) -> Iterator[Remark]:
    """National duties stand beside the court's. Only one that is overridden can be done less often."""
    served = draft.national.get(duty.overrides.rule) if duty.overrides else None
    if isinstance(served, Duty) and _A_YEAR[duty.every] < _A_YEAR[served.every]:
        what = f"is done every {duty.every}, {served.id} every {served.every}"
        yield Remark("error", (*trail, "every"), what, "at least as often")
