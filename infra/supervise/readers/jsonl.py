"""JSON lines: an object a line. Of a foreign log an event, its fields called as the pack's columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from infra.supervise.log_file import BrokenFile
from infra.supervise.readers import Row
from rules.foreign import Broken


class JsonLines:
    """The objects of a file of JSON lines."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._line = stream, 0

    @property
    def position(self) -> str:
        return f"line {self._line}"

    def __iter__(self) -> Iterator[Row]:
        empty = True
        for line in self._stream:
            self._line += 1
            if line.strip():
                empty = False
                yield _object(line)
        if empty:
            raise BrokenFile("the file is empty")


def _object(line: bytes) -> Row:
    try:
        found: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Broken(f"no JSON: {error}")
    return found if isinstance(found, dict) else Broken("no JSON object")
