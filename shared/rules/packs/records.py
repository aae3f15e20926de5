"""How things are done, ledgers, figures, and where the text conflicts with itself (pack language 3.10, 3.12, 3.13)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rules.packs.rule import Rule
from rules.packs.words import Clause, Code, Codes, Pattern, RuleId
from rules.terms import Frozen


class Process(Rule):
    """The methods of finding a reference price in their order; methods of one step stand side by side."""

    pricing_order: tuple[Codes, ...]


class Ledger(Rule):
    """A ledger (台账): a view over events, the fields an entry must have, who keeps it."""

    of: Pattern
    fields: tuple[str, ...] = ()
    required: Literal["show", "refuse"] = "show"
    keeper: Code


class Figure(Rule):
    """A named count of events for bulletins and reviews."""

    count: Pattern
    by: Codes = ()
    per: Literal["month", "quarter", "year"]


class Conflict(Frozen):
    """What the text says against itself, and the reading chosen."""

    id: RuleId
    clause: Clause
    says: Annotated[tuple[str, ...], Field(min_length=1)]
    reading: Annotated[str, Field(min_length=1)]
