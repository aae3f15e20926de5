"""How a foreign log (外部日志) is read (pack language 1): its columns, its attributes, its zone and days off.

With it an event of a matcher is an activity of the log, and its fields are the attributes declared here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from rules.terms import Frozen

_RESERVED = ("event", "if", "key")  # in matchers


def _unreserved(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f"{name} has a meaning of its own in matchers; expected another name, with column: {name}")
    return name


Column: TypeAlias = Annotated[str, Field(min_length=1)]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[^\s.]+$"), AfterValidator(_unreserved)]
"""Of an attribute: what matchers call it; conditions can read those that are spelled like `amount_cents`."""
AttributeType: TypeAlias = Literal["int", "string", "bool"]
_WHOLE = re.compile(r"[+-]?\d+(?:\.0*)?")
_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def _int(value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("no whole number")


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise ValueError("no text")


def _bool(value: object) -> bool:
    found = value if isinstance(value, bool) else _BOOLS.get(str(value).strip().lower())
    if found is None:
        raise ValueError("neither true nor false")
    return found


_READ: Mapping[AttributeType, Callable[[object], int | str | bool]] = {"int": _int, "string": _string, "bool": _bool}
_TYPES: Mapping[AttributeType, type] = {"int": int, "string": str, "bool": bool}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone {name}; expected one like Asia/Shanghai") from None
    return name


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f"no encoding {name}; expected one like utf-8 or gb18030") from None
    return name


class Columns(Frozen):
    """Names of the log's columns; by default those of XES. Without `recorded` an event was recorded when it happened.

    `case:NAME` is the attribute NAME of an XES trace.
    """

    case: Column = "case:concept:name"
    activity: Column = "concept:name"
    time: Column = "time:timestamp"
    recorded: Column | None = None
    actor: Column | None = None


class Attribute(Frozen):
    """What matchers test, and conditions read as `case.attr.NAME`: the latest value, before the first the default.

    `column`: where it stands, if not under its own name.
    """

    type: AttributeType
    default: Annotated[int | str | bool, Field(union_mode="smart")]
    column: Column | None = None

    @model_validator(mode="after")
    def _typed(self) -> Attribute:
        if not self.may_be(self.default):
            raise ValueError(f"the default {self.default!r} is no {self.type}")
        return self

    def may_be(self, value: object) -> bool:
        """Whether an attribute of this type can have the value."""
        return type(value) is _TYPES[self.type]

    @property
    def read(self) -> Callable[[Any], int | str | bool]:
        """From a value of the log, which may be written as a text. ValueError where it is of another type."""
        return _READ[self.type]


class Log(Frozen):
    """`calendar`: `none` has no day off, so nothing rolls; `cn` is the State Council's; else a file beside the pack.

    `encoding`: of the text of CSV files.
    """

    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    calendar: Column = "cn"
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    columns: Columns = Columns()
    attributes: dict[Name, Attribute] = Field(default_factory=dict)

    @property
    def defaults(self) -> dict[str, int | str | bool]:
        """Every attribute, as it is before it is told."""
        return {name: attribute.default for name, attribute in self.attributes.items()}
