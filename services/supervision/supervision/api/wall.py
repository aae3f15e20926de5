"""The wallboard over HTTP: pages with a strict policy, and a WebSocket that pushes what changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.requests import HTTPConnection

from kernel.problems import Forbidden, Unauthenticated
from supervision.texts import LANGUAGES, TEXTS, Language
from supervision.wall import SESSION_S, Channel, Sessions, Wall, pages

COOKIE = "zhixing-wall"
LOGIN_ENDED = 4401
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login(request: Request, token: str | None = None) -> Response:
    """Exchanges the token of a printed address for a cookie; without one says how to get an address."""
    sessions: Sessions = request.app.state.sessions
    if token is None:
        return _page(request, "login.html", 200, fault=None)
    try:
        session = sessions.begin(token)
    except Unauthenticated:
        return _to_wall(request) if _may_watch(request) else _page(request, "login.html", 401, fault="login_bad")
    except Forbidden:
        return _page(request, "login.html", 403, fault="login_post")
    return _to_wall(request, session)


@router.get("/wall")
async def wall(request: Request) -> Response:
    """The wallboard (总览大屏); without a session the way to the login."""
    board, language = cast(Wall, request.app.state.wall), _language(request)
    if not _may_watch(request):
        return RedirectResponse("login", 303, HEADERS)
    channel = await board.channel(_court(request), language)
    regions = {region: html for region, (_, html) in channel.regions.items()}
    return _page(request, "wall.html", 200, regions=regions)


@router.websocket("/live")
async def live(socket: WebSocket) -> None:
    """HTML of the regions that changed, for as long as the page is seen and the session lasts."""
    if not _same_origin(socket) or not _may_watch(socket):
        return await socket.close()  # before it is accepted: the handshake fails
    channel = await cast(Wall, socket.app.state.wall).channel(_court(socket), _language(socket))
    await socket.accept()
    pushing = asyncio.create_task(_push(socket, channel))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
    return None


async def _push(socket: WebSocket, channel: Channel) -> None:
    async with contextlib.aclosing(channel.updates()) as updates:
        with contextlib.suppress(WebSocketDisconnect):
            async for html in updates:
                if not _may_watch(socket):
                    return await socket.close(LOGIN_ENDED)
                await socket.send_text(html)
    return None


def _same_origin(connection: HTTPConnection) -> bool:
    """CORS does not cover WebSockets: another site's page must not watch with this browser's cookie."""
    return urlsplit(connection.headers.get("origin", "")).netloc == connection.headers.get("host")


def _may_watch(connection: HTTPConnection) -> bool:
    try:
        _court(connection)
    except Unauthenticated:
        return False
    return True


def _court(connection: HTTPConnection) -> str:
    """Of the session. Raises Unauthenticated."""
    sessions: Sessions = connection.app.state.sessions
    court = sessions.watcher(connection.cookies.get(COOKIE)).court
    if court not in connection.app.state.courts:
        raise Unauthenticated("this installation does not serve the court of the session")
    return court


def _language(connection: HTTPConnection) -> Language:
    """As asked, then as last asked, then Chinese."""
    known: Mapping[str | None, Language] = {language: language for language in LANGUAGES}
    asked, before = connection.query_params.get("lang"), connection.cookies.get("lang")
    return known.get(asked) or known.get(before) or "zh"


def _to_wall(request: Request, session: str | None = None) -> Response:
    response = RedirectResponse("wall", 303, HEADERS)
    if session is not None:
        _set_cookie(request, response, COOKIE, session, SESSION_S)
    return response


def _page(request: Request, template: str, status: int, **values: Any) -> Response:
    language = _language(request)
    html = pages.get_template(template).render(t=TEXTS[language], **values)
    response = HTMLResponse(html, status, HEADERS)
    if "lang" in request.query_params:
        _set_cookie(request, response, "lang", language, SESSION_S)
    return response


def _set_cookie(request: Request, response: Response, name: str, value: str, lifetime_s: int) -> None:
    path = request.scope.get("root_path") or "/"
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, lifetime_s, path=path, secure=secure, httponly=True, samesite="strict")
