"""`bench tracing`: what the places cost at which spans would begin, while tracing is off; and what it costs when on.

How many spans a command leads to is counted with tracing on; the cost of as many that are not made is measured apart
(it is far below the noise of a command), against the processor time of the same commands in this process.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import orjson
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Scope

from infra.bench.worker import CASES, case_id, filed
from infra.host import SERVICES, hosting
from infra.installation import load_installation
from kernel.application import APPEND
from kernel.clock import MachineClock
from kernel.tracing import NO_SPANS, Telemetry, Tracing

AT_ONCE = 32
COMMANDS = 2_000
SPANS = 200_000
GOALS = {"command_over_tracing_off": 100.0}
"""Off it costs at most a hundredth."""
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


@dataclass(frozen=True)
class Result:
    """Microseconds of this process's processor time for each command, of each round; spans for each command."""

    rounds: dict[str, list[float]]
    spans: dict[str, float]
    ratios: dict[str, float]


class Counting(SpanProcessor):
    """Spans by name, and nothing done with them."""

    def __init__(self) -> None:
        self.names: Counter[str] = Counter()

    def on_end(self, span: ReadableSpan) -> None:
        self.names[span.name] += 1


async def measure(folder: Path, dsn: str, rounds: int, commands: int = COMMANDS) -> Result:
    """Raises AssertionError where a command failed, or led to no span though tracing was on."""
    counting, found = Counting(), {"off": list[float](), "on": list[float]()}
    for n in range(rounds + 1):
        found["off"].append(await _per_command_us(folder, dsn, None, f"off{n}", commands))
        found["on"].append(await _per_command_us(folder, dsn, counting, f"on{n}", commands))
    spans = {name: count / commands for name, count in counting.names.items()}
    assert spans["append"] >= 1, spans
    counted = {name: measured[1:] for name, measured in found.items()}  # the first round of each warms up
    off_us = sum(spans.values()) * _not_made_us()
    off, on = (statistics.median(counted[name]) for name in ("off", "on"))
    ratios = {"command_over_tracing_off": round(off / off_us, 1), "off_over_on": round(off / on, 3)}
    return Result(counted, spans, ratios)


async def _per_command_us(folder: Path, dsn: str, counting: Counting | None, run: str, commands: int) -> float:
    telemetry = Telemetry(tracing=Tracing(counting) if counting else Tracing())
    installation = load_installation(folder)
    async with hosting(dsn, installation, MachineClock(), [SERVICES["funds"]], telemetry=telemetry) as hosted:
        await hosted.running["funds"].parts.facts.add([filed(n, hosted.clock.now()) for n in range(CASES)])
        token = hosted.issuer.token(installation.principal("yiyang", "funds_officer"))
        door = hosted.http()
        for n in range(CASES):
            await _post(door, f"/funds/cases/{case_id(n)}/account", token, f"open{n}", {})
        if counting:
            counting.names.clear()
        begun = time.process_time()
        for first in range(0, commands, AT_ONCE):
            await asyncio.gather(*(_pay(door, token, f"{run}-{n}", n) for n in range(first, first + AT_ONCE)))
        return (time.process_time() - begun) / commands * 1e6


async def _pay(door: ASGIApp, token: str, key: str, n: int) -> None:
    paid = {"payment_id": f"yiyang-{key}", "into": "case_account", "amount_fen": 100 + n % 7}
    body = paid | {"purpose": "performance", "payer": "debtor"}
    await _post(door, f"/funds/cases/{case_id(n)}/receipts", token, key, body)


async def _post(door: ASGIApp, path: str, token: str, key: str, body: object) -> None:
    """Straight into the door, without a server in front of it."""
    content, statuses = orjson.dumps(body), list[int]()
    headers = {"authorization": f"Bearer {token}", "idempotency-key": key, "traceparent": PARENT[:-2] + "01"}
    told = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": told,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    await door(scope, receive, send)
    assert statuses[0] == 200, f"{path} was answered {statuses[0]}"


def _not_made_us() -> float:
    """Of one span that is not made."""
    spans, begun = NO_SPANS, time.process_time()
    for _ in range(SPANS):
        with spans.span("append", PARENT, SpanKind.CLIENT, attributes=APPEND):
            pass
    return (time.process_time() - begun) / SPANS * 1e6
