"""What a consumer takes from Kafka, whatever Kafka brings it: everything, once, in the order of its lane."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.feed import LANES, REFERENCE_LANE, Event, Unit, event_of
from kernel.kafka.lanes import Lanes
from kernel.kafka.wire import Link, Progress, Record, link_of, records
from kernel.publishing import Place, finished
from tests.contract.feed.world import envelope

pytestmark = pytest.mark.fast

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SUBJECTS = ["case/a", "case/b", "case/c", "member/yiyang-m1"]


def places(log: Sequence[Sequence[str]]) -> list[Place]:
    """A row for each list of subjects: events of one position."""
    return [(n, NOW, orjson.dumps([envelope(s) for s in subjects])) for n, subjects in enumerate(log, 1)]


def produced(rows: Sequence[Place], after: int = 0) -> list[Record]:
    lasts = [0] * LANES
    whole = list(records("intake", rows, lasts))
    return [record for record in whole if record.link.position > after]


def progress_of(rows: Sequence[Place]) -> Progress:
    lasts = [0] * LANES
    list(records("intake", rows, lasts))
    return Progress("intake", len(rows), lasts)


def accept(lanes: Lanes, record: Record) -> Unit | None:
    def read() -> Event:
        return event_of("intake", orjson.loads(record.value))

    return lanes.accept(record.link, read)


def ids(units: Sequence[Unit]) -> list[str]:
    return [event.id for unit in units for event in unit.events]


logs = st.lists(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=3), min_size=1, max_size=12)


@given(logs, st.booleans())
def test_a_record_holds_what_the_log_tells_of_the_event(log: Any, has_time: bool) -> None:
    """To the byte, though the relay does not read it; also of what nobody can decode."""
    odd = {"time": "2026-03-01T00:00:00Z"} if has_time else {"court": 7, "traceparent": None}
    rows = [(n, NOW, orjson.dumps([envelope(s, **odd) for s in subjects])) for n, subjects in enumerate(log, 1)]
    told = [orjson.dumps(each) for position, at, kept in rows for each in finished(kept, position, at)]
    assert sorted(record.value for record in produced(rows)) == sorted(told)


@given(logs, st.data())
def test_after_any_runs_of_the_relay_everything_was_taken_once_in_order(log: Any, data: st.DataObject) -> None:
    """Each run of the relay begins where it likes and is killed where it likes, but the last reaches the end."""
    rows = places(log)
    lanes, taken = Lanes(), list[Unit]()
    runs = data.draw(st.lists(st.tuples(st.integers(0, len(rows)), st.integers(0, 40)), max_size=4))
    for after, killed_after in [*runs, (0, 1_000)]:
        for record in produced(rows, after)[:killed_after]:
            if unit := accept(lanes, record):
                taken.append(unit)
    whole = [record.link for record in produced(rows)]
    assert len(ids(taken)) == len(set(ids(taken))) == len(whole)
    for lane in {link.lane for link in whole}:
        positions = [unit.position for unit in taken if unit.events[0].lane == lane]
        assert positions == sorted({link.position for link in whole if link.lane == lane})
    # and it has seen the whole log once all of it is finished
    lanes.progressed(progress_of(rows), NOW)
    assert lanes.seen("intake") < len(rows)
    for unit in taken:
        lanes.finished(unit)
    assert lanes.seen("intake") == len(rows)


@given(logs, st.data())
def test_a_hole_is_never_stepped_over(log: Any, data: st.DataObject) -> None:
    rows = places(log)
    whole = produced(rows)
    lost = data.draw(st.sampled_from(whole))
    lanes = Lanes()
    for record in whole:
        if record is not lost:
            accept(lanes, record)
    lanes.progressed(progress_of(rows), NOW)
    assert lanes.lacks(range(LANES))
    assert lanes.lacks([lost.link.lane])
    assert lanes.reached("intake")[lost.link.lane] < lost.link.position


@given(logs, st.data())
def test_marks_never_pass_what_is_not_finished(log: Any, data: st.DataObject) -> None:
    rows = places(log)
    lanes = Lanes()
    units = [unit for record in produced(rows) if (unit := accept(lanes, record))]
    lanes.progressed(progress_of(rows), NOW)
    finished = data.draw(st.lists(st.sampled_from(units), unique_by=id))
    for unit in finished:
        lanes.finished(unit)
    marks = lanes.all_reached()
    again = Lanes()
    again.learn(marks)
    left = {event.id for unit in units if unit not in finished for event in unit.events}
    come_again = {event_id for record in produced(rows) if (u := accept(again, record)) for event_id in ids([u])}
    assert left <= come_again


def test_cases_given_up_are_taken_again_from_the_marks_and_reference_data_are_kept() -> None:
    rows = places([["case/a"], ["member/yiyang-m1"], ["case/a"]])
    lanes = Lanes()
    for record in produced(rows):
        accept(lanes, record)
    marks = {"intake": [1] * LANES}
    lanes.forget_cases(marks)
    taken = [record.link.position for record in produced(rows) if accept(lanes, record)]
    assert taken == [3]


def test_a_lane_lies_whole_in_one_partition_whatever_their_number() -> None:
    rows = places([[f"case/{n}", f"case/{n}", "court/yiyang"] for n in range(50)])
    for partitions in (1, 3, 12, 256):
        found: dict[int, set[int]] = {}
        for record in produced(rows):
            found.setdefault(record.link.lane, set()).add(record.partition(partitions))
        assert all(len(of_lane) == 1 for of_lane in found.values())
        assert found[REFERENCE_LANE] == {0}


@pytest.mark.parametrize("value", [b"", b"intake", b"intake 1 2 3 4", b"a 1 2 3 4 5 6", b"a b c d e f", b"\xff"])
def test_a_link_that_is_none_is_refused(value: bytes) -> None:
    class Foreign:
        headers = [("zhixing-link", value)]  # noqa: RUF012

    with pytest.raises(ValueError):  # noqa: PT011 (of whatever kind)
        link_of(Foreign())


def test_a_link_reads_as_it_was_written() -> None:
    class Ours:
        headers = [Link("intake", 7, 105, 98, 1, 2).header()]  # noqa: RUF012

    assert link_of(Ours()) == Link("intake", 7, 105, 98, 1, 2)


@pytest.mark.parametrize("value", [b"{", b"[]", b'["intake", 1, [0]]', b'["intake", "x", []]'])
def test_progress_that_is_none_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (of whatever kind)
        Progress.read(value)
