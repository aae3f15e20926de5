"""The topics of an installation in a Kafka cluster: made where they lack, and told apart from ones made anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, ClassVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from kernel.kafka.wire import MAX_RECORD_BYTES, PARTITIONS, Topics

FOR_EVER = {"retention.ms": "-1", "max.message.bytes": str(MAX_RECORD_BYTES + 64 * 1024)}
COMPACTED = {"cleanup.policy": "compact"}
EXISTS = 36  # Kafka's error code TOPIC_ALREADY_EXISTS
LOOK_AGAIN_S = 0.2
MADE_ANEW_S = 10.0  # topics that are gone are somebody's to make anew; after that, whoever misses them does it
MOST_COPIES = 3  # of a topic, where there are so many brokers


def topic_settings(topics: Topics) -> dict[str, tuple[int, dict[str, str]]]:
    """Each topic's partitions and settings, where this makes it."""
    return {topics.cases: (PARTITIONS, FOR_EVER), topics.reference: (1, FOR_EVER), topics.progress: (1, COMPACTED)}


class Cluster:
    """A connection that asks about the topics. Its methods raise KafkaError while the cluster cannot be reached."""

    def __init__(self, bootstrap: str, topics: Topics, client: Any) -> None:
        self._bootstrap, self._client = bootstrap, client
        self._wanted = topic_settings(topics)

    async def identity(self) -> str:
        """Differs once one of the topics was deleted, made anew, or got more partitions."""
        return ",".join(f"{name}:{is_now}" for name, is_now in sorted((await self._described()).items()))

    async def ensure_topics(self, patience_s: float) -> None:
        """Returns once all topics are there; those that lack are made, after a while for somebody else to do it."""
        give_up_at = asyncio.get_running_loop().time() + patience_s
        while len(await self._described()) < len(self._wanted):
            if asyncio.get_running_loop().time() >= give_up_at:
                await self._create()
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _described(self) -> dict[str, str]:
        """Id and number of partitions of each topic that exists."""
        answer = await self._ask()
        return {name: f"{id}/{len(partitions)}" for code, name, id, _, partitions, *_ in answer.topics if code == 0}

    async def _ask(self) -> Any:
        node = self._client.get_random_node()
        if node is None:
            raise KafkaConnectionError("no broker is known")
        return await self._client.send(node, TopicIdsRequest(list(self._wanted)))

    async def _create(self) -> None:
        copies = min(MOST_COPIES, len((await self._ask()).brokers))
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await admin.start()
        try:
            new = [NewTopic(name, count, copies, topic_configs=kept) for name, (count, kept) in self._wanted.items()]
            for _, code, *_ in (await admin.create_topics(new)).topic_errors:
                if code not in (0, EXISTS):
                    raise for_code(code)
        finally:
            await admin.close()


@contextlib.asynccontextmanager
async def cluster(bootstrap: str, topics: Topics) -> AsyncGenerator[Cluster]:
    """Raises KafkaError."""
    client: Any = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await client.bootstrap()
        yield Cluster(bootstrap, topics, client)
    finally:
        await client.close()


class Uuid(AbstractType[str]):
    """16 bytes, as hex digits."""

    @classmethod
    def encode(cls, value: str) -> bytes:
        return bytes.fromhex(value)

    @classmethod
    def decode(cls, data: Any) -> str:
        return data.read(16).hex()


class MetadataResponse12(Response):
    """The first of Kafka's metadata answers that tells a topic's id; aiokafka itself asks for version 5 at most."""

    API_KEY: Any = 3
    API_VERSION: Any = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class MetadataRequest12(RequestStruct):
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE: ClassVar[type[Response]] = MetadataResponse12
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicIdsRequest(Request[MetadataRequest12]):
    API_KEY = 3

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[MetadataRequest12]) -> MetadataRequest12:
        return request_struct_class([("00" * 16, name, {}) for name in self._names], False, False, {})
