"""The rules and calendars that bind one subject, along the axis of K (pack language 1, Resolution; 4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TypeVar

from rules.calendar import BEGINNING, FOREVER, Calendar
from rules.compiled import CompiledClock, CompiledPolicy, CompiledSuspension
from rules.effective import Sighting, Step
from rules.reference import Era, Reference
from rules.rulebook import Rulebook

C = TypeVar("C", CompiledClock, CompiledSuspension)


class InForce:
    """The rules and calendars that bind one subject, as known at each K up to `known_at`."""

    def __init__(
        self,
        reference: Reference,
        rules: Rulebook,
        known: Sequence[Sighting],
        known_at: datetime,
        as_of: datetime,
        *,
        history: bool = True,
    ) -> None:
        """`known`: the subject's events in the order ≺, at least one. Without `history` as if always known so."""
        self.compiler = reference.compiler
        self.known_at, self.history = known_at, history
        self.eras = self._known_eras(reference.eras(rules), min(each.since for each in known))
        self.days = self.day_of(known[0].fact.time), self.day_of(as_of)
        self.policies = list({id(policy): policy for era in self.eras for policy in self._over(era)}.values())
        self.index = reference.index(self.policies)
        self.calendars: list[Step[Calendar]] = [(era.since, era.until, era.calendar) for era in self.eras]
        self._own_calendars = reference.own_calendars
        self._sole = len(self.policies) == 1 and _covers(self.policies[0], *self.days)
        self._switching = any(policy.switches for policy in self.policies)

    def day_of(self, instant: datetime) -> int:
        return self.eras[-1].calendar.day_of(instant)

    def calendars_of(self, clock: CompiledClock) -> Sequence[Step[Calendar]]:
        """What a clock is reckoned with: the calendar of all, or its own."""
        if clock.rule.calendar is None:
            return self.calendars
        known = [step for step in self._own_calendars[clock.rule.calendar] if step[0] <= self.known_at]
        since, _, last = known[-1]
        return [*known[:-1], (since, FOREVER, last)] if self.history else [(BEGINNING, FOREVER, last)]

    def _known_eras(self, eras: Sequence[Era], first_known: datetime) -> list[Era]:
        if not self.history:
            last = next(era for era in reversed(eras) if era.since <= self.known_at)
            return [last._replace(since=BEGINNING, until=FOREVER)]
        known = [era for era in eras if era.since <= self.known_at and era.until > first_known]
        return [*known[:-1], known[-1]._replace(until=FOREVER)]

    def policy(self, day: int, known_at: datetime) -> CompiledPolicy | None:
        """What is in force on a day, as known at K; None before the first rule takes effect."""
        era = next(each for each in self.eras if known_at < each.until)
        return self._on(era, day)

    def clocks(self, clock: CompiledClock, start: Sighting) -> list[Step[CompiledClock]]:
        """When a clock is in force for a start, by the day of the start; a version that took it over in its place."""
        if self._sole:
            return [(start.since, start.until, clock)]
        day = self.day_of(start.fact.time)
        steps: list[Step[CompiledClock]] = []
        for era, since, until in self._during(start):
            policy = self._on(era, day)
            if policy is not None and policy.clocks.get(clock.id) is clock:
                steps += self._switched(clock, day, era, since, until) if self._switching else [(since, until, clock)]
        return _joined(steps)

    def pairs(self, pair: CompiledSuspension, event: Sighting) -> list[Sighting]:
        """The event, for the spells in which the suspension is in force on its day."""
        if self._sole:
            return [event]
        day = self.day_of(event.fact.time)
        spells = [
            (since, until, pair)
            for era, since, until in self._during(event)
            if (policy := self._on(era, day)) is not None and policy.suspensions.get(pair.id) is pair
        ]
        return [Sighting(event.fact, since, until) for since, until, _ in _joined(spells)]

    def _during(self, event: Sighting) -> Iterator[tuple[Era, datetime, datetime]]:
        for era in self.eras:
            since, until = max(era.since, event.since), min(era.until, event.until)
            if since < until:
                yield era, since, until

    def _switched(
        self, clock: CompiledClock, day: int, era: Era, since: datetime, until: datetime
    ) -> Iterator[Step[CompiledClock]]:
        """`on_change: switch`: from its first day on, a later version takes over what began under an earlier one."""
        for policy in self._over(era):
            later = policy.clocks.get(clock.id)
            first = policy.policy.first.toordinal()
            if first <= day or later is None or later is clock or later.rule.on_change != "switch":
                continue
            change = era.calendar.start_of(first)
            if change >= until:
                break
            if change > since:
                yield since, change, clock
            since, clock = max(since, change), later
        yield since, until, clock

    def _over(self, era: Era) -> list[CompiledPolicy]:
        """The policies of an era that some day of the subject falls under."""
        first, last = (date.fromordinal(day) for day in self.days)
        return [
            self.compiler.policy(policy)
            for policy in era.rulebook.policies
            if policy.first <= last and (policy.until is None or policy.until > first)
        ]

    def _on(self, era: Era, day: int) -> CompiledPolicy | None:
        try:
            return self.compiler.policy(era.rulebook.on(date.fromordinal(day)))
        except LookupError:
            return None


def _covers(policy: CompiledPolicy, first: int, last: int) -> bool:
    until = policy.policy.until
    return policy.policy.first.toordinal() <= first and (until is None or until.toordinal() > last)


def _joined(steps: Sequence[Step[C]]) -> list[Step[C]]:
    """Steps that touch and hold the same value, as one."""
    joined: list[Step[C]] = []
    for since, until, value in steps:
        if joined and joined[-1][1] == since and joined[-1][2] is value:
            joined[-1] = (joined[-1][0], until, value)
        else:
            joined.append((since, until, value))
    return joined
