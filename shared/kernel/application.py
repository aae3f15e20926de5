"""What every service's application does, once per command: look up, load, decide on a draft, save."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar, cast, overload
from zlib import crc32

import orjson
from opentelemetry.trace import SpanKind

from contracts.families import ActRefused
from kernel.call import Answer, Call
from kernel.clock import COURT_ZONE
from kernel.corrections import Stored, evolve, holds_correction
from kernel.courts import Courts
from kernel.database import AWAY, is_away
from kernel.domain import Aggregate, Circumstances, DomainEvent, encode, stream_id
from kernel.facts import CaseFacts, Known
from kernel.feed import Unit, own_event, units_of
from kernel.guard import acts_of, is_guarded, require
from kernel.log import Log, Row, Taken
from kernel.problems import Problem, Refused, Unavailable, WrongState
from kernel.publishing import Leaving, Outgoing, Place, Published, as_contract, envelopes, outgoing
from kernel.timers import Timers
from kernel.tracing import NO_SPANS
from rules.authority import Actor
from rules.credentials import credentials
from rules.rulebook import Policy

MAX_CACHED_AGGREGATES = 10_000
LOCKS = 4096  # an aggregate's commands go one by one; now and then two aggregates share a lock
MAX_TRIES = 20
DONE = 200
APPEND = {"db.system.name": "postgresql", "db.operation.name": "append"}
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
    NAMED: tuple[tuple[str, type[Aggregate]], ...] = ()  # what paths name by an id, besides cases

    def __init__(self, log: Log, facts: CaseFacts, published: Published, courts: Courts, timers: Timers) -> None:
        self._log, self._facts = log, facts
        self.courts, self.timers = courts, timers
        self._published = {**KERNEL_PUBLISHED, **published}
        self._cache: OrderedDict[str, Aggregate] = OrderedDict()
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]
        self.seen: Callable[[], dict[str, int]] = dict  # log -> position; the service's feed tells once it runs
        self.heads: Callable[[], dict[str, int] | None] = lambda: None  # as in Feed
        self.is_parked: Callable[[str, str], Awaitable[bool]] = _never
        self.spans = NO_SPANS  # until a process that traces gives it others
        self.on_units: list[Callable[[int, Sequence[Unit], int], None]] = []  # told of what it appends: see Tail.offer
        log.observers.append(self._note)

    def body_hash(self, body: bytes) -> bytes:
        """Keyed hash under which a command's body is remembered."""
        return self._log.body_hash(body)

    def policy(self, call: Call) -> Policy:
        """The rules in force in the caller's court on the day of the command."""
        return self.courts.policy(call.by.court, call.by.happened_at or call.by.decided_at)

    def actor(self, call: Call) -> Actor:
        """Who acts, as the rules of authority see him."""
        by = call.by
        day = (by.happened_at or by.decided_at).astimezone(COURT_ZONE).date()
        return Actor(by.actor, by.post, by.team, credentials(self._facts.reference, by.court, by.actor, day))

    async def known(self, court: str, subject: str) -> Known:
        """What this service knows of a subject now."""
        return await self._facts.known(court, subject)

    async def read(self, kind: type[A], key: str) -> A:
        """The durable state now, whoever changed it; an empty aggregate when there is none. Not to be changed."""
        [found] = await self.read_all(kind, [key])
        return found

    async def read_all(self, kind: type[A], keys: Sequence[str]) -> list[A]:
        """The same of several, in their order."""
        return cast(list[A], await self._load([(kind, key) for key in keys], fresh=True))

    async def subject_of(self, ids: Mapping[str, str]) -> str:
        """The subject of what the ids of a path name; "" for none that this service knows."""
        if "case_id" in ids:
            return f"case/{ids['case_id']}"
        named = next(((kind, ids[name]) for name, kind in self.NAMED if name in ids), None)
        return (await self.read(*named)).subject if named else ""

    async def refuse(self, call: Call, refusal: Refused) -> Answer:
        """Refuses before anything is decided. An attempt on nothing is no fact about anything, and is not recorded."""
        if not await self._facts.of(call.by.court, refusal.subject):
            raise refusal

        def decide(_: Aggregate) -> Ids:
            raise refusal

        return await self.change(call, Refusal, call.by.command_id, decide)

    async def answered(self, call: Call) -> Answer | None:
        """What this command was answered before, if it was. Raises the Refused it was answered with, or KeyReused."""
        before = await self._log.remembered(call.by.command_id, call.body_hash)
        if before is None:
            return None
        if before.status != DONE:
            raise Refused.from_body(orjson.loads(before.response))
        return Answer(before.status, before.response, before.position)

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

        A decision counts only once the log has looked the command's id up: as it appends, or before a refusal. A
        refusal or a decision to do nothing is taken only on state that was read afresh, because another process may
        have changed it. Raises Refused (recorded first) or another Problem (nothing recorded).
        """
        self._facts.require_room()
        held: list[asyncio.Lock] = []
        try:
            for lock in sorted({crc32(stream_id(*s).encode()) % LOCKS for s in streams}):
                await self._locks[lock].acquire()
                held.append(self._locks[lock])
            return await self._decide_and_save(call, decide, streams, knowing)
        except AWAY as error:
            if is_away(error) and not isinstance(error, Problem):
                raise Unavailable("the service's database does not answer") from error
            raise
        finally:
            for lock in held:
                lock.release()

    async def _decide_and_save(
        self, call: Call, decide: Callable[..., Ids], streams: Sequence[Stream], knowing: str | None
    ) -> Answer:
        for attempt in range(MAX_TRIES):
            try:
                answer = await self._attempt(call, decide, streams, knowing, fresh=attempt > 0)
            except Taken:
                answer = await self.answered(call)
            if answer is not None:
                return answer
        raise Unavailable("this record is being changed by many at once")

    async def _attempt(
        self, call: Call, decide: Callable[..., Ids], streams: Sequence[Stream], knowing: str | None, *, fresh: bool
    ) -> Answer | None:
        """None: decide again, on fresh state. Raises Taken when the log had it otherwise."""
        by, known = await self._ground(call, knowing)
        drafts = [aggregate.draft(by) for aggregate in await self._load(streams, fresh)]
        try:
            await self._require_certain(call, knowing)
            ids = decide(*drafts, *known)
            leaving = outgoing(drafts, self._published)
            warned = await self._guard(call, leaving, known)
        except Problem as problem:
            return await self._not_done(call, drafts[0], problem) if fresh else None
        if fresh or leaving:
            told = {**(ids or {}), "warned": warned} if warned else ids or {}
            return await self._save(call, drafts, leaving, DONE, orjson.dumps(told))
        return None

    async def _guard(self, call: Call, leaving: Outgoing, known: Sequence[Known]) -> list[str]:
        """Holds the gates of the court's rules against what is about to be recorded. Raises Refused.

        Returns what lacks, and does not keep it from being done (`on_lack: warn`).
        """
        is_judged = call.by.court in self.courts and not call.is_history
        doing = list(acts_of(leaving)) if is_judged else []
        if not doing:
            return []
        policy, seen = self.policy(call), {each.subject: each for each in known}
        warned: list[str] = []
        for act in doing:
            if is_guarded(policy, act):
                situation = seen.get(act.subject) or await self.known(call.by.court, act.subject)
                warned += require(policy, act, self.actor(call), situation)
        return list(dict.fromkeys(warned))

    async def _ground(self, call: Call, knowing: str | None) -> tuple[Circumstances, tuple[Known, ...]]:
        """What a decision stands on besides its aggregates, and how far that reaches."""
        if knowing is None:
            return call.by, ()
        by = call.by.model_copy(update={"facts_up_to": self.seen()})
        return by, (await self.known(by.court, knowing),)

    async def _require_certain(self, call: Call, knowing: str | None) -> None:
        if knowing is not None and await self.is_parked(call.by.court, knowing):
            raise WrongState("an event of this subject could not be applied: it stands still until that is mended")

    async def _not_done(self, call: Call, draft: Aggregate, problem: Problem) -> Answer:
        """The answer of before if there is one; else raises the problem. A refusal is durable before it is told."""
        if isinstance(problem, Refused) and (problem.subject or draft.subject):
            drafts = [_refusal(draft, problem)]
            leaving = outgoing(drafts, self._published)
            await self._save(call, drafts, leaving, problem.status, orjson.dumps(problem.body()))
        elif (before := await self.answered(call)) is not None:
            return before
        raise problem

    async def _save(
        self, call: Call, drafts: Sequence[Aggregate], leaving: Outgoing, status: int, body: bytes
    ) -> Answer:
        rows = [self._row(event, left) for event, left in leaving]
        with self.spans.span("append", call.by.traceparent, SpanKind.CLIENT, attributes=APPEND):
            appended = await self._log.append(call.by.command_id, call.body_hash, status, body, rows)
        for draft in drafts:
            self._keep(draft.settled())
        return Answer(status, body, appended.position)

    def _row(self, event: DomainEvent, leaving: Sequence[Leaving]) -> Row:
        published = envelopes(event, leaving, self.SERVICE)
        return Row(event.originator_id, event.originator_version, event.TOPIC, encode(event), published)

    def _note(self, stored: Sequence[Place]) -> None:
        """The service's own facts count in its next decision, without waiting for the feed."""
        units = units_of(self._log.schema, stored, own_event)
        self._facts.note(event for unit in units for event in unit.events)
        for tell in self.on_units:
            tell(stored[0][0] - 1, units, stored[-1][0])

    async def _load(self, streams: Sequence[Stream], fresh: bool) -> list[Aggregate]:
        """From the cache; when `fresh`, with what others have stored since. The log is asked once for all it lacks."""
        cached = {name: self._cache.get(name) for name in (stream_id(*stream) for stream in streams)}
        asked = {name: known.version if known else 0 for name, known in cached.items() if fresh or known is None}
        rows = await self._log.streams(asked)
        return [await self._current(*stream, cached, rows) for stream in streams]

    async def _current(
        self, kind: type[A], key: str, cached: Mapping[str, Aggregate | None], rows: Mapping[str, Sequence[Stored]]
    ) -> A:
        name = stream_id(kind, key)
        known, since = cast(A | None, cached[name]), rows.get(name, ())
        if known is not None and holds_correction(since):
            known, since = None, await self._log.stream(name)
        if known is None or since:
            known = evolve(kind.empty(key) if known is None else known.copy(), since)
        if known.exists:
            self._keep(known)
        return known

    def _keep(self, aggregate: Aggregate) -> None:
        """The cache never goes back to an older version."""
        cached = self._cache.get(aggregate.id)
        if cached is None or cached.version < aggregate.version:
            self._cache[aggregate.id] = aggregate
        self._cache.move_to_end(aggregate.id)
        if len(self._cache) > MAX_CACHED_AGGREGATES:
            self._cache.popitem(last=False)


async def _never(_court: str, _subject: str) -> bool:
    return False


def _refusal(refused: Aggregate, refusal: Refused) -> Refusal:
    """The refusal of what was decided on a draft."""
    assert refused.by is not None
    draft = Refusal.empty(refused.by.command_id).draft(refused.by)
    draft.record(
        RefusalRecorded,
        subject=refusal.subject or refused.subject,
        ruleid=refusal.rule,
        act=refusal.act,
        rule=refusal.rule,
        lacking=list(refusal.lacking),
        wanted_by=refusal.wanted_by,
    )
    return draft
