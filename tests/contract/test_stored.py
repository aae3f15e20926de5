"""What stands in a log can be read for ever: a golden event of each topic still decodes, and loses nothing by it."""

import json

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


@pytest.mark.parametrize("topic", sorted(GOLDEN.keys() & TOPICS.keys()))
def test_a_stored_event_decodes_to_what_was_stored(topic: str) -> None:
    event = decode(topic, GOLDEN[topic])
    assert type(event) is TOPICS[topic]
    was, reads = json.loads(GOLDEN[topic]), json.loads(encode(event))
    assert {name: reads.get(name) for name in was} == was
    assert decode(topic, encode(event)) == event
