"""Whether a JSON Schema still takes what its earlier form took, and still has every field of it."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME = ("type", "pattern", "format", "x-vocabulary")


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` would break a reader or writer of `old`, each as `field: what changed`. Empty if nothing."""
    return list(_compare(_inlined(old, old), _inlined(new, new), ""))


def _inlined(node: Any, root: Schema) -> Any:
    if isinstance(node, list):
        return [_inlined(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    return {key: _inlined(value, root) for key, value in node.items() if key != "$defs"}


def _compare(old: Schema, new: Schema, path: str) -> Iterator[str]:
    yield from (f"{path}: {change}" for change in _narrowed(old, new))
    yield from _compare_fields(old, new, path)
    yield from _compare_options(old, new, path)
    for key in ("items", "additionalProperties", "propertyNames"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            yield from _compare(old[key], new[key], f"{path}[]")


def _narrowed(old: Schema, new: Schema) -> Iterator[str]:
    yield from (f"{key} changed" for key in _SAME if key in new and new[key] != old.get(key))
    yield from (f"{key} raised" for key in _LEAST if key in new and new[key] > old.get(key, float("-inf")))
    yield from (f"{key} lowered" for key in _MOST if key in new and new[key] < old.get(key, float("inf")))
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield "no longer takes other fields"
    if _values(new) and not _values(old):
        yield "limited to listed values"
    yield from (f"value {value!r} removed" for value in _values(old) if _values(new) and value not in _values(new))


def _values(schema: Schema) -> list[Any]:
    return schema.get("enum", [schema["const"]] if "const" in schema else [])


def _compare_fields(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    yield from (f"{path}.{name}: removed" for name in before if name not in after)
    now_required = set(new.get("required", ())) - set(old.get("required", ()))
    yield from (f"{path}.{name}: now required" for name in sorted(now_required))
    for name in before.keys() & after.keys():
        yield from _compare(before[name], after[name], f"{path}.{name}")


def _compare_options(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "anyOf" not in new:
        if "anyOf" in old:
            yield f"{path}: fewer forms"
        return
    for option in old.get("anyOf", [old]):
        found = next((other for other in new["anyOf"] if other.get("type") == option.get("type")), None)
        if found is None:
            yield f"{path}: form {option.get('type')} removed"
        else:
            yield from _compare(option, found, path)
