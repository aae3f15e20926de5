"""The court's people, as the services see them: HTTP with a token and an idempotency key."""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime
from typing import Any

import httpx

from infra.installation import Installation
from kernel.principals import LocalIssuer, Principal

TRIES = 3
sys.modules.setdefault("sniffio", None)  # pyright: ignore  httpcore looks for it anew at every request, not to find it
REFUSED = 409


class Unexpected(Exception):
    """A service answered otherwise than the story needs."""


class People:
    """Calls the services in the name of a court's members. Keys are given by the caller, so that a run repeats."""

    def __init__(self, http: httpx.AsyncClient, installation: Installation, issuer: LocalIssuer, court: str) -> None:
        self._http, self._issuer, self.court = http, issuer, court
        self._members = {p.member: p for p in installation.principals(court)}
        self._tokens: dict[str, str] = {}
        self.requests = 0

    def holding(self, post: str, team: str | None = None) -> list[str]:
        """Members who hold a post, in the order of the installation."""
        return [m for m, p in self._members.items() if post in p.posts and team in (None, p.team)]

    def principal(self, member: str) -> Principal:
        return self._members[member]

    async def do(self, member: str, path: str, key: str, body: dict[str, Any], at: datetime | None = None) -> Any:
        """A command that must succeed; gives the ids of its answer. `at`: when it happened, for a late entry."""
        status, answer = await self.try_to(member, path, key, body, at)
        if status != 200:
            raise Unexpected(f"{path} answered {status}: {answer}")
        return answer

    async def try_to(
        self, member: str, path: str, key: str, body: dict[str, Any], at: datetime | None = None
    ) -> tuple[int, Any]:
        """A command that may be refused: status and answer."""
        sent = body if at is None else {**body, "at": at.isoformat()}
        headers = {**self._headers(member), "idempotency-key": key}
        response = await self._send("POST", path, headers, sent)
        return response.status_code, response.json()

    async def be_refused(self, member: str, path: str, key: str, body: dict[str, Any]) -> None:
        """A command that the rules refuse (409)."""
        status, answer = await self.try_to(member, path, key, body)
        if status != REFUSED:
            raise Unexpected(f"{path} answered {status}: {answer}")

    async def see(self, member: str, path: str) -> Any:
        response = await self._send("GET", path, self._headers(member))
        if response.status_code != 200:
            raise Unexpected(f"{path} answered {response.status_code}: {response.text}")
        return response.json()

    async def _send(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> httpx.Response:
        """A connection lost on the way is no answer: sent again, with the same key."""
        self.requests += 1
        for _ in range(TRIES - 1):
            with contextlib.suppress(httpx.TransportError):
                return await self._http.request(method, path, json=body, headers=headers)
        return await self._http.request(method, path, json=body, headers=headers)

    def _headers(self, member: str) -> dict[str, str]:
        if member not in self._tokens:
            self._tokens[member] = self._issuer.token(self._members[member])
        return {"authorization": f"Bearer {self._tokens[member]}"}
