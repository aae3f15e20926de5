"""Gates (核查清单, pack language 3.7): what an act lacks. Items are checked together, so a refusal names them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rules.authority import Actor
from rules.case import Situation
from rules.due import Timing, due
from rules.fact import Fact
from rules.judge import Judge
from rules.matcher import AnyOf, Matcher
from rules.packs import Elapsed, Gate, GateItem
from rules.rulebook import Policy


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


def check(policy: Policy, act: str, fields: Mapping[str, Any], actor: Actor, situation: Situation) -> tuple[Lack, ...]:
    """Everything the act lacks under the gates in force, in the order of the packs, the court's first.

    `fields` are those of the event the act would emit. Whether a lack refuses, warns or returns the papers,
    `lack.gate.on_lack` says. What cannot be judged counts as lacking.
    """
    gates = [gate for gate in policy.gates if gate.act == act]
    if not gates:
        return ()
    conditions = [condition for gate in gates for condition in gate.conditions]
    given = {"act": dict(fields), "actor": asdict(actor), "limit": dict(policy.limits)}
    judge = Judge(situation.view, conditions, **given)
    return tuple(lack for gate in gates for lack in _lacks(gate, situation, judge))


def _lacks(gate: Gate, situation: Situation, judge: Judge) -> Iterator[Lack]:
    if gate.condition is None or judge.holds(gate.condition) is not False:
        yield from (Lack(gate, item) for item in gate.items if not _met(item, situation, judge))


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
        and (item.elapsed is None or _elapsed(item.elapsed, situation))
    )


def _happened(matcher: Matcher, situation: Situation, judge: Judge) -> bool:
    return all(any(_matches(member, fact, judge) for fact in situation.facts) for member in matcher.members)


def _matches(member: AnyOf, fact: Fact, judge: Judge) -> bool:
    return any(p.condition is None or judge.holds(p.condition) is True for p in member.matching(fact))


def _elapsed(elapsed: Elapsed, situation: Situation) -> bool:
    """Today is after the last day of the term, which is not moved off a day off."""
    first = next((fact for fact in situation.facts if elapsed.since.matches(fact)), None)
    if first is None:
        return False
    end = due(Timing(elapsed.more_than, roll="none"), first.time, situation.calendar).due
    return situation.now >= end
