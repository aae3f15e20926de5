"""What FastAPI cannot see of a service, told in its OpenAPI: who calls, the caller's headers, and problems as such."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from kernel.http import MAX_KEY_CHARS
from kernel.problem_details import PROBLEM

TOKEN = "token"
SCHEMES = {TOKEN: {"type": "http", "scheme": "bearer", "description": "a member of one court, with posts and team"}}
POST = ("Zhixing-Post", "[a-z_]+", 64, "the post in which the caller acts, if he holds several")
AFTER = ("Zhixing-After", "[a-z-]+:[0-9]+", 200, "service:position: 503 until this service has seen that far")
KEY = ("Idempotency-Key", "[!-~]+", MAX_KEY_CHARS, "the same key again has no second effect")
POSITION = {"description": "service:position, where the command's last event stands", "schema": {"type": "string"}}


def complete(app: FastAPI) -> None:
    """The application tells the whole of it from now on."""
    as_fastapi_sees_it = app.openapi

    def told() -> dict[str, Any]:
        if app.openapi_schema is None:
            _tell(as_fastapi_sees_it())
        return as_fastapi_sees_it()

    app.openapi = told


def _tell(document: dict[str, Any]) -> None:
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _tell_problems(operation["responses"])
            if not path.startswith("/health/"):
                _tell_caller(operation)


def _tell_problems(responses: dict[str, Any]) -> None:
    for response in responses.values():
        content: dict[str, Any] = response.get("content", {})
        if PROBLEM in content:
            content[PROBLEM] = content.pop("application/json")


def _tell_caller(operation: dict[str, Any]) -> None:
    operation["security"] = [{TOKEN: []}]
    headers = [_header(*POST)]
    if "requestBody" in operation:
        headers += [_header(*AFTER), _header(*KEY, required=True)]
        operation["responses"]["200"]["headers"] = {"Zhixing-Position": POSITION}
    operation["parameters"] = [*operation.get("parameters", []), *headers]


def _header(name: str, pattern: str, longest: int, description: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "pattern": f"^{pattern}$", "maxLength": longest}
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": description}
