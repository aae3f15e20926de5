"""存量案件: whatever the order of a file's lines, and however often they come, the court has the same cases."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.call import HISTORY
from tests.caseload import OldCase, imported, write
from tests.services import START, Bench
from tests.walks import system

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIFE = (OldCase.enquired, OldCase.frozen, OldCase.assigned, OldCase.paid)
kinds = st.lists(st.integers(0, len(LIFE)), min_size=1, max_size=8)  # how much of a life each case has behind it
some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def b(module_database: str) -> AsyncIterator[Bench]:
    async with system(module_database) as running:
        yield running


def fresh(lived: int) -> OldCase:
    """A case that nobody has seen yet."""
    case = OldCase(next(_numbers), START - timedelta(days=40)).filed()
    for live in LIFE[:lived]:
        live(case)
    return case


async def brought_in(b: Bench, since: dict[str, int]) -> Counter[tuple[str, str]]:
    """(subject, name) of all that came with histories since the logs ended there."""
    found: Counter[tuple[str, str]] = Counter()
    for service, running in b.running.items():
        path = f"/events?limit=1000&after={since[running.log.schema]}"
        events = (await b.get(service, path, who="director"))["events"]
        told = (e for e in events if e["causationid"].startswith(HISTORY))
        found.update((e["subject"], e["type"].split(".")[1]) for e in told)
    return found


@some
@given(data=st.data())
async def test_in_any_order_and_in_any_parts_each_case_comes_in_once(b: Bench, tmp_path: Path, data: Any) -> None:
    cases = [fresh(lived) for lived in data.draw(kinds)]
    before = await b._heads()
    earlier = data.draw(st.lists(st.sampled_from(cases), unique=True))
    if earlier:
        await imported(b, write(tmp_path / "earlier.jsonl", [case.line() for case in earlier]))
    whole = write(tmp_path / "whole.jsonl", [case.line() for case in data.draw(st.permutations(cases))])

    report = await imported(b, whole)

    assert (report.imported, report.skipped, report.faults) == (len(cases) - len(earlier), len(earlier), [])
    told = Counter((case.subject, past["event"]) for case in cases for past in case.history)
    assert await brought_in(b, before) == told
    # and when the file comes once more, nothing changes
    after = await b._heads()
    assert (await imported(b, whole)).skipped == len(cases)
    assert await b._heads() == after


def _told(line: dict[str, Any]) -> bytes:
    return json.dumps(line, ensure_ascii=False).encode()


BREAK: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "cut off": lambda line: _told(line)[:-9],
    "no object": lambda line: b"[1]",
    "no UTF-8": lambda line: b'{"case_id": "\xff"}',
    "a field too many": lambda line: _told(line | {"colour": "red"}),
    "a field too few": lambda line: _told({"case_id": line["case_id"]}),
    "no history": lambda line: _told(line | {"history": []}),
    "no filing": lambda line: _told(line | {"history": line["history"][:1]}),
    "another court's": lambda line: _told(line | {"case_id": "horqin-old-1"}),
    "no party": lambda line: _told(line | {"parties": line["parties"][:1]}),
    "in the future": lambda line: _told(
        line | {"history": [past | {"at": "2099-01-01T00:00:00Z"} for past in line["history"]]}
    ),
}


@some
@given(data=st.data())
async def test_broken_lines_are_told_by_their_numbers_and_nothing_comes_in(b: Bench, tmp_path: Path, data: Any) -> None:
    good = [_told(fresh(lived).line()) for lived in data.draw(kinds)]
    spoilt = [BREAK[how](fresh(2).line()) for how in data.draw(st.lists(st.sampled_from(sorted(BREAK)), max_size=5))]
    again = data.draw(st.lists(st.sampled_from(good), max_size=2, unique=True, min_size=not spoilt))
    lines = data.draw(st.permutations([*good, *spoilt, *again]))
    file = tmp_path / "broken.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    before = await b._heads()

    report = await imported(b, file)

    wrong = {number for number, line in enumerate(lines, 1) if line in spoilt or line in lines[: number - 1]}
    assert {fault.line for fault in report.faults} == wrong
    assert (report.cases, report.imported) == (len(lines), 0)
    assert await b._heads() == before
