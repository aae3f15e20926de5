"""Errors over HTTP: RFC 9457 problem details that name field and reason, and never repeat what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from contracts.catalogue import sayable
from kernel.database import NOT_NOW, is_away
from kernel.problems import Problem, Unavailable

PROBLEM = "application/problem+json"


class ProblemBody(BaseModel):
    """RFC 9457 problem details. `errors` names fields and reasons; the input itself is never repeated."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:zhixing:problem:invalid",
                    "title": "invalid",
                    "status": 422,
                    "detail": "1 field is wrong",
                    "errors": [{"field": "body.amount_fen", "reason": "Input should be greater than 0"}],
                }
            ]
        },
    )
    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = []


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemBody, "description": text, "content": {PROBLEM: {}}}
    for status, text in {
        400: "The body cannot be read",
        401: "No valid token",
        403: "Another court, or none of the posts this is for (recorded as ActRefused)",
        404: "No such thing",
        409: "Not in this state, or refused by a rule (recorded as ActRefused)",
        413: "Too large",
        422: "A field is wrong",
        503: "Try again later, with the same key",
    }.items()
}


def problem_response(problem: Problem) -> Response:
    headers = {"retry-after": str(problem.retry_after_s)} if isinstance(problem, Unavailable) else {}
    return Response(orjson.dumps(problem.body()), problem.status, headers, PROBLEM)


async def _on_problem(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return problem_response(problem)


async def _on_away(_: Request, error: Exception) -> Response:
    return away_response(error)


def away_response(error: Exception) -> Response:
    if not is_away(error):
        raise error
    return problem_response(Unavailable("the service's database does not answer"))


async def _on_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid_response(error.errors())


def invalid_response(faults: Sequence[Mapping[str, Any]]) -> Response:
    """Names fields and reasons; the input is not repeated."""
    errors = [{"field": ".".join(map(sayable, e["loc"])), "reason": _reason(e)} for e in faults[:20]]
    malformed = any(e["type"] == "json_invalid" for e in faults)
    status, code = (400, "malformed-json") if malformed else (422, "invalid")
    body = {
        "type": f"urn:zhixing:problem:{code}",
        "title": code,
        "status": status,
        "detail": f"{len(faults)} field(s) cannot be taken",
        "errors": errors,
    }
    return Response(orjson.dumps(body), status, media_type=PROBLEM)


def _reason(error: Mapping[str, Any]) -> str:
    """pydantic's message, without the input it may repeat."""
    if error["type"] in ("value_error", "assertion_error", "json_invalid"):
        return "is not valid" if error["type"] != "json_invalid" else "is not JSON"
    return str(error["msg"])


async def on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail if error.status_code in (404, 405, 413) else "the request cannot be read"
    body = {
        "type": f"urn:zhixing:problem:http-{error.status_code}",
        "title": "request not carried out",
        "status": error.status_code,
        "detail": detail,
    }
    return Response(orjson.dumps(body), error.status_code, error.headers, PROBLEM)


def answer_errors(app: FastAPI) -> None:
    """Whatever goes wrong in a route is answered as a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    for away in NOT_NOW:
        app.add_exception_handler(away, _on_away)
