"""The seeded caseload: what each case is about, and how punctual its people are. Invented from one number alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from kernel.clock import COURT_ZONE
from rules.calendar import Calendar

SLOT_MINUTES = 30
OPENS_MINUTE, CLOSES_MINUTE = 9 * 60, 17 * 60
TOWNSHIPS = ("城关", "锦屏", "柳泉", "韩城", "三乡", "白杨", "香鹿山", "丰李")
Property = Literal["deposit", "nothing", "real_estate", "vehicle", "late_estate"]  # the last: found only later


class Agenda:
    """Office hours of a court: when somebody gets to something. Instants in UTC, on half hours of working days."""

    def __init__(self, calendar: Calendar, chance: random.Random) -> None:
        self._calendar, self._chance = calendar, chance

    def on_day(self, day: date) -> datetime:
        """Some half hour of the day, or of the next working day."""
        ordinal = day.toordinal()
        if not self._calendar.is_working(ordinal):
            ordinal = self._calendar.next_working(ordinal)
        minute = self._chance.randrange(OPENS_MINUTE, CLOSES_MINUTE, SLOT_MINUTES)
        local = datetime.combine(date.fromordinal(ordinal), time(minute // 60, minute % 60), COURT_ZONE)
        return local.astimezone(UTC)

    def after(self, instant: datetime, days: float) -> datetime:
        """Some half hour about `days` later, never earlier than the next half hour."""
        later = instant + timedelta(days=days)
        found = self.on_day(later.astimezone(COURT_ZONE).date())
        return found if found > instant else self.on_day(later.astimezone(COURT_ZONE).date() + timedelta(days=1))


@dataclass(frozen=True)
class Profile:
    """One case as the dice have it. `tardy`: the act that is late in it, "" for none; `entered_late`: days until what
    was done in time (an enquiry's answer, a disposal asked for) is entered."""

    number: int
    day: date
    claim_fen: int
    debtors: int
    found: Property
    tardy: str
    entered_late: int
    refused: bool
    organ: bool


TARDY = {  # the act that is late -> how many cases in a hundred
    "pre_steps": 7,
    "documents": 5,
    "handover": 5,
    "second_handover": 6,
    "disposal": 6,
    "auction_accepts": 5,
    "payout": 4,
    "": 62,
}
FOUND: dict[Property, int] = {"deposit": 46, "nothing": 18, "real_estate": 8, "vehicle": 4, "late_estate": 24}


def profiles(seed: int, cases: int, first: date, days: int) -> list[Profile]:
    """The same seed gives the same caseload. Cases come in on any day of the span, fewer towards its end."""
    return [_profile(random.Random(f"{seed}/{number}"), number, first, days) for number in range(cases)]


def _profile(chance: random.Random, number: int, first: date, days: int) -> Profile:
    arrives = int(days * 0.92 * chance.random() ** 1.15)
    return Profile(
        number=number,
        day=first + timedelta(days=arrives),
        claim_fen=round(chance.lognormvariate(11.3, 1.1)) * 100,
        debtors=chance.choices((1, 2, 3, 6), (72, 20, 6, 2))[0],
        found=chance.choices(list(FOUND), list(FOUND.values()))[0],
        tardy=chance.choices(list(TARDY), list(TARDY.values()))[0],
        entered_late=chance.choices((0, 6, 10), (85, 10, 5))[0],
        refused=chance.random() < 0.02,
        organ=chance.random() < 0.03,
    )
