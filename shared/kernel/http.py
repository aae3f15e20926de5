"""Commands over HTTP, the same for all six services: their bodies, who calls, their routes and limits."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from contracts.base import Part
from contracts.examples import examples, values
from contracts.vocabulary import unknown_kinds, vocabulary_fields
from kernel.application import Application
from kernel.call import Answer, Call
from kernel.clock import COURT_ZONE, start_of_day
from kernel.database import NOT_NOW
from kernel.domain import Circumstances
from kernel.principals import Principal
from kernel.problem_details import PROBLEM, PROBLEMS, away_response, invalid_response, problem_response
from kernel.problems import Forbidden, Invalid, NotForPost, Problem, TooLarge, Unauthenticated, Unavailable
from kernel.telemetry import trace_id, traceparent
from rules.packs import HANDLER

MAX_BODY_BYTES = 1024 * 1024
MAX_KEY_CHARS = 128
AHEAD_AT_MOST = timedelta(minutes=5)
EARLIEST = datetime(1990, 1, 1, tzinfo=COURT_ZONE)
ANYONE = "*"
log = structlog.get_logger()


class Ids(BaseModel):
    """The ids of what the command created or changed. `Zhixing-Position` says how far it stands in the log."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{"matter_id": "yiyang-4ktm2q7xw3bcd5ea"}]})


DONE: dict[int | str, dict[str, Any]] = {200: {"model": Ids, "description": "Done, and durable"}}


def _with_example(schema: dict[str, Any], body: type[Command]) -> None:
    """Of the event the command leads to; what the event does not have is shown as another event has it."""
    event = examples().get(body.leads_to, {})
    shown: dict[str, Any] = {}
    for name, field in body.model_fields.items():
        key = field.alias or field.serialization_alias or name
        if field.examples:
            shown[key] = field.examples[0]
        elif key in event or field.is_required():
            value = event.get(key, values().get(key))
            narrower = get_args(field.annotation) if get_origin(field.annotation) is Literal else (value,)
            shown[key] = value if value in narrower else narrower[0]
    schema["examples"] = [shown]


class Command(BaseModel):
    """What every command carries besides its own fields.

    `at`: when it happened, default now; a late entry is `at` in the past. `timeprecision` `day`: only the day is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_with_example)
    leads_to: ClassVar[str] = ""  # the event of the published language
    own_fields: ClassVar[tuple[str, ...]] = ()
    at: AwareDatetime | None = Field(None, description="when it happened (happened-at); default: now")
    timeprecision: Literal["instant", "day"] = "instant"

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        cls.own_fields = tuple(name for name in cls.model_fields if name not in Command.model_fields)

    def fields(self) -> dict[str, Any]:
        """The command's own fields, as the aggregate's method takes them."""
        return {name: getattr(self, name) for name in self.own_fields}


Body = TypeVar("Body", bound=BaseModel)


def body_of(contract: type[Part], without: Iterable[str] = (), base: type[Body] = Command) -> type[Body]:
    """A command's body, or a part of one, with the fields of what it leads to that the service does not fill in."""
    left_out = set(without)
    fields: dict[str, Any] = {
        n: (f.rebuild_annotation(), f) for n, f in contract.model_fields.items() if n not in left_out
    }
    made = create_model(contract.__name__, __base__=base, **fields)
    if issubclass(made, Command):
        made.leads_to = contract.__name__
    return made


App = TypeVar("App", bound=Application)


class Caller:
    """The one dependency of every command: who calls, with which key, about what."""

    def __init__(self, scope: Scope, body: bytes = b"") -> None:
        self.state = scope["app"].state
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self._path, self._ids, self._body = scope["path"], scope["path_params"], body
        self.principal = principal_of(self.state, headers.get(b"authorization", ""))
        self.key = headers.get(b"idempotency-key", "")
        self.traceparent = traceparent(headers.get(b"traceparent"))
        self.after = headers.get(b"zhixing-after")
        self.post = headers.get(b"zhixing-post")

    def reads(self, kind: type[App]) -> App:
        """The application, for a query of the caller's own court."""
        self._require_court()
        return self.state.application

    async def reads_as(self, kind: type[App], query: str) -> App:
        """The application, for a query that only some posts may make: a line of the service's MAY table."""
        app = self.reads(kind)
        await self._post(app, query)
        return app

    async def do(self, method: Callable[..., Awaitable[Answer]], *arguments: Any, body: Command) -> Response:
        """Runs one application method as this caller, in the form the service has given it.

        Its name is the command's name in the service's MAY table.
        """
        began = time.perf_counter()
        app: Application = self.state.application
        await self._wait_for_what_the_caller_saw()
        self._require_court()
        try:
            post = await self._post(app, method.__name__)
        except NotForPost as refusal:
            await app.refuse(self._call(app, body, self._posts()[0]), refusal)
            raise
        call = self._call(app, body, post)
        if vocabulary_fields(type(body)):
            _require_known_kinds(body, app.policy(call).vocabulary)
        answer: Answer = await getattr(app, method.__name__)(call, *arguments, **body.fields())
        log.info(
            "command",
            command=method.__name__,
            command_id=call.by.command_id,
            trace=trace_id(self.traceparent),
            position=answer.position,
            ms=round((time.perf_counter() - began) * 1e3, 2),
            **self._ids,
        )
        return self._response(answer, app.SERVICE)

    def _call(self, app: Application, body: Command, post: str) -> Call:
        return Call(self._circumstances(body, post), app.body_hash(self._what_was_asked()))

    def _what_was_asked(self) -> bytes:
        return self._path.encode() + b"\n" + self._body

    def _response(self, answer: Answer, service: str) -> Response:
        media = "application/json" if answer.status < 400 else PROBLEM
        return Response(answer.body, answer.status, {"zhixing-position": f"{service}:{answer.position}"}, media)

    def _require_court(self) -> None:
        """A path names things of the caller's own court only; ids begin with the court."""
        court = self.principal.court
        if court not in self.state.courts:
            raise Forbidden("this installation does not serve the court of the token")
        for name, value in self._ids.items():
            if not str(value).startswith(f"{court}-"):
                raise Forbidden("this is not a thing of the caller's court", field=f"path.{name}")

    async def _post(self, app: Application, command: str) -> str:
        """The post in which the caller does this: the one he names in Zhixing-Post, else the first that may.

        Role `handler`: whoever holds the case now. `*`: anyone; the command itself says for whom it is.
        """
        may: tuple[str, ...] = self.state.may[command]
        posts = self._posts()
        for post in posts:
            if post in may or ANYONE in may:
                return post
        subject = await app.subject_of(self._ids)
        if HANDLER in may and subject.startswith("case/"):
            known = await app.known(self.principal.court, subject)
            if known.view.holder == self.principal.member:
                return posts[0]
        log.warning("not for this post", command=command, member=self.principal.member, post=posts[0], subject=subject)
        raise NotForPost(f"this is for: {', '.join(may)}", act=command, wanted_by=may[0], subject=subject)

    def _posts(self) -> tuple[str, ...]:
        if self.post is None and self.principal.posts:
            return self.principal.posts
        if self.post not in self.principal.posts:
            raise Forbidden("the caller does not hold this post", field="header.zhixing-post")
        return (self.post,)

    def _circumstances(self, body: Command, post: str) -> Circumstances:
        now: datetime = self.state.clock.now()
        key = self._required_key()
        command_id = command_id_of(self.principal, key)
        return Circumstances(
            court=self.principal.court,
            actor=self.principal.member,
            post=post,
            team=self.principal.team,
            command_id=command_id,
            correlation_id=command_id,
            causation_id=command_id,
            decided_at=now,
            happened_at=happened_at(body, now),
            timeprecision=body.timeprecision,
            pack="",
            packversion="",
            traceparent=self.traceparent,
            facts_up_to={},
        )

    def _required_key(self) -> str:
        if not 1 <= len(self.key) <= MAX_KEY_CHARS or not self.key.isprintable():
            raise Invalid(f"1 to {MAX_KEY_CHARS} printable characters are needed", field="header.idempotency-key")
        return self.key

    async def _wait_for_what_the_caller_saw(self) -> None:
        """Zhixing-After: `service:position,...`; 503 until this service has seen that far."""
        if self.after is None:
            return
        seen: dict[str, int] = self.state.seen()
        for service, position in _positions(self.after, seen):
            if seen[_log_of(service)] < position:
                raise Unavailable(f"the events of {service} have not arrived that far yet")


def _positions(text: str, logs: Container[str]) -> list[tuple[str, int]]:
    """(service, position) of each, as Zhixing-Position writes them. Raises Invalid."""
    parts = [part.strip().partition(":") for part in text.split(",")]
    if any(_log_of(service) not in logs or not _is_position(position) for service, _, position in parts):
        raise Invalid("write service:position, separated by commas", field="header.zhixing-after")
    return [(service, int(position)) for service, _, position in parts]


def _is_position(text: str) -> bool:
    return text.isdecimal() and len(text) <= 18


def _log_of(service: str) -> str:
    return service.replace("-", "_")


def _require_known_kinds(body: Command, added: Mapping[str, frozenset[str]]) -> None:
    """Kinds of the national vocabulary, and those the court's pack adds. Raises Invalid."""
    for unknown in unknown_kinds(body, added):
        raise Invalid(f"none of the {unknown.vocabulary.replace('_', ' ')} in force", field=f"body.{unknown.field}")


def command_id_of(principal: Principal, key: str) -> str:
    """A key's scope is (court, caller, key)."""
    scope = f"{principal.court}\n{principal.member}\n{key}"
    return hashlib.blake2b(scope.encode(), digest_size=16).hexdigest()


def happened_at(body: Command, now: datetime) -> datetime | None:
    """The command's time; None for now. Up to 5 minutes ahead counts as now, further ahead is refused.

    Of a day only, today included, it is where the day begins in Shanghai: no envelope may say otherwise (1.4).
    """
    at = now if body.at is None else body.at
    if at > now + AHEAD_AT_MOST:
        raise Invalid("lies in the future", field="body.at")
    if at < EARLIEST:
        raise Invalid("lies before 1990", field="body.at")
    if body.timeprecision == "day":
        return start_of_day(min(at, now))
    return None if at >= now else at


def principal_of(state: Any, authorization: str) -> Principal:
    """Raises Unauthenticated."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send a token: Authorization: Bearer …", field="header.authorization")
    principal: Principal = state.issuer.principal(token)
    return principal


async def caller(request: Request) -> Caller:
    return Caller(request.scope)


async def principal(request: Request) -> Principal:
    return principal_of(request.app.state, request.headers.get("authorization", ""))


ByCaller = Annotated[Caller, Depends(caller)]
ByPrincipal = Annotated[Principal, Depends(principal)]


class CommandRoute(APIRoute):
    """A command's route: told of by FastAPI's OpenAPI, but run without its general solving of dependencies.

    A command has ids in its path, one body and its caller. The body is read as pydantic reads JSON, which is stricter
    and costs a third. Routes that take no command are FastAPI's own.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        kinds = get_type_hints(endpoint, include_extras=True)
        body = kinds.pop("body", None)
        self._body: type[Command] | None = body if isinstance(body, type) and issubclass(body, Command) else None
        if self._body is not None:
            options["responses"] = {**options["responses"], **DONE}
        super().__init__(path, endpoint, **options)
        self._ids = {name: TypeAdapter[Any](kinds[name]) for name in self.param_convertors}

    @property
    def takes_command(self) -> bool:
        return self._body is not None and self.methods == {"POST"}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._body is None or scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        with suppress(ClientDisconnect):  # nobody waits for an answer
            response = await self._answer(scope, receive, self._body)
            await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, kind: type[Command]) -> Response:
        try:
            body = await whole_body(scope, receive)
            by, ids = Caller(scope, body), self._ids_of(scope["path_params"])
            return await self.endpoint(**ids, body=kind.model_validate_json(body), by=by)
        except Problem as problem:
            return problem_response(problem)
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            return invalid_response([{**fault, "loc": ("body", *fault["loc"])} for fault in faults])
        except NOT_NOW as error:
            return away_response(error)

    def _ids_of(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Raises Invalid."""
        ids: dict[str, str] = {}
        for name, kind in self._ids.items():
            try:
                ids[name] = kind.validate_python(given[name])
            except ValidationError as error:
                raise Invalid(error.errors()[0]["msg"], field=f"path.{name}") from None
        return ids


async def whole_body(scope: Scope, receive: Receive) -> bytes:
    """Raises TooLarge over 1 MiB, whatever the headers say; ClientDisconnect when the caller has gone."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    body, message = b"", {"more_body": True}
    too_large = not declared.isdigit() or int(declared) > MAX_BODY_BYTES
    while message.get("more_body", False) and not too_large:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        too_large = len(body) > MAX_BODY_BYTES
    if too_large:
        raise TooLarge(f"a body may hold {MAX_BODY_BYTES} bytes")
    return body


def command_router(tag: str) -> APIRouter:
    """For the commands and queries of a service, or of a family."""
    return APIRouter(tags=[tag], responses=PROBLEMS, route_class=CommandRoute)
