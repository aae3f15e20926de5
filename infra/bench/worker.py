"""The worker of the write benchmark: `python -m infra.bench.worker FOLDER DSN SOCKET_FOLDER`; tells port and token."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import uvloop
from starlette.routing import Mount

from contracts.envelope import event_id, slot
from contracts.examples import examples
from contracts.intake import CaseFiled
from infra.bench.targets import library_app, trivial
from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from kernel.clock import MachineClock
from kernel.feed import Event, event_of
from kernel.publishing import utc_text
from kernel.telemetry import configure_logs

CASES = 500
INTAKE = "/yiyang/intake"


def case_id(n: int) -> str:
    return f"yiyang-bench{n % CASES}"


def filed(n: int, now: datetime) -> Event:
    """A case as intake tells of it: only cases that are known get an account."""
    subject, at = f"case/{case_id(n)}", utc_text(now)
    envelope = {
        "specversion": "1.0",
        "id": event_id(INTAKE, subject, 1, CaseFiled.type, 1),
        "source": INTAKE,
        "type": CaseFiled.type,
        "subject": subject,
        "time": at,
        "datacontenttype": "application/json",
        "data": examples()["CaseFiled"],
        "court": "yiyang",
        "recordedat": at,
        "position": n + 1,
        "slot": slot("yiyang", subject),
        "actor": "system",
        "correlationid": "bench",
        "causationid": "bench",
        "timeprecision": "instant",
    }
    return event_of("intake", envelope)


async def run(folder: Path, dsn: str, socket_folder: str) -> None:
    configure_logs()  # as in real use: one line a command, to standard error
    installation = load_installation(folder)
    others = [Mount("/trivial", trivial), Mount("/library", library_app(socket_folder))]
    async with (
        hosting(dsn, installation, MachineClock(), [SERVICES["funds"]]) as hosted,
        serving(hosted, 0, more_routes=others) as address,
    ):
        await hosted.running["funds"].parts.facts.add([filed(n, hosted.clock.now()) for n in range(CASES)])
        token = hosted.issuer.token(installation.principal("yiyang", "funds_officer"))
        print(address.rsplit(":", 1)[1], token, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the benchmark goes


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
