"""The envelope: CloudEvents 1.0, ids and slots that never change, two times."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.envelope import Envelope, event_id, slot, subject_of

pytestmark = pytest.mark.fast

NOON = datetime(2026, 3, 5, 4, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "id": "f5d4cf09-e75c-50a2-a7a3-a1ff7c0948ea", "source": "/yiyang/funds", "type": "zhixing.AccountOpened.v1",
    "subject": "case/yiyang-1", "time": NOON, "data": {"account_id": "acc-1"}, "court": "yiyang", "recordedat": NOON,
    "position": 7, "slot": 124, "actor": "system", "correlationid": "c-1", "causationid": "c-1",
}  # fmt: skip
FULL = PLAIN | {
    "actor": "member-3", "post": "judge", "team": "fast", "pack": "yiyang", "packversion": "1.0.0",
    "ruleid": "yiyang.r.covered", "timeprecision": "day", "time": datetime(2026, 3, 4, 16, tzinfo=UTC),
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}  # fmt: skip


def test_an_envelope_is_a_cloud_event_whose_absent_attributes_are_left_out() -> None:
    sent = json.loads(Envelope(**PLAIN).to_json())
    assert sent["specversion"] == "1.0"
    assert sent["datacontenttype"] == "application/json"
    assert sent["time"] == "2026-03-05T04:00:00Z"
    assert sent["timeprecision"] == "instant"
    assert sent.keys().isdisjoint({"post", "team", "pack", "packversion", "ruleid", "traceparent"})
    assert all(name.islower() and name.isalnum() for name in Envelope.model_fields)


@pytest.mark.parametrize("fields", [PLAIN, FULL], ids=["plain", "full"])
def test_an_envelope_reads_as_it_was_written(fields: dict[str, Any]) -> None:
    envelope = Envelope(**fields)
    assert Envelope.model_validate_json(envelope.to_json()) == envelope
    assert Envelope(**json.loads(envelope.to_json())) == envelope


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": NOON + timedelta(microseconds=1)}, "time lies after recordedat"),
        ({"slot": 125}, "slot is not that of court and subject"),
        ({"source": "/horqin/funds"}, "source is of another court"),
        ({"timeprecision": "day"}, "not 00:00 in Asia/Shanghai"),
        ({"source": "/yiyang/kitchen"}, "source"),
        ({"subject": "person/p-1"}, "subject"),
        ({"subject": "case/a b"}, "subject"),
        ({"type": "FundsReceived"}, "type"),
        ({"time": "2026-03-05T12:00:00+08:00"}, "time"),
        ({"position": -1}, "position"),
        ({"position": 2**63}, "position"),
        ({"slot": 256}, "slot"),
        ({"actor": "a\0"}, "actor"),
        ({"post": "king"}, "post"),
        ({"specversion": "0.3"}, "specversion"),
        ({"extra": "x"}, "extra"),
    ],
)
def test_an_envelope_that_breaks_a_rule_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Envelope(**PLAIN | change)


@pytest.mark.parametrize(
    ("court", "subject", "expected"),
    [("yiyang", "case/yiyang-1", 124), ("horqin", "case/yiyang-1", 5), ("yiyang", "money/p-1", 66)],
)
def test_the_slot_of_a_subject_never_changes(court: str, subject: str, expected: int) -> None:
    assert slot(court, subject) == expected


@given(st.text(), st.text())
def test_every_subject_has_one_of_256_slots(court: str, subject: str) -> None:
    assert 0 <= slot(court, subject) < 256


def test_the_id_of_an_event_is_repeated_by_a_retry_and_never_changes() -> None:
    assert event_id("/yiyang/funds", "a1", 1, "zhixing.FundsReceived.v1", 1) == PLAIN["id"]


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), unique=True, max_size=20))
def test_events_of_different_versions_or_numbers_have_different_ids(places: list[tuple[int, int]]) -> None:
    ids = {event_id("/yiyang/funds", "a1", version, "zhixing.FundsReceived.v1", nth) for version, nth in places}
    assert len(ids) == len(places)


def test_a_subject_is_its_kind_and_id() -> None:
    assert subject_of("case", "yiyang-1") == "case/yiyang-1"
    for bad in ("", "a/b", "a\n", "张三", "a" * 129):
        with pytest.raises(ValueError, match="not an id of a case"):
            subject_of("case", bad)
