"""Names in the pack of a foreign log, held against what its `log` section declares (pack language 1, Foreign log)."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import cast

from rules.case import OF_A_LOG
from rules.conditions import BOOL, INT, STRING, STRINGS, Condition, MapOf, Record, Type, compile_condition
from rules.matcher import WHOLE_SUBJECT, Matcher, Pattern
from rules.packs import AttributeType, Clock, Log, Pack, Trail, parts
from rules.terms import Until

SECTIONS = frozenset({
    "pack", "name", "source", "version", "effective", "settings", "log", "ladders", "limits", "clocks", "suspensions",
    "conflicts",
})  # fmt: skip
"""What the pack of a foreign log may say; the rest is of courts."""
_ACTOR = "by.actor"
_TYPES: Mapping[AttributeType, Type] = {"int": INT, "string": STRING, "bool": BOOL}


def faults_of_log(pack: Pack, log: Log) -> Iterator[tuple[Trail, str]]:
    """What the pack names and its log does not have."""
    for section in sorted(pack.model_fields_set - SECTIONS):
        yield (section,), f"the pack of a foreign log has no {section}; it has {', '.join(sorted(SECTIONS))}"
    for trail, matcher in parts(pack, Matcher):
        for pattern in matcher.patterns:
            yield from ((trail, fault) for fault in _of_pattern(pattern, log))
    for trail, condition in parts(pack, Condition):
        yield from ((trail, fault) for fault in _of_condition(condition, log))
    for number, clock in enumerate(pack.clocks):
        yield from ((("clocks", number, name), fault) for name, fault in _of_clock(clock, log))
    for number, suspension in enumerate(pack.suspensions):
        yield from ((("suspensions", number, "pair"), fault) for fault in _unknown([suspension.pair], log))


def faults_of_court(pack: Pack) -> Iterator[tuple[Trail, str]]:
    """What only the pack of a foreign log may name."""
    for number, clock in enumerate(pack.clocks):
        if clock.calendar is not None:
            yield ("clocks", number, "calendar"), "only clocks of a foreign log have calendars of their own"
    conditions = [*parts(pack, Condition)]
    for trail, matcher in parts(pack, Matcher):
        conditions += [(trail, pattern.condition) for pattern in matcher.patterns if pattern.condition]
    for trail, condition in conditions:
        for name in sorted(condition.of_case & OF_A_LOG):
            yield trail, f"case.{name} is unknown: only cases of a foreign log have it"


def _of_pattern(pattern: Pattern, log: Log) -> Iterator[str]:
    for path, value in pattern.fields.items():
        yield from _unknown([path], log)
        if path in log.attributes:
            yield from _wrong_values(path, value, log)
    yield from _unknown([pattern.key] if pattern.key not in ("", WHOLE_SUBJECT) else [], log)
    if pattern.condition is not None:
        yield from _of_condition(pattern.condition, log)


def _of_condition(condition: Condition, log: Log) -> Iterator[str]:
    """Read again, with the attributes there are."""
    attributes = Record({name: _TYPES[attribute.type] for name, attribute in log.attributes.items()})
    roots = {"case": Record({"attr": attributes, "seen": STRINGS}), "limit": MapOf(INT)}
    try:
        compile_condition(condition.source, roots)
    except ValueError as error:
        yield str(error)


def _of_clock(clock: Clock, log: Log) -> Iterator[tuple[str, str]]:
    if clock.each_of is not None:
        yield "each_of", "events of a foreign log hold no lists"
    yield from (("key", fault) for fault in _unknown({*clock.key.start, *clock.key.stop}, log))
    for name in ("term", "delay"):
        term = getattr(clock, name)
        while isinstance(term, Until):
            yield from ((name, fault) for fault in _unknown([term.until], log))
            term = term.otherwise
    if clock.repeat and clock.repeat.field:
        yield from (("repeat", fault) for fault in _unknown([clock.repeat.field], log))


def _unknown(paths: Collection[str], log: Log) -> Iterator[str]:
    for path in sorted(paths):
        if path != _ACTOR and path not in log.attributes:
            close = difflib.get_close_matches(path, [*log.attributes, _ACTOR], 1)
            yield f"the log has no attribute {path}{f', perhaps {close[0]}' if close else ''}"


def _wrong_values(path: str, value: object, log: Log) -> Iterator[str]:
    attribute = log.attributes[path]
    for each in _values(value):
        if not attribute.may_be(each):
            yield f"{path}: {each} is no {attribute.type}"


def _values(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        operators = cast(dict[str, object], value)
        yield from (each for name, operand in operators.items() if name != "empty" for each in _values(operand))
    elif isinstance(value, list):
        yield from cast(list[object], value)
    else:
        yield value
