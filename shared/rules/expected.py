"""What was expected in the place of what a pack says: the models' errors in words of the language, not of Python."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

from rules.packs import Pack
from rules.packs.words import CLAUSE, CODE, RULE_ID
from rules.terms import Length

Loc: TypeAlias = tuple[int | str, ...]

_EXPECTED = {
    "missing": "expected, and missing",
    "tuple_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "string_type": "expected a text",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "int_parsing_size": "expected a whole number of at most 18 digits",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "date_parsing": "expected a day such as 2026-03-31",
    "date_from_datetime_parsing": "expected a day such as 2026-03-31",
    "date_type": "expected a day such as 2026-03-31",
    "time_parsing": 'expected a time of day such as "17:30"',
    "time_type": 'expected a time of day such as "17:30"',
}
"""By pydantic's kinds of errors, whose own words are of Python."""
_PATTERNS = {
    CODE: "expected small letters, digits and _",
    RULE_ID: "expected an id such as yiyang.second_handover",
    CLAUSE: "expected clauses such as Y06 or 'Y06 Y07', or national",
}
_LENGTH = "expected {hours | days | working_days | months | years: n}, or same_day where a word may stand"


def expected(error: ValidationError) -> Iterator[tuple[Loc, str]]:
    """The way to each fault, and what was expected there."""
    for each in error.errors(include_url=False):
        way = _of_length(each["loc"])
        yield (way, _LENGTH) if way else (each["loc"], _reason(each))


def _of_length(loc: Loc) -> Loc:
    """The way to a length that a part of it was found wrong of; empty where it is another fault."""
    if str(loc[-1]).startswith("literal['same_day'"):
        return loc[:-1]
    if loc[-1] in ("unit", "n") and list(_models(loc))[-1][1] is Length:
        return loc[: -2 if loc[-2] == Length.__name__ else -1]
    return ()


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return _unknown_field(error["loc"])
    if error["type"] == "string_pattern_mismatch" and error["ctx"]["pattern"] in _PATTERNS:
        return _PATTERNS[error["ctx"]["pattern"]]
    message = _EXPECTED.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return message.replace("Input should be", "expected").replace("String should match pattern", "expected the form")


# ---- fields -------------------------------------------------------------------------------------------------------


def field_names(trail: Sequence[int | str]) -> set[str]:
    """Those steps of the way that are fields of models, and the last."""
    return {step for step, model in _models(trail) if step in _fields(model)} | {str(trail[-1])} if trail else set()


def _models(trail: Sequence[int | str]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The fields on the trail, each with the model it is, or is missed, in."""
    model: type[BaseModel] | None = Pack
    for step in trail:
        if model is not None and isinstance(step, str):
            yield step, model
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _model_in(fields[step].annotation) if step in fields else model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _fields(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown_field(trail: Sequence[int | str]) -> str:
    name, model = list(_models(trail))[-1]
    close = difflib.get_close_matches(name, _fields(model), 1)
    return f"no such field{f', perhaps {close[0]}' if close else ''}; expected {', '.join(_fields(model))}"
