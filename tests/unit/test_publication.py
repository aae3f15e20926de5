"""Every private event either leaves its service or is listed as one that never does; none is forgotten."""

import pytest

from contracts.catalogue import EVENTS
from contracts.emitted import EMITTED
from infra.asyncapi import publications
from infra.host import SERVICES
from kernel.service import Service
from tests.private_events import defined, known, named_by, recordable_by

pytestmark = pytest.mark.fast
services = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))


@services
def test_what_a_service_records_it_publishes_or_lists_as_private(service: Service) -> None:
    recordable = recordable_by(service)
    assert recordable == named_by(service)
    assert len(recordable) == len(service.published) + len(service.private)


def test_no_private_event_is_in_no_table() -> None:
    assert defined() == known()


def test_what_is_published_is_what_the_language_calls_emitted() -> None:
    assert {contract.__name__ for _, contract in publications()} == EMITTED
    assert not [contract.__name__ for _, contract in publications() if contract.draft]


def test_a_service_publishes_events_of_the_families_and_its_own_only() -> None:
    assert {(service, contract.service) for service, contract in publications()} <= {
        (service, owner) for service in SERVICES for owner in (service, "family")
    }


@services
def test_a_private_event_holds_every_field_of_what_leaves(service: Service) -> None:
    for event, publication in service.published.items():
        assert set(EVENTS[publication.type].model_fields) <= set(event.model_fields), event.TOPIC


def test_every_topic_names_one_event_and_ends_in_its_version() -> None:
    topics = [event.TOPIC for event in known()]
    assert len(set(topics)) == len(topics)
    assert [topic for topic in topics if not topic.endswith(".1")] == []
