"""The JSON Schema of pack files says what the loader says, as far as a schema can."""

import copy
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import packs
from infra.pack_schema import log_pack_schema, pack_schema
from rules.names import wrong_names
from rules.packs import Pack
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


# ---- the schema and the loader agree -------------------------------------------------------------------------------

HEAD = ("pack", "name", "source", "version", "effective", "extends", "settings")
JUNK = [None, 5, -5, 0, 1.5, True, "x", "", "no code!", "x" * 600, [], {}, ["x"], [5], [[]], [{}], {"x": 1}]
BEYOND = {"value_error", "time_parsing", "date_from_datetime_parsing", "date_parsing"}
"""Kinds of errors that a schema cannot tell, or not in every case: what fits together, what a text means."""


def whole(folder: Path) -> dict[str, Any]:
    files = YamlFiles()
    files.read(sorted(folder.glob("*.yaml")))
    return files.document


PACKS = [whole(packs.folders(name)[-1]) for name in ("yiyang", "horqin", "nanzhao", "shihe", "guancheng", "national")]


def ways(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*at, step)
        yield from ways(each, (*at, step))


def with_a_fault(chance: Random) -> dict[str, Any]:
    """The head of a pack and one rule of it, in which something is taken out, put in, or is something else."""
    pack = chance.choice(PACKS)
    section = chance.choice([name for name in pack if name not in HEAD])
    rules = [chance.choice(pack[section])] if isinstance(pack[section], list) else pack[section]
    made = copy.deepcopy({name: pack[name] for name in HEAD if name in pack} | {section: rules})
    *before, last = chance.choice([way for way in ways(made) if way != ("pack",)])
    part = made
    for step in before:
        part = part[step]
    how = chance.choice(("junk", "out", "in"))
    if how == "out":
        del part[last]
    elif how == "in" and isinstance(part, dict):
        part["more"] = chance.choice(JUNK)
    else:
        part[last] = chance.choice(JUNK)
    return made


@given(st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_what_the_schema_refuses_the_loader_refuses_and_the_other_way_round(chance: Random) -> None:
    made = with_a_fault(chance)
    told, refused = faults(SCHEMA, as_json(made)), errors(made)
    if refused:
        assert told or refused <= BEYOND
    else:
        assert not told or list(wrong_names(Pack.model_validate(made))), told


def errors(made: dict[str, Any]) -> set[str]:
    """Of what kinds."""
    try:
        Pack.model_validate(made)
    except ValidationError as error:
        return {each["type"] for each in error.errors()}
    return set()


LIBRARY = Path(__file__).parents[2] / "docs" / "examples" / "library" / "pack.yaml"


def test_the_pack_of_a_foreign_log_has_a_schema_of_its_own() -> None:
    schema = log_pack_schema()
    library = as_json(document(LIBRARY))
    assert faults(schema, library) == []
    assert faults(SCHEMA, library)  # activities are no events of ours, and no scheme stands behind its rules
    for wrong in ({"gates": []}, {"log": {"zone": 3}}, {"clocks": [{"id": "t.c", "start": {"event": "X"}}]}):
        assert faults(schema, library | wrong)
