"""Clocks (节点): whether they can start and stop, and whether their occurrences can be told apart (pack language 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from contracts.catalogue import BY_NAME
from rules.case import CASE as CASE_TYPE
from rules.conditions import INT, ListOf, Record, Scalar, Type
from rules.due import Timing, due
from rules.lint.draft import Draft, Remark
from rules.lint.fields import Field, event_field, is_certain, subjects
from rules.lint.tighten import timings
from rules.matcher import ENVELOPE, WHOLE_SUBJECT, AnyOf, Matcher, Pattern
from rules.packs import Clock, Extension, Suspension
from rules.terms import Length, Term, Until

_ITEM = "item"
_LONGEST_YEAR = 366


def check(draft: Draft) -> Iterator[Remark]:
    for trail, clock in draft.rules(Clock):
        remarks = (
            *(() if draft.pack.log else _subject(draft, clock)),
            *_emitted(clock),
            *_key(clock),
            *_term(draft, clock),
            *_warnings(draft, clock),
            *_served(draft, clock),
            *_extension(draft, clock),
        )
        yield from (remark._replace(trail=(*trail, *remark.trail)) for remark in remarks)


# ---- events -------------------------------------------------------------------------------------------------------


def _subject(draft: Draft, clock: Clock) -> Iterator[Remark]:
    """All its events must be able to stand on one subject, or they never meet."""
    pauses = [
        matcher
        for suspension in _suspensions(draft)
        if set(suspension.cause) & set(clock.suspended_by)
        for matcher in (suspension.start, suspension.end)
    ]
    kinds = subjects_of(clock.start)
    for name, matcher in (("stop", clock.stop), ("void_by", clock.void_by), *(("suspended_by", m) for m in pauses)):
        if matcher is not None and not kinds & subjects_of(matcher):
            told = " or ".join(sorted(subjects_of(matcher)))
            what = f"its start stands on {' or '.join(sorted(kinds))}, but this on {told}: they never meet"
            yield Remark("error", (name,), what, "events of one subject")


def subjects_of(matcher: Matcher) -> frozenset[str]:
    """The kinds of subject on which one of its events may stand."""
    return frozenset(chain.from_iterable(subjects(p) for p in matcher.patterns if p.event in BY_NAME))


def _suspensions(draft: Draft) -> Iterator[Suspension]:
    return (rule for rule in draft.policy.rules.values() if isinstance(rule, Suspension))


def _emitted(clock: Clock) -> Iterator[Remark]:
    """A part that only waits for events no service emits yet is never played."""
    for name, matcher, never in (("start", clock.start, "starts"), ("stop", clock.stop, "stops")):
        for member in matcher.members:
            waits_for = sorted(member.patterns)
            if all(event in BY_NAME and BY_NAME[event].draft for event in waits_for):
                events = " or ".join(waits_for)
                yield Remark("warning", (name,), f"never {never} today: no service tells of {events} yet")
    if all(_same(stop, clock.start) for stop in clock.stop.members) and clock.of == "first":
        yield Remark("error", ("stop",), "stops on the very events that start it", "another event, or of: last")


def _same(stop: AnyOf, start: Matcher) -> bool:
    return all(stop == each for each in start.members)


# ---- keys ---------------------------------------------------------------------------------------------------------


def _key(clock: Clock) -> Iterator[Remark]:
    if clock.of == "each" and not clock.key.start:
        yield Remark("error", ("of",), "nothing tells its occurrences apart", "a key")
    if clock.each_of and not any(path.partition(".")[0] == _ITEM for path in clock.key.start):
        yield Remark("error", ("key",), f"starts once for each of {clock.each_of}, but all under one key", "an item.…")
    if clock.of == "last" and clock.early != "met":
        yield Remark("error", ("early",), "has no effect with of: last", "no early")
    if len(clock.key.start) != len(clock.key.stop):
        yield Remark("error", ("key",), "has more fields on one side than on the other", "as many on both")
    for start, stop in zip(clock.key.start, clock.key.stop, strict=False):
        yield from _key_field(clock, start, stop)


def _key_field(clock: Clock, start: str, stop: str) -> Iterator[Remark]:
    kinds: set[str] = set()
    parts = (("start", clock.start, start), ("stop", clock.stop, stop), ("void_by", clock.void_by, stop))
    for name, matcher, path in parts:
        for pattern in matcher.patterns if matcher else ():
            if pattern.key != WHOLE_SUBJECT and pattern.event in BY_NAME:
                yield from _key_of(clock, name, pattern, pattern.key or path, kinds)
    if len(kinds) > 1:
        yield Remark("error", ("key",), f"{start} and {stop} hold {' and '.join(sorted(kinds))}", "one type of value")


def _key_of(clock: Clock, name: str, pattern: Pattern, path: str, kinds: set[str]) -> Iterator[Remark]:
    """The key's field in one event; adds its type to `kinds`."""
    if path.partition(".")[0] == _ITEM and name == "start":
        kind = item_kind(clock, pattern, path)
    elif path in ENVELOPE:
        kind = "text"
    else:
        field = event_field(pattern.event, path)
        kind = field.kind if field else None
    if kind is None:
        yield Remark("error", (name,), f"{pattern.event} has no {path} to tell occurrences apart by", "a key it has")
        return
    kinds.add(kind)
    if path.partition(".")[0] != _ITEM and path not in ENVELOPE and not is_certain(pattern, path):
        what = f"{pattern.event} may come without {path}, and then counts for no occurrence"
        yield Remark("warning", (name,), what, f'{path}: {{not: ""}} in the matcher')


def item_kind(clock: Clock, pattern: Pattern, path: str) -> str | None:
    """The type of value at a path of the items that the clock fans out over."""
    _, _, rest = path.partition(".")
    if clock.each_of is None:
        return None
    if not clock.each_of.startswith("case."):
        field = event_field(pattern.event, f"{clock.each_of}.{rest}" if rest else clock.each_of)
        return field.kind if field and field.many else None
    return _case_item(clock.each_of.removeprefix("case."), rest)


def _case_item(name: str, field: str) -> str | None:
    listed: Type | None = CASE_TYPE.fields.get(name) if isinstance(CASE_TYPE, Record) else None
    item = listed.item if isinstance(listed, ListOf) else None
    found = item.fields.get(field) if isinstance(item, Record) else item
    return ("number" if found == INT else "text") if isinstance(found, Scalar) else None


# ---- terms --------------------------------------------------------------------------------------------------------


def _term(draft: Draft, clock: Clock) -> Iterator[Remark]:
    term = clock.term
    while isinstance(term, Until):
        yield from _until(clock, term)
        term = term.otherwise
    if _is_hourly(_resolved(draft, clock).term) and clock.roll is None:
        yield Remark(
            "error", ("term",), "runs in hours and does not say what happens on a day off", "roll: next or none"
        )


def _resolved(draft: Draft, clock: Clock) -> Clock:
    """With the term that `same_as` leads to; one that is not in force any more as it stands."""
    return draft.clocks.get(clock.id, clock)


def _is_hourly(term: Term | None) -> bool:
    return isinstance(term, Length) and term.unit == "hours"


def _until(clock: Clock, term: Until) -> Iterator[Remark]:
    for pattern in clock.start.patterns:
        if pattern.event not in BY_NAME:
            continue
        item = term.until.startswith(f"{_ITEM}.")
        kind = item_kind(clock, pattern, term.until) if item else _kind(event_field(pattern.event, term.until))
        if kind not in ("day", "instant"):
            yield Remark(
                "error", ("term",), f"{pattern.event} has no date {term.until}", "the field of a day or instant"
            )
        elif not item and term.otherwise is None and not is_certain(pattern, term.until):
            what = f"{pattern.event} may come without {term.until}, and then it never runs out"
            yield Remark("error", ("term",), what, "else: with a term")


def _kind(field: Field | None) -> str | None:
    return field.kind if field else None


def _warnings(draft: Draft, clock: Clock) -> Iterator[Remark]:
    """A warning that would have to be given before the term has begun."""
    ladder = draft.pack.ladders.get(clock.ladder or "")
    warns = [(("warn", n), each.before) for n, each in enumerate(clock.warn)]
    warns += [(("ladder",), each.before) for each in (ladder.warn if ladder else ())]
    first = next(iter(timings(draft, clock)), None) if clock.term or clock.repeat else None
    for trail, before in warns:
        if first is not None and _is_shorter(draft, first, before):
            yield Remark(
                "warning", trail, f"a warning {before} before the end comes before the term has begun", "a later one"
            )


def _is_shorter(draft: Draft, timing: Timing, before: Length) -> bool:
    """Whether a term as long as the warning's would end after the clock's, from any day of the last settled year."""
    as_long = Timing(before, roll="none")
    calendar, last = draft.calendar, draft.calendar.settled[1]
    starts = (calendar.start_of(day) for day in range(last - _LONGEST_YEAR, last, 3))
    return any(due(as_long, start, calendar).due > due(timing, start, calendar).due for start in starts)


# ---- what it serves -----------------------------------------------------------------------------------------------


def _served(draft: Draft, clock: Clock) -> Iterator[Remark]:
    """`within` a national clock: no further suspensions, no wider extension."""
    served = draft.find(clock.within) if clock.within else None
    if not isinstance(served, Clock):
        return
    further = sorted(set(clock.suspended_by) - set(served.suspended_by))
    if further:
        what = f"is suspended by {', '.join(further)}, which {served.id} is not"
        yield Remark("error", ("suspended_by",), what, f"only {', '.join(served.suspended_by) or 'none'}")
    for what in _wider(clock.extension, served.extension):
        yield Remark("error", ("extension",), f"{what} than {served.id} allows", "no wider extension")


def _wider(own: Extension | None, served: Extension | None) -> Iterator[str]:
    if own is None:
        return
    if served is None:
        yield "may be extended, more"
        return
    if served.max_times is not None and (own.max_times is None or own.max_times > served.max_times):
        yield "may be extended more often"
    if served.max is not None and (own.max is None or (own.max.unit, own.max.n) > (served.max.unit, served.max.n)):
        yield "may be extended for longer"


def _extension(draft: Draft, clock: Clock) -> Iterator[Remark]:
    acts: Sequence[str] = [line.act for line in draft.policy.authority if line.act]
    if clock.extension and clock.extension.act not in acts:
        what = f"is extended by leave to {clock.extension.act}, and nobody is named who gives it"
        yield Remark("warning", ("extension",), what, "a line under authority")
