"""What every rule of a pack says of itself (pack language 1), and the way to every part of one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, NamedTuple, Protocol, TypeVar, cast

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from rules.conditions import Condition
from rules.packs.words import NATIONAL, At, Clause, Day, Flag, RuleId
from rules.terms import Frozen


class Names(Frozen):
    zh: str
    en: str


class Window(Frozen):
    """Days in force, both inclusive. Without a first day it holds from its pack's first day on."""

    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class Reasoned(Frozen):
    """Another rule and the reason to depart from it."""

    rule: RuleId
    reason: Annotated[str, Field(min_length=1)]


Trail = tuple[int | str, ...]
"""The way to a part of a pack: names of fields and places in lists."""


class Texts(Protocol):
    """The files of a pack: where each part of it stands."""

    def fault(self, trail: Trail, message: str) -> str:
        """The fault in one line: where, which rule by which clause, what is expected."""
        ...

    def of_rule(self, rule: str) -> Trail:
        """The way to the rule of that id; empty where the files have none."""
        ...


class Origin(NamedTuple):
    """The version of a pack that a rule stands in; given as validation context."""

    pack: str
    version: str
    digest: str
    texts: Texts | None = None


NOWHERE = Origin("", "", "")


class Rule(Frozen):
    """What every rule says of itself. `reading` names a conflict, `why` is one line shown to users.

    `at`: where in the scheme's text the rule stands; a national rule has its `source` in that place.
    """

    id: RuleId
    clause: Clause
    at: At = ""
    source: str = ""
    zh: str = ""
    en: str = ""
    why: str = ""
    effective: Window = Window()
    reading: RuleId | None = None
    unverified: Flag = False
    overrides: Reasoned | None = None
    _origin: Origin = PrivateAttr(default=NOWHERE)

    @model_validator(mode="after")
    def _sourced(self, info: ValidationInfo) -> Rule:
        if self.clause == NATIONAL and not self.source:
            raise ValueError("a national rule needs its source")
        self._origin = cast(Origin, info.context or NOWHERE)
        return self

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition in it but those inside matchers."""
        return tuple(condition for _, condition in parts(self, Condition))

    def fault(self, field: str, message: str) -> str:
        """A fault of the rule, or of the field at a dotted path in it, by file and line where it was read."""
        texts = self._origin.texts
        trail = texts.of_rule(self.id) if texts else ()
        if texts and trail:
            steps = (int(step) if step.isdigit() else step for step in field.split(".") if step)
            return f"{self.pack} {self.version} {texts.fault((*trail, *steps), message)}"
        return f"{self.id} ({self.clause}): {field}{': ' if field else ''}{message}"

    @property
    def pack(self) -> str:
        return self._origin.pack

    @property
    def version(self) -> str:
        return self._origin.version


Part = TypeVar("Part")


def parts(value: object, kind: type[Part], trail: Trail = ()) -> Iterator[tuple[Trail, Part]]:
    """Every part of that kind inside a pack, a rule or a section, with the way to it."""
    if isinstance(value, kind):
        yield trail, value
    elif isinstance(value, Frozen):
        for name, field in type(value).model_fields.items():
            yield from parts(getattr(value, name), kind, (*trail, field.alias or name))
    elif isinstance(value, tuple):
        for index, item in enumerate(cast(tuple[object, ...], value)):
            yield from parts(item, kind, (*trail, index))
    elif isinstance(value, dict):
        for name, item in cast(dict[str, object], value).items():
            yield from parts(item, kind, (*trail, name))
