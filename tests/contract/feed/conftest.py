"""Both carriers, each test with topics of its own."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from kernel.kafka.carrier import Kafka
from tests.contract.feed.world import MakesCarrier, World, world
from tests.kafka import Broker
from tests.kernel_example import embedded


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid4().hex[:8]}"


@pytest.fixture
def over_kafka(kafka: Broker, prefix: str) -> MakesCarrier:
    return lambda pool, tails: Kafka(f"{kafka.bootstrap}/{prefix}", pool, tails)


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.kafka)])
def carrier(request: pytest.FixtureRequest) -> MakesCarrier:
    return embedded if request.param == "embedded" else request.getfixturevalue("over_kafka")


@pytest.fixture
async def w(database: str, carrier: MakesCarrier) -> AsyncIterator[World]:
    async with world(database, carrier) as made:
        yield made


@pytest.fixture
async def k(database: str, over_kafka: MakesCarrier) -> AsyncIterator[World]:
    """Over Kafka only."""
    async with world(database, over_kafka) as made:
        yield made
