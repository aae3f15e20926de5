"""`./zhixing export`: the events of the installation's logs in a form that other tools read."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from infra.export.lines import csv, jsonl
from infra.export.ocel import ocel2
from infra.export.reading import Format
from infra.export.xes import xes
from infra.installation import load_installation
from infra.own_events import OwnEvents, events_in
from infra.supervise.command import progress

FORMATS: Mapping[str, Format] = {"xes": xes, "ocel2": ocel2, "csv": csv, "jsonl": jsonl}


async def run(form: str, folder: Path, court: str | None, out: Path | None) -> None:
    """Writes the events of a court, or of all; to standard output where no file is named.

    InstallationError: no such court; OSError: the file cannot be written. What is there stays until the new is whole.
    """
    if court is not None:
        load_installation(folder).require(court)
    with replaced(out) if out else contextlib.nullcontext(sys.stdout.buffer) as file:
        async with events_in(folder, court) as found:
            await write(found, FORMATS[form], cast(BinaryIO, file))
            file.flush()


async def write(found: OwnEvents, form: Format, file: BinaryIO) -> None:
    """Event by event, with a bar of how far it is."""
    with progress("exporting events", found.total) as advance, form(file) as add:
        async for envelope in found.envelopes:
            add(envelope)
            advance(1)


@contextlib.contextmanager
def replaced(path: Path) -> Generator[BinaryIO]:
    """A new file beside it, which takes its place once all is written; nothing is left of one that fails."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        new.chmod(0o644)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
