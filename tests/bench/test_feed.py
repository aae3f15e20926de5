"""`bench feed` and `bench kafka` compare and count what they measure."""

from pathlib import Path

import pytest

from infra.bench import feed, visible
from infra.bench.kafka import carried
from tests.kafka import Broker
from tests.services import installation


async def test_what_the_feed_brings_is_compared_before_it_counts(postgres: str) -> None:
    found = await feed.carried(postgres, 1, 1_000)
    assert {way: len(measured) for way, measured in found.items()} == dict.fromkeys(("msgspec", "checking", "feed"), 1)


async def test_every_command_becomes_visible(database: str, tmp_path: Path) -> None:
    [found] = await visible.measure(tmp_path, database, 1.0, rates=[50])
    assert 0 < found.p50_ms <= found.p99_ms
    assert found.wanted_per_s == 50


@pytest.mark.kafka
async def test_what_relay_and_consumer_carry_is_compared_before_it_counts(postgres: str, kafka: Broker) -> None:
    found = await carried(postgres, kafka.bootstrap, installation().courts, 1, 1_000)
    assert {way: len(measured) for way, measured in found.items()} == dict.fromkeys(
        ("producer", "relay", "decoder", "consumer"), 1
    )
