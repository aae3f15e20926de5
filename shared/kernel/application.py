"""What every service's application does, once per command: look up, load, decide on a draft, save."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar, cast, overload
from weakref import WeakValueDictionary

import orjson

from contracts.families import ActRefused
from kernel.call import Answer, Call
from kernel.courts import Courts
from kernel.domain import Aggregate, DomainEvent, encode, evolve, stream_id
from kernel.facts import CaseFacts, Known
from kernel.feed import event_of
from kernel.log import Appended, Log, Remembered, Row, Taken
from kernel.problems import Problem, Refused, Unavailable
from kernel.publishing import Published, as_contract, envelopes, finished
from kernel.timers import Timers
from rules.rulebook import Policy

MAX_CACHED_AGGREGATES = 10_000
MAX_TRIES = 20
DONE = 200
Stream = tuple[type[Aggregate], str]
Ids = Mapping[str, Any] | None
A = TypeVar("A", bound=Aggregate)


class RefusalRecorded(DomainEvent, ActRefused):
    """The rules said no (拒绝办理)."""

    TOPIC = "kernel:ActRefused.1"


class Refusal(Aggregate):
    """One refused act: a stream of its own, so that a refusal waits for nobody."""

    KIND = "refusal"


KERNEL_PUBLISHED: Published = {RefusalRecorded: as_contract(ActRefused)}


class Application:
    """Base of the six. Commands are idempotent by their id; several aggregates can be saved in one append."""

    SERVICE = ""

    def __init__(self, log: Log, facts: CaseFacts, published: Published, courts: Courts, timers: Timers) -> None:
        self._log, self._facts = log, facts
        self.courts, self.timers = courts, timers
        self._published = {**KERNEL_PUBLISHED, **published}
        self._cache: OrderedDict[str, Aggregate] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.seen: Callable[[], dict[str, int]] = dict  # log -> position; the service's feed tells once it runs

    def body_hash(self, body: bytes) -> bytes:
        """Keyed hash under which a command's body is remembered."""
        return self._log.body_hash(body)

    def policy(self, call: Call) -> Policy:
        """The rules in force in the caller's court on the day of the command."""
        return self.courts.policy(call.by.court, call.by.happened_at or call.by.decided_at)

    async def known(self, court: str, subject: str) -> Known:
        """What this service knows of a subject now."""
        return await self._facts.known(court, subject)

    async def read(self, kind: type[A], key: str) -> A:
        """The durable state; an empty aggregate when there is none. Not to be changed."""
        return await self._load(kind, key, fresh=False)

    @overload
    async def change(self, call: Call, kind: type[A], key: str, decide: Callable[[A], Ids]) -> Answer: ...

    @overload
    async def change(
        self, call: Call, kind: type[A], key: str, decide: Callable[[A, Known], Ids], *, knowing: str
    ) -> Answer: ...

    async def change(
        self, call: Call, kind: type[A], key: str, decide: Callable[..., Ids], *, knowing: str | None = None
    ) -> Answer:
        """One command on one aggregate: `decide` gets a draft of it, and what is known of the subject `knowing`."""
        return await self.change_all(call, [(kind, key)], decide, knowing=knowing)

    async def change_all(
        self, call: Call, streams: Sequence[Stream], decide: Callable[..., Ids], *, knowing: str | None = None
    ) -> Answer:
        """Runs `decide` on drafts of the aggregates and records what it decided, exactly once per command id.

        A refusal or a decision to do nothing is taken only on state that was read afresh, because another process
        may have changed it. Raises Refused (recorded first) or another Problem (nothing recorded).
        """
        if (before := await self._log.remembered(call.by.command_id, call.body_hash)) is not None:
            return _answered(before)
        async with AsyncExitStack() as locks:
            for name in sorted({stream_id(*s) for s in streams}):
                await locks.enter_async_context(self._lock(name))
            try:
                return await self._decide_and_save(call, decide, streams, knowing)
            except BaseException:  # a caller who has gone may leave durable events behind: read them next time
                self._forget(streams)
                raise

    async def _decide_and_save(
        self, call: Call, decide: Callable[..., Ids], streams: Sequence[Stream], knowing: str | None
    ) -> Answer:
        fresh = False
        for _ in range(MAX_TRIES):
            by, known = call.by, ()
            if knowing is not None:
                by = by.model_copy(update={"facts_up_to": self.seen()})
                known = (await self.known(by.court, knowing),)
            drafts = [(await self._load(kind, key, fresh)).draft(by) for kind, key in streams]
            try:
                ids = decide(*drafts, *known)
                if fresh or any(d.pending_events for d in drafts):
                    return await self._save(call, drafts, ids)
            except Taken:
                if (before := await self._log.remembered(call.by.command_id, call.body_hash)) is not None:
                    return _answered(before)
            except Unavailable:
                raise
            except Problem as problem:
                if fresh:
                    raise (await self._recorded(call, problem) if isinstance(problem, Refused) else problem) from None
            fresh = True
        raise Unavailable("this record is being changed by many at once")

    async def _save(self, call: Call, drafts: Sequence[Aggregate], ids: Ids) -> Answer:
        events = [event for draft in drafts for event in draft.pending_events]
        rows = [self._row(event) for event in events]
        body = orjson.dumps(ids or {})
        appended = await self._log.append(call.by.command_id, call.body_hash, DONE, body, rows)
        self._note(rows, appended)
        for draft in drafts:
            self._keep(draft.settled())
        return Answer(DONE, body, appended.position)

    def _row(self, event: Any) -> Row:
        published = envelopes(event, self._published, self.SERVICE)
        return Row(event.originator_id, event.originator_version, event.TOPIC, encode(event), published)

    def _note(self, rows: Sequence[Row], appended: Appended) -> None:
        """The service's own facts count in its next decision, without waiting for the feed."""
        first = appended.position - len(rows) + 1
        for position, row in enumerate(rows, first):
            if row.published:
                stamped = finished(row.published, position, appended.recorded_at)
                self._facts.note(event_of(self._log.schema, envelope) for envelope in stamped)

    async def _recorded(self, call: Call, refusal: Refused) -> Refused:
        """ActRefused is durable before the caller is told; the same key is then refused again."""
        draft = Refusal.empty(call.by.command_id).draft(call.by)
        draft.record(
            RefusalRecorded,
            subject=refusal.subject,
            ruleid=refusal.rule,
            act=refusal.act,
            rule=refusal.rule,
            lacking=list(refusal.lacking),
            wanted_by=refusal.wanted_by,
        )
        rows = [self._row(event) for event in draft.pending_events]
        await self._log.append(call.by.command_id, call.body_hash, refusal.status, orjson.dumps(refusal.body()), rows)
        return refusal

    async def _load(self, kind: type[A], key: str, fresh: bool) -> A:
        name = stream_id(kind, key)
        if not fresh and (cached := self._cache.get(name)) is not None:
            self._cache.move_to_end(name)
            return cast(A, cached)
        aggregate = evolve(kind.empty(key), await self._log.stream(name))
        if aggregate.exists:
            self._keep(aggregate)
        return aggregate

    def _keep(self, aggregate: Aggregate) -> None:
        self._cache[aggregate.id] = aggregate
        self._cache.move_to_end(aggregate.id)
        if len(self._cache) > MAX_CACHED_AGGREGATES:
            self._cache.popitem(last=False)

    def _forget(self, streams: Sequence[Stream]) -> None:
        for stream in streams:
            self._cache.pop(stream_id(*stream), None)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())


def _answered(before: Remembered) -> Answer:
    return Answer(before.status, before.response, before.position)
