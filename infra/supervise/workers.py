"""Work on many cases, by two processes where there are two processors and enough cases to be worth it."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

CHUNK = 250
"""Cases that are handed out together."""
WORKERS = 2
_RARELY = 50_000  # objects made between two looks for rubbish, of which judging makes hardly any
T = TypeVar("T")

_work: Callable[[Sequence[str]], Any]


def in_chunks(work: Callable[[Sequence[str]], T], cases: Sequence[str], workers: int = WORKERS) -> Iterator[T]:
    """What comes of each chunk, in order. The processes are forks: what was read need not be sent to them."""
    chunks = [cases[at : at + CHUNK] for at in range(0, len(cases), CHUNK)]
    if len(chunks) < 2 * workers or not _can_fork(workers):
        yield from map(work, chunks)
        return
    global _work
    _work = work
    gc.collect()
    gc.freeze()  # or looking for rubbish would copy what the processes share
    try:
        with multiprocessing.get_context("fork").Pool(workers, gc.set_threshold, (_RARELY,)) as pool:
            yield from pool.imap(_run, chunks)
    finally:
        gc.unfreeze()


def _can_fork(workers: int) -> bool:
    return workers > 1 and (os.cpu_count() or 1) > 1 and "fork" in multiprocessing.get_all_start_methods()


def _run(chunk: Sequence[str]) -> Any:
    return _work(chunk)
