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


@pytest.mark.parametrize("name", SERVICES)
def test_what_fastapi_cannot_see_is_told_too(name: str) -> None:
    """Who calls, with which headers, and problems under their own media type alone."""
    document = new_app(name, "", SERVICES[name].routers).openapi()
    assert document["components"]["securitySchemes"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            headers = {
                each["name"]: each["required"] for each in operation.get("parameters", []) if each["in"] == "header"
            }
            assert ("security" in operation) == (not path.startswith("/health/"))
            assert headers.get("Idempotency-Key", False) == (method == "post" and "requestBody" in operation)
            for status, response in operation["responses"].items():
                told = status < "300" or (path == "/health/ready" and status == "503")
                media = "application/json" if told else "application/problem+json"
                assert list(response.get("content", [media])) == [media]
