"""docs/asyncapi.yaml is what the relays do, and AsyncAPI's own parser reads it so."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from contracts.catalogue import BY_NAME
from contracts.emitted import EMITTED
from contracts.examples import examples
from infra import asyncapi
from infra.schemas import FOLDER
from infra.test_needs import PARSER, NotSetUp, parser_modules
from kernel.feed import LANES
from kernel.kafka.cluster import topic_settings
from kernel.kafka.wire import Record, records
from tests.contract.feed.world import envelope

RECORDED = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
MISTAKES = {
    "a message that no channel has": ("operations", "intake-cases", "messages", 0, "$ref"),
    "a schema that is not there": ("components", "messages", "CaseFiled", "payload", "allOf", 0, "$ref"),
}


def carried(name: str) -> Record:
    """An event as a relay produces it."""
    kind = BY_NAME[name].model_validate(examples()[name]).allowed_subjects()[0]
    told = orjson.dumps([envelope(f"{kind}/yiyang-1", name)])
    [record] = records("intake", [(7, RECORDED, told)], [0] * LANES)
    return record


def told(name: str) -> dict[str, Any]:
    record = carried(name)
    headers = {key: value.decode() for key, value in record.headers}
    return {"message": BY_NAME[name].type, "headers": headers, "payload": json.loads(record.value)}


def mistaken(path: tuple[Any, ...]) -> str:
    """The document with a reference to what is not there."""
    node = document = asyncapi.document()
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = "#/nowhere/at/all"
    return json.dumps(document)


WRONG = [{**told("CaseFiled"), "payload": told("CaseNoted")["payload"]}, {**told("CaseFiled"), "headers": {}}]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the parser makes of the document in docs, and of each mistake."""
    folder = tmp_path_factory.mktemp("asyncapi")
    (folder / FOLDER.name).symlink_to(FOLDER)
    (folder / "records").write_text(json.dumps([*map(told, sorted(EMITTED)), *WRONG]), "utf-8")
    for mistake, path in MISTAKES.items():
        (folder / mistake).write_text(mistaken(path), "utf-8")
    found = checked([folder / "records", asyncapi.FILE, *(folder / mistake for mistake in MISTAKES)])
    return dict(zip(["docs", *MISTAKES], found, strict=True))


def checked(files: list[Path]) -> list[Any]:
    try:
        environment = {"NODE_PATH": str(parser_modules()), "PATH": os.environ["PATH"]}
    except NotSetUp as error:
        pytest.skip(str(error))
    command = ["node", PARSER / "check.cjs", *files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.fast
def test_the_document_in_docs_is_up_to_date() -> None:
    assert asyncapi.main(["--check"]) == 0, "run python -m infra.asyncapi"
    assert yaml.safe_load(asyncapi.FILE.read_text("utf-8")) == asyncapi.document()


@pytest.mark.node
def test_the_official_parser_finds_no_fault_and_every_topic_with_its_events(parsed: dict[str, Any]) -> None:
    assert parsed["docs"]["faults"] == []
    topics = parsed["docs"]["topics"]
    assert topics.keys() == topic_settings(asyncapi.TOPICS).keys()
    of_events = {*topics[asyncapi.TOPICS.cases], *topics[asyncapi.TOPICS.reference]}
    assert of_events == {BY_NAME[name].type for name in EMITTED}


@pytest.mark.node
def test_what_a_relay_produces_of_every_event_is_what_the_document_says(parsed: dict[str, Any]) -> None:
    assert parsed["docs"]["misfits"] == WRONG, "and what is not so is found"
    messages = asyncapi.document()["components"]["messages"]
    for name in EMITTED:
        assert re.search(messages[name]["bindings"]["kafka"]["key"]["pattern"], carried(name).key.decode()), name


@pytest.mark.node
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(parsed: dict[str, Any], mistake: str) -> None:
    assert parsed[mistake]["faults"]


@pytest.mark.fast
def test_each_event_goes_where_its_subject_belongs() -> None:
    channels = asyncapi.document()["channels"]
    for name in EMITTED:
        topic = "reference" if carried(name).is_reference else "cases"
        assert name in channels[topic]["messages"], name
