"""Workers of the benchmarks: processes that tell a port and a token, and end when their input does."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import asyncpg


@dataclass(frozen=True)
class Worker:
    port: int
    token: str


@contextlib.asynccontextmanager
async def worker(folder: Path, module: str, *arguments: object) -> AsyncGenerator[Worker]:
    """Runs `python -m MODULE FOLDER ARGUMENTS`. Raises AssertionError where it does not start."""
    said = folder / f"{module}-{'-'.join(map(str, arguments)).replace('/', '.')[-60:]}.log"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            str(folder),
            *map(str, arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            told = (await process.stdout.readline()).split()
            assert len(told) == 2, f"the worker did not start: {said.read_text()[-2000:]}"
            yield Worker(int(told[0]), told[1].decode())
        finally:
            process.stdin.close()
            await process.wait()


@contextlib.asynccontextmanager
async def database(server: str, name: str) -> AsyncGenerator[str]:
    """The DSN of a new one, which goes when the context ends. `server`: the DSN of its server's first database."""
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
