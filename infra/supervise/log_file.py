"""The file of a log: what kind it is, its bytes, and where something in it is wrong."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

KINDS = {".xes": "xes", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
GZIP = b"\x1f\x8b"
MOST_LISTED = 1_000
"""So many problems are listed; all are counted."""
CHUNK = 1 << 16


class Unusable(Exception):
    """The log, the pack or an option is not what is meant; nothing was supervised. One line."""


class BrokenFile(Exception):
    """The file cannot be read on; what stands before was read."""


class Problem(NamedTuple):
    position: str
    problem: str


@dataclass
class Problems:
    """What in the log could not be read, counted; the first of them listed."""

    count: int = 0
    listed: list[Problem] = field(default_factory=list[Problem])

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, position: str, problem: str) -> None:
        self.count += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(Problem(position, problem))

    def join(self, other: Problems) -> None:
        self.count += other.count
        self.listed += other.listed[: MOST_LISTED - len(self.listed)]

    def without(self, known: Problems) -> Problems:
        """Those that are not listed there."""
        left = [each for each in self.listed if each not in known.listed]
        return Problems(self.count - len(self.listed) + len(left), left)


class LogFile:
    """A log, packed with gzip or not. OSError where there is none."""

    def __init__(self, path: Path, read: Callable[[int], object] = lambda _: None) -> None:
        """`read` is told how many bytes of the file were taken, each time some are."""
        self.path = path
        self.size = path.stat().st_size
        self._read = read
        self._hash = hashlib.sha256()

    @property
    def kind(self) -> str:
        """xes, csv or jsonl, by the name. Unusable for any other."""
        name = self.path.name.lower().removesuffix(".gz")
        for suffix, kind in KINDS.items():
            if name.endswith(suffix):
                return kind
        raise Unusable(f"{self.path.name}: expected a log called {', '.join(KINDS)}, or one of these with .gz")

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was read of the file so far."""
        return self._hash.digest()

    @contextlib.contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The text's bytes. Reading them raises BrokenFile where the packing is broken."""
        with self.path.open("rb") as file:
            packed = file.read(len(GZIP)) == GZIP
            file.seek(0)
            raw: Any = io.BufferedReader(_Counted(file, self._taken), CHUNK)
            yield io.BufferedReader(_Unpacked(raw), CHUNK) if packed else raw

    def begin(self) -> bytes:
        """The first line that is not blank, as far as one reads it to know what the log is."""
        try:
            with LogFile(self.path).opened() as lines:
                return next((line for line in iter(lambda: lines.readline(1 << 20), b"") if line.strip()), b"")
        except BrokenFile:
            return b""

    def _taken(self, data: memoryview) -> None:
        self._hash.update(data)
        self._read(len(data))


class _Counted(io.RawIOBase):
    """A file whose bytes are shown to somebody as they are read."""

    def __init__(self, file: BinaryIO, taken: Callable[[memoryview], None]) -> None:
        self._file, self._taken = file, taken

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)  # pyright: ignore
        self._taken(memoryview(buffer)[:count])
        return count


class _Unpacked(io.RawIOBase):
    """What a gzip file holds, up to where it is broken."""

    def __init__(self, packed: BinaryIO) -> None:
        self._file, self._at = gzip.GzipFile(fileobj=packed), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._file.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BrokenFile(f"the gzip file is broken after byte {self._at:,} of its text: {error}") from None
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
