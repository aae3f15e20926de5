"""Sample facts: every combination of the values that some conditions tell apart (pack language 6, Routing).

A condition can only turn on the texts and numbers that stand in it, on flags, and on lists being empty or not. So the
values it is tried with come from its own text; what no condition speaks of does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple

from contracts.catalogue import BY_NAME
from rules.case import CASE as CASE_TYPE
from rules.conditions import ANY, BOOL, INT, STRING, Condition, ListOf, MapOf, Record, Type, context
from rules.lint.fields import field_of
from rules.packs import Trail
from rules.packs.words import ACTOR, TEAM

MOST = 4_000
"""So many samples are tried; of more, an even choice."""
_MOST_ITEMS = 16
_OTHER = "other than these"
_TEXT = re.compile(r""""([^"]*)"|'([^']*)'""")
_NUMBER = re.compile(r"(?<![\w\"'])\d+")
_ROOTS: Mapping[str, Type] = {"case": CASE_TYPE, "actor": ACTOR, "team": TEAM, "debtor_teams": ListOf(STRING)}
_OF_FIELD: Mapping[str, Type] = {"flag": BOOL, "number": INT}
_OF_EVENTS = frozenset({"act", "e", "doc", "item"})
"""Names whose fields are those of an event."""


class Words(NamedTuple):
    """The texts and numbers that conditions compare with."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Samples:
    """`whole`: no combination was left out."""

    facts: Sequence[Mapping[str, object]]
    whole: bool


def samples(conditions: Sequence[Condition], limits: Mapping[str, int]) -> Samples:
    """Facts under which these conditions come out in every way they can."""
    words = words_of(conditions, limits)
    paths = sorted(frozenset[str]().union(*(each.paths for each in conditions)))
    pools = [(way, _pool(_type_at(way), inner, words)) for way, inner in _by_value(paths) if way[0] != "limit"]
    count = prod(len(pool) for _, pool in pools)
    step = -(-count // MOST)
    chosen = islice(product(*(pool for _, pool in pools)), 0, None, _odd(step))
    facts = [_facts([way for way, _ in pools], values, limits) for values in chosen]
    return Samples(facts, whole=count <= MOST)


def _odd(step: int) -> int:
    """An odd step goes through both values of every flag, which an even one might not."""
    return step | 1 if step > 1 else 1


def verdicts(conditions: Sequence[Condition], sample: Mapping[str, object]) -> list[bool | None]:
    """What each condition says of one sample."""
    facts = context(**sample)
    return [condition.holds(facts) for condition in conditions]


def words_of(conditions: Iterable[Condition], limits: Mapping[str, int]) -> Words:
    """What conditions compare with, and one more of each; numbers also just below and above."""
    texts: set[str] = {"", _OTHER}
    numbers = {0}
    for condition in conditions:
        texts |= {a or b for a, b in _TEXT.findall(condition.source)}
        numbers |= {int(found) for found in _NUMBER.findall(_TEXT.sub("", condition.source))}
        numbers |= {limits[p.removeprefix("limit.")] for p in condition.paths if p.removeprefix("limit.") in limits}
    around = {max(number + step, 0) for number in numbers for step in (-1, 0, 1)}
    return Words(tuple(sorted(texts)), tuple(sorted(around)))


# ---- what is read, and its values ---------------------------------------------------------------------------------


def _by_value(paths: Iterable[str]) -> Iterator[tuple[Trail, tuple[str, ...]]]:
    """Each value that is read, by the way to it, and of a list of records which fields are read ("": all of it)."""
    read: dict[Trail, set[str]] = {}
    for path in paths:
        way, inner = _split(path)
        read.setdefault(way, set()).add(inner)
    yield from ((way, tuple(sorted(inner))) for way, inner in read.items())


def _split(path: str) -> tuple[tuple[str, ...], str]:
    """The way to a value, and which field of its items is read, where it is a list of records."""
    root, *rest = path.split(".")
    if root in _OF_EVENTS:
        return (root, *rest), ""
    depth = 2 if rest and isinstance(_type_at((root, rest[0])), MapOf) else 1
    return (root, *rest[:depth]), ".".join(rest[depth:])


def _type_at(way: Sequence[str | int]) -> Type:
    root, *rest = (str(step) for step in way)
    found = _ROOTS.get(root, ANY)
    if root in _OF_EVENTS and rest:
        return _of_events(".".join(rest))
    for name in rest:
        found = (
            found.fields.get(name, ANY)
            if isinstance(found, Record)
            else found.value
            if isinstance(found, MapOf)
            else ANY
        )
    return found


def _of_events(path: str) -> Type:
    """The type of a field at that path, where all events agree on it."""
    fields = {(f.kind, f.many) for event in BY_NAME.values() if (f := field_of(event, path))}
    if len(fields) != 1:
        return ANY
    [(kind, many)] = fields
    one = _OF_FIELD.get(kind, STRING)
    return ListOf(one) if many else one


def _pool(type_: Type, inner: tuple[str, ...], words: Words) -> Sequence[object]:
    if type_ == BOOL:
        return (False, True)
    if type_ == INT:
        return words.numbers
    if isinstance(type_, ListOf):
        return [(), *_lists(type_.item, inner, words)]
    return words.texts if type_ == STRING else (*words.texts, False, True, *words.numbers)


def _lists(item: Type, inner: tuple[str, ...], words: Words) -> Iterator[tuple[object, ...]]:
    """Lists of one item in each of its forms, of two, and as long as a number that is compared with."""
    items = list(_items(item, inner, words)) if isinstance(item, Record) else list(_pool(item, (), words))
    chosen = items[:: -(-len(items) // _MOST_ITEMS)]
    yield from ((each,) for each in chosen)
    yield from ((chosen[0], each) for each in chosen[1:3])
    if "" in inner:
        yield from ((items[0],) * number for number in words.numbers if 1 < number <= 200)


def _items(item: Record, inner: tuple[str, ...], words: Words) -> Iterator[dict[str, object]]:
    names = tuple(item.fields) if inner == ("",) else tuple(name for name in inner if name)
    pools = [_pool(item.fields.get(name, ANY), (), words) for name in names]
    blank: dict[str, Any] = (
        {name: _pool(type_, (), words)[0] for name, type_ in item.fields.items()} if "" in inner else {}
    )
    yield from ({**blank, **dict(zip(names, values, strict=True))} for values in islice(product(*pools), MOST))


def _facts(ways: Sequence[Trail], values: Sequence[object], limits: Mapping[str, int]) -> dict[str, object]:
    facts: dict[str, Any] = {"limit": dict(limits)}
    for way, value in zip(ways, values, strict=True):
        *path, last = way
        part = facts
        for step in path:
            part = part.setdefault(str(step), {})
        part[str(last)] = list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType]
    return facts
