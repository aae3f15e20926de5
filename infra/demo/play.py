"""The main job of `./zhixing demo`: six services, one accelerated clock, a caseload from application to archive."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import httpx

from infra.demo.acting import Scene
from infra.demo.caseload import profiles
from infra.demo.client import People
from infra.demo.story import story
from infra.demo.timeline import Timeline
from infra.host import Hosted
from infra.introduction import introduce
from kernel.clock import COURT_ZONE, SimulatedClock
from rules.calendar import Calendar

FIRST_DAY = date(2026, 1, 5)  # a Monday, six weeks before Spring Festival
CASES_AT_LEAST, CASES_A_DAY = 210, 1
PATIENCE_S = 60.0


def default_cases(days: int) -> int:
    """A long plan is played more thinly, so that it takes minutes: 330 cases in 120 days, 610 in 400."""
    return CASES_AT_LEAST + days * CASES_A_DAY


@dataclass(frozen=True)
class Plan:
    """What is played. The same plan gives the same summary."""

    court: str
    days: int
    cases: int
    seed: int

    @property
    def begin(self) -> datetime:
        return datetime.combine(FIRST_DAY, clock_time(8), COURT_ZONE).astimezone(UTC)

    @property
    def end(self) -> datetime:
        return self.begin + timedelta(days=self.days, hours=10)


@dataclass(frozen=True)
class Speed:
    """How fast it went: of the machine, not of the court; stands apart from the summary."""

    seconds: float
    requests: int
    events: int
    instants: int


async def play(hosted: Hosted, address: str, plan: Plan, moved: Callable[[datetime], None]) -> Speed:
    """Plays the plan through the HTTP APIs at `address`; `moved` is told each instant of the simulated clock."""
    clock = hosted.clock
    assert isinstance(clock, SimulatedClock)
    began, instants = time.perf_counter(), 0

    def arrived(instant: datetime) -> None:
        nonlocal instants
        instants += 1
        moved(instant)

    await introduce(hosted)
    timeline = Timeline(clock, hosted.settled, lambda: _arrive(hosted))
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=32)
    async with httpx.AsyncClient(base_url=address, timeout=PATIENCE_S, limits=limits, trust_env=False) as http:
        people = People(http, hosted.installation, hosted.issuer, plan.court)
        await tell(plan, people, timeline, hosted.installation.courts.calendar, arrived)
    events = sum(hosted.heads.values())
    return Speed(time.perf_counter() - began, people.requests, events, instants)


async def tell(
    plan: Plan, people: People, timeline: Timeline, calendar: Calendar, moved: Callable[[datetime], None]
) -> None:
    """All stories of the plan, whoever moves the timeline's clock."""
    stories = [
        story(Scene.of(profile, people, timeline, calendar, plan.seed)).tell()
        for profile in profiles(plan.seed, plan.cases, FIRST_DAY, plan.days)
    ]
    await timeline.play(stories, plan.end, moved)


async def _arrive(hosted: Hosted) -> None:
    """At a new instant: timers that have fallen due fire, and deadlines that have run out are found."""
    for running in (r for r in hosted.running.values() if r.service.timers):
        while await running.parts.timers.fire_due(running.parts.application):
            pass
    await hosted.settled()
    await hosted.running["supervision"].parts.application.live.sweep()
    await hosted.settled()  # reminders too have effects
