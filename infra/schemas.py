"""Writes the JSON Schemas of the published language, and that of policy packs, to docs/schemas:
`python -m infra.schemas [--check]`.

The committed files are the promise made to readers. A change that breaks the schema of an emitted event is not
written: it wants a new version of the event.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema as core

from contracts.base import Contract
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope
from infra.compat import breaking_changes
from infra.pack_schema import log_pack_schema, pack_schema

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
_MAP = ("keys_schema", "values_schema")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """Without titles, which repeat the names of the fields; the keys of a map keep all their rules."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: core.DictSchema) -> dict[str, Any]:
        keys, values = (self.generate_inner(schema.get(part, core.any_schema())) for part in _MAP)
        return {"type": "object", "propertyNames": keys, "additionalProperties": values} | (
            {"maxProperties": schema["max_length"]} if "max_length" in schema else {}
        )


def event_schema(event: type[Contract]) -> dict[str, Any]:
    """The schema of the event's `data`, with who publishes it, on which kinds of subject, and whether it is a draft."""
    about = {"x-service": event.service, "x-subjects": list(event.subject_kinds), "x-draft": event.draft}
    return {"$schema": DIALECT, "$id": event.type, **about, **event.model_json_schema(schema_generator=_Plain)}


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by the name of its file."""
    envelope = {"$schema": DIALECT, "$id": "zhixing.Envelope.v1", "x-draft": False}
    return {
        "Envelope.v1.json": {**envelope, **Envelope.model_json_schema(schema_generator=_Plain)},
        **{f"{event.__name__}.v1.json": event_schema(event) for event in EVENTS.values()},
        "log-pack.json": {"$schema": DIALECT, "$id": "zhixing.log-pack", "x-draft": True, **log_pack_schema()},
        "pack.json": {"$schema": DIALECT, "$id": "zhixing.pack", "x-draft": True, **pack_schema()},
    }


def differing(folder: Path = FOLDER) -> list[str]:
    """Names of the files that are not what the models say: changed, missing or left over."""
    wanted = {name: _text(schema) for name, schema in schemas().items()}
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def broken(folder: Path = FOLDER) -> list[str]:
    """Breaking changes of the models against the committed schemas, drafts apart, as `file field: change`."""
    found: list[str] = []
    wanted = schemas()
    for path in sorted(folder.glob("*.json")):
        old, new = json.loads(path.read_text(encoding="utf-8")), wanted.get(path.name)
        if not old["x-draft"]:
            found += [f"{path.name} {change}" for change in (breaking_changes(old, new) if new else ["removed"])]
    return found


def write(folder: Path = FOLDER) -> None:
    """Write every schema anew and drop those of drafts that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    for name, schema in wanted.items():
        (folder / name).write_text(_text(schema), encoding="utf-8")
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()


def main(arguments: list[str]) -> int:
    """Exit code 1 where the files differ (`--check`) or a promise would be broken (writing)."""
    parser = argparse.ArgumentParser(prog="python -m infra.schemas", description="JSON Schemas of the contract events")
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that differ")
    check = parser.parse_args(arguments).check
    faults = differing() if check else broken()
    for fault in faults:
        print(fault)
    if not faults and not check:
        write()
    return 1 if faults else 0


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
