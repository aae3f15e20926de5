"""Gates (核查清单): items that can be met and can lack; a national item is never dropped silently (pack language 6)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.catalogue import BY_NAME
from rules.lint.draft import Draft, Remark
from rules.packs import Gate, GateItem, Trail

_STRICTNESS = ("warn", "return", "refuse")


def check(draft: Draft) -> Iterator[Remark]:
    for trail, gate in draft.rules(Gate):
        for n, item in enumerate(gate.items):
            yield from _item((*trail, "items", n), item)
        yield from _national(draft, trail, gate)


def _item(trail: Trail, item: GateItem) -> Iterator[Remark]:
    for name, matcher in (("need", item.need), ("elapsed", item.elapsed.since if item.elapsed else None)):
        for member in matcher.members if matcher else ():
            if all(event in BY_NAME and BY_NAME[event].draft for event in member.patterns):
                events = " or ".join(sorted(member.patterns))
                yield Remark("warning", (*trail, name), f"always lacks today: no service tells of {events} yet")


# ---- against the national gates -----------------------------------------------------------------------------------


def _national(draft: Draft, trail: Trail, gate: Gate) -> Iterator[Remark]:
    """National gates are checked beside the court's. Only one that is overridden can come out weaker."""
    served = draft.national.get(gate.overrides.rule) if gate.overrides else None
    if isinstance(served, Gate):
        for what in weaker(gate, served):
            yield Remark("error", trail, f"{what}, as {served.id} does", "every national item, no weaker")


def weaker(gate: Gate, national: Gate) -> Iterator[str]:
    """What a gate asks less than a national one, in words."""
    if gate.act != national.act:
        yield f"does not guard {national.act}"
    if gate.condition is not None and gate.condition != national.condition:
        yield "does not hold in every case"
    if _STRICTNESS.index(gate.on_lack) < _STRICTNESS.index(national.on_lack):
        yield f"does not {national.on_lack} what lacks an item"
    own = {item.id: item for item in gate.items}
    for item in national.items:
        if item.id not in own:
            yield f"does not ask for {item.id}"
        elif not _as_strict(own[item.id], item):
            yield f"asks for something else under {item.id}"


def _as_strict(own: GateItem, national: GateItem) -> bool:
    """The same demand, in every case in which the national item makes it."""
    same = (own.need, own.that, own.elapsed, own.not_event) == (
        national.need, national.that, national.elapsed, national.not_event
    )  # fmt: skip
    return same and own.condition in (None, national.condition)
