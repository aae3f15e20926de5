"""Terms (期限) as a pack writes them: the forms of pack language 2.4. `due.py` computes with them."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Unit: TypeAlias = Literal["hours", "days", "working_days", "months", "years"]
Roll: TypeAlias = Literal["next", "none"]
"""`next`: a last day that is off or suspended moves to the next day that is neither; `none`: it stays."""


class Frozen(BaseModel):
    """Base of what packs load: closed, immutable."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Length(Frozen):
    """A number of one unit, written `{days: 7}`. Units are never turned into one another (Civil Procedure Law)."""

    unit: Unit
    n: Annotated[int, Field(strict=True, gt=0)]

    @model_validator(mode="before")
    @classmethod
    def _from_pack(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1:  # pyright: ignore[reportUnknownArgumentType]
            [(unit, n)] = value.items()  # pyright: ignore[reportUnknownVariableType]
            return {"unit": unit, "n": n}  # pyright: ignore[reportUnknownVariableType]
        return value  # pyright: ignore[reportUnknownVariableType]

    def __str__(self) -> str:
        return f"{self.n} {self.unit}"


class Until(Frozen):
    """Until a date or instant that stands in the start event: `{until: due_on, else: {days: 3}}`."""

    until: str
    otherwise: Term | None = Field(default=None, alias="else")

    def __str__(self) -> str:
        return f"until {self.until}" + (f", else {self.otherwise}" if self.otherwise else "")


class SameAs(Frozen):
    """The term of another rule; resolving the pack replaces it (`{same_as: pack.rule}`)."""

    same_as: str

    def __str__(self) -> str:
        return f"same as {self.same_as}"


Word: TypeAlias = Literal["same_day", "at_once", "in_time"]
"""当日; 立即, 实时, 即时; 及时. The last two stand for the term of the pack's settings."""

Term: TypeAlias = Length | Until | SameAs | Word


def clock_time(value: Any) -> Any:
    """`"15:00"`. A number would be read as seconds."""
    if isinstance(value, int | float):
        raise ValueError('expected a time of day such as "17:30"')
    return value


ClockTime: TypeAlias = Annotated[time, BeforeValidator(clock_time)]
"""A time of day in the court's zone, such as a cut-off."""


class TermSettings(Frozen):
    """What a pack sets for the words a scheme leaves open (pack language 1, Settings)."""

    at_once: Length | Literal["same_day"] = "same_day"
    in_time: Length | Literal["same_day"] = Length(unit="working_days", n=3)
    after_hours: ClockTime | None = None


Until.model_rebuild()
