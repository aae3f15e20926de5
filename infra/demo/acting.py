"""How the people of one case act: when they get to something, whom it goes to, and that each act is done once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.demo.caseload import LATE, Agenda, Profile
from infra.demo.client import People
from infra.demo.timeline import Timeline
from kernel.clock import COURT_ZONE
from rules.calendar import Calendar

PLAIN_MATTER: dict[str, Any] = {"urgent": False, "items": 1, "requirement": True, "materials": []}


@dataclass
class Scene:
    """What all that happens around one profile has in common: its dice, its agenda, the number of its acts."""

    profile: Profile
    people: People
    timeline: Timeline
    chance: random.Random
    agenda: Agenda
    acts: int = field(default=0)

    @classmethod
    def of(cls, profile: Profile, people: People, timeline: Timeline, calendar: Calendar, seed: int) -> Scene:
        chance = random.Random(f"{seed}/{profile.number}/story")
        return cls(profile, people, timeline, chance, Agenda(calendar, chance))


class Acting:
    """Acts that number or share something out happen at an instant that is this profile's own (`alone`)."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.profile, self.people, self.timeline, self.chance = (
            scene.profile, scene.people, scene.timeline, scene.chance,
        )  # fmt: skip

    async def do(self, member: str, path: str, body: dict[str, Any] | None = None, at: datetime | None = None) -> Any:
        self.scene.acts += 1
        return await self.people.do(member, path, self._key, body or {}, at)

    async def refused(self, member: str, path: str, body: dict[str, Any]) -> None:
        """What the rules of the court do not let anybody do; that it was tried stays on record."""
        self.scene.acts += 1
        await self.people.be_refused(member, path, self._key, body)

    async def see(self, member: str, path: str) -> Any:
        return await self.people.see(member, path)

    @property
    def _key(self) -> str:
        return f"case {self.profile.number} act {self.scene.acts}"

    def who(self, post: str, team: str | None = None) -> str:
        """The same case goes to the same one of several who hold a post."""
        holders = self.people.holding(post, team)
        return holders[self.profile.number % len(holders)]

    # -- time

    @property
    def now(self) -> datetime:
        return self.timeline.clock.now()

    def day(self, days: int = 0) -> str:
        """Of the court, so many days from today."""
        return (self.now.astimezone(COURT_ZONE).date() + timedelta(days=days)).isoformat()

    async def later(self, days: float, *, alone: bool = False) -> None:
        """Waits for office hours about so many days on; `alone`: at an instant of this case's own."""
        await self._at_work(days * self.chance.uniform(0.6, 1.4), alone=alone)

    async def not_before(self, instant: datetime, *, alone: bool = False) -> None:
        """Waits for office hours after an instant."""
        await self._at_work((instant - self.now) / timedelta(days=1), alone=alone)

    async def _at_work(self, days: float, *, alone: bool) -> None:
        instant = self.scene.agenda.after(self.now, days)
        await self.timeline.until(instant + timedelta(seconds=self.profile.number + 1) if alone else instant)

    async def soon(self) -> None:
        """Half an hour on: what the system does by itself is done."""
        await self.timeline.until(self.now + timedelta(minutes=30))

    async def at_once(self, act: str, late: float) -> None:
        """The same day; or, as LATE has it, about so many days late."""
        await self.soon()
        if wait := self.days(act, 0, late):
            await self.later(wait)

    async def before_entry(self) -> datetime | None:
        """When it happened, for an act that is entered only days later; None for one that is entered at once."""
        if not self.profile.entered_late:
            return None
        happened = self.now
        await self.later(self.profile.entered_late, alone=True)
        return happened

    def days(self, act: str, in_time: float, late: float) -> float:
        """How long people take for an act: as LATE has it, some of them too long."""
        is_late = self.chance.random() * 100 < LATE[act] and not self.profile.punctual
        return late if is_late else in_time
