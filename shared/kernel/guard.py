"""Gates (核查清单): the demands of the court's rules, held against everything that a command is about to record.

It stands here once, so that no service can forget it: an act is known by the event it leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.catalogue import EVENTS
from contracts.commands import acts
from kernel.problems import Refused
from kernel.publishing import Outgoing
from rules.authority import Actor
from rules.case import Situation
from rules.gates import Lack, check
from rules.packs import HANDLER, GateItem, Rule
from rules.rulebook import Policy

GUARDED = ("case/", "matter/", "money/")
"""Subjects that rules decide on; what binds courts and members is what those rules are themselves."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a command is about to do: its name in the language, the subject, and the fields of the event."""

    name: str
    subject: str
    fields: dict[str, Any]


def acts_of(outgoing: Outgoing) -> Iterator[Act]:
    """Of all that is about to be recorded, in its order."""
    for subject, kind, data in (each for _, leaving in outgoing for each in leaving):
        if subject.startswith(GUARDED):
            yield from (Act(name, subject, data) for name in acts(EVENTS[kind].__name__, data))


def is_guarded(policy: Policy, act: Act) -> bool:
    return not policy.guarded.isdisjoint((act.name, act.name.partition("/")[0]))


def require(policy: Policy, act: Act, actor: Actor, situation: Situation) -> list[str]:
    """Raises Refused, naming all that lacks. Returns what lacks without keeping the act from being done."""
    lacks = check(policy, act.name, act.fields, actor, situation)
    lacking = [lack for lack in lacks if lack.gate.on_lack != "warn"]
    if lacking:
        raise Refused(
            "the court's rules do not allow this yet",
            act=act.name,
            rule=lacking[0].rule,
            lacking=items(lacking),
            wanted_by=actor.post or HANDLER,
            subject=act.subject,
            grounds=[ground(lack.gate, lack.item) for lack in lacking],
        )
    return items(lacks)


def ground(rule: Rule, item: GateItem | None = None) -> dict[str, str]:
    """Which rule, by which clause, demands what: as a refusal and a view tell it."""
    told = {"rule": rule.id, "clause": (item and item.clause) or rule.clause, "why": rule.why}
    named = item or rule
    return told | ({"item": item.id} if item else {}) | {"zh": named.zh, "en": named.en}


def items(lacks: Sequence[Lack]) -> list[str]:
    """Each once, in the order of the packs."""
    return list(dict.fromkeys(lack.item.id for lack in lacks))
