"""Ways of sharing cases out (分案), each in a world of its own where the same cases come."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from infra.balance.weighing import Assigning
from rules.assignment import Assigned, Holding, assign
from rules.rulebook import Policy
from rules.workload import per_head


@dataclass
class World:
    """What follows from one way of sharing out: who has what. Loads are points."""

    policy: Policy
    chance: random.Random
    loads: Counter[str] = field(default_factory=Counter[str])
    last: dict[str, datetime] = field(default_factory=dict[str, datetime])
    given: Counter[str] = field(default_factory=Counter[str])
    held: defaultdict[int, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    """Who got cases of a debtor, and when last."""

    def assigned(self, case: Assigning) -> Assigned:
        """As the pack has it, in this world."""
        takers = [
            replace(taker, load=self.loads[taker.id], last_assigned=self.last.get(taker.id)) for taker in case.takers
        ]
        holdings = [Holding(*each) for each in self.held[case.debtor.number].items()]
        return assign(self.policy, case.track, case.case, takers, case.situation, holdings, case.filed)

    def give(self, case: Assigning, taker: str) -> None:
        self.last[taker] = self.held[case.debtor.number][taker] = case.at
        self.given[taker] += 1

    def per_head(self, sizes: Mapping[str, int]) -> list[int]:
        return [per_head(self.loads[taker], size) for taker, size in sizes.items()]


Way = Callable[[World, Assigning, Sequence[str]], str]
"""Chooses among those who may have the case."""


def ours(world: World, case: Assigning, _: Sequence[str]) -> str:
    return world.assigned(case).team


def in_turn(world: World, case: Assigning, allowed: Sequence[str]) -> str:
    """Round robin: whoever's turn was longest ago."""
    return min(allowed, key=lambda taker: (taker in world.last, world.last.get(taker, case.at), taker))


def in_turn_by_heads(world: World, case: Assigning, allowed: Sequence[str]) -> str:
    """Round robin in which a team has as many turns as people."""
    sizes = {taker.id: taker.size for taker in case.takers}
    return min(allowed, key=lambda taker: (world.given[taker] / sizes[taker], taker))


def by_chance(world: World, case: Assigning, allowed: Sequence[str]) -> str:
    return world.chance.choice(allowed)


WAYS: dict[str, Way] = {"ours": ours, "in turn": in_turn, "in turn by heads": in_turn_by_heads, "by chance": by_chance}
