"""What was once stored can be read for ever, and reads the same."""

from datetime import UTC, datetime

import pytest

from contracts.catalogue import BY_NAME, decode
from contracts.emitted import EMITTED
from contracts.envelope import Envelope, event_id, slot
from tests.contract.samples import NAMES, golden

pytestmark = pytest.mark.fast


def test_there_is_a_golden_file_for_every_emitted_event() -> None:
    assert set(NAMES) == EMITTED


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_event_still_decodes_and_encodes_to_the_same(name: str) -> None:
    event = BY_NAME[name]
    noon = datetime(2026, 3, 5, 4, tzinfo=UTC)
    subject = f"{event.model_validate(golden(name)).allowed_subjects()[0]}/yiyang-0001"
    stored = Envelope(
        id=event_id("/yiyang/intake", "a-1", 1, event.type, 1), source="/yiyang/intake", type=event.type,
        subject=subject, time=noon, recordedat=noon, court="yiyang", slot=slot("yiyang", subject), position=1,
        actor="member-3", correlationid="c-1", causationid="c-1", data=golden(name),
    ).to_json()  # fmt: skip

    envelope = Envelope.model_validate_json(stored)
    read = decode(envelope)

    assert isinstance(read, event)
    assert read.to_data() == golden(name)
    assert envelope.to_json() == stored
    assert event.model_validate(read.to_data()) == read


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_shows_every_field(name: str) -> None:
    assert BY_NAME[name].model_validate(golden(name)).model_fields_set == set(BY_NAME[name].model_fields)
