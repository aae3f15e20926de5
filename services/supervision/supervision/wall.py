"""The wallboard (总览大屏): rendered once for all who watch, and only while somebody does."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined

from kernel.database import AWAY
from kernel.principals import LocalIssuer, Principal
from kernel.problems import Forbidden, Unauthenticated
from supervision import views
from supervision.application import SUPERVISORS
from supervision.live import Live
from supervision.queries import Snapshot, snapshot
from supervision.texts import TEXTS, Language

REGIONS = ("now", "numbers", "nodes", "teams", "week", "worst")
SHORTEST_S = 0.2  # between two renderings
LONGEST_S = 1.0  # without news the time of day still moves on
HEARTBEAT_S = 10.0
NODES, WEEK = 12, 7
NOT_OVERDUE = ("running", "pending", "suspended")
SESSION_S = 30 * 86_400  # a wall hangs for long; whoever holds the cookie can only watch
MAX_TICKETS = 10_000
log = structlog.get_logger()
pages = Environment(
    loader=PackageLoader("supervision"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)


async def content(of: Snapshot) -> dict[str, Any]:
    """What the wall shows of a court: the summary, the worst nodes and cases first, and the coming days."""
    seen = await views.summary(of)
    nodes = sorted(seen["nodes"], key=lambda node: (-node["breached"], -node["near"], -node["running"], node["rule"]))
    week = [
        {"day": day, "count": count, "off": not of.calendar.is_working(day.toordinal())}
        for day, count in await of.due_by_day(WEEK)
    ]
    shown = [
        node | {"urgent": node["breached"] + node["near"], "open": sum(node[state] for state in NOT_OVERDUE)}
        for node in nodes[:NODES]
    ]
    return seen | {"nodes": shown, "week": week, "worst": await views.worst(of, and_near=True)}


def render(seen: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Region -> its HTML, an element of that id."""
    return {
        region: pages.get_template(f"_{region}.html").render(seen, t=TEXTS[language], percent=percent, row_id=row_id)
        for region in REGIONS
    }


def percent(part: float, whole: float) -> str:
    """A length in SVG."""
    return f"{100 * part / whole:.2f}%" if whole else "0%"


def row_id(row: Mapping[str, Any]) -> str:
    """Stable, so that a row that moves is moved and not written anew."""
    named = f"{row['subject']}\n{row['rule']}\n{row['occurrence']}"
    return f"w-{hashlib.blake2b(named.encode(), digest_size=8).hexdigest()}"


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Waits for the event, but not longer. Not by wait_for: before Python 3.12 it can lose a cancellation."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Channel:
    """One court in one language. Each region has a version; a client is sent those it lacks, however slow it is."""

    def __init__(self) -> None:
        self.regions: dict[str, tuple[int, str]] = {}
        self.watchers = 0
        self._news = asyncio.Event()

    def publish(self, regions: Mapping[str, str]) -> None:
        for region, html in regions.items():
            version, before = self.regions.get(region, (0, ""))
            if html != before:
                self.regions[region] = version + 1, html
                self._news.set()
        if self._news.is_set():
            self._news = asyncio.Event()

    async def updates(self) -> AsyncGenerator[str]:
        """HTML of the regions that changed since the last update; "" now and then when none did."""
        seen: dict[str, int] = {}
        self.watchers += 1
        try:
            while True:
                news = self._news
                changed = [html for region, (version, html) in self.regions.items() if seen.get(region) != version]
                seen = {region: version for region, (version, _) in self.regions.items()}
                yield "".join(changed)
                await _within(HEARTBEAT_S, news)
        finally:
            self.watchers -= 1


class Wall:
    """The wallboards of all courts."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._channels: dict[tuple[str, Language], Channel] = {}
        self._changed = asyncio.Event()
        live.on_change.append(self._changed.set)

    @property
    def watchers(self) -> int:
        return sum(channel.watchers for channel in self._channels.values())

    async def channel(self, court: str, language: Language) -> Channel:
        """The channel with what there is now."""
        channel = self._channels.setdefault((court, language), Channel())
        await self._publish(court, {language: channel})
        return channel

    async def run(self) -> None:
        """Renders what is watched, when something has changed."""
        while True:
            await asyncio.sleep(SHORTEST_S)
            await _within(LONGEST_S, self._changed)
            self._changed.clear()
            for court, channels in self._watched().items():
                try:
                    await self._publish(court, channels)
                except AWAY:
                    log.warning("wall: the database does not answer")

    def _watched(self) -> dict[str, dict[Language, Channel]]:
        watched: dict[str, dict[Language, Channel]] = {}
        for (court, language), channel in self._channels.items():
            if channel.watchers:
                watched.setdefault(court, {})[language] = channel
        return watched

    async def _publish(self, court: str, channels: Mapping[Language, Channel]) -> None:
        async with snapshot(self._live, court) as of:
            seen = await content(of)
        for language, channel in channels.items():
            channel.publish(render(seen, language))


class Sessions:
    """Who may watch: a token from the printed address, good for once, is exchanged for a token of the session.

    That one is signed with a secret of its own: no command or query takes it.
    """

    def __init__(self, secret: bytes) -> None:
        self._own = LocalIssuer(hmac.digest(secret, b"supervision: sessions of the wallboard", "sha256"))
        self._used: OrderedDict[bytes, None] = OrderedDict()

    def ticket(self, principal: Principal) -> str:
        """What a printed address carries: good for one login to the wallboard, and for nothing else."""
        return self._own.token(principal)

    def begin(self, ticket: str) -> str:
        """A session's token. Raises Unauthenticated for a used or invalid ticket, Forbidden for another post."""
        principal = self._own.principal(ticket)
        digest = hashlib.sha256(ticket.encode()).digest()
        if digest in self._used:
            raise Unauthenticated("this address was used before")
        if not set(SUPERVISORS) & set(principal.posts):
            raise Forbidden(f"this is for: {', '.join(SUPERVISORS)}")
        self._used[digest] = None
        if len(self._used) > MAX_TICKETS:
            self._used.popitem(last=False)
        return self._own.token(Principal(principal.member, principal.court, ()), lifetime_s=SESSION_S)

    def watcher(self, session: str | None) -> Principal:
        """Raises Unauthenticated once the session has ended."""
        return self._own.principal(session or "")
