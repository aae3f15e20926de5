"""Every private event either leaves its service or is listed as one that never does; none is forgotten."""

import pytest

from contracts.base import Contract
from contracts.catalogue import BY_NAME
from contracts.emitted import EMITTED
from infra.host import SERVICES
from kernel.application import KERNEL_PUBLISHED
from kernel.publishing import AsContract
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


def contract_of(publication: AsContract) -> type[Contract]:
    return next(contract for contract in BY_NAME.values() if contract.type == publication._type)


def published() -> list[tuple[str, type[Contract]]]:
    """(service, what leaves it); what the kernel publishes leaves every service."""
    return [
        (service.name, contract_of(publication))
        for service in SERVICES.values()
        for publication in {**KERNEL_PUBLISHED, **service.published}.values()
    ]


def test_what_is_published_is_what_the_language_calls_emitted() -> None:
    assert {contract.__name__ for _, contract in published()} == EMITTED
    assert not [contract.__name__ for _, contract in published() if contract.draft]


def test_a_service_publishes_events_of_the_families_and_its_own_only() -> None:
    assert {(service, contract.service) for service, contract in published()} <= {
        (service, owner) for service in SERVICES for owner in (service, "family")
    }


@services
def test_a_private_event_holds_every_field_of_what_leaves(service: Service) -> None:
    for event, publication in service.published.items():
        assert set(contract_of(publication).model_fields) <= set(event.model_fields), event.TOPIC


def test_every_topic_names_one_event_and_ends_in_its_version() -> None:
    topics = [event.TOPIC for event in known()]
    assert len(set(topics)) == len(topics)
    assert [topic for topic in topics if not topic.endswith(".1")] == []
