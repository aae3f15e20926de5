"""The fields of events, as checks ask for them: what kind of value they hold, and whether they are always there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contracts.base import Contract
from contracts.catalogue import BY_NAME
from rules.matcher import Pattern

Kind: TypeAlias = Literal["text", "number", "flag", "day", "instant", "record"]

_KINDS: Mapping[type, Kind] = {bool: "flag", int: "number", str: "text", datetime: "instant", date: "day"}


class Field(NamedTuple):
    """`always`: events that lack it are not events of that type. `many`: a list of such values."""

    kind: Kind
    always: bool
    many: bool
    model: type[BaseModel] | None = None


def field_of(model: type[BaseModel], path: str) -> Field | None:
    """The field at the dotted path, through the items of lists. None where there is none."""
    name, _, rest = path.partition(".")
    info = _fields(model).get(name)
    if info is None:
        return None
    found = _read(info.annotation, always=info.is_required())
    if not rest:
        return found
    inner = field_of(found.model, rest) if found.model else None
    return inner and inner._replace(always=inner.always and found.always, many=inner.many or found.many)


def event_field(event: str, path: str) -> Field | None:
    """A field of an event by the event's name."""
    return field_of(BY_NAME[event], path) if event in BY_NAME else None


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {str(info.validation_alias or name): info for name, info in model.model_fields.items()}


def _read(annotation: Any, *, always: bool) -> Field:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _read(arguments[0], always=always)
    if origin in (Union, UnionType):
        return _read(next(each for each in arguments if each is not NoneType), always=always)
    if origin is tuple:
        return _read(arguments[0], always=always)._replace(many=True)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Field("record", always, many=False, model=annotation)
    return Field(_KINDS.get(cast(type, annotation), "text"), always, many=False)


def is_certain(pattern: Pattern, path: str) -> bool:
    """Whether an event that the pattern matches has a value at the path."""
    field = event_field(pattern.event, path)
    if field is not None and field.always:
        return True
    wanted = pattern.fields.get(path)
    return wanted is not None and wanted not in ({"empty": True}, "")


def subjects(pattern: Pattern) -> frozenset[str]:
    """The kinds of subject on which an event that the pattern matches may stand."""
    event: type[Contract] = BY_NAME[pattern.event]
    by = event.subject_by
    if by is None:
        return frozenset(event.subject_kinds)
    wanted = pattern.fields.get(by.field)
    if wanted is None or isinstance(wanted, dict):
        return frozenset(event.subject_kinds)
    values = cast(list[object], wanted) if isinstance(wanted, list) else [wanted]
    return frozenset(by.kinds.get(str(value), by.default) for value in values)
