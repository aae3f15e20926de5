"""Which version of which pack is meant: `yiyang`, `yiyang@1.0.1`, or a folder; and what it is linted against."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import packs
from infra.installation import CourtSettings, court_settings
from packs.register import register
from rules.lint import Clause, Draft
from rules.loader import PackError, load_pack, places
from rules.packs import Pack

ALL_IN_FORCE = date(2026, 1, 1)
"""The first day of a pack that has none, neither in its scheme nor in courts.yaml: every national rule has begun."""


class NoPack(Exception):
    """There is no such pack, version or folder."""


@dataclass(frozen=True)
class Version:
    """A version of a pack in its folder; `settings`: of the court that has it, if this installation serves one."""

    folder: Path
    settings: CourtSettings | None

    @property
    def pack(self) -> str:
        return _stated(self.folder, "pack")

    @property
    def version(self) -> str:
        return _stated(self.folder, "version")

    @property
    def name(self) -> str:
        return f"{self.pack} {self.version}"

    @property
    def first_day(self) -> date | None:
        return self.settings.effective_from if self.settings else None

    def load(self) -> Pack:
        """PackError tells every fault."""
        return load_pack(self.folder, effective_from=self.first_day or ALL_IN_FORCE)


def _stated(folder: Path, field: str) -> str:
    """What pack.yaml says of itself, also where the rest of it cannot be read."""
    found = re.search(rf"^{field}:\s*(\S+)", (folder / "pack.yaml").read_text("utf-8", "replace"), re.MULTILINE)
    return found[1] if found else "?"


def every_newest(installation: Path) -> list[Version]:
    """The newest version of every pack the product brings, the national one first."""
    names = {folder.parent.parent.name for folder in packs.HOME.glob("*/*/pack.yaml")}
    return [find(name, installation) for name in sorted(names, key=lambda name: (name != "national", name))]


def find(wanted: str, installation: Path) -> Version:
    """The version that is meant. NoPack where there is none."""
    folder = Path(wanted)
    if not (folder / "pack.yaml").exists():
        name, _, version = wanted.partition("@")
        folder = _folder(name, version)
    folder = folder.resolve()
    courts = court_settings(installation)
    served = (chosen for court, chosen in courts.items() if (chosen.pack or court) == _stated(folder, "pack"))
    return Version(folder, next(served, None))


def _folder(name: str, version: str) -> Path:
    try:
        folders = packs.folders(name)
    except LookupError:
        known = sorted({folder.parent.parent.name for folder in packs.HOME.glob("*/*/pack.yaml")})
        raise NoPack(f"{name} is no folder with a pack.yaml and no pack; packs: {', '.join(known)}") from None
    found = [folder for folder in folders if version in ("", folder.name)]
    if not found:
        raise NoPack(f"{name} has no version {version}; it has {', '.join(folder.name for folder in folders)}")
    return found[-1]


def draft(version: Version) -> Draft:
    """What the linter looks at. PackError where the pack, or what it extends, cannot be read."""
    pack = version.load()
    settings = version.settings
    posted = Counter(member.team for member in settings.members) if settings else None
    return Draft(
        pack=pack,
        parents=_parents(version.folder, pack),
        versions=tuple(other for other in _others(version) if other.version != pack.version),
        register={id_: Clause(row.court, row.is_carried_by_services) for id_, row in register().items()},
        places=places(version.folder),
        texts={file.name: file.read_text("utf-8") for file in sorted(version.folder.glob("*.yaml"))},
        teams=settings.teams if settings else (),
        members=posted,
        dated=_is_dated(version),
    )


def _is_dated(version: Version) -> bool:
    """Whether the scheme, or courts.yaml, names the first day."""
    try:
        load_pack(version.folder, effective_from=version.first_day)
    except PackError:
        return False
    return True


def _parents(folder: Path, pack: Pack) -> tuple[Pack, ...]:
    """The newest version of what it extends: beside it if it is there, else of the product."""
    if pack.extends is None:
        return ()
    beside = folder.parent.parent / pack.extends
    found = _versions_in(beside) or _versions_in(packs.HOME / pack.extends)
    return (_read(found[-1]),) if found else ()


def _others(version: Version) -> list[Pack]:
    return [Version(folder, version.settings).load() for folder in _versions_in(version.folder.parent)]


def _versions_in(home: Path) -> list[Path]:
    folders = (file.parent for file in home.glob("*.*.*/pack.yaml"))
    return sorted(folders, key=lambda folder: [int(number) for number in folder.name.split(".")])


@cache
def _read(folder: Path) -> Pack:
    return load_pack(folder, effective_from=ALL_IN_FORCE)
