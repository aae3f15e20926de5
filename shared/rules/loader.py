"""Reading a pack's folder. Every fault is told with file, line, rule and what was expected, all of them at once."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import yaml
from pydantic import BaseModel, ValidationError

from rules.names import wrong_names
from rules.packs import Conflict, Origin, Pack, Rule, Team, Trail, parts


class PackError(ValueError):
    """The pack cannot be used; one line for each fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def load_pack(folder: Path, *, effective_from: date | None = None, teams: Sequence[Team] = ()) -> Pack:
    """The pack in `folder`, with what the installation adds: its teams, and the first day where the pack has none.

    PackError tells every fault found.
    """
    texts = _Texts.of(folder)
    origin = Origin(str(texts.document.get("pack")), str(texts.document.get("version")), digest(folder), texts)
    try:
        pack = Pack.model_validate(texts.document, context=origin)
    except ValidationError as error:
        raise PackError([texts.fault(e["loc"], _reason(e)) for e in error.errors(include_url=False)]) from None
    told = (*_repeated_ids(pack), *_without_place(pack), *wrong_names(pack))
    faults = [texts.fault(trail, message) for trail, message in told]
    if faults:
        raise PackError(faults)
    return _installed(pack, effective_from, teams)


def places(folder: Path) -> Mapping[Trail, Place]:
    """Where in its files each part of a pack stands. PackError where they are no YAML."""
    return _Texts.of(folder).places


def document(text: str, file: str) -> Mapping[str, Any]:
    """One file of a pack as plain data. PackError where it is no YAML of that form."""
    texts = _Texts()
    texts.add(file, text)
    return texts.document


def digest(folder: Path) -> str:
    """SHA-256 over the pack's files in the order of their names: name, length and content of each."""
    found = hashlib.sha256()
    for path in _files(folder):
        content = path.read_bytes()
        found.update(f"{path.name}\n{len(content)}\n".encode() + content)
    return found.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


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


# ---- texts and places ---------------------------------------------------------------------------------------------


class _Yaml(yaml.SafeLoader):
    """YAML whose plain scalars are those of version 1.2: `yes`, `2021-08-26` and `15:00` are texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the library's own way to say it)
        first: [(f"tag:yaml.org,2002:{tag}", re.compile(pattern))]
        for tag, pattern, starts in (
            ("bool", r"^(true|false)$", "tf"),
            ("null", r"^(null|~|)$", ("n", "~", "")),
            ("int", r"^-?\d+$", "-0123456789"),
        )
        for first in starts
    }


class Place(NamedTuple):
    """A file of a pack and a line in it."""

    file: str
    line: int


@dataclass
class _Texts:
    """The files of a pack as one document, and where in them each part of it stands."""

    document: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[Trail, Place] = field(default_factory=dict[Trail, Place])

    @classmethod
    def of(cls, folder: Path) -> _Texts:
        texts = cls()
        paths = _files(folder)
        if not paths:
            raise PackError([f"{folder}: no pack here (expected *.yaml)"])
        for path in paths:
            try:
                texts.add(path.name, path.read_text("utf-8"))
            except UnicodeDecodeError as error:
                raise PackError([f"{path.name}: no UTF-8 text: {error.reason} at byte {error.start}"]) from None
        return texts

    def add(self, file: str, text: str) -> None:
        loader: Any = None
        try:
            loader = _Yaml(text)
            node = loader.get_single_node()
            if not isinstance(node, yaml.MappingNode):
                raise PackError([f"{file}:1: expected sections, as in `clocks: […]`"])
            self._mark(node, (), file)
            self.document |= loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise PackError([f"{file}:{line}: {error.problem}"]) from None
        except yaml.YAMLError as error:
            raise PackError([f"{file}: {str(error).splitlines()[0]}"]) from None
        except RecursionError:
            raise PackError([f"{file}: nested too deeply, or an alias stands for what holds it"]) from None
        finally:
            if loader:
                loader.dispose()

    def _mark(self, node: yaml.Node, trail: Trail, file: str) -> None:
        if trail in self.places and trail:
            first = self.places[trail]
            raise PackError(
                [f"{file}:{node.start_mark.line + 1}: {trail[-1]} stands already in {first.file}:{first.line}"]
            )
        self.places[trail] = Place(file, node.start_mark.line + 1)
        for step, child in _children(node):
            self._mark(child, (*trail, step), file)

    def fault(self, trail: Sequence[int | str], message: str) -> str:
        """One line: where, which rule by which clause, which field, what is expected. Unknown steps are passed over."""
        known: Trail = ()
        for step in trail:
            known = (*known, step) if (*known, step) in self.places else known
        place = self.places[known]
        field = ".".join(str(step) for step in trail if isinstance(step, str) and step in _field_names(trail))
        if message == "Extra inputs are not permitted":
            message = _unknown_field(trail)
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


def _children(node: yaml.Node) -> Iterator[tuple[int | str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


# ---- what was expected --------------------------------------------------------------------------------------------


def _reason(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _models(trail: Sequence[int | str]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The fields on the trail, each with the model it is, or is missed, in."""
    model: type[BaseModel] | None = Pack
    for step in trail:
        if model is not None and isinstance(step, str):
            yield step, model
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            model = _model_in(fields[step].annotation) if step in fields else model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _field_names(trail: Sequence[int | str]) -> set[str]:
    return {step for step, model in _models(trail) if step in _fields(model)} | {str(trail[-1])} if trail else set()


def _fields(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _unknown_field(trail: Sequence[int | str]) -> str:
    name, model = list(_models(trail))[-1]
    close = difflib.get_close_matches(name, _fields(model), 1)
    return f"no such field{f', perhaps {close[0]}' if close else ''}; expected {', '.join(_fields(model))}"
