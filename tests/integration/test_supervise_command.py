"""`./zhixing supervise` as its users run it: the documented example, misuse, our own events as in the read model."""

import json
import re
import shlex
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.installation import ROOT
from infra.supervise import command
from tests.commands import Commands
from tests.services import COURT, Bench
from tests.walks import Walk, system

DOCUMENT = (ROOT / "docs" / "supervise.md").read_text("utf-8")
LIBRARY = ROOT / "docs" / "examples" / "library"
CSV, XES = LIBRARY / "loans.csv", LIBRARY / "loans.xes"


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path / "home")


def documented(number: int) -> list[object]:
    """The arguments of a command of the document, in this checkout."""
    line = re.findall(r"^\$ \./zhixing (.*)$", DOCUMENT, re.MULTILINE)[number]
    return [ROOT / each if each.startswith("docs/") else each for each in shlex.split(line)]


def test_the_documented_commands_print_what_is_documented(commands: Commands) -> None:
    with commands:
        code, table, errors = commands.run(*documented(0))
        assert (code, errors) == (0, "")
        [shown] = re.findall(r"```text\n(.*?)\n```", DOCUMENT, re.DOTALL)
        assert [line.split() for line in table.splitlines()] == [line.split() for line in shown.splitlines()]
        code, lines, errors = commands.run(*documented(1))
        assert (code, errors) == (0, "")
        [first] = re.findall(r"```json\n(.*?)\n```", DOCUMENT, re.DOTALL)
        assert lines.splitlines()[0] == first


def test_the_pack_of_the_document_is_that_of_the_example() -> None:
    [shown] = re.findall(r"```yaml\n(.*?)\n```", DOCUMENT, re.DOTALL)
    pack = (LIBRARY / "pack.yaml").read_text("utf-8")
    assert all(line in pack.splitlines() for line in shown.splitlines())


def test_both_forms_of_the_example_give_one_answer(commands: Commands) -> None:
    with commands:
        answers = [
            commands.ask("supervise", log, "--pack", LIBRARY, "--as-of", "2026-05-31") | {"log": ""}
            for log in (CSV, XES)
        ]
    assert answers[0] == answers[1]


def test_misuse_is_one_line_and_prints_nothing_else(commands: Commands, tmp_path: Path) -> None:
    other = tmp_path / "log.csv"
    other.write_text("a,b\n1,2\n", "utf-8")
    with commands:
        for told, arguments in (
            ("expected --pack DIR or --pack COURT, or --rules FILE", [CSV]),
            ("no column activity, clerk, dispute", [other, "--pack", LIBRARY]),
            ("nowhere", [CSV, "--pack", "nowhere"]),
            ("its pack needs a log section", [CSV, "--pack", "yiyang"]),
            ("--as-of: write a date", [CSV, "--pack", LIBRARY, "--as-of", "May"]),
            ("nothing.csv", [tmp_path / "nothing.csv", "--pack", LIBRARY]),
            ("expected a log called", [LIBRARY / "pack.yaml", "--pack", LIBRARY]),
        ):
            assert told in commands.misuse("supervise", *arguments)


def test_a_broken_log_ends_with_3_and_an_answer(commands: Commands, tmp_path: Path) -> None:
    broken = tmp_path / "loans.xes"
    broken.write_bytes(XES.read_bytes()[:3_000])
    with commands:
        code, output, _ = commands.run("supervise", broken, "--pack", LIBRARY, "--json")
    told = json.loads(output)
    assert (code, told["broken"]) == (3, 1)
    assert 0 < told["events"] < 31


# ---- our own events -------------------------------------------------------------------------------------------------


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    async with system(database) as running:
        yield running


async def test_our_own_events_stand_as_in_the_read_model(b: Bench, tmp_path: Path, capfdbinary: Any) -> None:
    # given a case whose first assignment is late, and one that has only just been filed
    walk = Walk(b)
    await walk.file()
    await b.advance(days=10)
    await Walk(b).file()
    await b.settle()
    # when its events are written to a file in another order, some of them twice
    events = [event for service in b.running for event in await every_event(b, service)]
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in [*reversed(events), *events[:7]]))
    options = command.Options(
        file, tmp_path, pack=COURT, as_of=b.clock.now().isoformat(), occurrences=True
    )  # fmt: skip
    capfdbinary.readouterr()
    code = command.run(options)
    told = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    # then every occurrence stands as supervision shows it
    assert code == 0
    rows = await b.host.pool.fetch("SELECT * FROM supervision.clocks WHERE court = $1", COURT)
    shown = {(row["rule"], row["subject"], row["occurrence"]): as_read(row) for row in rows}
    assert {(each["clock"], each["subject"], each["occurrence"]): as_told(each) for each in told} == shown
    assert {"breached", "running"} <= {each["state"] for each in told}
    names = [(each["subject"], each["clock"], each["occurrence"]) for each in told]
    assert names == sorted(names)


async def every_event(b: Bench, service: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = 0
    while page := await b.get(service, f"/events?limit=1000&after={after}", who="director"):
        if not page["events"]:
            return found
        found += page["events"]
        after = page["next"]
    return found


def as_told(each: dict[str, Any]) -> tuple[object, ...]:
    due = each["due"] and datetime.fromisoformat(each["due"])
    spells = [tuple(at and datetime.fromisoformat(at) for at in spell) for spell in each["breach"]]
    who = each["answers"]
    return each["state"], due, each["provisional"], spells, who["post"], who["team"], who["member"]


def as_read(row: Any) -> tuple[object, ...]:
    spells = [
        (datetime.fromisoformat(each["from"]), each["to"] and datetime.fromisoformat(each["to"]))
        for each in orjson.loads(row["record"])
    ]
    who = row["post"], row["team"], row["member"]
    return row["state"], row["due_at"], row["provisional"], spells, *who
