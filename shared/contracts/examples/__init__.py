"""One valid example of the data of each emitted event, by the event's name: for documentation and as golden files."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Name of the event -> its data."""
    found = (path for path in files(__name__).iterdir() if path.name.endswith(".json"))
    return {path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8")) for path in found}


@cache
def values() -> dict[str, Any]:
    """Name of a field -> an example of its value, from some event that has it."""
    return {field: value for name in sorted(examples()) for field, value in examples()[name].items()}
