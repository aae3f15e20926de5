"""The JSON Schema of pack files says what the loader says, as far as a schema can."""

from pathlib import Path
from typing import Any

import pytest

import packs
from infra.pack_schema import pack_schema
from rules.yaml_files import YamlFiles
from tests.json_schema import faults

pytestmark = pytest.mark.fast

SCHEMA = pack_schema()
FILES = sorted(packs.HOME.glob("*/*/*.yaml"))


def as_json(value: Any) -> Any:
    """Keys of mappings are texts in JSON."""
    if isinstance(value, dict):
        return {str(name): as_json(each) for name, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def document(file: Path) -> dict[str, Any]:
    files = YamlFiles()
    files.read([file])
    return files.document


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-3:]))
def test_every_file_of_every_pack_is_as_the_schema_says(file: Path) -> None:
    assert faults(SCHEMA, as_json(document(file))) == []


CLOCK = {
    "id": "x.clock", "clause": "X01", "zh": "节点", "en": "clock", "type": "service", "answers": "holder",
    "start": {"event": "CaseFiled", "kind": ["enforcement"]}, "stop": {"event": "CaseClosed"}, "term": {"days": 7},
}  # fmt: skip
GATE = {"id": "x.g", "clause": "X01", "act": "close_case", "on_lack": "refuse", "items": [{"id": "form"}]}


def test_the_forms_that_the_language_knows_fit() -> None:
    for change in (
        {"term": "at_once"},
        {"term": {"until": "due_on", "else": {"working_days": 3}}},
        {"term": {"same_as": "cn.payout"}},
        {"term": None, "repeat": {"every": {"months": 6}, "times": 10, "field": None}},
        {"cutoff": "15:00", "key": "matter_id", "of": "each"},
        {
            "key": {"start": "item.party_id", "stop": ["party_id"]},
            "each_of": "parties",
            "where": 'item.role == "debtor"',
        },
        {"stop": [{"event": "CaseClosed", "way": {"not": "withdrawn"}}, {"event": "FilingRefused", "key": "case"}]},
        {"stop": {"all_of": [{"event": "AuctionSold"}, [{"event": "AuctionPaid"}]]}},
        {"answers": {"team": "affairs"}, "warn": [{"before": {"days": 1}, "to": ["holder", {"post": "chief"}]}]},
    ):
        assert faults(SCHEMA, {"clocks": [CLOCK | change]}) == [], change


PLANTED: list[tuple[Any, str]] = [
    ({"clocks": [CLOCK | {"term": {"fortnights": 5}}]}, ".clocks.0.term"),
    ({"clocks": [CLOCK | {"term": {"days": 5, "hours": 1}}]}, ".clocks.0.term"),
    ({"clocks": [CLOCK | {"term": {"days": 0}}]}, ".clocks.0.term"),
    ({"clocks": [CLOCK | {"of": "lst"}]}, ".clocks.0.of"),
    ({"clocks": [CLOCK | {"voided_by": {"event": "CaseClosed"}}]}, ".clocks.0.voided_by"),
    ({"clocks": [CLOCK | {"start": {"event": "CaseFild"}}]}, ".clocks.0.start"),
    ({"clocks": [CLOCK | {"start": {"event": "CaseFiled", "kynd": "x"}}]}, ".clocks.0.start"),
    ({"clocks": [CLOCK | {"start": {"event": "CaseFiled", "kind": {"no": "x"}}}]}, ".clocks.0.start"),
    ({"clocks": [CLOCK | {"stop": {"all_of": []}}]}, ".clocks.0.stop"),
    ({"clocks": [CLOCK | {"cutoff": "25:00"}]}, ".clocks.0.cutoff"),
    ({"clocks": [CLOCK | {"answers": {"post": "chief", "team": "x"}}]}, ".clocks.0.answers"),
    ({"clocks": [CLOCK | {"where": "x" * 501}]}, ".clocks.0.where"),
    ({"clocks": [CLOCK | {"at": "长" * 41}]}, ".clocks.0.at"),
    ({"clocks": [CLOCK | {"key": {"start": "party_id"}}]}, ".clocks.0.key"),
    ({"gates": [GATE | {"items": []}]}, ".gates.0.items"),
    ({"gates": [GATE | {"act": "close case"}]}, ".gates.0.act"),
    ({"gates": [GATE | {"items": [{"id": "form", "need": {"kind": "x"}}]}]}, ".gates.0.items.0.need"),
    ({"process": [{"id": "x.p", "clause": "X01", "pricing_ordr": [["appraisal"]]}]}, ".process.0"),
    ({"figures": [{"id": "x.f", "clause": "X01", "per": "fortnight", "limit": "x"}]}, ".figures.0.per"),
    ({"structure": {"posts": {}, "initial_holder": "x", "areas": [{"id": "e"}]}}, ".structure"),
    ({"pack": "x", "version": "1"}, ".name: required"),
    ({"clockz": []}, ".clockz: not expected"),
    ({}, "minProperties"),
]


@pytest.mark.parametrize(("planted", "where"), PLANTED)
def test_a_planted_error_is_found(planted: Any, where: str) -> None:
    assert [fault for fault in faults(SCHEMA, planted) if fault.startswith(where) or where in fault]
