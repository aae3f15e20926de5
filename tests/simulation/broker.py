"""A simulated Kafka: topics that may be made anew, and groups whose members come, go and fall silent.

What it has acknowledged it keeps, as long as the topic lives; which offsets a group gets is nothing to rely on.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import (
    IllegalGenerationError,
    KafkaConnectionError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
)

SESSION_TIMEOUT_S = 10.0
JOIN_S = 3.0  # how long a rebalance waits for members that are silent


class Record(NamedTuple):
    """As aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    timestamp: int  # ms


@dataclass
class Topic:
    """`id` differs for each that ever had the name."""

    id: str
    partitions: list[list[Record]]


@dataclass
class Member:
    """One consumer of a group; `joined` is the generation that it has asked to be part of."""

    heard_at: float
    joined: int = 0
    assigned: frozenset[int] = frozenset()


@dataclass
class Group:
    """Members of a generation share the partitions of the one topic of the group."""

    topic: str
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    generation: int = 0
    is_joining: bool = False
    joining_since: float = 0.0
    partitions: int = 0
    offsets: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])


class Broker:
    """One that is up from the start. Its methods raise KafkaConnectionError while it is away."""

    def __init__(self, loop: asyncio.AbstractEventLoop, chance: Random) -> None:
        self._loop, self._chance = loop, chance
        self.topics: dict[str, Topic] = {}
        self.groups: dict[str, Group] = {}
        self.is_up = True
        self._ids = 0
        self._members = 0
        self._waiting: dict[asyncio.Future[None], None] = {}

    def require_up(self) -> None:
        if not self.is_up:
            raise KafkaConnectionError("the broker is away")

    # -- topics

    def create(self, name: str, partitions: int) -> None:
        """Nothing where it exists."""
        self.require_up()
        if name not in self.topics:
            self._ids += 1
            self.topics[name] = Topic(f"{self._ids:032x}", [[] for _ in range(partitions)])

    def make_anew(self, name: str, partitions: int) -> None:
        """All that was in it is gone, and what groups had committed of it."""
        if self.topics.pop(name, None) is not None:
            self.create(name, partitions)
            for group in self.groups.values():
                if group.topic == name:
                    group.offsets.clear()

    def count(self, name: str) -> int:
        topic = self.topics.get(name)
        return 0 if topic is None else len(topic.partitions)

    def append(self, name: str, partition: int, records: Iterable[tuple[bytes, bytes, Any]], now_ms: int) -> None:
        """Raises UnknownTopicOrPartitionError."""
        self.require_up()
        if partition >= self.count(name):
            raise UnknownTopicOrPartitionError
        log = self.topics[name].partitions[partition]
        for key, value, headers in records:
            log.append(Record(name, partition, len(log), key, value, headers, now_ms))
        self._wake()

    def end(self, of: TopicPartition) -> int:
        return len(self.topics[of.topic].partitions[of.partition]) if of.partition < self.count(of.topic) else 0

    def fetch(self, of: TopicPartition, offset: int, limit: int) -> Sequence[Record]:
        if not self.is_up or of.partition >= self.count(of.topic):
            return ()
        return self.topics[of.topic].partitions[of.partition][offset : offset + limit]

    # -- waiting for records

    async def grown(self, timeout_s: float) -> None:
        """Returns when something was appended, or after that time."""
        grown = self._loop.create_future()
        self._waiting[grown] = None
        try:
            async with asyncio.timeout(timeout_s):
                await grown
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(grown, None)

    def _wake(self) -> None:
        for waiting in list(self._waiting):
            if not waiting.done():
                waiting.set_result(None)

    # -- groups

    def join(self, name: str, topic: str, member: int | None) -> int:
        """The member's number; a rebalance begins."""
        self.require_up()
        group = self.groups.setdefault(name, Group(topic))
        if member is None or member not in group.members:
            self._members += 1
            member = self._members
            group.members[member] = Member(self._loop.time())
        self._begin_rebalance(group)
        group.members[member].joined = group.generation
        group.members[member].heard_at = self._loop.time()
        return member

    def _begin_rebalance(self, group: Group) -> None:
        if not group.is_joining:
            group.is_joining, group.joining_since = True, self._loop.time()
            group.generation += 1

    def rebalance(self, name: str) -> None:
        self._begin_rebalance(self.groups[name])

    def leave(self, name: str, member: int) -> None:
        group = self.groups[name]
        if self.is_up and group.members.pop(member, None):
            self._begin_rebalance(group)

    def assignment(self, name: str, member: int) -> tuple[int, frozenset[int]] | None:
        """(generation, partitions); None as long as others are still to join. Raises UnknownMemberIdError."""
        self.require_up()
        group = self.groups[name]
        self._expire(group)
        if member not in group.members:
            raise UnknownMemberIdError
        group.members[member].heard_at = self._loop.time()
        group.members[member].joined = group.generation  # who waits takes part in what began meanwhile too
        if group.is_joining and self._all_joined(group):
            self._assign(group)
        return None if group.is_joining else (group.generation, group.members[member].assigned)

    def _all_joined(self, group: Group) -> bool:
        late = [number for number, member in group.members.items() if member.joined != group.generation]
        if late and self._loop.time() - group.joining_since > JOIN_S + SESSION_TIMEOUT_S:
            for number in late:
                del group.members[number]
            late = []
        return not late

    def _assign(self, group: Group) -> None:
        group.is_joining, group.partitions = False, self.count(group.topic)
        numbers = sorted(group.members)
        self._chance.shuffle(numbers)
        for n, number in enumerate(numbers):
            group.members[number].assigned = frozenset(range(n, group.partitions, len(numbers)))

    def heartbeat(self, name: str, member: int, generation: int) -> bool:
        """False where the group rebalances. Raises UnknownMemberIdError."""
        self.require_up()
        group = self.groups[name]
        self._expire(group)
        if member not in group.members:
            raise UnknownMemberIdError
        group.members[member].heard_at = self._loop.time()
        if group.partitions != self.count(group.topic):
            self._begin_rebalance(group)
        return not group.is_joining and generation == group.generation

    def _expire(self, group: Group) -> None:
        silent = [n for n, m in group.members.items() if self._loop.time() - m.heard_at > SESSION_TIMEOUT_S]
        for number in silent:
            del group.members[number]
            self._begin_rebalance(group)

    def commit(self, name: str, member: int, generation: int, offsets: Mapping[TopicPartition, int]) -> None:
        """Raises IllegalGenerationError where others have the partitions by now."""
        self.require_up()
        group = self.groups[name]
        if member not in group.members or generation != group.generation or group.is_joining:
            raise IllegalGenerationError
        group.offsets.update(offsets)

    def lose_offsets(self, change: Callable[[int], int | None]) -> None:
        """None: no offset is left."""
        for group in self.groups.values():
            changed = {of: change(offset) for of, offset in group.offsets.items()}
            group.offsets = {of: offset for of, offset in changed.items() if offset is not None}
