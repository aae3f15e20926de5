"""The kernel's SQL, statement by statement, over tables of Python.

A statement is known by how it begins; one that nobody knows fails the simulation. Each gives the rows found; one that
writes gives them with its effect, which its commit carries out and which gives back how to undo it.
"""

import enum
import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import asyncpg

from kernel.log import lock_key

Effect = Callable[[], Callable[[], None]]
Found = tuple[list[Any], Effect]
Subject = tuple[str, str]


class Kind(enum.Enum):
    READ = enum.auto()
    WRITE = enum.auto()
    DEFINE = enum.auto()
    BEGIN = enum.auto()
    COMMIT = enum.auto()
    ROLLBACK = enum.auto()
    LOCK = enum.auto()
    TRY_LOCK = enum.auto()
    IDLE_AT_MOST = enum.auto()
    NOTHING = enum.auto()
    NOTIFY = enum.auto()
    LISTEN = enum.auto()


class Stored(NamedTuple):
    """A row of a log."""

    originator_id: str
    version: int
    topic: str
    state: bytes
    position: int
    recorded_at: datetime
    published: bytes | None
    command_id: str  # what no column tells: for the checks


class Schema:
    """The tables of one service."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tables: set[str] = set()
        self.about: dict[str, str] = {}
        self.events: dict[int, Stored] = {}
        self.head = 0
        self.versions: set[tuple[str, int]] = set()
        self.streams: dict[str, list[Stored]] = defaultdict(list)
        self.commands: dict[str, tuple[int, bytes, int, bytes]] = {}
        self.facts: dict[Subject, dict[str, bytes]] = defaultdict(dict)
        self.marks: dict[str, list[int]] = {}
        self.lives = 0  # signs of life so far; those up to `ended` a crash has taken
        self.ended = 0
        self.work_items: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.parked: dict[str, dict[str, Any]] = {}
        self.timers: dict[str, dict[str, Any]] = {}
        self.relay: tuple[int, list[int], str] | None = None
        self.cashbook: dict[tuple[str, str, str], list[Any]] = {}
        self.on_stored: list[Callable[[Sequence[Stored]], None]] = []
        self.on_marked: list[Callable[[str, list[int]], None]] = []


class Record(dict[str, Any]):
    """A row whose columns are asked for by name or by number."""

    def __getitem__(self, key: str | int) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else list(self.values())[key]


@dataclass(frozen=True, slots=True)
class Statement:
    kind: Kind
    table: str = ""
    schema: str = ""
    run: Callable[[Schema, Sequence[Any]], Any] = lambda _schema, _args: []
    lock: int = 0
    is_append: bool = False
    is_asynchronous: bool = False


_KNOWN: list[tuple[re.Pattern[str], Statement]] = []


def _known(kind: Kind, text: str, table: str = "", **more: Any) -> Callable[[Any], Any]:
    """`text` is how the statement begins; `{t}` stands for `schema.table`."""
    pattern = re.escape(text).replace(re.escape("{t}"), rf"(?P<schema>\w+)\.{table}\b").replace(r"\ ", r"\s+")

    def add(run: Callable[[Schema, Sequence[Any]], Any]) -> Callable[[Schema, Sequence[Any]], Any]:
        by_name = run if run.__name__ == "<lambda>" else lambda schema, args: globals()[run.__name__](schema, args)
        _KNOWN.append((re.compile(pattern), Statement(kind, table, "", by_name, **more)))  # what is planted is found
        return run

    return add


def _reads(text: str, table: str) -> Callable[[Any], Any]:
    return _known(Kind.READ, text, table)


def _writes(text: str, table: str, **more: Any) -> Callable[[Any], Any]:
    return _known(Kind.WRITE, text, table, **more)


@cache
def parsed(sql: str) -> Statement:
    """Raises LookupError for one that nobody knows."""
    text = sql.strip()
    if "TABLE IF NOT EXISTS" in text:
        return _definition(text)
    for pattern, known in _KNOWN:
        if match := pattern.match(text):
            schema = match.groupdict().get("schema") or ""
            lock = lock_key(schema) if known.is_append else 0
            return Statement(known.kind, known.table, schema, known.run, lock, known.is_append, known.is_asynchronous)
    raise LookupError(f"the simulated database does not know: {text}")


def _definition(text: str) -> Statement:
    names = re.findall(r"CREATE (?:(?:UNLOGGED )?TABLE IF NOT EXISTS|OR REPLACE FUNCTION) (\w+)\.(\w+)", text)

    def run(schema: Schema, _: Sequence[Any]) -> list[Any]:
        schema.tables.update(table for _, table in names)
        return []

    return Statement(Kind.DEFINE, "", names[0][0], run)


def _nothing() -> None:
    pass


def _effect(change: Callable[[], None], undo: Callable[[], None] = _nothing) -> Effect:
    def carry_out() -> Callable[[], None]:
        change()
        return undo

    return carry_out


# -- of a session

for _text, _kind in (
    ("BEGIN", Kind.BEGIN),
    ("COMMIT", Kind.COMMIT),
    ("ROLLBACK", Kind.ROLLBACK),
    ("SELECT pg_advisory_xact_lock", Kind.LOCK),
    ("SELECT pg_try_advisory_lock", Kind.TRY_LOCK),
    ("SELECT set_config('idle_session_timeout', $1, false)", Kind.IDLE_AT_MOST),
    ("SELECT true", Kind.NOTHING),
    ("SELECT pg_notify", Kind.NOTIFY),
    ("LISTEN", Kind.LISTEN),
):
    _known(_kind, _text)(lambda _schema, _args: [])


# -- the log


_reads("SELECT {t}()", "begin_chain")(lambda _schema, _args: [])  # hashes are the real database's to compute


@_writes("INSERT INTO {t} VALUES ('clock'", "about")
def _about(schema: Schema, args: Sequence[Any]) -> Found:
    schema.about.setdefault("clock", args[0])  # at once: the transaction reads it again
    return [], _effect(_nothing)


@_reads("SELECT value FROM {t}", "about")
def _clock_kind(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return [(schema.about["clock"],)]


@_reads("SELECT topic, state FROM {t}", "events")
def _stream(schema: Schema, args: Sequence[Any]) -> list[Any]:
    rows = schema.streams.get(args[0], [])
    return [(row.topic, row.state) for row in rows[bisect_right(rows, args[1], key=_version) :]]


def _version(row: Stored) -> int:
    return row.version


@_reads(
    "SELECT id, topic, state FROM unnest($1::text[], $2::bigint[]) AS wanted (id, version), LATERAL (SELECT * FROM {t}",
    "events",
)
def _streams(schema: Schema, args: Sequence[Any]) -> list[Any]:
    return [(id, *row) for id, version in sorted(zip(*args, strict=True)) for row in _stream(schema, (id, version))]


@_reads("SELECT status, response, position, body_hash FROM {t}", "commands")
def _command(schema: Schema, args: Sequence[Any]) -> list[Any]:
    found = schema.commands.get(args[0])
    return [] if found is None else [found]


@_reads("SELECT notification_id, recorded_at, published FROM {t}", "events")
def _after(schema: Schema, args: Sequence[Any]) -> list[Any]:
    first, limit = args[0] + 1, args[1]
    found: list[Any] = []
    for position in range(first, schema.head + 1):
        row = schema.events.get(position)
        if row is not None:
            found.append((position, row.recorded_at, row.published))
            if len(found) == limit:
                break
    return found


@_reads("SELECT originator_id, originator_version FROM {t}", "events")
def _at(schema: Schema, args: Sequence[Any]) -> list[Any]:
    row = schema.events.get(args[0])
    return [] if row is None else [(row.originator_id, row.version)]


@_reads("SELECT coalesce(max(notification_id), 0) FROM {t}", "events")
def _head(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return [(schema.head,)]


class Batch(NamedTuple):
    """The parameters of `append_batch`."""

    clock_now: datetime
    command_ids: list[str]
    body_hashes: list[bytes]
    statuses: list[int]
    responses: list[bytes]
    counts: list[int]
    owners: list[int]
    ids: list[str]
    versions: list[int]
    topics: list[str]
    states: list[bytes]
    envelopes: list[bytes | None]


@_writes("SELECT * FROM {t}(", "append_batch", is_append=True)
def append_batch(schema: Schema, args: Sequence[Any]) -> Found:
    batch = Batch(*args)
    stamp = max(batch.clock_now, schema.events[schema.head].recorded_at) if schema.head else batch.clock_now
    known = {n for n, name in enumerate(batch.command_ids, 1) if name in schema.commands}
    named = list(zip(batch.owners, batch.ids, batch.versions, strict=True))
    taken = {owner for owner, name, version in named if (name, version) in schema.versions}
    left_out, last = known | taken, schema.head
    outcomes: list[Any] = []
    for n, count in enumerate(batch.counts, 1):
        last += 0 if n in left_out else count
        outcomes.append(("known" if n in known else "taken" if n in taken else "stored", last, stamp))
    rows = _rows_of(batch, left_out, schema.head, stamp)
    answers = {
        batch.command_ids[n - 1]: (batch.statuses[n - 1], batch.responses[n - 1], at, batch.body_hashes[n - 1])
        for n, (outcome, at, _) in enumerate(outcomes, 1)
        if outcome == "stored"
    }
    if len(answers) < sum(outcome == "stored" for outcome, *_ in outcomes):
        raise asyncpg.UniqueViolationError("duplicate key value violates unique constraint: commands")
    if len({(row.originator_id, row.version) for row in rows}) < len(rows):
        raise asyncpg.UniqueViolationError("duplicate key value violates unique constraint: events")
    return outcomes, lambda: store(schema, rows, answers)


def _rows_of(batch: Batch, left_out: set[int], head: int, stamp: datetime) -> list[Stored]:
    kept = [columns for columns in zip(*batch[6:], strict=True) if columns[0] not in left_out]
    return [
        Stored(name, v, topic, state, position, stamp, out, batch.command_ids[owner - 1])
        for position, (owner, name, v, topic, state, out) in enumerate(kept, head + 1)
    ]


def store(schema: Schema, rows: Sequence[Stored], answers: dict[str, Any]) -> Callable[[], None]:
    """Raises UniqueViolationError where somebody else has written the same meanwhile: no lock kept him from it."""
    if any(row.position in schema.events or (row.originator_id, row.version) in schema.versions for row in rows):
        raise asyncpg.UniqueViolationError("duplicate key value violates unique constraint: events")
    if not answers.keys().isdisjoint(schema.commands):
        raise asyncpg.UniqueViolationError("duplicate key value violates unique constraint: commands")
    before = schema.head
    schema.commands.update(answers)
    for row in rows:
        schema.events[row.position] = row
        schema.versions.add((row.originator_id, row.version))
        insort(schema.streams[row.originator_id], row, key=_version)
        schema.head = max(schema.head, row.position)
    for tell in schema.on_stored:
        tell(rows)

    def undo() -> None:
        schema.head = before
        for row in rows:
            del schema.events[row.position]
            schema.versions.remove((row.originator_id, row.version))
            schema.streams[row.originator_id].remove(row)
        for name in answers:
            del schema.commands[name]

    return undo


# -- facts


@_writes("INSERT INTO {t} SELECT f.* FROM set_config('synchronous_commit', 'off', true)", "facts", is_asynchronous=True)
def _add_facts(schema: Schema, args: Sequence[Any]) -> Found:
    def add() -> Callable[[], None]:
        new: list[tuple[Subject, str]] = []
        for court, subject, event_id, envelope in zip(*args, strict=True):
            of_subject = schema.facts[court, subject]
            if event_id not in of_subject:
                of_subject[event_id] = envelope
                new.append(((court, subject), event_id))

        def undo() -> None:
            for of_subject, event_id in new:
                del schema.facts[of_subject][event_id]

        return undo

    return [], add


@_reads("SELECT envelope FROM {t} WHERE subject LIKE 'court/%'", "facts")
def _reference(schema: Schema, _: Sequence[Any]) -> list[Any]:
    kept = (facts for (_, subject), facts in schema.facts.items() if subject.startswith(("court/", "member/")))
    return [(envelope,) for facts in kept for envelope in facts.values()]


@_reads("SELECT envelope FROM {t} WHERE court = $1 AND subject = $2", "facts")
def _facts_of(schema: Schema, args: Sequence[Any]) -> list[Any]:
    return [(envelope,) for envelope in schema.facts.get((args[0], args[1]), {}).values()]


# -- marks, and where a relay stands


@_reads("SELECT log, by_slot FROM {t}", "marks")
def _marks(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return [(log, list(marks)) for log, marks in schema.marks.items()]


@_writes("INSERT INTO {t} DEFAULT VALUES RETURNING id", "lives")
def _begin_life(schema: Schema, _: Sequence[Any]) -> Found:
    schema.lives += 1
    return [(schema.lives,)], _effect(_nothing)


@_reads("SELECT EXISTS (SELECT FROM {t} WHERE id = $1)", "lives")
def _lives(schema: Schema, args: Sequence[Any]) -> list[Any]:
    return [(args[0] > schema.ended,)]


@_writes("INSERT INTO {t} AS stored VALUES ($1, $2)", "marks")
def store_marks(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        for log, marks in args:
            stored = schema.marks.get(log)
            schema.marks[log] = list(marks) if stored is None else list(map(max, stored, marks))
            for tell in schema.on_marked:
                tell(log, schema.marks[log])

    return [], _effect(change)


@_reads("SELECT position, lasts, topics FROM {t}", "relay")
def _relay(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return [] if schema.relay is None else [schema.relay]


@_writes("INSERT INTO {t} (position, lasts, topics)", "relay")
def _store_relay(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        schema.relay = (args[0], list(args[1]), args[2])

    return [], _effect(change)


# -- backlog

_WORK_ITEM = ("event_id", "reaction", "item", "court", "subject", "state", "reason", "since", "log", "envelope")
_PARKED = ("event_id", "court", "subject", "log", "reason", "envelope")


def _subjects(rows: dict[Any, dict[str, Any]]) -> list[Any]:
    return list(dict.fromkeys((row["court"], row["subject"]) for row in rows.values()))


@_reads("SELECT DISTINCT court, subject FROM {t}", "parked")
def _parked_subjects(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return _subjects(schema.parked)


@_reads("SELECT DISTINCT court, subject FROM {t}", "work_items")
def _noted_subjects(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return _subjects(schema.work_items)


@_reads("SELECT log, envelope, reaction, item FROM {t}", "work_items")
def _waiting(schema: Schema, args: Sequence[Any]) -> list[Any]:
    rows = [
        row
        for row in schema.work_items.values()
        if (row["court"], row["subject"], row["state"]) == (args[0], args[1], "waiting")
    ]
    rows.sort(key=lambda row: (row["since"], row["event_id"]))
    return [(row["log"], row["envelope"], row["reaction"], row["item"]) for row in rows]


@_writes("INSERT INTO {t} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", "work_items")
def _note(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        new = dict(zip(_WORK_ITEM, args, strict=True))
        row = schema.work_items.setdefault(tuple(args[:3]), new)
        row |= {"state": new["state"], "reason": new["reason"]}

    return [], _effect(change)


@_writes("DELETE FROM {t}", "work_items")
def _no_longer_waiting(schema: Schema, args: Sequence[Any]) -> Found:
    return [], _effect(lambda: schema.work_items.pop(tuple(args), None))


@_writes("INSERT INTO {t} VALUES ($1, $2, $3, $4, $5, $6)", "parked")
def _park(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        row = dict(zip(_PARKED, args, strict=True))
        stored = schema.parked.setdefault(row["event_id"], row)
        if row["reason"] != "follows a parked event":
            stored["reason"] = row["reason"]

    return [], _effect(change)


@_reads("SELECT event_id, log, envelope FROM {t}", "parked")
def _parked_events(schema: Schema, args: Sequence[Any]) -> list[Any]:
    rows = [row for row in schema.parked.values() if (row["court"], row["subject"]) == (args[0], args[1])]
    return [(row["event_id"], row["log"], row["envelope"]) for row in rows]


@_writes("WITH gone AS (DELETE FROM {t}", "parked")
def released(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        schema.parked.pop(args[0], None)
        schema.facts[args[1], args[2]].setdefault(args[3], args[4])

    return [], _effect(change)


@_reads("SELECT subject, event_id, log, reason FROM {t}", "parked")
def _parked_of_court(schema: Schema, args: Sequence[Any]) -> list[Any]:
    rows = [row for row in schema.parked.values() if row["court"] in (args[0], "")]
    rows.sort(key=lambda row: row["subject"])
    return [Record({name: row[name] for name in ("subject", "event_id", "log", "reason")}) for row in rows]


# -- timers

_TIMER = ("id", "due", "court", "command", "data", "correlation_id", "causation_id")


def _pending(schema: Schema) -> list[dict[str, Any]]:
    return [row for row in schema.timers.values() if row["outcome"] is None]


@_writes("INSERT INTO {t}", "timers")
def _set_timer(schema: Schema, args: Sequence[Any]) -> Found:
    row = dict(zip(_TIMER, args, strict=True)) | {"outcome": None}
    return [], _effect(lambda: schema.timers.setdefault(row["id"], row))


@_writes("UPDATE {t} SET outcome = 'dropped'", "timers")
def _drop_timers(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        for row in _pending(schema):
            if row["id"].startswith(args[0]):
                row["outcome"] = "dropped"

    return [], _effect(change)


@_writes("UPDATE {t} SET outcome = $2 WHERE id = $1", "timers")
def _timer_fired(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        if args[0] in schema.timers:
            schema.timers[args[0]]["outcome"] = args[1]

    return [], _effect(change)


@_reads("SELECT min(due) FROM {t}", "timers")
def _next_due(schema: Schema, _: Sequence[Any]) -> list[Any]:
    return [(min((row["due"] for row in _pending(schema)), default=None),)]


@_reads("SELECT id, court, command, data, correlation_id, causation_id FROM {t}", "timers")
def _due_timers(schema: Schema, args: Sequence[Any]) -> list[Any]:
    due = sorted((row for row in _pending(schema) if row["due"] <= args[0]), key=lambda row: (row["due"], row["id"]))
    return [Record(row) for row in due[:200]]


# -- the cash book of funds


@_writes("INSERT INTO {t}", "cashbook")
def _enter(schema: Schema, args: Sequence[Any]) -> Found:
    def change() -> None:
        for row in args:
            schema.cashbook.setdefault(tuple(row[:3]), list(row))

    return [], _effect(change)


@_writes("UPDATE {t} SET day = $3", "cashbook")
@_writes("UPDATE {t} SET unclaimed_fen = least(unclaimed_fen, $3)", "cashbook")
def _hand_in(_: Schema, args: Sequence[Any]) -> Found:
    """Of cash and of the main account: no simulated history has either."""
    if args:
        raise LookupError("the simulated cash book knows case accounts only")
    return [], _effect(_nothing)
