"""Looking for personal data wherever something is kept, said or answered."""

import base64
import bz2
import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg

PACKED: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress, b"\xfd7zXZ": lzma.decompress,
    **dict.fromkeys((b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), zlib.decompress),
}  # fmt: skip
UNPACKED = (zlib.error, lzma.LZMAError, EOFError, OSError)


def spellings(text: str) -> list[bytes]:
    """What a text looks like where it was not encrypted: plain, escaped, in hex, in base64 wherever it begins."""
    plain = text.encode()
    shifted = [base64.b64encode(b"\0" * n + plain)[4 if n else 0 : -4] for n in range(3)]
    escaped = [json.dumps(text)[1:-1].encode(), quote(text).encode(), quote(text, safe="").encode()]
    return [plain, text.encode("utf-16-le"), text.encode("gb18030"), plain.hex().encode(), *escaped, *shifted]


def unfolded(value: bytes) -> Iterator[bytes]:
    """The value, and what is packed in it."""
    yield value
    for magic, unpack in PACKED.items():
        if value.startswith(magic):
            try:
                yield from unfolded(unpack(value))
            except UNPACKED:
                return  # it only began like that


def found(needles: Iterable[str], places: Iterable[tuple[str, bytes]]) -> set[str]:
    """Where any of them can be read."""
    signs = [spelling for needle in needles for spelling in spellings(needle)]
    return {place for place, value in places for each in unfolded(value) if any(sign in each for sign in signs)}


async def everything_stored(dsn: str) -> list[tuple[str, bytes]]:
    """(table.column, value) of every row of every table."""
    connection = await asyncpg.connect(dsn)
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'"
    )
    stored = [
        (f"{table}.{column}", value if isinstance(value, bytes) else str(value).encode())
        for [table] in tables
        for row in await connection.fetch(f"SELECT * FROM {table}")
        for column, value in row.items()
        if value is not None
    ]
    await connection.close()
    return stored


def everything_written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a folder, whoever wrote it."""
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            yield str(file.relative_to(folder)), file.read_bytes()
