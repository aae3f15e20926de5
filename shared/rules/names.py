"""Names in a pack's matchers, held against the published language: events, fields and kinds must exist."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel

from contracts.catalogue import BY_NAME
from contracts.vocabulary import VOCABULARY, vocabulary_fields
from rules.conditions import Condition
from rules.log_names import faults_of_court, faults_of_log
from rules.matcher import ENVELOPE, Matcher, Pattern
from rules.packs import Pack, Trail, parts

Kinds = Mapping[str, Collection[str]]


def wrong_names(pack: Pack) -> Iterator[tuple[Trail, str]]:
    """What the matchers of the pack name and the language (with the kinds the pack adds) does not have."""
    if pack.log is not None:
        yield from _ladders(pack)
        yield from faults_of_log(pack, pack.log)
        return
    yield from faults_of_court(pack)
    kinds = {name: {*national, *pack.vocabulary.get(name, ())} for name, national in VOCABULARY.items()}
    yield from _vocabularies(pack)
    yield from _ladders(pack)
    yield from _checks_read(pack, kinds["check_kinds"])
    for trail, matcher in parts(pack, Matcher):
        for pattern in matcher.patterns:
            yield from ((trail, fault) for fault in _faults(pattern, kinds))


def values_of(event: str, path: str, added: Mapping[str, Collection[str]]) -> Collection[str] | None:
    """What a field of the event may hold, with the kinds that packs add; None where any value may stand."""
    kinds = {name: {*national, *added.get(name, ())} for name, national in VOCABULARY.items()}
    field = _field(BY_NAME[event], path)
    return None if field is None else _allowed(BY_NAME[event], path, field, kinds)


def _vocabularies(pack: Pack) -> Iterator[tuple[Trail, str]]:
    for name in pack.vocabulary:
        if name not in VOCABULARY:
            yield ("vocabulary", name), f"no vocabulary {name}; expected {', '.join(sorted(VOCABULARY))}"


def _ladders(pack: Pack) -> Iterator[tuple[Trail, str]]:
    for number, clock in enumerate(pack.clocks):
        if clock.ladder is not None and clock.ladder not in pack.ladders:
            yield ("clocks", number, "ladder"), f"no ladder {clock.ladder}{_perhaps(clock.ladder, pack.ladders)}"


def _checks_read(pack: Pack, known: Collection[str]) -> Iterator[tuple[Trail, str]]:
    for trail, condition in parts(pack, Condition):
        checks = (path.removeprefix("case.checks.") for path in condition.paths if path.startswith("case.checks."))
        yield from ((trail, f"no check kind {check}{_perhaps(check, known)}") for check in checks if check not in known)


def _faults(pattern: Pattern, kinds: Kinds) -> Iterator[str]:
    event = BY_NAME.get(pattern.event)
    if event is None:
        yield f"no event {pattern.event}{_perhaps(pattern.event, BY_NAME)}"
        return
    for path, value in pattern.fields.items():
        if path in ENVELOPE:
            continue
        field = _field(event, path)
        if field is None:
            yield f"{pattern.event} has no field {path}{_perhaps(path, event.model_fields)}"
        else:
            yield from _wrong_values(path, value, field, _allowed(event, path, field, kinds))


def _field(model: Any, path: str) -> Any:
    """The annotation at the dotted path, or None."""
    for name in path.split("."):
        inner = _model(model)
        if inner is None or name not in inner.model_fields:
            return None
        model = inner.model_fields[name].annotation
    return model


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model(each)) is not None), None)


def _allowed(event: type[BaseModel], path: str, field: Any, kinds: Kinds) -> Collection[str] | None:
    """The values the field may take; None where it is not an enumeration."""
    for trail, name in vocabulary_fields(event):
        if ".".join(step for step in trail if step != "*") == path:
            return kinds[name]
    return _literals(field)


def _literals(annotation: Any) -> Collection[str] | None:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple):
        inner = [each for each in get_args(annotation) if each is not NoneType]
        return _literals(inner[0])
    return None


def _wrong_values(path: str, value: object, field: Any, allowed: Collection[str] | None) -> Iterator[str]:
    for each in _values(value):
        if allowed is not None and each not in allowed:
            yield f"{path}: no kind {each}{_perhaps(str(each), allowed)}; expected {', '.join(sorted(allowed))}"
        if field is bool and not isinstance(each, bool):
            yield f"{path}: true or false expected, not {each}"


def _values(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        operators = cast(dict[str, object], value)
        yield from (each for name in ("not", "has") if name in operators for each in _values(operators[name]))
    elif isinstance(value, list):
        yield from cast(list[object], value)
    else:
        yield value


def _perhaps(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f", perhaps {close[0]}" if close else ""
