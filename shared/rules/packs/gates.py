"""Gates (核查清单): what an act needs (pack language 3.7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from rules.packs.rule import Rule
from rules.packs.words import ActCondition, Clause, Code, Pattern, RuleId
from rules.terms import Frozen, Length


class Elapsed(Frozen):
    """Holds when today is after the last day of the term, counted from the first such event."""

    since: Pattern
    more_than: Length


class GateItem(Frozen):
    """One demand of a checklist. Without need, that, elapsed and not_event its id is a material to be handed in."""

    id: Code
    zh: str = ""
    en: str = ""
    clause: Clause | None = None
    reading: RuleId | None = None
    condition: ActCondition | None = Field(default=None, alias="if")
    need: Pattern | None = None
    that: ActCondition | None = None
    elapsed: Elapsed | None = None
    not_event: Pattern | None = None

    @property
    def is_material(self) -> bool:
        return not any((self.need, self.that, self.elapsed, self.not_event))


class Gate(Rule):
    """A checklist (核查清单) before an act: a command, `ask_matter/kind`, or `open_file`."""

    act: Annotated[str, Field(pattern=r"^[a-z_]+(/[a-z_]+)?$")]
    condition: ActCondition | None = Field(default=None, alias="if")
    on_lack: Literal["refuse", "warn", "return"]
    items: Annotated[tuple[GateItem, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> Gate:
        if len({item.id for item in self.items}) != len(self.items):
            raise ValueError("two items have one id")
        return self
