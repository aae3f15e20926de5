"""Screens in a real Chromium: a page that makes a foreign request, logs an error or throws fails its test."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.services import Bench, person

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 20_000
OUTAGE = ("ERR_CONNECTION_REFUSED", "WebSocket connection to", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")


class Screen:
    """A page, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", lambda request: self._check(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _check(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws", 1))):
            self.faults.append(f"foreign request: {url}")

    def forgive(self, *known: str) -> None:
        """Faults that a test brings about itself."""
        self.faults = [fault for fault in self.faults if not any(each in fault for each in known)]


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@contextlib.asynccontextmanager
async def screen(context: BrowserContext, address: str, forgiven: Sequence[str] = ()) -> AsyncIterator[Screen]:
    """A page of the context; in the end nothing may have gone wrong on it but what is `forgiven`."""
    shown = Screen(await context.new_page(), address)
    yield shown
    shown.forgive(*forgiven)
    assert shown.faults == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.asynccontextmanager
async def served(b: Bench, port: int) -> AsyncIterator[str]:
    """The services of the bench over HTTP, each under its own name; gives the base address."""
    app = Starlette(routes=[Mount(f"/{name}", running.http) for name, running in b.running.items()])
    config = uvicorn.Config(
        app, "127.0.0.1", port, log_config=None, access_log=False, lifespan="off", ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(30):
            while not server.started:  # noqa: ASYNC110 (uvicorn tells it in no other way)
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def ticket(b: Bench, address: str, who: str = "chief") -> str:
    """The address that is printed for somebody."""
    sessions = b.running["supervision"].http.state.sessions
    return f"{address}/supervision/login?token={sessions.ticket(person(who))}"
