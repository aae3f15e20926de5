"""Ledgers (台账), figures (统计), and where the text conflicts with itself (pack language 3.12, 3.13)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, cast

from pydantic import Discriminator, Field, Tag, model_validator

from rules.packs.rule import Rule
from rules.packs.words import ANY_KIND, At, Clause, Code, Codes, Fields, Pattern, Period, RuleId
from rules.terms import Frozen

ClockState: TypeAlias = Literal["running", "suspended", "met", "met_late", "breached", "void"]


class Ledger(Rule):
    """A ledger (台账): a view over events, the fields an entry must have, who keeps it, who else may read it."""

    of: Pattern
    fields: Fields = ()
    required: Literal["show", "refuse"] = "show"
    keeper: Code
    readers: Codes = ()


class Occurrences(Frozen):
    """Occurrences of clocks (`*`: of all) that are in one of the states."""

    clocks: Annotated[tuple[RuleId, ...], Field(min_length=1)] | Literal["*"]
    state: Annotated[tuple[ClockState, ...], Field(min_length=1)]

    @property
    def of_all(self) -> bool:
        return self.clocks == ANY_KIND


def _counted(value: Any) -> str:
    told = isinstance(value, Occurrences) or (isinstance(value, dict) and "clocks" in cast(dict[str, Any], value))
    return "Occurrences" if told else "events"


Counted: TypeAlias = Annotated[
    Annotated[Occurrences, Tag("Occurrences")] | Annotated[Pattern, Tag("events")], Discriminator(_counted)
]


class Figure(Rule):
    """A named count for bulletins and reviews: of events, of occurrences by state, or towards a limit of that name."""

    count: Counted | None = None
    limit: Code | None = None
    by: Fields = ()
    per: Period

    @model_validator(mode="after")
    def _one_count(self) -> Figure:
        if (self.count is None) == (self.limit is None):
            raise ValueError("expected either count or limit")
        return self


class Conflict(Frozen):
    """What the text says against itself, and the reading chosen."""

    id: RuleId
    clause: Clause
    at: At = ""
    says: Annotated[tuple[str, ...], Field(min_length=1)]
    reading: Annotated[str, Field(min_length=1)]
