"""TCP proxies between clients and servers: what passes can be held up, cut, or lost on the way."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

HOST = "127.0.0.1"
CHUNK = 1 << 16
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: a closed connection is reset
Target = Path | int  # a UNIX socket, or a port of this machine


class Wire:
    """Listens on `port` for those who want to reach `target`, which may come later."""

    def __init__(self, target: Target | None = None) -> None:
        self.target = target
        self.delay_s = 0.0
        self.is_cut = False  # nobody gets through
        self.port = 0
        self._ends: set[asyncio.StreamWriter] = set()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.reset()

    def reset(self) -> None:
        """Every connection that stands, in the middle of whatever it says."""
        for end in [end for end in self._ends if not end.transport.is_closing()]:
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            end.transport.abort()

    def mend(self) -> None:
        self.delay_s, self.is_cut = 0.0, False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = {writer}
        self._ends |= ends
        try:
            if not self.is_cut:
                there, back = await self._reach()
                ends.add(back)
                self._ends |= ends
                await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        except OSError:
            pass  # the server is away, or one of the two has gone: the other learns it now
        finally:
            self._ends -= ends
            for end in ends:
                end.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection(HOST, self.target)

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Until the source ends: then the connection does."""
        while data := await source.read(CHUNK):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            sink.write(data)
            await sink.drain()
        raise ConnectionResetError
