"""Faults that show only when packs stand together: names one rule uses of another, of its pack or of its parent's.

Each is told by file, line, rule and clause, as the loader tells the faults of one pack.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rules.packs import Area, Clock, Figure, GateItem, Limit, Occurrences, Pack, Rule, Team, parts

if TYPE_CHECKING:
    from rules.rulebook import Policy


def misfits(packs: Sequence[Pack], policies: Iterable[Policy]) -> Iterator[str]:
    """What does not fit in all versions of the packs of one court, and in what is in force on any day."""
    yield from _lineage(packs)
    yield from _shared_ids(packs)
    rules = {rule.id: rule for pack in packs for rule in pack.rules}
    conflicts = {conflict.id for pack in packs for conflict in pack.conflicts}
    for pack in packs:
        yield from _readings(pack, conflicts)
        for rule in pack.rules:
            yield from _rules_named(rule, rules)
    for policy in policies:
        yield from _lacking_in_force(policy)


def _lineage(packs: Sequence[Pack]) -> Iterator[str]:
    """Packs that extend one that is not here, or, by way of others, themselves."""
    parents = {pack.pack: pack.extends for pack in packs}
    for pack in packs:
        way = [pack.pack]
        while (parent := parents.get(way[-1])) and parent not in way:
            way.append(parent)
        if parent:
            yield pack.fault(("extends",), f"the packs extend one another in a circle: {' -> '.join((*way, parent))}")
        elif pack.extends and pack.extends not in parents:
            yield pack.fault(("extends",), f"there is no pack {pack.extends} beside it")


def _shared_ids(packs: Sequence[Pack]) -> Iterator[str]:
    owners: dict[str, str] = {}
    for pack in packs:
        for rule in pack.rules:
            if owners.setdefault(rule.id, pack.pack) != pack.pack:
                yield rule.fault("id", f"pack {owners[rule.id]} has a rule of this id already")


def _readings(pack: Pack, conflicts: Collection[str]) -> Iterator[str]:
    for rule in pack.rules:
        items = [(f"{inner[0]}.{inner[1]}.reading", item.reading) for inner, item in parts(rule, GateItem)]
        for field, reading in (("reading", rule.reading), *items):
            if reading and reading not in conflicts:
                yield rule.fault(field, f"{reading} is no conflict")
    for kind in (Team, Area):
        for trail, each in parts(pack, kind):
            if each.reading and each.reading not in conflicts:
                yield pack.fault((*trail, "reading"), f"{each.reading} is no conflict")


def _rules_named(rule: Rule, rules: Mapping[str, Rule]) -> Iterator[str]:
    """A rule departs from, or serves, a rule of another pack."""
    named = {"overrides": rule.overrides and rule.overrides.rule}
    if isinstance(rule, Clock):
        named |= {"within": rule.within, "looser_than": rule.looser_than and rule.looser_than.rule}
    for field, other in named.items():
        if other and (other not in rules or rules[other].pack == rule.pack != ""):
            yield rule.fault(field, f"{other} is no rule of the pack it extends")
        elif other and isinstance(rule, Clock) and not isinstance(rules[other], Clock):
            yield rule.fault(field, f"{other} is no clock")
    if isinstance(rule, Figure) and isinstance(rule.count, Occurrences) and not rule.count.of_all:
        for clock in rule.count.clocks:
            if not isinstance(rules.get(clock), Clock):
                yield rule.fault("count", f"{clock} is no clock")


def _lacking_in_force(policy: Policy) -> Iterator[str]:
    causes = {cause for suspension in policy.suspensions for cause in suspension.cause}
    for clock in policy.clocks:
        for cause in sorted(set(clock.suspended_by) - causes):
            yield clock.fault("suspended_by", f"cause {cause} is defined by no suspension")
    gates = {gate.id for gate in policy.gates}
    for route in policy.routes.values():
        if route.fallback.id not in policy.rules:
            yield route.fallback.fault("", f"the fallback of stage {route.stage} is not in force")
        if route.gate and route.gate not in gates:
            yield route.fallback.fault("", f"gate {route.gate} of stage {route.stage} is not in force")
    named: dict[str, Limit] = {}
    for limit in (rule for rule in policy.rules.values() if isinstance(rule, Limit)):
        if (other := named.setdefault(limit.name, limit)) is not limit:
            yield limit.fault("name", f"{other.id} is called {limit.name} too, in force on the same days")
    known = ", ".join(sorted(policy.limits)) or "none"
    for rule in policy.rules.values():
        for name in sorted(_limits_read(rule) - policy.limits.keys()):
            yield rule.fault("", f"limit.{name} is unknown; known: {known}")


def _limits_read(rule: Rule) -> set[str]:
    paths = (path for condition in rule.conditions for path in condition.paths)
    counted = {rule.limit} if isinstance(rule, Figure) and rule.limit else set[str]()
    return counted | {path.removeprefix("limit.") for path in paths if path.startswith("limit.")}
