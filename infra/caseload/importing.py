"""Bringing a checked file in: case by case, each service its part, intake last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from infra.caseload.line import Fault, Line, Rules, read

ORDER = ("triage", "asset-control", "auction", "funds", "intake")
"""Intake's part files the case: whoever sees it filed finds the other parts there. It is the mark that all is done."""
AT_ONCE = 8
MOST_FAULTS = 100
PATIENCE_S = 300
PAUSE_S = 0.5


class Refused(Exception):
    """A service does not take its part; the message is what it says."""


class FaultOfLine(NamedTuple):
    """Lines count from 1."""

    line: int
    field: str
    reason: str


@dataclass
class Report:
    """How a file went. Of the faults the first hundred are kept, all are counted."""

    cases: int = 0
    imported: int = 0
    skipped: int = 0
    fault_count: int = 0
    faults: list[FaultOfLine] = field(default_factory=list[FaultOfLine])

    def fault(self, line: int, field: str, reason: str) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(FaultOfLine(line, field, reason))

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "faults": [each._asdict() for each in self.faults]}


def check(file: Path, rules: Rules) -> Report:
    """Reads every line, also after a wrong one. Nothing is kept but ids and numbers of cases."""
    report, ids, numbers = Report(), set[str](), set[str]()
    for number, text in _lines(file):
        line, faults = read(text, rules)
        report.cases += 1
        if line is not None:
            faults = [*_taken(line, ids, numbers)]
            ids.add(line.case.case_id)
            numbers.add(line.case_no)
        for fault in faults:
            report.fault(number, *fault)
    return report


def _taken(line: Line, ids: set[str], numbers: set[str]) -> Iterator[Fault]:
    if line.case.case_id in ids:
        yield Fault("case_id", "is another line's already")
    if line.case_no in numbers:
        yield Fault("history.case_no", "is another line's already")


async def bring_in(http: httpx.AsyncClient, token: str, file: Path, rules: Rules, report: Report) -> None:
    """Of a file without faults. Cases that were brought in before are skipped by their id."""
    lines, turn = _lines(file), asyncio.Lock()

    async def work() -> None:
        while True:
            async with turn:
                number, text = next(lines, (0, b""))
            if not number:
                return
            line, faults = read(text, rules)
            assert line is not None, faults
            await _case(http, token, number, line, report)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


async def _case(http: httpx.AsyncClient, token: str, number: int, line: Line, report: Report) -> None:
    case_id, headers = line.case.case_id, {"authorization": f"Bearer {token}"}
    if (await http.get(f"/intake/cases/{case_id}", headers=headers)).status_code == 200:
        report.skipped += 1
        return
    try:
        for service in ORDER:
            if line.parts()[service]:
                await _part(http, headers, service, line)
    except Refused as refused:
        report.fault(number, "(whole)", str(refused))
    else:
        report.imported += 1


async def _part(http: httpx.AsyncClient, headers: dict[str, str], service: str, line: Line) -> None:
    """Sent again, with the same key, for as long as the service is busy."""
    keyed = headers | {"idempotency-key": f"import-{line.digest}"}
    async with asyncio.timeout(PATIENCE_S):
        while True:
            path = f"/{service}/cases/{line.case.case_id}/history"
            answer = await http.post(path, json=line.body(service), headers=keyed)
            if answer.status_code != 503:
                break
            await asyncio.sleep(PAUSE_S)
    if answer.status_code != 200:
        problem = answer.json()
        where = problem.get("errors", [{}])[0].get("field", "")
        raise Refused(f"{service}: {where} {problem['detail']}".replace("  ", " "))


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """With their numbers, without those that are empty."""
    with file.open("rb") as lines:
        for number, text in enumerate(lines, 1):
            if text.strip():
                yield number, text
