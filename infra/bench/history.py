"""A log to be carried: events of every kind that cases have, each as long as the language's own example of it; and what
bare readers decode them into, without a check of any value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import asyncpg
import msgspec
import orjson

from contracts.catalogue import BY_NAME
from contracts.envelope import event_id, slot
from contracts.examples import examples
from kernel.clock import MachineClock
from kernel.log import Log, Row

COURT = "yiyang"
CASES = 2_000
PER_COMMAND = 100
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
KINDS = [
    event.__name__
    for event in map(BY_NAME.get, examples())
    if event and event.subject_kinds == ("case",) and event.subject_by is None
]


class Envelope(msgspec.Struct):
    """An object to be dropped."""

    id: str
    source: str
    type: str
    subject: str
    court: str
    actor: str
    slot: int
    correlationid: str
    causationid: str
    data: dict[str, Any]
    time: str = ""
    recordedat: str = ""
    position: int = 0


def envelopes(log: str, events: int) -> Iterator[dict[str, Any]]:
    """As a service makes them: whole but for what the log knows. Case by case in turn."""
    source = f"/{COURT}/{log}"
    told = examples()
    for n, name in zip(range(events), itertools.cycle(KINDS), strict=False):
        subject, kind = f"case/{COURT}-bench{n % CASES}", BY_NAME[name].type
        yield {
            "specversion": "1.0",
            "id": event_id(source, subject, n, kind, 1),
            "source": source,
            "type": kind,
            "subject": subject,
            "datacontenttype": "application/json",
            "court": COURT,
            "slot": slot(COURT, subject),
            "actor": f"{COURT}-m{n % 50}",
            "timeprecision": "instant",
            "correlationid": f"command-{n}",
            "causationid": f"command-{n}",
            "data": told[name],
            "post": "judge",
            "traceparent": TRACEPARENT,
        }


async def write(pool: asyncpg.Pool, log: str, events: int) -> None:
    """Appends them as a service does, a hundred to a command."""
    async with Log(pool, log, MachineClock(), b"bench").open() as writer:
        made = envelopes(log, events)
        for number in itertools.count():
            rows = [_row(each) for each in itertools.islice(made, PER_COMMAND)]
            if not rows:
                return
            await writer.append(f"command-{number}", b"", 200, b"{}", rows)


def _row(envelope: dict[str, Any]) -> Row:
    return Row(f"bench/{envelope['id']}", 1, "bench:Event.1", b"{}", orjson.dumps([envelope]))
