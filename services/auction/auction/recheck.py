"""Runs the closing of an exported round again: `python -m auction.recheck FILE` (what `…/closing` answered).

Exit code 0: the result follows from the log; 1: it does not; 2: the file is none. Needs nothing but this package.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import Field, ValidationError

from auction.closing import RULES, BidLog, Closing, close
from contracts.base import Part


class Exported(Part):
    """The answer of `GET /rounds/{round_id}/closing`."""

    algorithm: str = "zhixing.closing.1"
    log: BidLog
    result: Closing
    rules: dict[str, str] = Field(default_factory=lambda: dict(RULES))


def main(arguments: list[str]) -> int:
    try:
        exported = Exported.model_validate_json(Path(*arguments).read_bytes())
    except (OSError, TypeError, ValidationError) as error:
        print(f"auction.recheck: {type(error).__name__}: give the file of an exported closing", file=sys.stderr)
        return 2
    again = close(exported.log)
    print(again.model_dump_json(indent=2))
    return 0 if again == exported.result else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
