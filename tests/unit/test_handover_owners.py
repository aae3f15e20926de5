"""移交: which services hand things over."""

import pytest

from families import handover
from families.handover import HANDOVER_OWNERS, HandoverCommands
from infra.host import SERVICES

pytestmark = pytest.mark.fast


def test_the_services_that_hand_something_over_are_those_that_are_listed() -> None:
    commanding = {name for name, service in SERVICES.items() if issubclass(service.application, HandoverCommands)}
    routed = {name for name, service in SERVICES.items() if handover.router in service.routers}
    assert set(HANDOVER_OWNERS) == commanding == routed


def test_each_thing_is_handed_over_in_one_service() -> None:
    things = [what for owned in HANDOVER_OWNERS.values() for what in owned]
    assert len(things) == len(set(things))
