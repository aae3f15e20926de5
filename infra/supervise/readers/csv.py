"""CSV: a header, then an event a row, in columns that the pack names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from infra.supervise.log_file import BrokenFile, Unusable
from infra.supervise.readers import Row
from rules.foreign import Broken, Reading

DELIMITERS = ",;\t|"
_UNDECODED = re.compile("[\udc80-\udcff]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Csv:
    """The events of a CSV file. Unusable where the header lacks a column that the pack names."""

    def __init__(self, stream: BinaryIO, reading: Reading, encoding: str) -> None:
        self._wanted, self._columns = reading.wanted, reading.columns
        self._stream, self._encoding = stream, encoding
        self._line, self._reader = 0, csv.reader(())
        self._first = 1

    @property
    def position(self) -> str:
        last = self._line + self._reader.line_num
        return f"line {last}" if last <= self._first else f"lines {self._first} to {last}"

    def __iter__(self) -> Iterator[Row]:
        # What cannot be decoded is marked, and found where it stands: the rest of the file is read all the same.
        encoding = _encoding(self._stream, self._encoding)
        text = io.TextIOWrapper(self._stream, encoding, errors="surrogateescape", newline="")
        try:
            names = self._header(text)
            yield from self._rows(names)
        except UnicodeDecodeError as error:
            raise BrokenFile(f"no text in {error.encoding} from here on: {error.reason}") from None
        except csv.Error as error:
            raise BrokenFile(f"no header: {error}") from None

    def _header(self, text: io.TextIOWrapper) -> list[str]:
        header = text.readline()
        if not header.strip():
            raise BrokenFile("the file is empty")
        self._line = 1
        found = [next(csv.reader([header], delimiter=delimiter)) for delimiter in DELIMITERS]
        names = next((names for names in found if self._wanted <= set(names)), found[0])
        lacking = sorted(self._wanted - set(names))
        if lacking:
            raise Unusable(f"the log has no column {', '.join(lacking)}; it has {', '.join(names)[:200]}")
        if twice := [name for name in sorted(self._wanted) if names.count(name) > 1]:
            raise Unusable(f"the log has two columns {', '.join(twice)}")
        self._reader = csv.reader(text, delimiter=DELIMITERS[found.index(names)], strict=True)
        return names

    def _rows(self, names: list[str]) -> Iterator[Row]:
        places = [(name, number) for number, name in enumerate(names) if name in self._wanted]
        while True:
            self._first = self._line + self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Broken(f"no row: {error}")
                continue
            if row:
                yield _row(row, places, len(names))


def _row(row: list[str], places: list[tuple[str, int]], columns: int) -> Row:
    if len(row) != columns:
        return Broken(f"{len(row)} fields where {columns} are expected")
    found = {name: row[number] for name, number in places}
    for name, value in found.items():
        if not value.isascii() and _UNDECODED.search(value):
            return Broken(f"{name} is no text in the log's encoding; the pack may name another (log.encoding)")
    return found


def _encoding(stream: BinaryIO, encoding: str) -> str:
    """With the mark that some programs put before the text."""
    if encoding.lower().replace("_", "-") != "utf-8":
        return encoding
    return "utf-16" if stream.peek(2)[:2] in _UTF_16 else "utf-8-sig"  # pyright: ignore
