"""A process's door: every request is timed and traced here, and a command goes straight to its route."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from fastapi import FastAPI
from opentelemetry.trace import SpanKind
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.http import CommandRoute
from kernel.metrics import HTTP
from kernel.telemetry import known_trace
from kernel.tracing import NO_SPANS, Span, Spans, Telemetry

TRACEPARENT = b"traceparent"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "_OTHER"
CALLER_GONE = 499  # he left before there was an answer
UNTRACED = ("/metrics", "/health/live", "/health/ready")  # asked for all the time, by machines


class Door:
    """In front of a process's applications; `otherwise` answers everything that is no command."""

    def __init__(self, services: Mapping[str, FastAPI], otherwise: ASGIApp, telemetry: Telemetry) -> None:
        self._inside = CommandsFirst(services, otherwise)
        self._metrics = telemetry.metrics
        self._spans = {name: telemetry.tracing.spans(name) for name in services}
        self._observers: dict[tuple[str, str, str, str], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._inside(scope, receive, send)
        service = scope["path"].split("/", 2)[1]
        spans, answer, began = self._spans.get(service, NO_SPANS), _Answer(send), time.perf_counter()
        try:
            if spans.are_on and not scope["path"].endswith(UNTRACED):
                await self._traced(spans, scope, service, receive, answer)
            else:
                await self._inside(scope, receive, answer)
        except BaseException:
            answer.status = 500
            raise
        finally:
            self._observe(scope, service, answer.status, time.perf_counter() - began)

    async def _traced(self, spans: Spans, scope: Scope, service: str, receive: Receive, answer: _Answer) -> None:
        with _span(spans, scope) as span:
            try:
                await self._inside(scope, receive, answer)
            finally:
                _tell(span, scope, service, answer.status)

    def _observe(self, scope: Scope, service: str, status: int, seconds: float) -> None:
        known = service if service in self._spans else ""
        labels = known, _route(scope, service), _method(scope), f"{status // 100}xx"
        observe = self._observers.get(labels)
        if observe is None:
            observe = self._observers[labels] = self._metrics.observer(HTTP, *labels)
        observe(seconds)


class CommandsFirst:
    """A command goes straight to its route, everything else through the applications.

    What FastAPI and Starlette put between a server and a route costs as much as to decide and to store. A command needs
    none of it: its route answers every error itself.
    """

    def __init__(self, services: Mapping[str, FastAPI], otherwise: ASGIApp) -> None:
        self._otherwise = otherwise
        self._commands: Mapping[str, tuple[FastAPI, list[CommandRoute]]] = {
            name: (app, [r for r in app.routes if isinstance(r, CommandRoute) and r.takes_command])
            for name, app in services.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        handle = self._command(scope) if is_post else None
        await (handle or self._otherwise)(scope, receive, send)

    def _command(self, scope: Scope) -> ASGIApp | None:
        service, _, path = scope["path"][1:].partition("/")
        app, commands = self._commands.get(service, (None, ()))
        for command in commands:
            if named := command.path_regex.match(f"/{path}"):
                scope["app"], scope["route"], scope["path_params"] = app, command, named.groupdict()
                return command.handle
        return None


class _Answer:
    """Sends an answer on, and remembers its status."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, CALLER_GONE

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _span(spans: Spans, scope: Scope) -> Span:
    """What the request leads to follows the span, so the span takes the place of the caller's own trace header."""
    others = [header for header in scope["headers"] if header[0] != TRACEPARENT]
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == TRACEPARENT), None)
    span = spans.span(_method(scope), known_trace(given), SpanKind.SERVER)
    scope["headers"] = [*others, (TRACEPARENT, span.traceparent.encode())]
    return span


def _tell(span: Span, scope: Scope, service: str, status: int) -> None:
    """No path and no query: they name things of people."""
    method, route = _method(scope), f"/{service}{_route(scope, service)}"
    span.rename(f"{method} {route}")
    attributes = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    span.tell({**attributes, "url.scheme": scope["scheme"]} | ({"error.type": str(status)} if status >= 500 else {}))


def _route(scope: Scope, service: str) -> str:
    """Its template, within the service; "" where no route was found."""
    path = getattr(scope.get("route"), "path", "")
    return "" if path == f"/{service}" else path


def _method(scope: Scope) -> str:
    """Callers can make up any number of others."""
    return scope["method"] if scope["method"] in METHODS else OTHER_METHOD
