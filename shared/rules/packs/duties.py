"""Standing duties (常规职责), and the work lists that go with them (pack language 3.11)."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, PlainValidator, model_validator

from contracts.supervision import DutyPerformed
from rules.conditions import ANY, INT, STRINGS, Condition, MapOf, Record, compile_condition
from rules.packs.clocks import Who
from rules.packs.gates import Elapsed
from rules.packs.rule import Rule
from rules.packs.words import CaseCondition, Code, Flag, RuleId
from rules.terms import ClockTime, Frozen, Length

Every: TypeAlias = Literal["working_day", "day", "week", "half_month", "month", "quarter", "half_year", "year"]
ClockState: TypeAlias = Literal["pending", "running", "suspended", "breached", "met_late", "breached_closed"]

_LISTS = {"attendees": STRINGS, "cases": STRINGS, "counts": MapOf(INT)}
PERFORMED = Record({name: _LISTS.get(name, ANY) for name in DutyPerformed.model_fields})
"""What `needs` reads as `e`: the data of a DutyPerformed."""

PerformedCondition: TypeAlias = Annotated[Condition, PlainValidator(partial(compile_condition, roots={"e": PERFORMED}))]


class WorkList(Frozen):
    """The work list shown for a duty: a view, not a condition.

    Occurrences of `clocks` in one of the states, of those not late yet only the ones due `within` so long from today;
    open cases of which `if` holds, or of which a time is over (`elapsed`). All that is said must hold of a case; `any`:
    one is enough.
    """

    clocks: tuple[RuleId, ...] = ()
    state: Annotated[tuple[ClockState, ...], Field(min_length=1)] = ("breached",)
    within: Length | None = None
    condition: CaseCondition | None = Field(default=None, alias="if")
    elapsed: Elapsed | None = None
    any: Flag = False

    @model_validator(mode="after")
    def _asks_something(self) -> WorkList:
        if not (self.clocks or self.condition or self.elapsed):
            raise ValueError("expected clocks, if or elapsed")
        return self


class Duty(Rule):
    """A standing duty: done once in every period, by the end of its last working day (`by`: by that time of it).

    `needs`: what a DutyPerformed must show to count. `follow_up`: each case discussed gets a matter of that kind.
    `figures`: what is told with it.
    """

    every: Every
    by: ClockTime | None = None
    answers: Who
    needs: PerformedCondition | None = None
    work_list: WorkList | None = Field(default=None, alias="list")
    follow_up: Code | None = None
    figures: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _answered(self) -> Duty:
        if not (self.zh and self.en):
            raise ValueError("a duty is shown to users: expected zh and en")
        if self.answers.role not in ("post", "team"):
            raise ValueError("a standing duty is answered by a post or a team")
        return self
