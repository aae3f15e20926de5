"""Bringing a checked file in: some cases at a time, each service its parts of them, intake last."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson

from infra.caseload.line import Fault, Line, Rules, read
from kernel.http import MAX_BODY_BYTES

ORDER = ("triage", "asset-control", "auction", "funds", "intake")
"""Intake's part files the case: whoever sees it filed finds the other parts there. It is the mark that all is done."""
TOGETHER = 50  # cases, or fewer where they are large: others in the services wait while they are taken in
LARGE = MAX_BODY_BYTES // 2
AT_ONCE = 2
MOST_FAULTS = 100
PATIENCE_S = 300
PAUSE_S = 0.5


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
        line, faults = read(number, text, rules)
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
    services, batches = _Services(http, token, report), _batches(file, rules)

    async def work() -> None:
        for batch in batches:
            await services.bring_in(batch)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())


def _batches(file: Path, rules: Rules) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for number, text in _lines(file):
        line, faults = read(number, text, rules)
        assert line is not None, faults
        if batch and (len(batch) == TOGETHER or size + len(text) > LARGE):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(text)
    if batch:
        yield batch


class _Services:
    """The services, as the director calls them."""

    def __init__(self, http: httpx.AsyncClient, token: str, report: Report) -> None:
        self._http, self._headers, self._report = http, {"authorization": f"Bearer {token}"}, report

    async def bring_in(self, lines: Sequence[Line]) -> None:
        known = await self._known(lines)
        left = [line for line in lines if line.case.case_id not in known]
        for service in ORDER:
            refused = await self._send(service, [line for line in left if line.parts[service]])
            left = [line for line in left if line.number not in refused]
        self._report.skipped += len(known)
        self._report.imported += len(left)

    async def _known(self, lines: Sequence[Line]) -> set[str]:
        asked = {"case_id": [line.case.case_id for line in lines]}
        answer = await self._http.get("/intake/histories", params=asked, headers=self._headers)
        answer.raise_for_status()
        return set(answer.json())

    async def _send(self, service: str, lines: Sequence[Line]) -> set[int]:
        """What is refused together is sent one by one. The numbers of those that are refused then."""
        if not lines:
            return set()
        reason = await self._refused(service, lines)
        if reason and len(lines) > 1:
            return {number for line in lines for number in await self._send(service, [line])}
        if reason:
            self._report.fault(lines[0].number, "(whole)", reason)
        return {lines[0].number} if reason else set()

    async def _refused(self, service: str, lines: Sequence[Line]) -> str:
        """Why a service does not take these parts; "" if it has. Sent again for as long as it is busy."""
        key = hashlib.sha256("".join(line.digest for line in lines).encode()).hexdigest()
        body = orjson.dumps({"cases": [line.body(service) for line in lines]})
        headers = {**self._headers, "idempotency-key": f"import-{key}", "content-type": "application/json"}
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self._http.post(f"/{service}/histories", content=body, headers=headers)
                if answer.status_code != 503:
                    break
                await asyncio.sleep(PAUSE_S)
        if answer.status_code == 200:
            return ""
        problem = answer.json()
        where = problem.get("errors", [{}])[0].get("field", "")
        return f"{service}: {where} {problem['detail']}".replace("  ", " ")


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """With their numbers, without those that are empty."""
    with file.open("rb") as lines:
        for number, text in enumerate(lines, 1):
            if text.strip():
                yield number, text
