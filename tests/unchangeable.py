"""What all aggregates of all services keep to: a draft cannot change what its original holds."""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from kernel.domain import CONTAINERS, Aggregate, DomainEvent

ENOUGH = 100  # of one test's aggregates
PLAIN = (str, int, float, bool, bytes, date, datetime, enum.Enum, type(None))
BASE = vars(Aggregate.empty("x")).keys() | {"_pending_events"}  # the library's, and the base class's own


def parts_of(value: Any) -> Iterator[Any]:
    """What an immutable value is made of. Raises TypeError for a value that can be changed."""
    if isinstance(value, PLAIN):
        return
    if isinstance(value, tuple | frozenset):
        yield from value
    elif isinstance(value, MappingProxyType):
        yield from [*value.keys(), *value.values()]
    elif isinstance(value, BaseModel) and value.model_config.get("frozen"):
        circumstances = {"by"} if isinstance(value, DomainEvent) else set()  # one for a whole command
        yield from (getattr(value, name) for name in type(value).model_fields.keys() - circumstances)
    elif is_dataclass(value) and value.__dataclass_params__.frozen:
        yield from (getattr(value, field.name) for field in fields(value))
    else:
        raise TypeError(type(value).__name__)


def changeable(value: Any, path: str) -> Iterator[str]:
    try:
        for part in parts_of(value):
            yield from changeable(part, f"{path}…")
    except TypeError as error:
        yield f"{path}: {error}"


def held(value: Any) -> list[Any]:
    """What a draft does not copy."""
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, CONTAINERS) else [value]


def faults(aggregate: Aggregate) -> list[str]:
    own = {name: value for name, value in vars(aggregate).items() if name not in BASE}
    return [
        f"{type(aggregate).__name__}.{fault}"
        for name, value in own.items()
        for each in held(value)
        for fault in changeable(each, name)
    ]


def require_unchangeable(aggregates: Iterable[Aggregate]) -> None:
    """Looks at what a test has left in the caches of the services."""
    assert sorted({fault for aggregate in islice(aggregates, ENOUGH) for fault in faults(aggregate)}) == []
