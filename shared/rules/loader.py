"""Reading a pack's folder. Every fault is told with file, line, rule and what was expected, all of them at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from rules.expected import expected, field_names
from rules.log_pack import LISTED, bare, completed, in_sections
from rules.names import wrong_names
from rules.packs import Conflict, Origin, Pack, Rule, Team, Trail, parts
from rules.terms import Length, Unit
from rules.yaml_files import Place, Unreadable, YamlFiles

MOST_FAULTS = 100
_CALENDAR = re.compile(rb"^(?:weekend|holidays|workdays)\s*:", re.MULTILINE)
MOST_OF_A_UNIT: Mapping[Unit, int] = {
    "hours": 438_000, "days": 18_250, "working_days": 12_500, "months": 600, "years": 50,
}  # fmt: skip


class PackError(ValueError):
    """The pack cannot be used; one line for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def load_pack(folder: Path, *, effective_from: date | None = None, teams: Sequence[Team] = ()) -> Pack:
    """The pack in `folder`, with what the installation adds: its teams, and the first day where the pack has none.

    PackError tells every fault found.
    """
    files = _Files.of(folder)
    pack = _validated(files, completed(files.document), digest(folder))
    return _installed(pack, effective_from, teams)


def load_rules(file: Path, pack: Pack | None = None, *, foreign: bool = False) -> Pack:
    """A pack made of a bare list of clocks and suspensions, always in force; `pack`: whose log and words they are of.

    `foreign`: on events of a foreign log, not on ours. PackError tells every fault; OSError: it cannot be read.
    """
    files = _Files.of_rules(file)
    document = bare(files.document, pack, foreign=foreign)
    return _validated(files, document, hashlib.sha256(file.read_bytes()).hexdigest())


def _validated(files: _Files, document: Mapping[str, Any], digest: str) -> Pack:
    origin = Origin(str(document.get("pack")), str(document.get("version")), digest, files)
    try:
        pack = Pack.model_validate(document, context=origin)
    except ValidationError as error:
        raise PackError(_told(files, expected(error))) from None
    if faults := _told(files, (*_repeated_ids(pack), *_without_place(pack), *_too_long(pack), *wrong_names(pack))):
        raise PackError(faults)
    return pack


def places(folder: Path) -> Mapping[Trail, Place]:
    """Where in its files each part of a pack stands. PackError where they are no YAML."""
    return _Files.of(folder).places


def digest(folder: Path) -> str:
    """SHA-256 over the pack's files in the order of their names: name, length and content of each."""
    found = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        found.update(f"{path.name}\n{len(content)}\n".encode() + content)
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _is_calendar(file: Path) -> bool:
    """A file of days off that stands beside the sections of a pack."""
    return _CALENDAR.search(file.read_bytes()) is not None


def _told(files: _Files, faults: Iterable[tuple[Sequence[int | str], str]]) -> list[str]:
    """A line for each fault; of a pack full of them as many as somebody reads."""
    lines = list(dict.fromkeys(files.fault(trail, message) for trail, message in islice(faults, MOST_FAULTS + 1)))
    return [*lines[:MOST_FAULTS], "and more faults, not told"] if len(lines) > MOST_FAULTS else lines


def _installed(pack: Pack, effective_from: date | None, teams: Sequence[Team]) -> Pack:
    first = pack.effective.first or effective_from
    if first is None:
        raise PackError([f"{pack.pack} {pack.version}: effective.from is unset, the installation must name the day"])
    change: dict[str, Any] = {"effective": pack.effective.model_copy(update={"first": first})}
    if teams and pack.structure is not None:
        try:
            change["structure"] = pack.structure.joined_by(teams)
        except ValueError as error:
            raise PackError([f"{pack.pack} {pack.version}: teams of the installation: {error}"]) from None
    return pack.model_copy(update=change)


def _repeated_ids(pack: Pack) -> Iterator[tuple[Trail, str]]:
    for kind in (Rule, Conflict):
        seen: set[str] = set()
        for trail, each in parts(pack, kind):
            if each.id in seen:
                yield (*trail, "id"), f"two are called {each.id}"
            seen.add(each.id)


def _without_place(pack: Pack) -> Iterator[tuple[Trail, str]]:
    """A court's pack tells of every rule where in the scheme it stands; those from before the field tell of none."""
    rules = list(parts(pack, Rule))
    if pack.extends and any(rule.at for _, rule in rules):
        yield from ((trail, "expected at: where in the scheme it stands") for trail, rule in rules if not rule.at)


def _too_long(pack: Pack) -> Iterator[tuple[Trail, str]]:
    for trail, length in parts(pack, Length):
        if length.n > MOST_OF_A_UNIT[length.unit]:
            yield trail, f"expected at most 50 years: {MOST_OF_A_UNIT[length.unit]} {length.unit}"


# ---- files and places ---------------------------------------------------------------------------------------------


class _Files(YamlFiles):
    """The files of a pack as one document, and where in them each part of it stands."""

    @classmethod
    def of(cls, folder: Path) -> _Files:
        paths = _files(folder)
        if not paths:
            raise PackError([f"{folder}: no pack here (expected *.yaml)"])
        files = cls()
        try:
            files.read(path for path in paths if not _is_calendar(path))
        except Unreadable as error:
            raise PackError([str(error)]) from None
        return files

    @classmethod
    def of_rules(cls, file: Path) -> _Files:
        """A bare list, as the sections its rules belong in."""
        files = cls()
        try:
            files.add(file.name, file.read_bytes(), listed=LISTED)
        except Unreadable as error:
            raise PackError([str(error)]) from None
        files.document, ways = in_sections(files.document)
        files.places = {(*ways.get(way[:2], way[:2]), *way[2:]): place for way, place in files.places.items()}
        files.places |= {section[:1]: files.places[()] for section in ways.values()}
        return files

    def fault(self, trail: Sequence[int | str], message: str) -> str:
        """One line: where, which rule by which clause, which field, what is expected."""
        known = self.part(trail)
        place = self.places[known]
        field = ".".join(str(step) for step in trail if isinstance(step, str) and step in field_names(trail))
        return f"{place.file}:{place.line}: {self._rule(known)}{field}: {message}"

    def of_rule(self, rule: str) -> Trail:
        """The way to the rule of that id; empty where there is none."""
        ids = (trail[:-1] for trail in self.places if trail[-1:] == ("id",))
        return next((trail for trail in ids if _part_at(self.document, trail).get("id") == rule), ())

    def _rule(self, trail: Trail) -> str:
        """The innermost thing with an id on the way, and its clause."""
        part: Any = self.document
        named = ""
        for step in trail:
            part = _part(part, step)
            rule = cast(dict[str, Any], part) if isinstance(part, dict) else {}
            if "id" in rule:
                named = f"{rule['id']} ({rule['clause']}): " if "clause" in rule else f"{named}{rule['id']}: "
        return named


def _part_at(whole: Any, trail: Trail) -> Any:
    return reduce(_part, trail, whole)


def _part(whole: Any, step: int | str) -> Any:
    """Keys of mappings stand as texts in a trail, numbers too."""
    if isinstance(whole, dict):
        mapping = cast(dict[int | str, Any], whole)
        return mapping[step] if step in mapping else mapping[int(step)]
    return whole[step]
