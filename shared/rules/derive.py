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
from rules.packs import Ladder
from rules.reading import Identity, Reading
from rules.reference import Reference
from rules.rulebook import Rulebook
from rules.rungs import Rung, rungs
from rules.shares import shares
from rules.workload import contributions


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
    unread = _unacknowledged(effective)
    moment = _Moment(as_of, max(as_of, known_at), effective, holders, uncertain_spells(uncertain, as_of), unread, trace)
    found = [moment.shown(each) for each in occurrences(Gathering(known, in_force))]
    return Derived(
        clocks=tuple(clock for clock, _ in found),
        load=contributions(policy, effective, view) if policy and not clocks_alone else (),
        case=view,
        findings=tuple(finding for _, findings in found for finding in findings),
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
    unread: Mapping[tuple[str, str], Sequence[Fact]]
    trace: bool

    def shown(self, occurrence: Occurrence) -> tuple[Clock, list[Finding]]:
        reading = occurrence.readings[-1]
        if self._is_settled(reading):
            now = then = state_at(reading, self.as_of)
        else:
            now, then = self._state(occurrence, self.known_at), self._state(occurrence, self.as_of)
            assert now is not None  # its last reading begins by now
        unread = self.unread.get((occurrence.identity.rule, occurrence.identity.text), ()) if self.unread else ()
        return self._clock(occurrence, reading, now, then), list(_findings(occurrence.identity, reading, now, unread))

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
        ahead = rungs(reading) if is_open and has_end else ()
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

    def _answers(self, reading: Reading, state: State) -> Answerer:
        """A breach is laid on who answered at the last moment before D, whoever came to hold the case later."""
        at = reading.due.due if state.is_late else min(self.as_of, reading.closing.at) + MOMENT
        return answerer(reading.start.clock.rule.answers, reading, at, self.facts, self.holders)

    def _trace(self, reading: Reading) -> tuple[TraceStep, ...]:
        start = reading.start.fact
        return explain(reading.due, start.time, reading.calendar, reading.stood_still, self.as_of, start.id)

    def _next_change(self, reading: Reading, state: State, ahead: Sequence[Rung]) -> datetime | None:
        fires = [rung.at for rung in ahead] if state in (State.RUNNING, State.BREACHED) else []
        instants = (reading.due.due, reading.due.pending_until, reading.closing.at, *fires)
        return min((each for each in instants if each and self.as_of < each < FOREVER), default=None)


def _unacknowledged(facts: Sequence[Fact]) -> dict[tuple[str, str], list[Fact]]:
    """Reminders nobody has acknowledged, by clock and occurrence."""
    read = {fact.data["reminder_id"] for fact in facts if fact.type == "ReminderAcknowledged"}
    unread: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        if fact.type == "ReminderSent" and fact.data["reminder_id"] not in read:
            unread.setdefault((fact.data["clock"], fact.data["occurrence"]), []).append(fact)
    return unread


def _wants_acknowledgement(ladder: Ladder, kind: str, rung: int) -> bool:
    side = {"near": ladder.warn, "past": ladder.past, "report": ladder.past}.get(kind, ())
    return rung in {n for n, each in enumerate(side, 1) if each.ack}


def _findings(identity: Identity, reading: Reading, state: State, unread: Sequence[Fact]) -> Iterator[Finding]:
    for reminder in unread:
        if _wants_acknowledgement(reading.start.clock.ladder, reminder.data["kind"], reminder.data["rung"]):
            yield Finding("acknowledgement", identity.rule, identity.text, reminder.data["kind"], reminder.id)
    if state is State.UNCERTAIN:
        yield Finding("uncertain", identity.rule, identity.text, "condition" if reading.unknown else "parked")
    for id_, verdict in reading.due.verdicts:
        if verdict != "applied":
            yield Finding("extension", identity.rule, identity.text, verdict, id_)
