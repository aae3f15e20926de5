"""The policy packs the product brings: a folder for each pack and version, published ones unchangeable.

`published.txt` grows only: one line for each published version, with the digest its files must keep for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from rules.loader import digest, load_pack
from rules.packs import NATIONAL, Team
from rules.rulebook import Rulebook

HOME = Path(__file__).parent
PUBLISHED = HOME / "published.txt"


class Published(NamedTuple):
    """A line of `published.txt`."""

    pack: str
    version: str
    digest: str


def courts() -> list[str]:
    """The courts that have a pack."""
    return sorted(path.name for path in HOME.iterdir() if any(path.glob("*/pack.yaml")) and path.name != NATIONAL)


def folders(pack: str) -> list[Path]:
    """The folders of a pack, the oldest version first. LookupError where there is no such pack."""
    found = [path.parent for path in HOME.glob(f"{pack}/*/pack.yaml")]
    if not found:
        raise LookupError(f"no pack {pack}; there are {', '.join([NATIONAL, *courts()])}")
    return sorted(found, key=lambda folder: [int(number) for number in folder.name.split(".")])


def rulebook(court: str, *, effective_from: date | None = None, teams: Sequence[Team] = ()) -> Rulebook:
    """All versions of a court's pack and of the national one, with what the installation adds (see `load_pack`)."""
    own = [load_pack(folder, effective_from=effective_from, teams=teams) for folder in folders(court)]
    return Rulebook([*own, *(load_pack(folder) for folder in folders(NATIONAL))])


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
