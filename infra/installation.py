"""What an installation is: its folder, its secret, its courts with their teams and members."""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.base import Code, Id, Post
from kernel.courts import Courts
from kernel.principals import Principal
from rules.loader import PackError, load_pack
from rules.packs import HANDLER, Pack, Team
from rules.rulebook import Rulebook, RulebookError
from rules.yaml_files import Unreadable, YamlFiles

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = Path(__file__).with_name("courts.yaml")
NATIONAL = "national"


class InstallationError(Exception):
    """The installation cannot be used; the message says what is wrong where, a line for each fault."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Member(_Part):
    """A member of the court, by code; the posts (岗位) held and the team."""

    id: Id
    team: Code
    posts: Annotated[tuple[Post, ...], Field(min_length=1)]

    @field_validator("posts")
    @classmethod
    def _are_posts(cls, posts: tuple[Post, ...]) -> tuple[Post, ...]:
        if HANDLER in posts:
            raise ValueError("handler (承办人) is no post: it is whoever holds the case")
        return posts


class CourtSettings(_Part):
    """`code`: of the court in case numbers. `effective_from`: the pack's first day, where the scheme names none."""

    code: str
    pack: Code | None = None  # default: the pack of the court's own name
    effective_from: date | None = None
    teams: tuple[Team, ...] = ()
    members: tuple[Member, ...] = ()


class _CourtsFile(_Part):
    courts: Annotated[dict[Code, CourtSettings], Field(min_length=1)]


@dataclass(frozen=True)
class Installation:
    """The folder that holds all runtime data, and the courts that are served from it."""

    folder: Path
    secret: bytes
    settings: dict[str, CourtSettings]
    courts: Courts

    def require(self, court: str) -> None:
        """Raises InstallationError for a court that is not served here."""
        if court not in self.settings:
            raise InstallationError(f"courts.yaml names no court {court}; it names: {', '.join(self.settings)}")

    def principals(self, court: str) -> list[Principal]:
        return [Principal(m.id, court, m.posts, m.team) for m in self.settings[court].members]

    def principal(self, court: str, post: str) -> Principal:
        """Somebody in the court who holds the post. Raises InstallationError."""
        for principal in self.principals(court):
            if post in principal.posts:
                return principal
        raise InstallationError(f"courts.yaml: {court}: nobody holds the post {post}")


def load_installation(folder: Path) -> Installation:
    """Makes the folder and its secret on first use; its own courts.yaml stands before the sample."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = court_settings(folder)
    return Installation(folder, _secret(folder / "secret"), settings, load_courts(settings))


def court_settings(folder: Path) -> dict[str, CourtSettings]:
    """The courts of the installation in that folder, which need not be there. Raises InstallationError."""
    own = folder / "courts.yaml"
    return _read_courts(own if own.exists() else SAMPLE)


def load_courts(settings: dict[str, CourtSettings]) -> Courts:
    rulebooks: dict[str, Rulebook] = {}
    digests: dict[tuple[str, str], str] = {}
    for court, chosen in settings.items():
        packs = [*_versions(NATIONAL), *_versions(chosen.pack or court, chosen)]
        digests |= {(pack.pack, pack.version): pack.digest for pack in packs}
        try:
            rulebooks[court] = Rulebook(packs)
        except RulebookError as error:
            raise InstallationError(str(error)) from error
    return Courts(rulebooks, digests, {court: chosen.code for court, chosen in settings.items()})


def _versions(name: str, settings: CourtSettings | None = None) -> Sequence[Pack]:
    """Every version of a pack that this installation holds, oldest first."""
    folder = Path(str(importlib.resources.files("packs"))) / name
    versions = sorted((f for f in folder.glob("*.*.*") if f.is_dir()), key=lambda f: tuple(map(int, f.name.split("."))))
    if not versions:
        raise InstallationError(f"there is no pack named {name}")
    return [_pack(version, settings) for version in versions]


def _pack(folder: Path, settings: CourtSettings | None) -> Pack:
    try:
        if settings is None:
            return load_pack(folder)
        return load_pack(folder, effective_from=settings.effective_from, teams=settings.teams)
    except PackError as error:
        raise InstallationError(
            "\n".join(f"{folder.parent.name} {folder.name} {fault}" for fault in error.faults)
        ) from error


def _read_courts(file: Path) -> dict[str, CourtSettings]:
    read = YamlFiles()
    try:
        read.read([file])
        return _CourtsFile.model_validate(read.document).courts
    except Unreadable as error:
        raise InstallationError(str(error)) from error
    except ValidationError as error:
        raise InstallationError("\n".join(_faults(read, error))) from error


def _faults(read: YamlFiles, error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_url=False):
        place = read.places[read.part(each["loc"])]
        yield f"{place.file}:{place.line}: {'.'.join(map(str, each['loc']))}: {each['msg']}"


def _secret(file: Path) -> bytes:
    """Made once, readable by its owner only. Whoever holds it can sign tokens and read what intake encrypts."""
    if not file.exists():
        new = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as made:
            made.write(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):  # another process that starts just now was faster
            os.link(new, file)
        new.unlink()
    secret = file.read_bytes()
    if len(secret) != 32:
        raise InstallationError(f"{file.name}: expected 32 bytes; restore it from its backup")
    return secret
