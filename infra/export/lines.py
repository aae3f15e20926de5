"""Events a line each: CSV for tables, CloudEvents for `./zhixing supervise`."""

from __future__ import annotations

import contextlib
import csv as tables
import io
from collections.abc import Generator
from typing import BinaryIO

import orjson

from infra.export.reading import Add, Envelope, activity, attributes, is_of_case, names

_EACH = ("case", "activity", "time", "id")


@contextlib.contextmanager
def csv(file: BinaryIO) -> Generator[Add]:
    """A column for each field there can be, so that every export has the same; only the events of cases."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = tables.DictWriter(text, (*_EACH, *names()))
    writer.writeheader()

    def add(event: Envelope) -> None:
        if is_of_case(event):
            each = (event["subject"], activity(event), event["time"], event["id"])
            writer.writerow(dict(zip(_EACH, each, strict=True)) | attributes(event))

    yield add
    text.flush()
    text.detach()


@contextlib.contextmanager
def jsonl(file: BinaryIO) -> Generator[Add]:
    """All events, as `GET /events` gives them."""
    yield lambda event: file.write(orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE))
