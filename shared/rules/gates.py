"""Gates (核查清单, pack language 3.7): what an act lacks. Items are checked together, so a refusal names them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from rules.authority import Actor
from rules.case import Situation
from rules.due import Timing, due
from rules.fact import Fact
from rules.judge import Judge
from rules.matcher import AnyOf, Matcher
from rules.packs import Elapsed, Gate, GateItem
from rules.rulebook import Policy
from rules.verdicts import Judged, judged

State: TypeAlias = Literal["met", "lacking", "does_not_apply"]


@dataclass(frozen=True, slots=True)
class Lack:
    """An item of a gate that is not met, or that cannot be judged."""

    gate: Gate
    item: GateItem

    @property
    def rule(self) -> str:
        return self.gate.id

    @property
    def clause(self) -> str:
        return self.item.clause or self.gate.clause


@dataclass(frozen=True, slots=True)
class Checked:
    """One item of a checklist: how it stands, what its conditions read, and the events it was met by."""

    gate: Gate
    item: GateItem
    state: State
    judged: tuple[Judged, ...]
    met_by: tuple[str, ...]


def gates_on(policy: Policy, act: str) -> list[Gate]:
    """The gates that guard an act. One on `ask_matter` guards `ask_matter/KIND` too, besides the kind's own."""
    return [gate for gate in policy.gates if gate.act in (act, act.partition("/")[0])]


def check(policy: Policy, act: str, fields: Mapping[str, Any], actor: Actor, situation: Situation) -> tuple[Lack, ...]:
    """Everything the act lacks under the gates in force, in the order of the packs, the court's first.

    `fields` are those of the event the act would emit. Whether a lack refuses, warns or returns the papers,
    `lack.gate.on_lack` says. What cannot be judged counts as lacking.
    """
    gates = gates_on(policy, act)
    if not gates:
        return ()
    judge = Judge(situation.view, _conditions(gates), **_given(policy, fields, actor))
    return tuple(lack for gate in gates for lack in _lacks(gate, situation, judge))


def checklist(
    policy: Policy, act: str, fields: Mapping[str, Any], actor: Actor, situation: Situation
) -> tuple[Checked, ...]:
    """Every item of every gate that guards the act, met or not, with the values and events that made it so."""
    gates, given = gates_on(policy, act), _given(policy, fields, actor)
    judge = Judge(situation.view, _conditions(gates), **given)
    return tuple(_checked(gate, item, situation, judge, given) for gate in gates for item in gate.items)


def _conditions(gates: list[Gate]) -> list[Any]:
    return [condition for gate in gates for condition in gate.conditions]


def _given(policy: Policy, fields: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Days and instants stand as texts in conditions (pack language 2.2)."""
    act = {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
    return {"act": act, "actor": asdict(actor), "limit": dict(policy.limits)}


def _lacks(gate: Gate, situation: Situation, judge: Judge) -> Iterator[Lack]:
    if _guards(gate, judge):
        yield from (Lack(gate, item) for item in gate.items if not _met(item, situation, judge))


def _guards(gate: Gate, judge: Judge) -> bool:
    return gate.condition is None or judge.holds(gate.condition) is not False


def _checked(gate: Gate, item: GateItem, situation: Situation, judge: Judge, given: dict[str, Any]) -> Checked:
    conditions = [each for each in (gate.condition, item.condition, item.that) if each is not None]
    why = tuple(judged(each, judge, situation.view, **given) for each in conditions)
    applies = _guards(gate, judge) and (item.condition is None or judge.holds(item.condition) is not False)
    state: State = "met" if _met(item, situation, judge) else "lacking"
    met_by = _witnesses(item.need, situation, judge) if item.need and applies else ()
    return Checked(gate, item, state if applies else "does_not_apply", why, met_by)


def _met(item: GateItem, situation: Situation, judge: Judge) -> bool:
    applies = item.condition is None or judge.holds(item.condition)
    if applies is not True:
        return applies is False
    if item.is_material:
        return item.id in situation.view.items
    return (
        (item.that is None or judge.holds(item.that) is True)
        and (item.need is None or _happened(item.need, situation, judge))
        and (item.not_event is None or not _happened(item.not_event, situation, judge))
        and (item.elapsed is None or is_over(item.elapsed, situation))
    )


def _happened(matcher: Matcher, situation: Situation, judge: Judge) -> bool:
    return all(any(_matches(member, fact, judge) for fact in situation.facts) for member in matcher.members)


def _witnesses(matcher: Matcher, situation: Situation, judge: Judge) -> tuple[str, ...]:
    """The first event that meets each member of the matcher."""
    firsts = (
        next((fact.id for fact in situation.facts if _matches(member, fact, judge)), None) for member in matcher.members
    )
    return tuple(found for found in firsts if found is not None)


def _matches(member: AnyOf, fact: Fact, judge: Judge) -> bool:
    return any(p.condition is None or judge.holds(p.condition) is True for p in member.matching(fact))


def is_over(elapsed: Elapsed, situation: Situation) -> bool:
    """Today is after the last day of the term, which is not moved off a day off."""
    first = next((fact for fact in situation.facts if elapsed.since.matches(fact)), None)
    if first is None:
        return False
    end = due(Timing(elapsed.more_than, roll="none"), first.time, situation.calendar).due
    return situation.now >= end
