"""What was once stored can be read for ever: tests/golden holds the bytes of one event of every topic.

A file is never edited. A new kind of event brings a new file, named by its topic; a new version of an event brings a
new topic, an upcaster from the old one, and a file of its own.
"""

from pathlib import Path
from typing import Any

import orjson
import pytest

from kernel.domain import DomainEvent, decode, encode
from tests.private_events import defined

pytestmark = pytest.mark.fast
GOLDEN = Path(__file__).parent.parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
TOPICS = {event.TOPIC: event for event in defined()}


def topic_of(file: Path) -> str:
    return file.stem.replace(".", ":", 1)


def kept(stored: Any, now: Any) -> bool:
    """Everything that was stored still reads the same; there may be more."""
    if isinstance(stored, dict):
        return stored.keys() <= now.keys() and all(kept(value, now[name]) for name, value in stored.items())
    if isinstance(stored, list):
        return len(stored) == len(now) and all(map(kept, stored, now))
    return stored == now


def test_there_is_a_golden_file_for_every_stored_event() -> None:
    assert {topic_of(file) for file in FILES} >= TOPICS.keys()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_stored_bytes_still_decode_to_the_same_event(file: Path) -> None:
    stored = file.read_bytes()
    event = decode(topic_of(file), stored)

    assert kept(orjson.loads(stored), orjson.loads(encode(event)))
    assert decode(event.TOPIC, encode(event)) == event
    assert type(event) in TOPICS.values()


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_an_event_lacks_nothing_silently(topic: str) -> None:
    """No default stamps an old event with the present: what every event has must have been stored."""
    stored = orjson.loads((GOLDEN / f"{topic.replace(':', '.')}.json").read_bytes())
    for name in DomainEvent.model_fields:
        with pytest.raises(ValueError, match="Field required"):
            decode(topic, orjson.dumps({n: value for n, value in stored.items() if n != name}))
    for name in stored["by"]:
        by = {n: value for n, value in stored["by"].items() if n != name}
        with pytest.raises(ValueError, match="Field required"):
            decode(topic, orjson.dumps(stored | {"by": by}))
