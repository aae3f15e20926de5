"""Sees what the database commits and what consumers handle, and says at once what must never be."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

import orjson

from contracts.envelope import slot
from kernel.consumer import Reaction
from kernel.feed import Event
from tests.simulation.bureau import ASSETS, ASSETS_REACTIONS, FUNDS, FUNDS_REACTIONS
from tests.simulation.database import Database
from tests.simulation.statements import Schema, Stored

REACTIONS: dict[str, Sequence[Reaction]] = {FUNDS: FUNDS_REACTIONS, ASSETS: ASSETS_REACTIONS}


class Violated(AssertionError):
    """A promise was broken."""


class Left(NamedTuple):
    """One contract event as it left a log; `commands` are, by service, (reaction, command id) of all it leads to."""

    id: str
    log: str
    position: int
    court: str
    subject: str
    name: str
    data: dict[str, Any]
    commands: dict[str, list[tuple[str, str]]]


def commands_of(event_id: str, name: str, data: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    event = SimpleNamespace(**data)
    return {
        service: [
            (reaction.name, reaction_command(event_id, service, reaction.name))
            for reaction in reactions
            if reaction.event.__name__ == name and reaction.when(event)
        ]
        for service, reactions in REACTIONS.items()
    }


def reaction_command(event_id: str, log: str, reaction: str) -> str:
    """The published rule for a reaction's command id (one item, without a name)."""
    return str(uuid5(NAMESPACE_URL, f"{event_id}/{log.replace('_', '-')}/{reaction}/"))


class Balance(NamedTuple):
    """Of an account from a position on."""

    position: int
    fen: int


class Watcher:
    """`violations` is empty as long as all is well."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now
        self.violations: list[str] = []
        self.on_violation: list[Callable[[], None]] = []
        self.stored = 0
        self.journal: list[str] | None = None  # what happened, line by line, for who wants to read it
        self._digest = hashlib.blake2b(digest_size=16)
        self.left: dict[str, list[Left]] = defaultdict(list)
        self.balances: dict[str, list[Balance]] = defaultdict(list)
        self._by_lane: dict[tuple[str, int], list[Left]] = defaultdict(list)
        self._by_subject: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._seen: dict[tuple[str, str, str], int] = {}  # (service, log, subject) -> so many positions
        self._marked: dict[tuple[str, str, int], int] = {}  # (service, log, lane) -> so many events
        self._recorded: dict[str, Any] = {}

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def note(self, what: str) -> None:
        line = f"{self._now():.6f} {what}"
        self._digest.update(line.encode())
        if self.journal is not None:
            self.journal.append(line)

    def violated(self, what: str) -> None:
        self.note(f"VIOLATED {what}")
        self.violations.append(what)
        for tell in self.on_violation:
            tell()

    def watch(self, log: str) -> None:
        schema = self._database.schemas.setdefault(log, Schema(log))
        schema.on_stored.append(lambda rows: self._stored(log, rows))
        schema.on_marked.append(lambda of, marks: self._was_marked(log, of, marks))

    # -- the log

    def _stored(self, log: str, rows: Sequence[Stored]) -> None:
        for row in rows:
            self.note(f"{log} {row.position} {row.originator_id} {row.version} {row.command_id} {row.recorded_at}")
            self.stored += 1
            last, recorded = self._recorded.get(log, (0, row.recorded_at))
            if row.position != last + 1:
                self.violated(f"{log}: position {row.position} becomes visible after {last}")
            if row.recorded_at < recorded:
                self.violated(f"{log}: position {row.position} was recorded before the one in front of it")
            self._recorded[log] = (row.position, row.recorded_at)
            self._move_money(row)
            for envelope in orjson.loads(row.published or b"[]"):
                self._leave(log, row, envelope)

    def _move_money(self, row: Stored) -> None:
        if row.originator_id.startswith("example/"):
            of_account = self.balances[row.originator_id.partition("/")[2]]
            before = of_account[-1].fen if of_account else 0
            if "Received" in row.topic:
                before += orjson.loads(row.state)["amount_fen"]
            elif "PaidOut" in row.topic:
                before -= orjson.loads(row.state)["amount_fen"]
            of_account.append(Balance(row.position, before))
            if before < 0:
                self.violated(f"account {row.originator_id} holds {before} fen")

    def _leave(self, log: str, row: Stored, envelope: dict[str, Any]) -> None:
        name = envelope["type"].split(".")[1]
        court, subject = envelope["court"], envelope["subject"]
        data = envelope["data"]
        due = commands_of(envelope["id"], name, data)
        event = Left(envelope["id"], log, row.position, court, subject, name, data, due)
        self.left[log].append(event)
        self._by_lane[log, slot(court, subject)].append(event)
        positions = self._by_subject[log, subject]
        if not positions or positions[-1] != row.position:
            positions.append(row.position)

    # -- a consumer

    def look(self, service: str, events: Sequence[Event]) -> None:
        """Its consumer is about to handle these: each subject's positions in order, and none left out."""
        for event in events:
            key = (service, event.log, event.subject)
            done = self._seen.get(key, 0)
            positions = self._by_subject[event.log, event.subject]
            if done and event.position <= positions[done - 1]:
                continue
            if positions[done] != event.position:
                self.violated(f"{service}: {event.subject} of {event.log} goes on with {event.position}, "
                              f"not with {positions[done]}")  # fmt: skip
                done = positions.index(event.position)
            self._seen[key] = done + 1
            self.note(f"{service} handles {event.log} {event.position} {event.subject}")

    def _was_marked(self, service: str, log: str, marks: Sequence[int]) -> None:
        """Everything at or below a mark must have had all its effects."""
        self.note(f"{service} marks {log} {crc32(repr(marks).encode())}")
        for lane, mark in enumerate(marks):
            events = self._by_lane.get((log, lane))
            if events is not None:
                done = self._marked.get((service, log, lane), 0)
                while done < len(events) and events[done].position <= mark:
                    for lacking in self.lacks(service, events[done]):
                        self.violated(f"{service}: the mark of {log} passes {events[done].position}: {lacking}")
                    done += 1
                self._marked[service, log, lane] = done

    def lacks(self, service: str, event: Left) -> Iterator[str]:
        """What the service has not done of all that it does because of an event."""
        schema = self._database.schemas[service]
        if event.id in schema.parked:
            return
        if event.id not in schema.facts.get((event.court, event.subject), {}):
            yield "its fact lacks"
        for reaction, command in event.commands[service]:
            if command not in schema.commands and (event.id, reaction, "") not in schema.work_items:
                yield f"{reaction} was not done"
