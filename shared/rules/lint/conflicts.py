"""Conflicts (文本冲突), and what departs from the national rules: told at every run, so that nobody forgets it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.lint.draft import Draft, Remark
from rules.packs import Clock, parts


def check(draft: Draft) -> Iterator[Remark]:
    yield from _readings(draft)
    yield from departures(draft)


def _readings(draft: Draft) -> Iterator[Remark]:
    used = set(_used(draft))
    for n, conflict in enumerate(draft.pack.conflicts):
        if conflict.id not in used:
            what = "no rule goes by this reading"
            yield Remark("warning", ("conflicts", n), what, "reading: on the rules that follow it")
        yield Remark(
            "note", ("conflicts", n), f"the text says {' / '.join(conflict.says)}; read as: {conflict.reading}"
        )


def _used(draft: Draft) -> Iterator[str]:
    """Every reading that something in the pack goes by."""
    return (text for trail, text in parts(draft.pack, str) if trail[-1] == "reading" and trail[0] != "conflicts")


def departures(draft: Draft) -> Iterator[Remark]:
    """National rules that are silenced, terms that are looser, and rules whose text nobody has read yet."""
    for trail, rule in draft.own.values():
        if rule.overrides:
            yield Remark("note", trail, f"takes the place of {rule.overrides.rule}: {rule.overrides.reason}")
        if isinstance(rule, Clock) and rule.looser_than:
            yield Remark("note", trail, f"is looser than {rule.looser_than.rule}, both run: {rule.looser_than.reason}")
        if rule.unverified:
            yield Remark("note", trail, f"is unverified: nobody has held it against {rule.source or 'the text'} yet")
