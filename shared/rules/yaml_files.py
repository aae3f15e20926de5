"""YAML files read as one document, with the file and line of each of its parts.

What could cost more than it is worth is refused with its line: files too long, nested too deeply, or of too many parts
once every alias stands for what it names.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml
from yaml.composer import Composer

MAX_BYTES = 500_000  # of one file
MAX_PARTS = 50_000
MAX_DEPTH = 40

DISPUTED = re.compile(r"\t|\? |!(?![\w=(])")  # what libyaml takes otherwise than the loader in Python
Way: TypeAlias = tuple[int | str, ...]
"""The way to a part of a document: names of fields and places in lists."""


class Unreadable(ValueError):
    """A file that is no such YAML: one line with file, line and what was expected."""


class Place(NamedTuple):
    """A file and a line in it."""

    file: str
    line: int


class _Yaml(yaml.SafeLoader):
    """YAML whose plain scalars are those of version 1.2: `yes`, `2021-08-26`, `15:00` and `017` are texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (the library's own way to say it)
        first: [(f"tag:yaml.org,2002:{tag}", re.compile(pattern))]
        for tag, pattern, starts in (
            ("bool", r"^(true|false)$", "tf"),
            ("null", r"^(null|~|)$", ("n", "~", "")),
            ("int", r"^-?(0|[1-9][0-9]{0,17})$", "-0123456789"),
        )
        for first in starts
    }


if yaml.__with_libyaml__:

    class _Quick(Composer, yaml.CSafeLoader):
        """Ten times as fast. Composed in Python: libyaml's own composer ends the process where text nests deeply."""

        yaml_implicit_resolvers = _Yaml.yaml_implicit_resolvers

        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            Composer.__init__(self)


@dataclass
class YamlFiles:
    """Files that make up one document, each with sections of its own."""

    document: dict[str, Any] = field(default_factory=dict[str, Any])
    places: dict[Way, Place] = field(default_factory=dict[Way, Place])

    def add(self, file: str, content: bytes, listed: str = "") -> None:
        """Adds the sections of one file; `listed`: the section that a bare list is.

        Unreadable where they are none, or one stands in two files.
        """
        loader: Any = None
        try:
            loader, node = _composed(file, _decoded(file, content))
            if listed and isinstance(node, yaml.SequenceNode):
                self.places[()] = Place(file, 1)
                self._mark(loader, node, (listed,), file)
                self.document |= {listed: loader.construct_document(node)}
                return
            if not isinstance(node, yaml.MappingNode):
                raise Unreadable(f"{file}:1: expected sections, as in `clocks: […]`")
            self._mark(loader, node, (), file)
            self.document |= loader.construct_document(node)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise Unreadable(f"{file}:{line}: {error.problem}") from None
        finally:
            if loader:
                loader.dispose()

    def read(self, paths: Iterable[Path]) -> None:
        """Adds every file. OSError where one cannot be read."""
        for path in paths:
            with path.open("rb") as file:
                self.add(path.name, file.read(MAX_BYTES + 1))

    def part(self, way: Iterable[int | str]) -> Way:
        """The way to the innermost part that is there; unknown steps are passed over."""
        known: Way = ()
        for step in way:
            known = (*known, step) if (*known, step) in self.places else known
        return known

    def _mark(self, loader: Any, node: yaml.Node, way: Way, file: str) -> None:
        place = Place(file, node.start_mark.line + 1)
        if way in self.places and way:
            first = self.places[way]
            raise Unreadable(f"{file}:{place.line}: {way[-1]} stands already in {first.file}:{first.line}")
        if fault := self._fault(loader, node, way):
            raise Unreadable(f"{file}:{place.line}: {fault}")
        self.places[way] = place
        for step, child in _children(node, file):
            self._mark(loader, child, (*way, step), file)

    def _fault(self, loader: Any, node: yaml.Node, way: Way) -> str:
        if len(way) > MAX_DEPTH:
            return "nested too deeply, or an alias stands for what holds it"
        if len(self.places) >= MAX_PARTS:
            return f"expected at most {MAX_PARTS} parts, those that aliases stand for among them"
        return f"expected no tag, found {node.tag}" if _is_tagged(loader, node) else ""


def _decoded(file: str, content: bytes) -> str:
    """The text of a file. Unreadable where it is too long or no text."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"{file}:1: expected at most {MAX_BYTES} bytes; a longer pack stands in several files")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"{file}:{line}: no UTF-8 text: {error.reason}") from None
    if found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise Unreadable(f"{file}:{line}: no text: it holds the character U+{ord(found[0]):04X}")
    return text


def _composed(file: str, text: str) -> tuple[Any, yaml.Node | None]:
    """The loader of a text, and what it read. What libyaml refuses is read again, for the words of its fault."""
    if yaml.__with_libyaml__ and not DISPUTED.search(text):
        with contextlib.suppress(yaml.YAMLError, RecursionError):
            quick = _Quick(text)
            return quick, quick.get_single_node()
    loader = _Yaml(text)
    try:
        return loader, loader.get_single_node()
    except RecursionError:
        raise Unreadable(f"{file}:{loader.line + 1}: nested too deeply") from None


def _is_tagged(loader: Any, node: yaml.Node) -> bool:
    """Whether a tag makes something else of it than it looks like."""
    plain = isinstance(node, yaml.ScalarNode) and not node.style
    return node.tag != loader.resolve(type(node), node.value, (plain, not plain))


def _children(node: yaml.Node, file: str) -> Iterator[tuple[int | str, yaml.Node]]:
    """What a part holds; numbers that are names of fields stand as texts."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.rpartition(":")[2] not in ("str", "int"):
                raise Unreadable(f"{file}:{key.start_mark.line + 1}: expected the name of a field in quotes")
            yield str(key.value), value
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)
