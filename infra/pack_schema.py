"""The JSON Schema of a file of a policy pack, for editors: what the loader reads, as it is written in YAML.

The forms that packs write otherwise than the models hold them (terms, keys, who answers, matchers, conditions, lists of
one) are given here; all else follows from the models. What only the loader can tell, such as whether the names in a
condition exist, is left to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema as core

from contracts.catalogue import BY_NAME
from rules.conditions import MAX_SOURCE, compile_condition
from rules.loader import MOST_OF_A_UNIT
from rules.log_names import SECTIONS
from rules.matcher import ENVELOPE, OPERATORS, RESERVED, compile_matcher
from rules.packs import Authority, Branch, Clock, Duty, Figure, Key, Limit, Pack, Route, Rule, Step, Who, WorkList
from rules.packs.clocks import ROLES
from rules.packs.pack import unset
from rules.packs.structure import AMOUNTS
from rules.packs.words import NATIONAL, day, listed
from rules.terms import Length, clock_time

Schema = dict[str, Any]
CODE: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_SCALARS: Schema = {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}
_FIELDS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_OPERANDS: Schema = {
    "not": _SCALARS,
    "min": {"type": "number"},
    "max": {"type": "number"},
    "has": _SCALAR,
    "empty": {"type": "boolean"},
}
assert _OPERANDS.keys() == OPERATORS.keys()
CONDITION: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_SOURCE, "description": "CEL"}


def one_of(forms: dict[str, Schema]) -> Schema:
    """A mapping with exactly one of the keys."""
    return {
        "type": "object", "properties": forms, "additionalProperties": False, "minProperties": 1, "maxProperties": 1,
    }  # fmt: skip


_WRITTEN: dict[type[BaseModel], Schema] = {
    Length: one_of({unit: {"type": "integer", "minimum": 1, "maximum": most} for unit, most in MOST_OF_A_UNIT.items()}),
    Who: {"anyOf": [CODE, one_of({"post": CODE, "team": CODE})], "description": f"a post or {', '.join(ROLES)}"},
    Key: {
        "anyOf": [
            *_FIELDS["anyOf"],
            {
                "type": "object", "properties": {"start": _FIELDS, "stop": _FIELDS}, "additionalProperties": False,
                "required": ["start", "stop"],
            },
        ]
    },
}  # fmt: skip


def some(*fields: str) -> Schema:
    """One of the fields must be there."""
    return {"anyOf": [{"required": [field]} for field in fields]}


_DEMANDED: dict[type[BaseModel], Schema] = {
    Rule: {
        "if": {"properties": {"clause": {"const": NATIONAL}}, "required": ["clause"]},
        "then": {"required": ["source"]},
    },
    Clock: {"required": ["zh", "en"], **some("term", "repeat")},
    Duty: {"required": ["zh", "en"]},
    Branch: some("to", "ask"),
    Limit: some(*AMOUNTS),
    Step: some("first", "drop", "score"),
    Authority: {"anyOf": [{"required": ["act", "chain"]}, {"required": ["sign", "who"]}]},
    Figure: some("count", "limit"),
    WorkList: some("clocks", "if", "elapsed"),
    Route: {
        "properties": {
            "rules": {"items": {"required": ["if"]}},
            "fallback": {"required": ["to"], "properties": {"if": False}},
        }
    },
}
"""What a part needs besides its own required fields, as far as a schema can say it."""
_MATCHER = {"x-is": "Matcher"}
"""Stands for the definition until all others are made: the generator knows only its own."""


def pack_schema() -> Schema:
    """Of one file: some sections of a pack, or its head, or all."""
    schema = Pack.model_json_schema(schema_generator=_AsWritten)
    head = schema.pop("required")
    schema = _with_matchers(schema)
    schema["$defs"] |= _matchers()
    return schema | {"minProperties": 1, "dependentRequired": {"pack": [name for name in head if name != "pack"]}}


def log_pack_schema() -> Schema:
    """Of one file of a foreign log's pack: activities for events, and what `rules.log_pack` fills in is left out."""
    schema = pack_schema()
    parts: dict[str, Schema] = schema["$defs"]
    for name in ("Clock", "Suspension", "Limit"):
        rule = parts[name]
        rule["required"] = [field for field in rule["required"] if field not in _FILLED_IN]
        rule["properties"]["clause"] = {"type": "string"}
        rule["allOf"] = [_without_names(each) for each in rule["allOf"] if "then" not in each]
    matcher = parts["OneMatcher"]
    del matcher["allOf"], schema["dependentRequired"]
    matcher["properties"]["event"] = {"type": "string", "minLength": 1}
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name in SECTIONS}
    schema["$defs"] = {name: parts[name] for name in sorted(_named(schema["properties"], parts))}
    return schema


_FILLED_IN = ("clause", "type", "answers")


def _without_names(demand: Schema) -> Schema:
    return {name: value for name, value in demand.items() if name != "required"}


def _named(part: Any, parts: dict[str, Schema]) -> set[str]:
    """The definitions that a part of the schema needs."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        for name in set(_REF.findall(json.dumps(waiting.pop()))) - found:
            found.add(name)
            waiting.append(parts[name])
    return found


_REF = re.compile(r'"#/\$defs/([^"]+)"')


class _AsWritten(GenerateJsonSchema):
    """Without titles and defaults, and with the forms that packs are written in."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core.ModelSchema) -> Schema:
        found = _WRITTEN.get(schema["cls"]) or super().model_schema(schema)
        demanded = [demand for model, demand in _DEMANDED.items() if issubclass(schema["cls"], model)]
        told = {name: value for name, value in found.items() if name != "title"}
        return {**told, "allOf": demanded} if demanded else told

    def function_plain_schema(self, schema: core.PlainValidatorFunctionSchema) -> Schema:
        function: Any = schema["function"]["function"]
        if getattr(function, "func", None) is compile_condition:
            return CONDITION
        if function is compile_matcher:
            return _MATCHER
        return super().function_plain_schema(schema)

    def function_before_schema(self, schema: core.BeforeValidatorFunctionSchema) -> Schema:
        inner = super().function_before_schema(schema)
        function: Any = schema["function"]["function"]
        if function is listed:
            return {"anyOf": [inner["items"], inner]}
        if function is unset:
            return {"anyOf": [{"const": "unset"}, inner]}
        if function is day:
            return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        if function is clock_time:
            return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
        return inner

    def dict_schema(self, schema: core.DictSchema) -> Schema:
        """Keys of mappings are texts to an editor, numbers too."""
        keys: Any = schema.get("keys_schema", core.any_schema())
        names = {"pattern": "^[1-9][0-9]*$"} if keys["type"] == "int" else self.generate_inner(keys)
        values = self.generate_inner(schema.get("values_schema", core.any_schema()))
        return {"type": "object", "propertyNames": names, "additionalProperties": values}


def _with_matchers(part: Any) -> Any:
    if part == _MATCHER:
        return {"$ref": "#/$defs/Matcher"}
    if isinstance(part, dict):
        return {name: _with_matchers(value) for name, value in cast(Schema, part).items()}
    return [_with_matchers(each) for each in cast(list[Any], part)] if isinstance(part, list) else part


def _matchers() -> dict[str, Schema]:
    """A matcher names an event, and fields that this event has."""
    test = {"anyOf": [*_SCALARS["anyOf"], one_of(_OPERANDS)]}
    own = {"event": {"enum": sorted(BY_NAME)}, "if": CONDITION, "key": {"type": "string"}}
    fields = (
        {
            "if": {"properties": {"event": {"const": name}}, "required": ["event"]},
            "then": {"propertyNames": {"enum": sorted({*RESERVED, *ENVELOPE, *_paths(event)})}},
        }
        for name, event in sorted(BY_NAME.items())
    )
    pattern = {"type": "object", "properties": own, "required": ["event"], "additionalProperties": test}
    one = {"$ref": "#/$defs/OneMatcher"}
    any_of = {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    every = {"type": "array", "items": any_of, "minItems": 1}
    all_of = {"type": "object", "properties": {"all_of": every}, "required": ["all_of"], "additionalProperties": False}
    return {"OneMatcher": {**pattern, "allOf": list(fields)}, "Matcher": {"anyOf": [*any_of["anyOf"], all_of]}}


def _paths(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """The dotted paths of the fields, those of the parts they hold among them."""
    for name, field in model.model_fields.items():
        yield before + name
        if inner := _model(field.annotation):
            yield from _paths(inner, f"{before}{name}.")


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model, get_args(annotation))), None)
