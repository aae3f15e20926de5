"""A simulated PostgreSQL server: transactions, advisory locks, notifications, a disk that forgets what was not flushed.

It runs the kernel's own statements (`statements`); `tests/simulation/test_faithful.py` holds it against the real one.
What it takes time for, it does in two steps: nothing that is not committed is visible to anybody, a lock is held until
the commit is visible, and a commit is visible only once it is on the disk (but for `synchronous_commit = off`).
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg

from tests.simulation.statements import Kind, Schema, Statement, parsed

Reply = Callable[[Any], None]  # with what was found, or the exception
NOTICES_A_LOSS_S = 0.5  # how soon, at most, the server learns that a client has gone


@dataclass
class Disk:
    """How long a flush takes, and whether there is room for what is to be written."""

    chance: Random
    flush_s: float = 0.001
    slowness: float = 1.0
    is_full: bool = False

    def flush_time(self) -> float:
        return self.flush_s * (0.5 + self.chance.random()) * self.slowness


@dataclass(eq=False)
class Session:
    """One connection as the server sees it; `tell` brings notifications to the client, `reset` the loss of it."""

    tell: Callable[[str, str], None]
    reset: Callable[[], None]
    transaction: list[Callable[[], Any]] | None = None  # what its commit will do
    failed: bool = False  # the transaction can only be rolled back
    xact_locks: list[int] = field(default_factory=list)
    channels: set[str] = field(default_factory=set)
    idle_at_most_s: float = 0.0  # between two statements; 0: for ever
    statements: int = 0
    busy: bool = False
    is_gone: bool = False


class Locks:
    """Advisory locks: who holds each, and who waits."""

    def __init__(self) -> None:
        self._held: dict[int, deque[tuple[Session, Callable[[], None]]]] = defaultdict(deque)

    def take(self, key: int, session: Session, then: Callable[[], None]) -> None:
        queue = self._held[key]
        queue.append((session, then))
        if len(queue) == 1 or queue[0][0] is session:
            then()

    def is_free(self, key: int) -> bool:
        return not self._held[key]

    def release(self, key: int, session: Session) -> None:
        queue = self._held[key]
        if queue and queue[0][0] is session:
            queue.popleft()
            if queue:
                queue[0][1]()

    def forget(self, session: Session) -> None:
        """All locks of a session that has ended."""
        for key, queue in self._held.items():
            is_first = bool(queue) and queue[0][0] is session
            self._held[key] = deque(entry for entry in queue if entry[0] is not session)
            if is_first and self._held[key]:
                self._held[key][0][1]()

    def clear(self) -> None:
        self._held.clear()


class Database:
    """The server. It is up from the start."""

    releases_early = False  # planted: a log's lock ends with the statement, not with its commit
    asynchronous: frozenset[str] = frozenset()  # planted: the tables whose changes are committed without a flush

    def __init__(self, loop: asyncio.AbstractEventLoop, chance: Random) -> None:
        self._loop, self._chance = loop, chance
        self._here = Context()  # what runs here belongs to no process
        self.disk = Disk(chance)
        self.schemas: dict[str, Schema] = {}
        self.sessions: dict[Session, None] = {}
        self.locks = Locks()
        self.is_up = True
        self._life = 0  # what was begun before a crash ends with it
        self._unflushed: list[Callable[[], None]] = []  # of commits that are visible and not on the disk: how to undo
        self._flushed = 0  # so many of all those were flushed
        self.on_unflushed: list[Callable[[], None]] = []

    # -- connections

    def connect(self) -> Session:
        session = Session(lambda _channel, _payload: None, lambda: None)
        self.sessions[session] = None
        return session

    def end(self, session: Session) -> None:
        """The client has gone: what is not committed is rolled back, but a statement at work is finished."""
        session.is_gone = True
        if not session.busy:
            self._forget(session)

    def _forget(self, session: Session) -> None:
        self.sessions.pop(session, None)
        session.transaction = None
        self.locks.forget(session)

    def crash(self) -> None:
        """Without notice. Of what was not flushed, the disk has any beginning, or all."""
        self.is_up = False
        self._life += 1
        kept = self._chance.randint(0, len(self._unflushed))
        for undo in reversed(self._unflushed[kept:]):
            undo()
        self._flushed += len(self._unflushed)
        self._unflushed.clear()
        for schema in self.schemas.values():
            schema.ended = schema.lives
        self.sessions.clear()
        self.locks.clear()

    def start(self) -> None:
        self.is_up = True

    # -- statements

    def receive(self, session: Session, sql: str, args: Sequence[Any], reply: Reply) -> None:
        """Begins to carry it out; `reply` gets the rows, or an asyncpg error."""
        if not self.is_up or session not in self.sessions:
            session.reset()
        else:
            session.busy = True
            session.statements += 1
            _Work(self, session, parsed(sql), args, reply).begin()

    def later(self, delay: float, work: "_Work", step: Callable[[], None]) -> None:
        self._loop.call_later(delay, self._unless_crashed, self._life, work, step, context=self._here)

    def _unless_crashed(self, life: int, work: "_Work", step: Callable[[], None]) -> None:
        if life == self._life:
            work.guarded(step)

    def schema(self, statement: Statement) -> Schema:
        """Raises UndefinedTableError."""
        found = self.schemas.get(statement.schema)
        if statement.kind is Kind.DEFINE:
            return found or self.schemas.setdefault(statement.schema, Schema(statement.schema))
        if found is None or statement.table not in found.tables:
            raise asyncpg.UndefinedTableError(f'relation "{statement.schema}.{statement.table}" does not exist')
        return found

    def done(self, session: Session) -> None:
        session.busy = False
        if session.is_gone:
            self._forget(session)
        elif session.idle_at_most_s:
            self._loop.call_later(
                session.idle_at_most_s, self._end_idle, session, session.statements, context=self._here
            )

    def _end_idle(self, session: Session, statements: int) -> None:
        """Unless it has asked for more since then."""
        if session in self.sessions and session.statements == statements:
            self._forget(session)
            session.reset()

    # -- the disk

    @property
    def written(self) -> int:
        """The place in the journal of what was committed last."""
        return self._flushed + len(self._unflushed)

    def flushed_to(self, place: int) -> None:
        """What was committed up to there survives a crash."""
        del self._unflushed[: max(place - self._flushed, 0)]
        self._flushed = max(place, self._flushed)

    def committed_unflushed(self, undo: Callable[[], None]) -> None:
        self._unflushed.append(undo)
        for tell in self.on_unflushed:
            tell()

    def notify(self, channel: str, payload: str) -> None:
        for session in list(self.sessions):
            if channel in session.channels:
                session.tell(channel, payload)


class _Work:
    """One statement on its way through the server."""

    def __init__(
        self, database: Database, session: Session, statement: Statement, args: Sequence[Any], reply: Reply
    ) -> None:
        self._database, self._session, self._statement = database, session, statement
        self._args, self._reply = args, reply
        self._journal = database.written

    def guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except asyncpg.PostgresError as error:
            self._failed(error)

    def begin(self) -> None:
        self.guarded(self._begin)

    def _begin(self) -> None:
        session, kind = self._session, self._statement.kind
        if session.failed and kind is not Kind.ROLLBACK:
            raise asyncpg.InFailedSQLTransactionError("current transaction is aborted")
        if kind in (Kind.READ, Kind.DEFINE):
            self._answer(self._rows())
        elif kind in _SESSION:
            _SESSION[kind](self)
        elif session.transaction is not None:
            self._run_in_transaction()
        elif self._statement.is_append:
            self._database.locks.take(self._statement.lock, session, lambda: self.guarded(self._stage))
        else:
            self._require_room()
            self._database.later(self._flush_time(), self, self._commit_alone)

    def _rows(self) -> list[Any]:
        return self._statement.run(self._database.schema(self._statement), self._args)

    def _require_room(self) -> None:
        if self._database.disk.is_full:
            raise asyncpg.DiskFullError("could not extend file: No space left on device")

    def _flush_time(self) -> float:
        return 0.0 if self._is_asynchronous else self._database.disk.flush_time()

    @property
    def _is_asynchronous(self) -> bool:
        return self._statement.is_asynchronous or self._statement.table in self._database.asynchronous

    def _commit_alone(self) -> None:
        rows, effect = self._rows()
        self._apply(effect)
        self._answer(rows)

    def _apply(self, effect: Callable[[], Any]) -> None:
        undo = effect()
        if self._is_asynchronous:
            self._database.committed_unflushed(undo)
        else:
            self._database.flushed_to(self._journal)

    # -- an append: one statement, under the log's lock

    def _stage(self) -> None:
        self._require_room()
        rows, effect = self._rows()
        if self._database.releases_early:
            self._database.locks.release(self._statement.lock, self._session)
        self._database.later(self._flush_time(), self, lambda: self._commit_staged(rows, effect))

    def _commit_staged(self, rows: list[Any], effect: Callable[[], Any]) -> None:
        self._apply(effect)
        self._database.locks.release(self._statement.lock, self._session)
        self._answer(rows)

    # -- transactions of several statements

    def _run_in_transaction(self) -> None:
        self._require_room()
        rows, effect = self._rows()
        assert self._session.transaction is not None
        self._session.transaction.append(effect)
        self._answer(rows)

    def start_transaction(self) -> None:
        self._session.transaction, self._session.failed = [], False
        self._answer([])

    def commit(self) -> None:
        if self._session.transaction:
            self._database.later(self._database.disk.flush_time(), self, self._commit_all)
        else:
            self._end_transaction()

    def _commit_all(self) -> None:
        for effect in self._session.transaction or ():
            effect()
        self._database.flushed_to(self._journal)
        self._end_transaction()

    def roll_back(self) -> None:
        self._end_transaction()

    def _end_transaction(self) -> None:
        self._session.transaction, self._session.failed = None, False
        for key in self._session.xact_locks:
            self._database.locks.release(key, self._session)
        self._session.xact_locks.clear()
        self._answer([])

    # -- of the session

    def lock(self) -> None:
        """Until the transaction ends."""
        key = self._statement.lock or self._args[0]
        self._session.xact_locks.append(key)
        self._database.locks.take(key, self._session, lambda: self._answer([(None,)]))

    def try_lock(self) -> None:
        """Until the session ends."""
        is_free = self._database.locks.is_free(self._args[0])
        if is_free:
            self._database.locks.take(self._args[0], self._session, lambda: None)
        self._answer([(is_free,)])

    def idle_at_most(self) -> None:
        self._session.idle_at_most_s = float(self._args[0].removesuffix("s"))
        self._answer([(self._args[0],)])

    def nothing(self) -> None:
        self._answer([(True,)])

    def notify(self) -> None:
        self._database.notify(*self._args)
        self._answer([(None,)])

    def listen(self) -> None:
        self._session.channels.add(self._args[0])
        self._answer([])

    def _answer(self, found: Any) -> None:
        self._database.done(self._session)
        self._reply(found)

    def _failed(self, error: Exception) -> None:
        self._session.failed = self._session.transaction is not None
        if self._statement.is_append:
            self._database.locks.release(self._statement.lock, self._session)
        self._answer(error)


_SESSION: dict[Kind, Callable[[_Work], None]] = {
    Kind.BEGIN: _Work.start_transaction,
    Kind.COMMIT: _Work.commit,
    Kind.ROLLBACK: _Work.roll_back,
    Kind.LOCK: _Work.lock,
    Kind.TRY_LOCK: _Work.try_lock,
    Kind.IDLE_AT_MOST: _Work.idle_at_most,
    Kind.NOTHING: _Work.nothing,
    Kind.NOTIFY: _Work.notify,
    Kind.LISTEN: _Work.listen,
}
