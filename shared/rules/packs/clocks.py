"""Clocks (节点) and what suspends them (pack language 3.6)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from rules.packs.rule import Reasoned, Rule
from rules.packs.words import AnyTerm, Code, Codes, Fields, Flag, ItemCondition, Pattern, RuleId, Whole
from rules.terms import ClockTime, Frozen, Length, Roll, Term, Unit, Until

ROLES = ("holder", "asked", "taker", "giver", "receiver", "signer")


class Who(Frozen):
    """Who answers or is told: a post, a team, or a role in the matter (pack language 2.5)."""

    role: Literal["post", "team", "holder", "asked", "taker", "giver", "receiver", "signer"]
    name: Code | Literal[""] = ""

    @model_validator(mode="before")
    @classmethod
    def _from_pack(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"role": value} if value in ROLES else {"role": "post", "name": value}
        if isinstance(value, dict) and (named := cast(dict[str, Any], value)).keys() & {"post", "team"}:
            if len(named) != 1:
                raise ValueError("expected {post: p}, {team: t} or one of " + ", ".join(ROLES))
            [(role, name)] = named.items()
            return {"role": role, "name": name}
        return cast(Any, value)


class Key(Frozen):
    """The fields that tell occurrences apart, at the start (`item.…` under `each_of`) and at the stop."""

    start: Fields = ()
    stop: Fields = ()

    @model_validator(mode="before")
    @classmethod
    def _from_pack(cls, value: Any) -> Any:
        return {"start": value, "stop": value} if isinstance(value, str | list) else value  # pyright: ignore[reportUnknownVariableType]


class Extension(Frozen):
    """`act` is the approval that must come first; asked later than `ask_before` only warns."""

    act: Code
    max_times: Annotated[Whole, Field(gt=0)] | None = None
    max: Length | None = None
    ask_before: Length | None = None


class Repeat(Frozen):
    """Occurrence k of `times` is due k × `every` after the anchor and is met by a stop whose `field` is k."""

    every: Length
    times: Annotated[Whole, Field(gt=0, le=100)]
    field: str | None


class Warn(Frozen):
    """A rung before the due day; `ack` wants an acknowledgement."""

    before: Length
    to: tuple[Who, ...]
    ack: Flag = False


class Past(Frozen):
    """A rung after the due day; `same_day` is the day it is found."""

    after: Length | Literal["same_day"]
    to: tuple[Who, ...]
    ack: Flag = False


class Ladder(Frozen):
    warn: tuple[Warn, ...] = ()
    past: tuple[Past, ...] = ()


class Clock(Rule):
    """A deadline (节点): what starts and stops it, its term, who answers for it (pack language 3.6 and 4).

    `calendar`: of a foreign log's clock its own days off, where the log's are not meant.
    """

    type: Literal["legal", "service"]
    start: Pattern
    stop: Pattern
    of: Literal["first", "last", "each"] = "first"
    key: Key = Key()
    each_of: str | None = None
    where: ItemCondition | None = None
    term: AnyTerm | None = None
    repeat: Repeat | None = None
    cutoff: ClockTime | None = None
    delay: AnyTerm | None = None
    calendar: str | None = None
    roll: Roll | None = None
    void_by: Pattern | None = None
    early: Literal["met", "ignored"] = "met"
    suspended_by: Codes = ()
    extension: Extension | None = None
    within: RuleId | None = None
    looser_than: Reasoned | None = None
    on_change: Literal["keep", "switch"] = "keep"
    answers: Who
    warn: tuple[Warn, ...] = ()
    past: tuple[Past, ...] = ()
    ladder: Code | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Clock:
        if not (self.zh and self.en):
            raise ValueError("a clock is shown to users: expected zh and en")
        if (self.term is None) == (self.repeat is None):
            raise ValueError("expected either term or repeat")
        if self.where is not None and self.each_of is None:
            raise ValueError("where needs each_of")
        if bool(self.key.start) != bool(self.key.stop):
            raise ValueError("a key stands on both sides")
        if self.ladder and (self.warn or self.past):
            raise ValueError("expected either a ladder or rungs of its own")
        if self.delay is not None and (self.cutoff or "hours" in (_unit(self.term), _unit(self.delay))):
            raise ValueError("a delay ends with a day: expected no cut-off beside it, and no hours")
        return self


def _unit(term: Term | None) -> Unit | None:
    """The unit a term is counted in, as far as the pack itself says so."""
    match term:
        case Length():
            return term.unit
        case Until():
            return _unit(term.otherwise)
        case _:
            return None


class Suspension(Rule):
    """A pair of events, joined by the field `pair`: between them the clocks that list the cause stand still."""

    cause: Codes
    start: Pattern
    end: Pattern
    pair: Code
