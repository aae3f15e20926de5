"""Matchers (pack language 2.1): plain data that is true of one contract event. Compiled once, indexed by event type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from rules.case import CASE
from rules.conditions import Condition, compile_condition
from rules.fact import Fact

WHOLE_SUBJECT = "case"
"""As a matcher's `key`: the event concerns every occurrence of its subject."""

Test = Callable[[Any], bool]

ENVELOPE = {"by.post": "post", "by.team": "team", "by.actor": "actor"}
RESERVED = ("event", "if", "key")


def read(fact: Fact, path: str) -> Any:
    """The value at a dotted `path` of the event's data, or of its envelope (`by.post`). None where it is absent."""
    if path in ENVELOPE:
        return getattr(fact, ENVELOPE[path])
    return read_value(fact.data, path)


def read_value(value: Any, path: str) -> Any:
    """The value at a dotted `path` inside plain data. None where it is absent."""
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = cast(Mapping[str, Any], value).get(name)
    return value


@dataclass(frozen=True, slots=True)
class Pattern:
    """One event type with tests on its `fields`, which stand as the pack wrote them.

    `condition` (`if:`) is for the caller to evaluate on the facts at the event. `key` overrides the clock's key field
    for events that match here; `WHOLE_SUBJECT` means all occurrences of the subject; empty means no override.
    """

    event: str
    fields: Mapping[str, object] = field(hash=False)
    tests: tuple[tuple[str, Test], ...] = field(compare=False, repr=False)
    condition: Condition | None = None
    key: str = ""

    def matches(self, fact: Fact) -> bool:
        """Whether type and fields match; `condition` is not looked at. Never raises, whatever the data."""
        return fact.type == self.event and all(test(read(fact, path)) for path, test in self.tests)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Any of its patterns."""

    patterns: Mapping[str, tuple[Pattern, ...]]

    def matching(self, fact: Fact) -> Iterator[Pattern]:
        """Every pattern that matches the event, in the order of the pack."""
        return (pattern for pattern in self.patterns.get(fact.type, ()) if pattern.matches(fact))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One member, or several of which all must be matched, each by some event, in any order (`all_of`)."""

    members: tuple[AnyOf, ...]
    types: frozenset[str]

    def matching(self, fact: Fact) -> Iterator[Pattern]:
        """Every pattern of every member that matches the event."""
        return (pattern for member in self.members for pattern in member.matching(fact))

    def matches(self, fact: Fact) -> bool:
        """Whether the event matches some pattern; `if:` is not looked at."""
        return next(self.matching(fact), None) is not None

    @property
    def patterns(self) -> Iterator[Pattern]:
        return (pattern for member in self.members for each in member.patterns.values() for pattern in each)


def compile_matcher(source: object) -> Matcher:
    """Compile a matcher as it stands in a pack. ValueError says what was expected."""
    if isinstance(source, dict) and "all_of" in (mapping := cast(dict[str, object], source)):
        members = mapping["all_of"]
        if len(mapping) > 1 or not isinstance(members, list) or not members:
            raise ValueError("all_of stands alone and holds a list of matchers")
        return _matcher(_any_of(member) for member in cast(list[object], members))
    return _matcher([_any_of(cast(object, source))])


def _matcher(members: Iterable[AnyOf]) -> Matcher:
    found = tuple(members)
    return Matcher(found, frozenset(event for member in found for event in member.patterns))


def _any_of(source: object) -> AnyOf:
    sources = cast(list[object], source) if isinstance(source, list) else [source]
    if not sources:
        raise ValueError("a list of matchers holds at least one")
    patterns: dict[str, tuple[Pattern, ...]] = {}
    for pattern in map(_pattern, sources):
        patterns[pattern.event] = (*patterns.get(pattern.event, ()), pattern)
    return AnyOf(patterns)


def _pattern(source: object) -> Pattern:
    if not isinstance(source, dict) or not isinstance(cast(dict[str, object], source).get("event"), str):
        raise ValueError("a matcher is {event: Name, field: value, …}")
    mapping = cast(dict[str, object], source)
    condition = compile_condition(mapping["if"], {"case": CASE}) if "if" in mapping else None
    fields = {path: value for path, value in mapping.items() if path not in RESERVED}
    tests = tuple((path, _test(path, value)) for path, value in fields.items())
    return Pattern(str(mapping["event"]), fields, tests, condition, str(mapping.get("key", "")))


def _test(path: str, value: object) -> Test:
    if isinstance(value, dict):
        operators = list(cast(dict[str, object], value).items())
        if len(operators) != 1 or operators[0][0] not in OPERATORS:
            raise ValueError(f"{path}: expected a value, a list or one of {{{', '.join(OPERATORS)}}}")
        name, operand = operators[0]
        return OPERATORS[name](operand)
    return _one_of(value)


def _same(left: Any, right: Any) -> bool:
    """Equality of JSON values: in Python true equals 1, here it does not."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _one_of(value: object) -> Test:
    values = cast(list[object], value) if isinstance(value, list) else [value]
    if not values or not all(isinstance(each, str | int | float) for each in values):
        raise ValueError("a text, a number, true or false expected, or a list of them")
    texts = frozenset(each for each in values if isinstance(each, str))
    others = [each for each in values if not isinstance(each, str)]
    return lambda found: found in texts if isinstance(found, str) else any(_same(found, each) for each in others)


def _not(value: object) -> Test:
    excluded = _one_of(value)
    return lambda found: found is not None and not excluded(found)


def _bound(holds: Callable[[int, int], bool]) -> Callable[[object], Test]:
    def test(bound: object) -> Test:
        if not _number(bound):
            raise ValueError("min and max take a number")
        return lambda found: _number(found) and holds(found, cast(int, bound))

    return test


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has(value: object) -> Test:
    return lambda found: isinstance(found, list | tuple) and any(_same(each, value) for each in cast(list[Any], found))


def _empty(value: object) -> Test:
    if not isinstance(value, bool):
        raise ValueError("empty takes true or false")
    return lambda found: (found in (None, "", [], {})) is value


OPERATORS: dict[str, Callable[[object], Test]] = {
    "not": _not,
    "min": _bound(lambda found, bound: found >= bound),
    "max": _bound(lambda found, bound: found <= bound),
    "has": _has,
    "empty": _empty,
}
