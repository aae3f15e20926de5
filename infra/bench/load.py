"""A load generator that costs little: keep-alive connections, requests made beforehand, answers only counted."""

from __future__ import annotations

import asyncio
import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True)
class Round:
    """One round against one target. Latencies in milliseconds."""

    answers: int
    failures: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        return self.answers / self.seconds


def post(path: str, token: str, key: str, body: bytes) -> bytes:
    """One HTTP/1.1 request, ready to send."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\nidempotency-key: {key}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer before it is complete, but not before it is due."""

    def __init__(self, requests: Iterator[bytes], due: Iterator[float], stop_at: float, latencies: list[float]) -> None:
        self._requests, self._due, self._stop_at, self._latencies = requests, due, stop_at, latencies
        self._buffer = b""
        self._sent_at = 0.0
        self.failures = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        wait_s = next(self._due) - time.perf_counter()
        if wait_s > 0:
            asyncio.get_running_loop().call_later(wait_s, self._send_now)
        else:
            self._send_now()

    def _send_now(self) -> None:
        self._sent_at = time.perf_counter()
        request = next(self._requests, None) if self._sent_at < self._stop_at else None
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.index(b"content-length: ") + 16
        length = int(self._buffer[start : self._buffer.index(b"\r\n", start)])
        if len(self._buffer) < head + 4 + length:
            return
        self._latencies.append(time.perf_counter() - self._sent_at)
        self.failures += not self._buffer.startswith(b"HTTP/1.1 200")
        self._buffer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set_result(None)


async def run_round(
    port: int,
    requests: Callable[[int], Iterator[bytes]],
    connections: int,
    seconds: float,
    per_s: float = math.inf,
) -> Round:
    """`requests(n)` gives the requests of connection n; it ends with them, or when the seconds are over.

    `per_s`: so many requests a second over all connections, evenly, if they are answered fast enough.
    """
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    began = time.perf_counter()
    made = [
        (
            await loop.create_connection(
                lambda n=n: _Connection(
                    requests(n), itertools.count(began + n / per_s, connections / per_s), began + seconds, latencies
                ),
                "127.0.0.1",
                port,
            )
        )[1]
        for n in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in made))
    taken = time.perf_counter() - began
    percentiles = statistics.quantiles(latencies, n=100)
    return Round(len(latencies), sum(c.failures for c in made), taken, percentiles[49] * 1e3, percentiles[98] * 1e3)
