"""Conflicts (文本冲突), and what departs from the national rules: told at every run, so that nobody forgets it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.draft import Draft, Remark
from rules.packs import Area, Clock, GateItem, Rule, Team, Trail, parts


def check(draft: Draft) -> Iterator[Remark]:
    yield from _readings(draft)
    yield from _headcounts(draft)
    yield from departures(draft)


def _readings(draft: Draft) -> Iterator[Remark]:
    used = dict(_used(draft))
    known = {conflict.id for pack in (draft.pack, *draft.parents) for conflict in pack.conflicts}
    for reading, trail in used.items():
        if reading not in known:
            yield Remark(
                "error", (*trail, "reading"), f"there is no conflict {reading}", "the id of one under conflicts"
            )
    for n, conflict in enumerate(draft.pack.conflicts):
        if conflict.id not in used:
            what = "no rule goes by this reading"
            yield Remark("warning", ("conflicts", n), what, "reading: on the rules that follow it")
        yield Remark(
            "note", ("conflicts", n), f"the text says {' / '.join(conflict.says)}; read as: {conflict.reading}"
        )


def _used(draft: Draft) -> Iterator[tuple[str, Trail]]:
    for kind in (Rule, Team, Area):
        yield from ((part.reading, trail) for trail, part in parts(draft.pack, kind) if part.reading)
    gates = (gate for gate in draft.own.values() if parts(gate[1], GateItem))
    yield from (
        (item.reading, (*trail, *inner))
        for trail, gate in gates
        for inner, item in parts(gate, GateItem)
        if item.reading
    )


def _headcounts(draft: Draft) -> Iterator[Remark]:
    for trail, team in parts(draft.pack, Team):
        count = team.headcount
        if count and not count.adds_up and not team.reading:
            what = f"{count.stated} people are stated, but its posts add up to {sum(count.items.values())}"
            yield Remark("error", (*trail, "headcount"), what, "a reading")


def departures(draft: Draft) -> Iterator[Remark]:
    """National rules that are silenced, terms that are looser, and rules whose text nobody has read yet."""
    for trail, rule in draft.own.values():
        if rule.overrides:
            if draft.find(rule.overrides.rule) is None:
                yield Remark("error", (*trail, "overrides"), f"there is no rule {rule.overrides.rule}", "a rule's id")
            yield Remark("note", trail, f"takes the place of {rule.overrides.rule}: {rule.overrides.reason}")
        if isinstance(rule, Clock) and rule.looser_than:
            if not isinstance(draft.find(rule.looser_than.rule), Clock):
                yield Remark(
                    "error", (*trail, "looser_than"), f"there is no clock {rule.looser_than.rule}", "a clock's id"
                )
            yield Remark("note", trail, f"is looser than {rule.looser_than.rule}, both run: {rule.looser_than.reason}")
        if rule.unverified:
            yield Remark("note", trail, f"is unverified: nobody has held it against {rule.source or 'the text'} yet")
