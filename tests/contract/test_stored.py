"""What stands in a log can be read for ever: a golden event of each topic still decodes, and loses nothing by it."""

import json
from typing import Any

import pytest

from kernel.domain import UPCASTERS, decode, encode
from tests.contract.stored import stored
from tests.private_events import known

pytestmark = pytest.mark.fast
TOPICS = {event.TOPIC: event for event in known()}
GOLDEN = stored()


def test_there_is_a_golden_event_for_every_topic() -> None:
    assert TOPICS.keys() - GOLDEN.keys() == set(), "run python -m tests.contract.stored"


def test_every_topic_ever_stored_can_still_be_read() -> None:
    assert GOLDEN.keys() - TOPICS.keys() <= UPCASTERS.keys()


def of_then(reads: Any, was: Any) -> Any:
    """What is read now, but for fields that did not exist then."""
    if isinstance(was, dict) and isinstance(reads, dict):
        return {name: of_then(reads.get(name), value) for name, value in was.items()}
    if isinstance(was, list) and isinstance(reads, list) and len(was) == len(reads):
        return [of_then(*pair) for pair in zip(reads, was, strict=True)]
    return reads


@pytest.mark.parametrize("topic", sorted(GOLDEN.keys() & TOPICS.keys()))
def test_a_stored_event_decodes_to_what_was_stored(topic: str) -> None:
    event = decode(topic, GOLDEN[topic])
    assert type(event) is TOPICS[topic]
    was, reads = json.loads(GOLDEN[topic]), json.loads(encode(event))
    assert of_then(reads, was) == was
    assert decode(topic, encode(event)) == event
