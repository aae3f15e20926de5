"""Standing duties (常规职责, pack language 3.11): one occurrence for every period, made from the calendar.

Which duty binds a period is told by the rules in force on its first day. Their states are those of clocks (4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from rules.answers import MOMENT, Answerer
from rules.breach import Parked, State, breach_record, overdue, standing, state_known, uncertain_spells
from rules.calendar import FOREVER, Calendar
from rules.conditions import context
from rules.derived import Clock, Derived, Finding
from rules.due import NO_STANDSTILL, Due, Standstill, corresponding_day
from rules.effective import Sighting, Step, Track, cuts, sightings, value_at
from rules.explain import TraceStep, why_off
from rules.fact import Fact
from rules.packs import Duty
from rules.reading import Closing, End, closing, known_in
from rules.reference import Era, Reference
from rules.rulebook import Policy, Rulebook

_NAMED_BACK = 731
"""For so many days back a period is found by its name."""


class Period(NamedTuple):
    """A period as its text names it (`2026-03#1`), with its first and last day."""

    text: str
    first: int
    last: int


class DutyReading(NamedTuple):
    """One period of a duty as known while `since` ≤ K < `until`. `unknown`: `needs` cannot be told of what was done."""

    since: datetime
    until: datetime
    duty: Duty
    period: Period
    calendar: Calendar
    due: Due
    closing: Closing
    unknown: bool

    @property
    def stood_still(self) -> Standstill:
        return NO_STANDSTILL

    @property
    def version(self) -> str:
        return self.duty.version


def derive_duty(
    duty: str,
    facts: Iterable[Fact],
    rules: Rulebook,
    *,
    since: datetime,
    as_of: datetime,
    known_at: datetime | None = None,
    reference: Reference,
    uncertain: Iterable[Parked] = (),
    trace: bool = False,
) -> Derived:
    """The occurrences of one duty for the periods that lie between `since` and `as_of`, in part or whole.

    `facts`: those of the subject `duty/…`. The occurrence is named by who answers and the period. ValueError where a
    pack version is in force that is not loaded.
    """
    facts = list(facts)
    if known_at is None:
        known_at = max([as_of, reference.last_recorded, *(fact.recorded_at for fact in facts)])
    done = [each for each in sightings(facts, known_at, as_of) if _tells_of(duty, each.fact)]
    eras = [era for era in reference.eras(rules) if era.since <= known_at and era.until > since]
    eras[-1] = eras[-1]._replace(until=FOREVER)
    found: dict[tuple[Answerer, str], list[DutyReading]] = {}
    for era in eras:
        first, last = era.calendar.day_of(since), era.calendar.day_of(as_of)
        for rule, period in _periods(duty, era.rulebook, first, last):
            found.setdefault((_answerer(rule), period.text), []).extend(_readings(rule, period, era, done))
    moment = _Moment(as_of, max(as_of, known_at), uncertain_spells(uncertain, as_of), trace)
    shown = [(moment.clock(readings), readings[-1]) for _, readings in sorted(found.items()) if readings]
    findings = (each for clock, reading in shown for each in _findings(clock, reading))
    return Derived(clocks=tuple(clock for clock, _ in shown), findings=tuple(findings))


def duties_of(rules: Rulebook) -> dict[str, Duty]:
    """Every duty that a court's rules know in any version, by its id; as the latest version has it."""
    known = (rule for policy in rules.policies for rule in policy.rules.values())
    return {rule.id: rule for rule in known if isinstance(rule, Duty)}


# ---- periods -------------------------------------------------------------------------------------------------------


def period_of(every: str, day: int) -> Period:
    """The period that a day lies in; `every` as the rule says it."""
    return _PERIODS[every](date.fromordinal(day))


def period_named(every: str, text: str, day: int) -> Period | None:
    """The period of that name, if it is that of the day or one of the two years before it."""
    first = day - _NAMED_BACK
    while day > first:
        period = period_of(every, day)
        if period.text == text:
            return period
        day = period.first - 1
    return None


def last_working_day(period: Period, calendar: Calendar) -> int | None:
    """None: the period has no working day, so nothing is due."""
    day = calendar.nth_working(period.last, 0)
    return day if day >= period.first else None


def _day(day: date) -> Period:
    return Period(day.isoformat(), day.toordinal(), day.toordinal())


def _week(day: date) -> Period:
    year, week, weekday = day.isocalendar()
    first = day.toordinal() + 1 - weekday
    return Period(f"{year}-W{week:02}", first, first + 6)


def _half_month(day: date) -> Period:
    month, middle = _month(day), day.replace(day=15).toordinal()
    if day.day <= 15:
        return Period(f"{month.text}#1", month.first, middle)
    return Period(f"{month.text}#2", middle + 1, month.last)


def _months(length: int, text: Callable[[int, int], str]) -> Callable[[date], Period]:
    """Periods of so many months; `text` names one by its year and its number in it."""

    def period(day: date) -> Period:
        number = (day.month - 1) // length
        first = date(day.year, number * length + 1, 1).toordinal()
        return Period(text(day.year, number + 1), first, corresponding_day(first, length) - 1)

    return period


_month = _months(1, lambda year, month: f"{year}-{month:02}")
_PERIODS: Mapping[str, Callable[[date], Period]] = {
    "working_day": _day,
    "day": _day,
    "week": _week,
    "half_month": _half_month,
    "month": _month,
    "quarter": _months(3, lambda year, quarter: f"{year}-Q{quarter}"),
    "half_year": _months(6, lambda year, half: f"{year}-H{half}"),
    "year": _months(12, lambda year, _: f"{year}"),
}


def _periods(duty: str, rules: Rulebook, first: int, last: int) -> Iterator[tuple[Duty, Period]]:
    """The periods that touch the days from `first` to `last`, with the rule in force on the first day of each."""
    for policy in rules.policies:
        rule = policy.rules.get(duty)
        begins = policy.first.toordinal()
        day, end = max(first, begins), min(last, _last_day(policy))
        while isinstance(rule, Duty) and day <= end:
            period = period_of(rule.every, day)
            if period.first >= begins:
                yield rule, period
            day = period.last + 1


def _last_day(policy: Policy) -> int:
    return (policy.until or date.max).toordinal() - (policy.until is not None)


# ---- one occurrence ------------------------------------------------------------------------------------------------


def _tells_of(duty: str, fact: Fact) -> bool:
    return fact.type == "DutyPerformed" and fact.data["duty"] == duty


def _answerer(rule: Duty) -> Answerer:
    return Answerer(post=rule.answers.name) if rule.answers.role == "post" else Answerer(team=rule.answers.name)


def _readings(rule: Duty, period: Period, era: Era, done: Sequence[Sighting]) -> Iterator[DutyReading]:
    last = last_working_day(period, era.calendar)
    if last is None:
        return
    due = _due(rule, period, last, era.calendar)
    of_period = [each for each in done if _is_of(rule, period, each.fact)]
    verdicts = [(each, rule.needs is None or rule.needs.holds(context(e=_total(each.fact)))) for each in of_period]
    untold = [(each.since, each.until, None) for each, holds in verdicts if holds is None]
    stops = _stops([each for each, holds in verdicts if holds], era, due.hourly)
    for since, until in cuts(era.since, era.until, stops, untold):
        closed = closing(value_at(stops, since), None, None)
        yield DutyReading(since, until, rule, period, era.calendar, due, closed, bool(known_in(untold, since)))


def _is_of(rule: Duty, period: Period, fact: Fact) -> bool:
    """Whether it tells of that period, and of whom the rule names."""
    who = fact.data["post"] if rule.answers.role == "post" else fact.data.get("team")
    return fact.data["period"] == period.text and who == rule.answers.name


def _total(fact: Fact) -> dict[str, object]:
    """What `needs` reads: every field is there."""
    return {"team": "", "report": "", **{name: value for name, value in fact.data.items() if value is not None}}


def _due(rule: Duty, period: Period, last: int, calendar: Calendar) -> Due:
    """The end of the period's last working day, or the time of it that the rule says."""
    provisional = not (calendar.is_settled(last) and calendar.is_settled(period.last))
    if rule.by is None:
        return Due(calendar.start_of(last + 1), last, period.first, last, provisional)
    at = datetime.combine(date.fromordinal(last), rule.by, calendar.zone).astimezone(UTC)
    return Due(at, at, period.first, None, provisional)


def _stops(done: Sequence[Sighting], era: Era, by_the_hour: bool) -> list[Step[End]]:
    """The first that was done. Where it must be done by an hour, what only a day is known of reads as its end."""
    calendar = era.calendar

    def read_at(fact: Fact) -> datetime:
        late = by_the_hour and fact.day_precision
        return calendar.start_of(calendar.day_of(fact.time) + 1) if late else fact.time

    ordered = sorted(done, key=lambda each: (read_at(each.fact), each.fact.order))
    return [
        (since, until, End(read_at(each.fact), each.fact))
        for since, until, each in Track(ordered).first(era.since, era.until)
    ]


# ---- what is shown of it -------------------------------------------------------------------------------------------


class _Moment(NamedTuple):
    as_of: datetime
    known_at: datetime
    uncertain: Sequence[Step[None]]
    trace: bool

    def clock(self, readings: Sequence[DutyReading]) -> Clock:
        reading = readings[-1]
        now = state_known(readings, self.as_of, self.known_at, self.uncertain)
        assert now is not None  # a duty is made from the calendar, so it is always known
        rule, due, closed = reading.duty, reading.due, reading.closing
        record, is_closed = breach_record(readings, self.uncertain, self.as_of), closed.at <= self.as_of
        who = _answerer(rule)
        key = who.post or who.team, reading.period.text
        return Clock(
            rule=rule.id,
            clause=rule.clause,
            type="service",
            occurrence="/".join(key),
            key=key,
            start_fact="",
            start=reading.calendar.start_of(reading.period.first),
            due=due.due,
            due_shown=due.shown,
            state=now,
            state_then=state_known(readings, self.as_of, self.as_of, self.uncertain),
            closed=closed.at if is_closed else None,
            closed_fact=closed.fact.id if is_closed and closed.fact else None,
            record=record,
            standing=standing(record),
            overdue=overdue(reading, self.as_of) if now.is_late else 0,
            unit=due.unit,
            provisional=due.provisional,
            answers=who,
            shares=(),
            next_change=self._next_change(reading, now),
            rungs=(),
            pack=rule.pack,
            pack_version=rule.version,
            calendar_version=reading.calendar.title,
            trace=_trace(reading) if self.trace else (),
        )

    def _next_change(self, reading: DutyReading, now: State) -> datetime | None:
        """Its due time, and the beginning of the next period."""
        begins = reading.calendar.start_of(reading.period.last + 1)
        due = [reading.due.due] if now.is_open else []
        return min((each for each in (*due, begins) if each > self.as_of), default=None)


def _findings(clock: Clock, reading: DutyReading) -> Iterator[Finding]:
    if clock.state is State.UNCERTAIN:
        yield Finding("uncertain", clock.rule, clock.occurrence, "condition" if reading.unknown else "parked")


def _trace(reading: DutyReading) -> tuple[TraceStep, ...]:
    """The period, the days off at its end that are not counted, and the end of its last working day."""
    calendar, period, due = reading.calendar, reading.period, reading.due
    last = calendar.day_of(due.due - MOMENT)
    off = (
        TraceStep("day_off", calendar.start_of(day), why_off(calendar, day)) for day in range(last + 1, period.last + 1)
    )
    end = TraceStep("due", due.due, calendar.title)
    return TraceStep("start", calendar.start_of(period.first), period.text), *sorted((*off, end), key=lambda s: s.at)
