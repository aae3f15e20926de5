"""The policy packs the product brings: a folder for each pack and version, published ones unchangeable.

`published.txt` grows only: one line for each published version, with the digest its files must keep for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rules.loader import digest

HOME = Path(__file__).parent
PUBLISHED = HOME / "published.txt"


class Published(NamedTuple):
    """A line of `published.txt`."""

    pack: str
    version: str
    digest: str


def folders(pack: str) -> list[Path]:
    """The folders of a pack, the oldest version first. LookupError where there is no such pack."""
    found = [path.parent for path in HOME.glob(f"{pack}/*/pack.yaml")]
    if not found:
        raise LookupError(f"there is no pack named {pack}")
    return sorted(found, key=lambda folder: [int(number) for number in folder.name.split(".")])


def published() -> list[Published]:
    """Every published version, in the order of publication."""
    lines = PUBLISHED.read_text("utf-8").splitlines()
    return [Published(*line.split()) for line in lines if line and not line.startswith("#")]


def edited(home: Path = HOME) -> Iterator[Published]:
    """Published versions whose files are gone or no longer those that were published."""
    for line in published():
        if digest(home / line.pack / line.version) != line.digest:
            yield line


def publication(pack: str, version: str) -> str:
    """The line that publishes a version, to be added at the end of `published.txt`. ValueError if it is there."""
    if any((line.pack, line.version) == (pack, version) for line in published()):
        raise ValueError(f"{pack} {version} is published already: a change needs a new version")
    return f"{pack} {version} {digest(HOME / pack / version)}\n"
