"""What breaks, in which order, and for how long."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.chaos.faults import BY_NAME, FAULTS, Fault

TOGETHER = (1, 1, 2, 2, 3)


@dataclass(frozen=True)
class Plan:
    """The seed gives the faults, their order and what the clerks do; how processes take turns, no seed can say."""

    seed: int
    minutes: float
    only: Sequence[str] = ()  # names of faults; none: all

    @property
    def again(self) -> str:
        """The command that does the same."""
        only = "".join(f" --chaos-fault {name}" for name in self.only)
        return f"./zhixing test -m chaos --chaos-minutes {self.minutes:g} --chaos-seed {self.seed}{only}"

    def rounds(self, chance: random.Random) -> Iterator[list[Fault]]:
        """For ever: one fault, or some at a time; none comes again before all have come."""
        among = [fault for fault in BY_NAME if fault.__name__ in self.only] or FAULTS
        deck: list[Fault] = []
        while True:
            together = min(chance.choice(TOGETHER), len(among))
            while len(deck) < together:
                deck += chance.sample(among, len(among))
            yield [deck.pop(0) for _ in range(together)]
