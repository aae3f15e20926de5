"""What other rules would change (what-if): two derivations of the same facts, compared breach by breach."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from rules.breach import whole_days
from rules.derived import Clock

How: TypeAlias = Literal["gained", "lost", "longer", "shorter"]
"""Late only under the other rules; late no longer; late under both, but longer or shorter."""


class Breach(NamedTuple):
    """An occurrence that is late, or ended late, and the post and team it is laid on."""

    rule: str
    occurrence: str
    post: str
    team: str


class Late(NamedTuple):
    """How late it is: `days` are whole ones, begun ones included, in the unit of its term."""

    due: datetime
    days: int


class Change(NamedTuple):
    """A breach that the other rules change. Laid on somebody else it is lost for one and gained for the other."""

    breach: Breach
    before: Late | None
    after: Late | None

    @property
    def how(self) -> How:
        if self.before is None or self.after is None:
            return "gained" if self.before is None else "lost"
        return "longer" if self.days > 0 else "shorter"

    @property
    def days(self) -> int:
        """Overdue days more; fewer are negative."""
        return (self.after.days if self.after else 0) - (self.before.days if self.before else 0)


def changes(before: Iterable[Clock], after: Iterable[Clock]) -> list[Change]:
    """From the clocks of a subject under the rules it has to those under other rules, sorted by breach."""
    old, new = _late(before), _late(after)
    found = (Change(breach, old.get(breach), new.get(breach)) for breach in sorted(old.keys() | new.keys()))
    return [change for change in found if change.before is None or change.after is None or change.days]


def _late(clocks: Iterable[Clock]) -> dict[Breach, Late]:
    return {
        Breach(clock.rule, clock.occurrence, clock.answers.post, clock.answers.team): Late(
            clock.due, whole_days(clock.overdue, clock.unit)
        )
        for clock in clocks
        if clock.state.is_late and clock.due is not None
    }
