"""The worker of the write benchmark: `python -m infra.bench.worker FOLDER DSN SOCKET_FOLDER`; tells port and token."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvloop
from starlette.routing import Mount

from infra.bench.targets import library_app, trivial
from infra.host import SERVICES, hosting, serving
from infra.installation import load_installation
from kernel.clock import MachineClock
from kernel.telemetry import configure_logs


async def run(folder: Path, dsn: str, socket_folder: str) -> None:
    configure_logs()  # as in real use: one line a command, to standard error
    installation = load_installation(folder)
    others = [Mount("/trivial", trivial), Mount("/library", library_app(socket_folder))]
    async with (
        hosting(dsn, installation, MachineClock(), [SERVICES["funds"]]) as hosted,
        serving(hosted, 0, more_routes=others) as address,
    ):
        token = hosted.issuer.token(installation.principal("yiyang", "funds_officer"))
        print(address.rsplit(":", 1)[1], token, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the benchmark goes


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
