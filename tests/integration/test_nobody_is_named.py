"""Whatever the six services keep, say, log or answer names nobody: all of it is searched for the cases' people."""

import json
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from infra.run import database as started
from tests import papers
from tests.commands import Commands
from tests.needles import everything_stored, everything_written, found
from tests.papers import PERSONAL
from tests.spans import Memory
from tests.whole_court import COMMANDS, QUERIES, Command, Court, whole_court

pytestmark = pytest.mark.asyncio(loop_scope="module")
NEEDLES = (*PERSONAL, "张三丰", "李四光", "锦屏镇试验路")
NAMING = "/cases/{case_id}/parties"  # the one route that shows names, to the posts that need them
OF_THE_DEMO = ("示例当事人", "SAMPLE-", "示例地址", "000-0000000")


@pytest.fixture(scope="module")
def memory() -> Memory:
    """Of the court's spans."""
    return Memory()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(module_database: str, memory: Memory) -> AsyncIterator[Court]:
    async with whole_court(module_database, tracing=memory.tracing) as at_work:
        at_work.b.may_park = True
        yield at_work


def bodies_that_name(example: Any, name: str) -> Iterator[Any]:
    """The example with a name for each of its texts, and for a field that nobody asked for."""
    for path in _texts(example):
        body: Any = deepcopy(example)
        node = body
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = name
        yield body
    yield {**example, name: name}


def _texts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        if isinstance(value, str):
            yield (*path, key)
        yield from _texts(value, (*path, key))


async def errors(court: Court, command: Command) -> list[tuple[str, bytes]]:
    """What is answered to whoever writes a name where it does not belong: body, path, headers."""
    naming = [{"json": body} for body in bodies_that_name(command.example if command.model else {}, papers.DEBTOR_NAME)]
    naming += [{"headers": {name: papers.DEBTOR_NO}} for name in ("zhixing-post", "zhixing-after", "traceparent")]
    first = re.findall(r"{(\w+)", command.path)
    if first:
        naming.append({"url": court.url(command, **{first[0]: f"yiyang-{papers.DEBTOR_NAME}"})})
    naming.append({"content": f'{{"name": "{papers.DEBTOR_NAME}"'.encode()})
    answers = [await court.send(command, **({"content": None} if "json" in each else {}), **each) for each in naming]
    return [(f"{command} {a.status_code}", a.content + str(a.headers).encode()) for a in answers]


@pytest.mark.parametrize("command", COMMANDS, ids=str)
async def test_no_answer_repeats_a_name(court: Court, command: Command) -> None:
    assert found(NEEDLES, await errors(court, command)) == set()


async def test_no_view_names_anybody_but_the_one_that_is_for_it(court: Court) -> None:
    shown = []
    for query in QUERIES:
        url = court.url(query)
        shown.append((f"{query}", (await court.b.call("GET", query.service, url, who=court.who)).content))
        strange = await court.b.call("GET", query.service, f"{url}?limit={papers.DEBTOR_NAME}", who=court.who)
        shown.append((f"{query}?", strange.content))
    assert found(NEEDLES, shown) <= {f"intake{NAMING}", f"intake{NAMING}?"}
    assert found(NEEDLES, [each for each in shown if each[0] == f"intake{NAMING}"])


async def test_nothing_stored_names_anybody(
    court: Court, memory: Memory, module_database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    # given what everybody did so far, and what was tried with names in it
    await court.b.settle()
    stored = await everything_stored(module_database)
    assert {place.partition(".")[0] for place, _ in stored} == {
        "intake", "intake_keys", "triage", "asset_control", "auction", "funds", "supervision",
    }  # fmt: skip
    # then no table of any service has a name, nor what was said on the way, no span and no metric
    said = capfd.readouterr()
    told = [("stdout", said.out.encode()), ("stderr", said.err.encode()), ("spans", memory.text.encode())]
    told.append(("metrics", (await court.b.outside.get("/metrics")).content))
    assert memory.spans
    assert found(NEEDLES, [*stored, *told]) == set()


async def test_the_search_finds_what_is_there(court: Court, module_database: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(module_database)
    await connection.execute("CREATE TABLE funds.planted (plain text, folded bytea)")
    folded = zlib.compress(json.dumps({"name": papers.DEBTOR_NAME}).encode())
    await connection.execute("INSERT INTO funds.planted VALUES ($1, NULL), ('', $2)", papers.DEBTOR_HOME, folded)
    try:
        assert found(NEEDLES, await everything_stored(module_database)) == {
            "funds.planted.plain",
            "funds.planted.folded",
        }
    finally:
        await connection.execute("DROP TABLE funds.planted")
        await connection.close()
    (tmp_path / "log").write_text(f'{{"phone": "{papers.DEBTOR_PHONE}"}}')
    assert found(NEEDLES, everything_written(tmp_path)) == {"log"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A data folder in which a demo was played, and everything the demo said."""
    with Commands(tmp_path_factory.mktemp("played")) as commands:
        code, output, said = commands.run("demo", "--once", "--json", "--days", 12, "--cases", 8)
        assert code == 0, said
        yield commands.home / "demo", output + said


async def test_after_a_demo_no_file_no_table_and_no_line_names_its_people(played: tuple[Path, str]) -> None:
    folder, said = played
    # then no file does: the log, the database's own files and logs, and what it had to write ahead
    assert found(OF_THE_DEMO, everything_written(folder)) == set()
    assert found(OF_THE_DEMO, [("said", said.encode())]) == set()
    # nor any row, as PostgreSQL reads it
    async with started(folder) as dsn:
        stored = await everything_stored(dsn)
    assert found(OF_THE_DEMO, stored) == set()
    # though people were entered
    assert any(place == "intake.events.topic" and value == b"intake:PartyRecorded.1" for place, value in stored)
