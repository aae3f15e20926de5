"""Pack language 4.2 to 4.6 read word by word: slow, without any axis of K, one moment after the other.

It shares with the product only what has a second reckoning of its own (D, matchers, conditions, the fold of a case).
"""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise, product

from rules.calendar import FOREVER, SHANGHAI, china
from rules.case import NO_COURT, Court, case_view
from rules.conditions import context
from rules.due import Due, ExtensionAsked, Timing, due, standstill
from rules.fact import Fact
from rules.matcher import read, read_value
from rules.packs import Clock, Suspension
from rules.terms import Length, Until

CHINA = china()
PARTY_LISTS = ("parties", "case.debtors", "case.creditors")


@dataclass(frozen=True)
class Found:
    """An occurrence in one set of facts, at one t."""

    start: Fact
    due: Due
    closed_at: datetime
    kind: str
    closed_by: str | None
    stop: datetime | None
    suspended: bool


@dataclass(frozen=True)
class Shown:
    """What is compared with the product."""

    state: str
    state_then: str | None
    due: datetime | None
    closed: str | None
    record: tuple[tuple[datetime, datetime | None, datetime, datetime | None], ...]


class Events(list[Fact]):
    """The events in force in the order ≺, and the court whose case they are of."""

    court: Court = NO_COURT


def supervise(
    clocks: Iterable[Clock],
    pauses: Iterable[Suspension],
    facts: Iterable[Fact],
    as_of: datetime,
    known_at: datetime,
    court: Court = NO_COURT,
) -> dict[tuple[str, str], Shown]:
    """The terms of the clocks say what they come to: no word stands in them that a court's settings explain."""
    facts, clocks, pauses = list(set_of(facts).values()), list(clocks), list(pauses)
    moments = sorted({each.recorded_at for each in facts if each.recorded_at <= known_at})
    history = [(moment, occurrences(clocks, pauses, facts, as_of, moment, court)) for moment in moments]
    names = {name for _, found in history for name in found}
    return {name: shown(name, history, as_of) for name in names}


def set_of(facts: Iterable[Fact]) -> dict[str, Fact]:
    return {each.id: each for each in facts}


def shown(name, history, as_of: datetime) -> Shown:
    now = history[-1][1].get(name)
    then = [found.get(name) for moment, found in history if moment <= as_of]
    existed = [found[name] for _, found in history if name in found]
    return Shown(
        state=state(now, as_of) if now else "withdrawn",
        state_then=None if not any(then) else state(then[-1], as_of) if then[-1] else "withdrawn",
        due=None if existed[-1].due.due == FOREVER else existed[-1].due.due,
        closed=existed[-1].closed_by if existed[-1].closed_at <= as_of else None,
        record=record(name, history, as_of),
    )


def state(found: Found, t: datetime) -> str:
    """The table of 4.5, read top down."""
    d, c = found.due.due, found.closed_at
    if c <= t and c < d:
        return found.kind
    if d <= c <= t:
        return "met_late" if found.kind == "met" else "breached_closed"
    if found.due.pending_until and t < found.due.pending_until:
        return "pending"
    if t < d:
        return "suspended" if found.suspended else "running"
    return "breached"


def record(name, history, as_of: datetime):
    spells = []
    ends = [moment for moment, _ in history[1:]] + [None]
    for (since, found), until in zip(history, ends, strict=True):
        one = found.get(name)
        if one is None or one.closed_at < one.due.due or one.due.due > as_of:
            continue
        begin = max(since, one.due.due)
        if until is not None and begin >= until:
            continue
        stop = one.stop if one.stop == one.closed_at else None
        if spells and spells[-1][1] == begin and spells[-1][2:] == (one.due.due, stop):
            spells[-1] = (spells[-1][0], until, *spells[-1][2:])
        else:
            spells.append((begin, until, one.due.due, stop))
    return tuple(spells)


# ---- 4.2 -----------------------------------------------------------------------------------------------------------


def effective(facts: Iterable[Fact], t: datetime, known_at: datetime, court: Court) -> Events:
    known = [each for each in facts if each.recorded_at <= known_at]
    found = []
    for original in known:
        corrections = [each for each in known if each.type == "FactCorrected" and each.data["corrects"] == original.id]
        if not corrections:
            found.append(original)
            continue
        last = max(corrections, key=lambda each: (each.recorded_at, each.source, each.position, each.id)).data
        if last["how"] == "amend":
            time = datetime.fromisoformat(last["time"]) if last.get("time") else original.time
            found.append(replace(original, data=last["data"], time=time))
    events = Events(sorted(each for each in found if each.time <= t))
    events.court = court
    return events


# ---- 4.3 -----------------------------------------------------------------------------------------------------------


def occurrences(clocks, pauses, facts, t: datetime, known_at: datetime, court) -> dict[tuple[str, str], Found]:
    events = effective(facts, t, known_at, court)
    found = {}
    for clock in clocks:
        for text, start, members, key, following, fresh in anchors(clock, events):
            for cycle in range(1, clock.repeat.times + 1) if clock.repeat else [None]:
                name = text if cycle is None else f"{text}#{cycle}"
                found[clock.id, name] = one(
                    clock, pauses, events, t, name, start, members, key, following, fresh, cycle
                )
    return found


def anchors(clock: Clock, events: list[Fact]) -> Iterator[tuple]:
    """text, anchor, its members, key, the next segment's start, whether only later stops count."""
    members = [list(starts(clock, member, events)) for member in clock.start.members]
    keys = {key for each in members for _, key, _ in each}
    for key in sorted(keys):
        mine = [[(e, i) for e, k, i in each if k == key] for each in members]
        text = "/".join(key)
        if len(members) > 1:
            if all(mine):
                least = [min(each, key=lambda pair: pair[0].order) for each in mine]
                start, _ = max(least, key=lambda pair: pair[0].order)
                yield text, start, {e.id for e, _ in least}, key, None, False
        elif clock.of == "last":
            for (start, _), after in pairwise([*mine[0], (None, None)]):
                yield f"{text}@{start.id}", start, {start.id}, key, after[0], False
        else:
            start, _ = mine[0][0]
            yield text, start, {start.id}, key, None, False
            for again, _ in mine[0][1:]:
                if added_again(clock, again, key, mine[0], events):
                    yield f"{text}@{again.id}", again, {again.id}, key, None, True


def added_again(clock, again: Fact, key, mine, events) -> bool:
    if clock.each_of not in PARTY_LISTS or again.type != "PartiesChanged":
        return False
    removals = [each for each in events if each.type == "PartiesChanged" and set(key) & set(each.data["removed"])]
    return any(earlier < removal < again for removal in removals for earlier, _ in mine)


def starts(clock: Clock, member, events) -> Iterator[tuple[Fact, tuple[str, ...], object]]:
    begun: list[Fact] = []
    for event in events:
        for pattern in member.matching(event):
            if holds(pattern, events, event):
                begun.append(event)
                for item in items(clock, event, events, None):
                    for key in keys(event, (pattern.key,) if pattern.key else clock.key.start, item):
                        yield event, key, item
        if event.type == "PartiesChanged" and clock.each_of in PARTY_LISTS and joins(clock, event, begun, events):
            added = {party["party_id"] for party in event.data["added"]}
            for item in items(clock, event, events, added):
                for key in keys(event, clock.key.start, item):
                    yield event, key, item


def holds(pattern, events: Events, event: Fact) -> bool:
    return pattern.condition is None or pattern.condition.holds(context(case=whole(view(events, event))))


def joins(clock, change: Fact, begun: list[Fact], events) -> bool:
    if not begun or begun[-1] is change:
        return False
    of_all = [
        event
        for event in events
        for pattern in (clock.void_by.matching(event) if clock.void_by else ())
        if event < change and pattern.key == "case"
    ]
    return not any(since(each, begun[-1]) for each in of_all)


def items(clock, event, events, added) -> list:
    if clock.each_of is None:
        return [None]
    if clock.each_of.startswith("case."):
        found = getattr(view(events, event), clock.each_of.removeprefix("case."))
        found = [each for each in found if added is None or each["id"] in added]
    else:
        found = event.data["added"] if added is not None else read(event, clock.each_of) or []
    return [each for each in found if clock.where is None or clock.where.holds(context(item=each))]


def view(events, event: Fact):
    return case_view((each for each in events if each.time <= event.time), events.court)


def whole(view) -> dict[str, object]:
    return {field.name: getattr(view, field.name) for field in dataclasses.fields(view)}


def keys(event: Fact, fields, item=None) -> list[tuple[str, ...]]:
    def values(field: str) -> list[str]:
        value = read_value(item, field[5:]) if field.startswith("item.") else read(event, field)
        found = [str(each) for each in (value if isinstance(value, list) else [value]) if each not in (None, "")]
        return [each.split(":")[-1] for each in found]  # of a reference the id

    return list(product(*map(values, fields)))


# ---- one occurrence ------------------------------------------------------------------------------------------------


def one(clock, pauses, events, t, name, start, members, key, following, fresh, cycle) -> Found:
    goal = length(clock, start, cycle)
    timing = Timing(goal, clock.cutoff, None, clock.delay, clock.roll)
    stopped = standstill(suspensions(clock, pauses, events), CHINA)
    reckoned = reckon(clock, events, timing, start, stopped, name)
    hourly = isinstance(goal, Length) and goal.unit == "hours"
    counts = stop_filter(clock, start, members, fresh, following)
    x = least_of_all(clock.stop, clock, events, key, cycle, hourly, counts)
    if clock.repeat and clock.repeat.field is None:
        x = in_window(clock, events, start, members, key, cycle, reckoned, stopped, name, hourly)
    from_anchor = lambda e: since(e, start) and e.id not in members  # noqa: E731
    v = least_of_all(clock.void_by, clock, events, key, None, False, from_anchor)
    n = (following.time, following) if following else None
    closers = enumerate([("met", x), ("void", v), ("superseded", n)])
    closed = [(end[0], order, kind, end[1]) for order, (kind, end) in closers if end]
    first = min(closed, key=lambda each: each[:2], default=(FOREVER, 0, "", None))
    return Found(
        start, reckoned, first[0], first[2], first[3].id if first[3] else None, x[0] if x else None,
        reckoned.suspendable and (stopped.covers(t) if reckoned.hourly else stopped.covers_day(CHINA.day_of(t))),
    )  # fmt: skip


def length(clock: Clock, start: Fact, cycle) -> object:
    if clock.repeat:
        return Length(unit=clock.repeat.every.unit, n=clock.repeat.every.n * cycle)
    if isinstance(clock.term, Until):
        day = start.data.get(clock.term.until)
        return date.fromisoformat(day).toordinal() if day else clock.term.otherwise
    return clock.term


def reckon(clock, events, timing, start, stopped, name) -> Due:
    asked = [
        ExtensionAsked(e.id, datetime.fromisoformat(e.data["asked_on"]), e.data["unit"], e.data["amount"])
        for e in events
        if e.type == "TermExtended" and (e.data["clock"], e.data["occurrence"]) == (clock.id, name)
    ]
    return due(timing, start.time, CHINA, stopped, asked, clock.extension)


def suspensions(clock: Clock, pauses, events) -> Iterator[tuple[datetime, datetime]]:
    for rule in pauses:
        begun = [e for e in events if rule.start.matches(e)]
        for pair in sorted({e.data[rule.pair] for e in begun}):
            start = min(e for e in begun if e.data[rule.pair] == pair)
            ends = [e for e in events if rule.end.matches(e) and e.data[rule.pair] == pair]
            named = start.data.get("clocks")
            cause = start.data.get("cause", rule.cause[0])
            if cause in rule.cause and cause in clock.suspended_by and (not named or clock.id in named):
                yield start.time, min(ends).time if ends else FOREVER


def stop_filter(clock, start: Fact, members, fresh: bool, following):
    def accepts(event: Fact) -> bool:
        if event.id in members:
            return False
        if clock.of == "last" and len(clock.start.members) == 1:
            return start < event and (following is None or event.order <= following.order)
        return since(event, start) if fresh or clock.early == "ignored" else True

    return accepts


def since(event: Fact, anchor: Fact) -> bool:
    """At the anchor's time or after it. A day is no earlier than any instant of it."""
    if event.day_precision:
        return event.time.astimezone(SHANGHAI).date() >= anchor.time.astimezone(SHANGHAI).date()
    return event.time >= anchor.time


def least_of_all(matcher, clock, events, key, cycle, hourly, accepts):
    """The latest of the least match of each member, as (instant read, event)."""
    if matcher is None:
        return None
    least = []
    for member in matcher.members:
        matching = [e for e in events if accepts(e) and ends(member, clock, events, e, key, cycle)]
        if not matching:
            return None
        least.append(min(((instant(e, hourly), e.order, e) for e in matching), key=lambda each: each[:2]))
    at, _, event = max(least, key=lambda each: each[:2])
    return at, event


def ends(member, clock: Clock, events: Events, event: Fact, key, cycle) -> bool:
    for pattern in member.matching(event):
        if not holds(pattern, events, event):
            continue
        named = clock.repeat is None or clock.repeat.field is None or cycle is None
        if not named and str(event.data.get(clock.repeat.field)) != str(cycle):
            continue
        if pattern.key == "case" or key in keys(event, (pattern.key,) if pattern.key else clock.key.stop):
            return True
    return False


def instant(event: Fact, hourly: bool) -> datetime:
    if not (hourly and event.day_precision):
        return event.time
    return event.time.astimezone(SHANGHAI).replace(hour=0, minute=0) + timedelta(days=1)


def in_window(clock, events, start, members, key, cycle, reckoned, stopped, name, hourly):
    begin = start.time
    if cycle > 1:
        before = Timing(length(clock, start, cycle - 1), clock.cutoff, None, clock.delay, clock.roll)
        begin = reckon(clock, events, before, start, stopped, f"{name.rpartition('#')[0]}#{cycle - 1}").due
    inside = lambda e: e.id not in members and begin <= instant(e, hourly) < reckoned.due  # noqa: E731
    return least_of_all(clock.stop, clock, events, key, cycle, hourly, inside)
