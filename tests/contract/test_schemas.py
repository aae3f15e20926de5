"""The committed JSON Schemas are up to date, and a change that would break their readers is caught."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from contracts.catalogue import BY_NAME
from infra.compat import breaking_changes
from infra.schemas import broken, differing, event_schema, main, schemas, write

pytestmark = pytest.mark.fast

FILED = event_schema(BY_NAME["CaseFiled"])
NOTED = event_schema(BY_NAME["CaseNoted"])
FIELDS = FILED["properties"]
PARTY = FILED["$defs"]["Party"]["properties"]


def test_the_schemas_in_docs_are_up_to_date() -> None:
    assert differing() == [], "run python -m infra.schemas"
    assert main(["--check"]) == 0


def test_no_emitted_event_breaks_its_committed_schema() -> None:
    assert broken() == []


def test_every_event_and_the_envelope_have_a_schema_that_says_whether_it_is_a_draft() -> None:
    of_events = {name: schema for name, schema in schemas().items() if not name.endswith("pack.json")}
    assert len(of_events) == 65
    assert {name.split(".")[0]: not schema["x-draft"] for name, schema in of_events.items()} == {
        "Envelope": True,
        **{name: not event.draft for name, event in BY_NAME.items()},
    }


# What is planted in the schema of CaseFiled: (where, what it is set to or None to remove it, what must be said).
BREAKING: list[tuple[tuple[str, ...], Any, str]] = [
    (("properties", "case_no"), None, ".case_no: removed"),
    (("$defs", "Party", "properties", "phone"), None, ".parties[].phone: removed"),
    (("properties", "marked_simple", "type"), "string", ".marked_simple: type changed"),
    (("properties", "parties", "type"), "object", ".parties: type changed"),
    (("required",), [*FILED["required"], "earlier_case_id"], ".earlier_case_id: now required"),
    (("$defs", "Party", "properties", "role", "enum"), ["creditor", "debtor"], "value 'third' removed"),
    (("properties", "kind", "enum"), ["enforcement"], ".kind: value 'resumption' removed"),
    (("properties", "cause", "enum"), ["support"], ".cause: limited to listed values"),
    (("properties", "parties", "maxItems"), 100, ".parties: maxItems lowered"),
    (("properties", "parties", "minItems"), 1, ".parties: minItems raised"),
    (("$defs", "Claim", "properties", "amount_fen", "minimum"), 1, ".claim.amount_fen: minimum raised"),
    (("$defs", "Claim", "properties", "amount_fen", "maximum"), 10**9, ".claim.amount_fen: maximum lowered"),
    (("properties", "case_no", "maxLength"), 10, ".case_no: maxLength lowered"),
    (("properties", "case_no", "pattern"), "^x$", ".case_no: pattern changed"),
    (("properties", "cause", "x-vocabulary"), "marks", ".cause: x-vocabulary changed"),
    (("properties", "earlier_case_id", "anyOf"), [{"type": "null"}], ".earlier_case_id: form string removed"),
    (("properties", "earlier_case_id"), {"type": "string"}, ".earlier_case_id: fewer forms"),
]


def _planted(schema: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(schema)
    node = changed
    for key in path[:-1]:
        node = node[key]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return changed


@pytest.mark.parametrize(("path", "value", "said"), BREAKING, ids=[said for *_, said in BREAKING])
def test_a_planted_breaking_change_is_caught(path: tuple[str, ...], value: Any, said: str) -> None:
    assert any(said in change for change in breaking_changes(FILED, _planted(FILED, path, value)))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("properties", "marks", "additionalProperties", "type"), "integer", ".marks[]: type changed"),
        (("properties", "marks", "propertyNames", "maxLength"), 8, ".marks[]: maxLength lowered"),
        (("properties", "marks", "maxProperties"), 8, ".marks: maxProperties lowered"),
    ],
)
def test_a_change_of_a_map_is_caught(path: tuple[str, ...], value: Any, said: str) -> None:
    assert breaking_changes(NOTED, _planted(NOTED, path, value)) == [said]


def test_a_map_that_no_longer_takes_other_keys_is_caught() -> None:
    closed = _planted(NOTED, ("properties", "marks", "additionalProperties"), False)
    assert ".marks: no longer takes other fields" in breaking_changes(NOTED, closed)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("properties", "note_id"), {"type": "string"}),
        (("required",), FILED["required"][1:]),
        (("properties", "kind", "enum"), [*FIELDS["kind"]["enum"], "appeal"]),
        (("properties", "parties", "maxItems"), 400),
        (("$defs", "Party", "properties", "area", "pattern"), None),
        (("properties", "case_no"), {"anyOf": [FIELDS["case_no"], {"type": "null"}]}),
        (("description",), "Filed."),
    ],
)
def test_a_change_that_widens_is_let_through(path: tuple[str, ...], value: Any) -> None:
    assert breaking_changes(FILED, _planted(FILED, path, value)) == []


def test_a_broken_promise_is_not_written(tmp_path: Path) -> None:
    write(tmp_path)
    assert differing(tmp_path) == []
    assert broken(tmp_path) == []

    promised = _planted(FILED, ("properties", "weather"), {"type": "string"})
    (tmp_path / "CaseFiled.v1.json").write_text(json.dumps(promised), encoding="utf-8")
    (tmp_path / "CaseLost.v1.json").write_text(json.dumps(FILED), encoding="utf-8")

    assert differing(tmp_path) == ["CaseFiled.v1.json", "CaseLost.v1.json"]
    assert broken(tmp_path) == ["CaseFiled.v1.json .weather: removed", "CaseLost.v1.json removed"]


def test_a_draft_may_still_change(tmp_path: Path) -> None:
    write(tmp_path)
    draft = _planted(FILED, ("properties", "weather"), {"type": "string"}) | {"x-draft": True}
    (tmp_path / "CaseFiled.v1.json").write_text(json.dumps(draft), encoding="utf-8")
    assert differing(tmp_path) == ["CaseFiled.v1.json"]
    assert broken(tmp_path) == []
