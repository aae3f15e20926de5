"""The eventsourcing library's own tests of recorders hold for our log.

Left out are the library's tests of what the kernel does not take from it: `InfrastructureFactoryTestCase` (a
composition root made of environment variables; ours is `kernel.service`) and `TranscoderTestCase` (events are pydantic
models; `tests/contract/test_golden.py` and `tests/unit/test_golden_events.py` pin their bytes).
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from eventsourcing.tests import persistence

from tests import recorders

OF_RECORDERS = {
    "AggregateRecorderTestCase", "ApplicationRecorderTestCase", "NonInterleavingNotificationIDsBaseCase",
    "ProcessRecorderTestCase", "TrackingRecorderTestCase",
}  # fmt: skip
LEFT_OUT = {"InfrastructureFactoryTestCase", "TranscoderTestCase"}


class OverOurLog:
    """Gives each test a log of its own."""

    store: recorders.Store

    @pytest.fixture(autouse=True)
    def _store(self, database: str) -> Iterator[None]:
        with recorders.Store(database) as self.store:
            yield

    def new_originator_id(self) -> str:
        return f"example/{uuid4()}"


class TestAggregateRecorder(OverOurLog, persistence.AggregateRecorderTestCase):
    def create_recorder(self) -> recorders.Recorder:
        return recorders.Recorder(self.store, tells_positions=False)


class TestApplicationRecorder(OverOurLog, persistence.ApplicationRecorderTestCase[recorders.Recorder]):
    def create_recorder(self) -> recorders.Recorder:
        return recorders.Recorder(self.store)

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestNonInterleavingNotificationIDs(OverOurLog, persistence.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> recorders.Recorder:
        return recorders.Recorder(self.store)


class TestTrackingRecorder(OverOurLog, persistence.TrackingRecorderTestCase):
    def create_recorder(self) -> recorders.Tracked:
        return recorders.Tracked(self.store)


class TestProcessRecorder(OverOurLog, persistence.ProcessRecorderTestCase):
    def create_recorder(self) -> recorders.Processed:
        return recorders.Processed(self.store)


def test_the_library_has_no_other_tests_of_recorders() -> None:
    theirs = {name for name in vars(persistence) if name.endswith(("TestCase", "BaseCase"))} - {"TestCase"}
    assert theirs == OF_RECORDERS | LEFT_OUT | {"RecorderTestCase"}
