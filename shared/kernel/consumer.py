"""The one consumer of a service: facts first, then reactions, subject by subject in order.

A reaction ends in one of four ways: done, nothing to do, refused (a work item for a person), not yet (tried again
with the subject's next event). What cannot be decoded or applied parks its subject; all others go on.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import structlog
from opentelemetry.trace import SpanKind

from contracts.base import Contract
from contracts.catalogue import EVENTS
from contracts.vocabulary import unknown_kinds, vocabulary_fields
from kernel.application import Application
from kernel.backlog import FOLLOWS, Backlog
from kernel.call import Call, system_call
from kernel.clock import Clock
from kernel.database import is_away, until_available
from kernel.facts import CaseFacts
from kernel.feed import Event, Feed, Unit, lane
from kernel.problems import NotYet, Problem, Unavailable
from kernel.telemetry import trace_id
from kernel.tracing import NO_SPANS, Spans

BATCH_UNITS = 500
CONCURRENT_SUBJECTS = 32
MESSAGING = {"messaging.system": "zhixing", "messaging.operation.type": "process"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reaction:
    """One line of a service's REACTIONS: the event, the command it causes, and for which events and items.

    `name` is part of the command's id for ever. `each` gives the items a command is sent for, by their id.
    `of_history`: also of events that were brought in with a case's past, because what it leads to lies ahead still.
    """

    event: type[Contract]
    name: str
    do: Callable[[Any, Call, Event, str], Awaitable[object]]
    when: Callable[[Any], bool] = lambda _: True
    each: Callable[[Any], Iterable[str]] = lambda _: ("",)
    of_history: bool = False


Projection = Callable[[Sequence[Event]], Awaitable[None]]


class Consumer:
    """Takes units from the feed, and finishes each only when all its effects are durable."""

    def __init__(
        self,
        feed: Feed,
        facts: CaseFacts,
        backlog: Backlog,
        clock: Clock,
        app: Application,
        reactions: Sequence[Reaction],
        projections: Sequence[Projection] = (),
        spans: Spans = NO_SPANS,
        took: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`took` is told how many events were taken together."""
        self._feed, self._facts, self._backlog, self._clock, self._app = feed, facts, backlog, clock, app
        self._projections = (facts.add, *projections)
        self._spans, self._took = spans, took
        self._by_event: Mapping[str, list[Reaction]] = _by_event(reactions)
        self._slots = asyncio.Semaphore(CONCURRENT_SUBJECTS)
        self._turn = asyncio.Lock()  # a release must not overtake, nor be overtaken by, the feed

    async def run(self) -> None:
        while True:
            units = await until_available(lambda: self._feed.take(BATCH_UNITS))
            await self.handle(units)
            await self._feed.finished(units)

    async def handle(self, units: Sequence[Unit]) -> None:
        """Returns once every effect of these units is durable."""
        events = [event for unit in units for event in unit.events]
        self._took(len(events))
        about = {**MESSAGING, "messaging.batch.message_count": len(events)}
        causes = (event.traceparent for event in events)
        async with self._turn:
            with self._spans.span("process events", "", SpanKind.CONSUMER, causes, about):
                await self._handle(events)

    async def release(self, court: str, subject: str) -> int:
        """Handles a parked subject's events again, in order, after a fix. Returns how many went through.

        Raises Unavailable where another process of the service sees to the subject: what it remembers counts.
        """
        if lane(court, subject) not in self._feed.lanes():
            raise Unavailable("another process of the service sees to this subject: ask again, or ask that one")
        async with self._turn:
            events = await self._backlog.parked_events(court, subject)
            with self._backlog.reopened(court, subject):
                for count, (parked_id, event) in enumerate(events):
                    await self._handle([event])
                    if self._backlog.is_parked_subject(court, subject):
                        return count
                    await self._backlog.released(parked_id, event)
            return len(events)

    async def _handle(self, events: Sequence[Event]) -> None:
        for event in events:
            self._require_known_kinds(event)
        await self._project(events)
        concerned = [of_one for of_one in _by_subject(events) if any(map(self._concerns, of_one))]
        await asyncio.gather(*map(self._handle_subject, concerned))

    def _require_known_kinds(self, event: Event) -> None:
        """What a kind means that neither the language nor any of the court's packs has, nobody can tell (1.7)."""
        rulebook = self._app.courts.get(event.court)
        if not event.fault and rulebook is not None and vocabulary_fields(EVENTS[event.envelope["type"]]):
            unknown = unknown_kinds(event.data, rulebook.vocabulary)
            event.fault = "; ".join(f"{u.field}: none of the {u.vocabulary.replace('_', ' ')}" for u in unknown)

    def _concerns(self, event: Event) -> bool:
        return bool(event.fault) or event.name in self._by_event or self._backlog.concerns(event)

    async def _project(self, events: Sequence[Event]) -> None:
        """Facts and projections. What fails for one subject parks that subject only."""
        for project in self._projections:
            events = [e for e in events if not (e.fault or self._backlog.is_parked(e))]
            if events:
                try:
                    await until_available(lambda p=project, taken=events: p(taken))
                except Exception:
                    await self._project_apart(project, events)

    async def _project_apart(self, project: Projection, events: Sequence[Event]) -> None:
        for of_one in _by_subject(events):
            try:
                await until_available(lambda e=of_one: project(e))
            except Exception as error:
                log.exception("projection failed", event_id=of_one[0].id)
                for event in of_one:
                    await self._park(event, f"projection: {type(error).__name__}")

    async def _handle_subject(self, events: Sequence[Event]) -> None:
        async with self._slots:
            for event in events:
                await until_available(lambda e=event: self._handle_event(e))

    async def _handle_event(self, event: Event) -> None:
        if self._backlog.is_parked(event):
            await self._park(event)
        elif event.fault:
            await self._park(event, event.fault)
        else:
            try:
                await self._retry_waiting(event)
                await self._react(event)
            except ReactionFailed as failed:
                await self._park(failed.event, f"reaction {failed.reaction}: {type(failed.__cause__).__name__}")
                if failed.event is not event:
                    await self._park(event)

    async def _park(self, event: Event, reason: str = FOLLOWS) -> None:
        await until_available(lambda: self._backlog.park(event, reason))

    async def _retry_waiting(self, event: Event) -> None:
        """What waits for the subject's next event comes before that event's own reactions."""
        for earlier, name, item in await self._backlog.waiting(event):
            reaction = next((r for r in self._by_event.get(earlier.name, ()) if r.name == name), None)
            if reaction is None:
                await self._backlog.refused(earlier, name, item, "there is no such reaction now", self._clock.now())
            else:
                with _told(earlier, reaction):
                    await self._run(earlier, reaction, item)

    async def _react(self, event: Event) -> None:
        for reaction in self._by_event.get(event.name, ()):
            if event.is_history and not reaction.of_history:
                continue
            with _told(event, reaction):
                if reaction.when(event.data):
                    for item in reaction.each(event.data):
                        await self._run(event, reaction, item)

    async def _run(self, event: Event, reaction: Reaction, item: str) -> None:
        """The four ways a reaction ends; any other exception means that it failed."""
        cause = event.traceparent
        about = {**MESSAGING, "messaging.message.id": event.id, "zhixing.subject": event.subject}
        with self._spans.span(f"react {reaction.name}", cause, SpanKind.CONSUMER, [cause], about) as span:
            call = reaction_call(self._app.SERVICE, event, reaction.name, item, self._clock.now(), span.traceparent)
            outcome = await self._end(call, event, reaction, item)
            span.tell({"zhixing.outcome": outcome})
        log.info(
            "reaction",
            reaction=reaction.name,
            outcome=outcome,
            subject=event.subject,
            command_id=call.by.command_id,
            trace=trace_id(call.by.traceparent),
        )

    async def _end(self, call: Call, event: Event, reaction: Reaction, item: str) -> str:
        """How it ended, noted."""
        try:
            await self._do(call, event, reaction, item)
        except Unavailable:
            raise
        except NotYet as lacking:
            await self._backlog.wait(event, reaction.name, item, str(lacking), self._clock.now())
            return "not yet"
        except Problem as refusal:
            await self._backlog.refused(event, reaction.name, item, refusal.detail, self._clock.now())
            return "refused"
        await self._backlog.done(event, reaction.name, item)
        return "done"

    async def _do(self, call: Call, event: Event, reaction: Reaction, item: str) -> None:
        """What was done before is done, whatever a check in front of the command says by now. Of what could not be
        reached nobody knows that: what comes after the command may lack."""
        try:
            await reaction.do(self._app, call, event, item)
        except Unavailable:
            raise
        except (NotYet, Problem):
            if await self._app.answered(call) is None:
                raise


class ReactionFailed(Exception):
    """A reaction ended in none of the four ways."""

    def __init__(self, event: Event, reaction: str) -> None:
        super().__init__(reaction)
        self.event, self.reaction = event, reaction


@contextmanager
def _told(event: Event, reaction: Reaction) -> Generator[None]:
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise
        log.exception("reaction failed", event_id=event.id, reaction=reaction.name)
        raise ReactionFailed(event, reaction.name) from error


def reaction_call(service: str, event: Event, name: str, item: str, now: datetime, traceparent: str = "") -> Call:
    """The call of a reaction: the same id at every redelivery; it happens as it is recorded."""
    return system_call(
        event.court,
        str(uuid5(NAMESPACE_URL, f"{event.id}/{service}/{name}/{item}")),
        correlation_id=event.fact.correlation_id,
        causation_id=event.id,
        now=now,
        traceparent=traceparent,
    )


def _by_event(reactions: Sequence[Reaction]) -> Mapping[str, list[Reaction]]:
    table: dict[str, list[Reaction]] = defaultdict(list)
    for reaction in reactions:
        table[reaction.event.__name__].append(reaction)
    return table


def _by_subject(events: Sequence[Event]) -> list[list[Event]]:
    groups: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in events:
        groups[event.court, event.subject].append(event)
    return list(groups.values())
