"""The services' OpenAPI: every command shows an example that it takes, and its error responses."""

import json
from typing import Any

import pytest
from fastapi.routing import APIRoute

from infra.host import SERVICES
from kernel.app import new_app
from kernel.http import Command

pytestmark = pytest.mark.fast


def commands() -> list[tuple[str, APIRoute]]:
    routes = [
        (name, route) for name, service in SERVICES.items() for router in service.routers for route in router.routes
    ]
    return [(name, route) for name, route in routes if isinstance(route, APIRoute) and _body(route)]


def _body(route: APIRoute) -> type[Command] | None:
    kind: Any = route.body_field.field_info.annotation if route.body_field else None
    return kind if isinstance(kind, type) and issubclass(kind, Command) else None


@pytest.mark.parametrize(("service", "route"), commands(), ids=lambda value: getattr(value, "path", value))
def test_every_command_shows_an_example_that_it_takes(service: str, route: APIRoute) -> None:
    body = _body(route)
    assert body is not None
    [example] = body.model_json_schema()["examples"]
    body.model_validate_json(json.dumps(example))


@pytest.mark.parametrize("name", SERVICES)
def test_every_command_tells_its_errors_as_problems(name: str) -> None:
    paths = new_app(name, "", SERVICES[name].routers).openapi()["paths"]
    told = [operation["post"]["responses"] for operation in paths.values() if "post" in operation]
    assert told
    for responses in told:
        assert {"400", "401", "403", "404", "409", "413", "422", "503"} <= responses.keys()
        assert "application/problem+json" in responses["409"]["content"]
