"""Supervision as a pure function: from the set of a subject's facts to its clocks, workload and findings.

Nothing here depends on the order, the number of times or the moment facts arrive (pack language 4.8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rules.answers import MOMENT, Answerer, Holders, answerer
from rules.breach import Parked, State, breach_record, overdue, standing, state_at, state_known, uncertain_spells
from rules.calendar import BEGINNING, FOREVER
from rules.case import CaseView, case_view
from rules.derived import Clock, Derived, Finding
from rules.effective import Sighting, Step, sightings
from rules.explain import TraceStep, explain
from rules.fact import Fact
from rules.gather import Gathering
from rules.inforce import InForce
from rules.occurrences import Occurrence, occurrences
from rules.packs import HANDLER
from rules.reading import Identity, Reading
from rules.reference import Reference
from rules.reminders import Of, Reminder, reminders, with_wants
from rules.rulebook import Rulebook
from rules.rungs import Rung, rungs
from rules.shares import shares
from rules.todos import todos
from rules.workload import contributions

FIRES = {State.RUNNING: "warn", State.BREACHED: "past"}
"""Which side of its ladder is told of an occurrence in a state; of no other state is anything told."""


def derive(
    facts: Iterable[Fact],
    rules: Rulebook,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    reference: Reference,
    uncertain: Iterable[Parked] = (),
    trace: bool = False,
    clocks_alone: bool = False,
) -> Derived:
    """Clocks, workload and findings of one subject as of an instant, as known at another.

    `known_at` None: with all that the facts and the reference hold. `uncertain`: the subject's parked events.
    `clocks_alone`: without the case and its workload, so that of the events only what clocks ask of them is read.
    ValueError where a pack version is in force that is not loaded.
    """
    facts = list(facts)
    if known_at is None:
        known_at = _latest(facts, reference, as_of)
    known = sightings(facts, known_at, as_of)
    if not known:
        return Derived()
    in_force = InForce(reference, rules, known, known_at, as_of)
    effective = [each.fact for each in known if each.until == FOREVER]
    compiled = in_force.policy(in_force.day_of(as_of), known_at)
    policy = compiled.policy if compiled else None
    view = CaseView() if clocks_alone else case_view(effective, policy.court if policy else None)
    holders = Holders.of(effective, policy.court.initial_holder if policy else "")
    told = reminders(effective)
    moment = _Moment(as_of, max(as_of, known_at), effective, holders, uncertain_spells(uncertain, as_of), told, trace)
    found = [moment.shown(each) for each in occurrences(Gathering(known, in_force))]
    clocks = tuple(clock for clock, _ in found)
    return Derived(
        clocks=clocks,
        load=contributions(policy, effective, view) if policy and not clocks_alone else (),
        case=view,
        findings=tuple(finding for _, findings in found for finding in findings),
        todos=() if clocks_alone else todos(effective, clocks),
    )


class Stand(NamedTuple):
    """Where one occurrence stands, without what was known before and who answers."""

    identity: Identity
    reading: Reading
    state: State


def stands(
    facts: Iterable[Fact],
    rules: Rulebook,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
    reference: Reference,
) -> Iterator[Stand]:
    """The states that `derive` shows, of all that is not withdrawn: one state of knowledge costs less than all of them.

    It is evaluated as if what is known at `known_at` had always been known, on which the state now does not depend.
    """
    facts = list(facts)
    if known_at is None:
        known_at = _latest(facts, reference, as_of)
    seen = sightings(facts, known_at, as_of)
    known = [Sighting(each.fact, BEGINNING, FOREVER) for each in seen if each.until == FOREVER]
    if known:
        in_force = InForce(reference, rules, known, known_at, as_of, history=False)
        for identity, [reading] in occurrences(Gathering(known, in_force)):
            yield Stand(identity, reading, state_at(reading, as_of))


def _latest(facts: Sequence[Fact], reference: Reference, as_of: datetime) -> datetime:
    """When the last of all that is known had become known."""
    return max([as_of, reference.last_recorded, *(fact.recorded_at for fact in facts)])


@dataclass(frozen=True, slots=True)
class _Moment:
    """An instant on both axes: as of `as_of`, as known at `known_at`; `facts` are those in force."""

    as_of: datetime
    known_at: datetime
    facts: Sequence[Fact]
    holders: Holders
    uncertain: Sequence[Step[None]]
    told: Mapping[Of, Sequence[Reminder]]
    trace: bool

    def shown(self, occurrence: Occurrence) -> tuple[Clock, list[Finding]]:
        reading = occurrence.readings[-1]
        if self._is_settled(reading):
            now = then = state_at(reading, self.as_of)
        else:
            now, then = self._state(occurrence, self.known_at), self._state(occurrence, self.as_of)
            assert now is not None  # its last reading begins by now
        told = self._told(occurrence.identity, reading) if self.told else ()
        clock = self._clock(occurrence, reading, now, then)._replace(reminders=told)
        return clock, list(_findings(occurrence.identity, reading, now, told))

    def _told(self, identity: Identity, reading: Reading) -> tuple[Reminder, ...]:
        return with_wants(self.told.get((identity.rule, identity.text), ()), reading.start.clock.ladder)

    def _is_settled(self, reading: Reading) -> bool:
        """Whether what is known now was known at `as_of` already."""
        return reading.since <= self.as_of and reading.until == FOREVER and not self.uncertain

    def _state(self, occurrence: Occurrence, known_at: datetime) -> State | None:
        return state_known(occurrence.readings, self.as_of, known_at, self.uncertain)

    def _clock(self, occurrence: Occurrence, reading: Reading, now: State, then: State | None) -> Clock:
        clock, due, closed = reading.start.clock, reading.due, reading.closing
        rule, start = clock.rule, reading.start.fact
        record = breach_record(occurrence.readings, self.uncertain, self.as_of)
        is_closed, has_end, is_open, is_late = closed.at <= self.as_of, due.due < FOREVER, now.is_open, now.is_late
        ahead = self._rungs(reading, now) if is_open and has_end else ()
        return Clock(
            rule=rule.id,
            clause=rule.clause,
            type=rule.type,
            occurrence=occurrence.identity.text,
            key=occurrence.identity.key,
            start_fact=start.id,
            start=start.time,
            due=due.due if has_end else None,
            due_shown=due.shown if has_end else None,
            state=now,
            state_then=then,
            closed=closed.at if is_closed else None,
            closed_fact=closed.fact.id if is_closed and closed.fact else None,
            record=record,
            standing=standing(record),
            overdue=overdue(reading, self.as_of) if is_late else 0,
            unit=due.unit,
            provisional=due.provisional,
            answers=self._answers(reading, now),
            shares=shares(reading, self.as_of, self.holders) if is_late else (),
            next_change=self._next_change(reading, now, ahead) if is_open else None,
            rungs=ahead,
            pack=clock.pack,
            pack_version=clock.version,
            calendar_version=reading.calendar.title,
            trace=self._trace(reading) if self.trace else (),
        )

    def _rungs(self, reading: Reading, state: State) -> tuple[Rung, ...]:
        """With whom they are for, where they have fired: warnings of what runs, reports of what has run out."""
        fires = FIRES.get(state)
        return tuple(
            self._addressed(rung, reading) if rung.kind == fires and rung.at <= self.as_of else rung
            for rung in rungs(reading)
        )

    def _addressed(self, rung: Rung, reading: Reading) -> Rung:
        now = self.as_of + MOMENT
        found = (answerer(who, reading, now, self.facts, self.holders) for who in rung.to)
        named = (self.holders.before(now) if each.post == HANDLER else each for each in found)
        return rung._replace(addressees=tuple(dict.fromkeys(each for each in named if any(each))))

    def _answers(self, reading: Reading, state: State) -> Answerer:
        """A breach is laid on who answered at the last moment before D, whoever came to hold the case later."""
        at = reading.due.due if state.is_late else min(self.as_of, reading.closing.at) + MOMENT
        return answerer(reading.start.clock.rule.answers, reading, at, self.facts, self.holders)

    def _trace(self, reading: Reading) -> tuple[TraceStep, ...]:
        start = reading.start.fact
        return explain(reading.due, start.time, reading.calendar, reading.stood_still, self.as_of, start.id)

    def _next_change(self, reading: Reading, state: State, ahead: Sequence[Rung]) -> datetime | None:
        fires = [rung.at for rung in ahead] if state in FIRES else []
        instants = (reading.due.due, reading.due.pending_until, reading.closing.at, *fires)
        return min((each for each in instants if each and self.as_of < each < FOREVER), default=None)


def _findings(identity: Identity, reading: Reading, state: State, told: Sequence[Reminder]) -> Iterator[Finding]:
    for each in told:
        if each.wants_acknowledgement and each.acknowledged_at is None:
            yield Finding("acknowledgement", identity.rule, identity.text, each.kind, each.fact)
    if state is State.UNCERTAIN:
        yield Finding("uncertain", identity.rule, identity.text, "condition" if reading.unknown else "parked")
    for id_, verdict in reading.due.verdicts:
        if verdict != "applied":
            yield Finding("extension", identity.rule, identity.text, verdict, id_)
