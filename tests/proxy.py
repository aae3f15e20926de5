"""A proxy in front of PostgreSQL that loses connections at chosen moments.

async with proxy(database) as wire:
    async with open_pool(wire.dsn) as pool: ...
    wire.lose("before", b"command-7")   # the statement that holds these bytes never reaches the server
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

Moment = Literal["before", "during", "after"]
SOCKET = ".s.PGSQL.5432"


class Proxy:
    """`before`: the statement is not passed on. `during`: it is, and nobody waits. `after`: its answer gets lost."""

    def __init__(self, dsn: str, folder: str) -> None:
        parts = urlsplit(dsn)
        self._server = parts
        user, _, _ = parts.netloc.rpartition("@")
        self.dsn = urlunsplit(parts._replace(netloc=f"{user}@", query=f"host={folder}&port=5432"))
        self._plans: list[tuple[Moment, bytes]] = []
        self._wires: set[asyncio.StreamWriter] = set()
        self._away = False
        self.lost = 0

    def lose(self, moment: Moment, marker: bytes) -> None:
        """The connection on which these bytes are sent next."""
        self._plans.append((moment, marker))

    def go_away(self) -> None:
        """Every connection breaks, and no new one is taken, until `come_back`."""
        self._away = True
        for wire in self._wires:
            wire.transport.abort()

    def come_back(self) -> None:
        self._away = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._away:
            writer.transport.abort()
            return
        server_reader, server_writer = await self._reach_server()
        wires = {writer, server_writer}
        self._wires |= wires
        answer_lost = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pass_requests(reader, server_writer, answer_lost))
                group.create_task(self._pass_answers(server_reader, writer, answer_lost))
        except* (_Cut, OSError):
            pass
        finally:
            self._wires -= wires
            for wire in wires:
                wire.transport.abort()

    async def _reach_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if folder := parse_qs(self._server.query).get("host"):
            return await asyncio.open_unix_connection(str(Path(folder[0], SOCKET)))
        return await asyncio.open_connection(self._server.hostname, self._server.port)

    async def _pass_requests(
        self, reader: asyncio.StreamReader, server: asyncio.StreamWriter, answer_lost: asyncio.Event
    ) -> None:
        while data := await reader.read(1 << 20):
            moment = self._planned(data)
            if moment == "before":
                raise _Cut
            if moment == "after":
                answer_lost.set()
            server.write(data)
            await server.drain()
            if moment == "during":
                raise _Cut
        raise _Cut

    async def _pass_answers(
        self, server: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_lost: asyncio.Event
    ) -> None:
        while data := await server.read(1 << 20):
            if answer_lost.is_set():
                break
            writer.write(data)
            await writer.drain()
        raise _Cut

    def _planned(self, data: bytes) -> Moment | None:
        for plan in self._plans:
            if plan[1] in data:
                self._plans.remove(plan)
                self.lost += 1
                return plan[0]
        return None


class _Cut(Exception):
    pass


@contextlib.asynccontextmanager
async def proxy(dsn: str) -> AsyncIterator[Proxy]:
    with tempfile.TemporaryDirectory(prefix="proxy-") as folder:
        wire = Proxy(dsn, folder)
        server = await asyncio.start_unix_server(wire.serve, str(Path(folder, SOCKET)))
        try:
            yield wire
        finally:
            wire.go_away()
            server.close()
