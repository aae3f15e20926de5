"""What of JSON Schema (2020-12) the product's schemas use, checked: enough to hold a document against them."""

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
_KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "format", "type", "enum", "const", "pattern",
    "minLength", "maxLength", "minimum", "exclusiveMinimum", "maximum", "items", "minItems", "properties", "required",
    "propertyNames", "additionalProperties", "minProperties", "maxProperties", "dependentRequired", "anyOf", "oneOf",
    "allOf", "if", "then", "x-draft",
}  # fmt: skip


def faults(schema: Schema, value: Any) -> list[str]:
    """Where the value is not what the schema says; empty where it is. A keyword it does not know is an error."""
    return list(_faults(schema, value, "", schema))


def _faults(schema: Any, value: Any, at: str, root: Schema) -> Iterator[str]:
    if isinstance(schema, bool):
        yield from [] if schema else [f"{at}: not expected"]
        return
    assert schema.keys() <= _KNOWN, schema.keys() - _KNOWN
    if "$ref" in schema:
        yield from _faults(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, at, root)
    yield from _plain(schema, value, at)
    if isinstance(value, dict):
        yield from _of_object(schema, value, at, root)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _faults(schema["items"], item, f"{at}.{number}", root)
    yield from _combined(schema, value, at, root)


def _is(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool) or value is None:
        return ("boolean" if value is not None else "null") in names
    return any(isinstance(value, _TYPES[name]) for name in names if name in _TYPES)


def _plain(schema: Schema, value: Any, at: str) -> Iterator[str]:
    held = {
        "type": lambda types: _is(value, types),
        "enum": lambda allowed: value in allowed,
        "const": lambda wanted: value == wanted,
        "pattern": lambda pattern: not isinstance(value, str) or re.search(pattern, value),
        "minLength": lambda least: not isinstance(value, str) or len(value) >= least,
        "maxLength": lambda most: not isinstance(value, str) or len(value) <= most,
        "minimum": lambda least: not _is(value, "number") or value >= least,
        "exclusiveMinimum": lambda least: not _is(value, "number") or value > least,
        "maximum": lambda most: not _is(value, "number") or value <= most,
        "minItems": lambda least: not isinstance(value, list) or len(value) >= least,
        "minProperties": lambda least: not isinstance(value, dict) or len(value) >= least,
        "maxProperties": lambda most: not isinstance(value, dict) or len(value) <= most,
    }
    yield from (f"{at}: {word} {schema[word]}" for word in held.keys() & schema.keys() if not held[word](schema[word]))


def _of_object(schema: Schema, value: dict[str, Any], at: str, root: Schema) -> Iterator[str]:
    properties = schema.get("properties", {})
    needed = [name for key, names in schema.get("dependentRequired", {}).items() if key in value for name in names]
    yield from (f"{at}.{name}: required" for name in [*schema.get("required", []), *needed] if name not in value)
    for name, inner in value.items():
        yield from _faults(schema.get("propertyNames", True), name, f"{at}.{name}", root)
        yield from _faults(properties.get(name, schema.get("additionalProperties", True)), inner, f"{at}.{name}", root)


def _combined(schema: Schema, value: Any, at: str, root: Schema) -> Iterator[str]:
    def fits(each: Any) -> bool:
        return next(_faults(each, value, at, root), None) is None

    if "anyOf" in schema and not any(map(fits, schema["anyOf"])):
        yield f"{at}: none of the forms fits"
    if "oneOf" in schema and sum(map(fits, schema["oneOf"])) != 1:
        yield f"{at}: not exactly one of the forms fits"
    for each in schema.get("allOf", []):
        yield from _faults(each, value, at, root)
    if "if" in schema and fits(schema["if"]):
        yield from _faults(schema.get("then", True), value, at, root)
