"""The seeded caseload: what each case is about, and how punctual its people are. Invented from one number alone."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kernel.clock import COURT_ZONE
from rules.calendar import Calendar

SLOT_MINUTES = 30
OPENS_MINUTE, CLOSES_MINUTE = 9 * 60, 17 * 60
TOWNSHIPS = ("城关", "锦屏", "柳泉", "韩城", "三乡", "白杨", "香鹿山", "丰李")
ONE_OF_EACH_A_DAY = 6  # a plan begins with one case of each kind of life, so many a day

LIVES = {  # kind of life (lives/) -> how many cases in a hundred
    # those that take longest come first, so that they come far in a short plan
    "terminated": 9,  # nothing found: terminated for now
    "resumed": 4,  # the same, and resumed for what a clue or a later enquiry finds
    "sold_on_sale": 2,  # a flat that nobody buys in two rounds
    "given_in_kind": 1,
    "sold_again": 1,  # the first buyer does not pay
    "sold_second": 3,
    "sold_first": 4,
    "vehicle": 3,
    "hidden": 3,  # property the debtor is moving away
    "stayed": 2,  # the case stands still for a year, its seizure is renewed or forgotten
    "objected": 3,  # a third party objects, then asks for reconsideration
    "forgotten": 2,  # who holds it does nothing for half a year
    "deposit": 38,  # a deposit covers the claim
    "administrative": 3,
    "pays_late": 6,  # nothing found, but the debtor pays
    "cash": 3,
    "main_account": 3,  # money comes that nobody knows a case for
    "settled": 4,
    "coerced": 2,  # no report of property: a fine
    "withdrawn": 2,
    "petition": 2,
}
LATE = {  # act -> how many in a hundred are done late
    "pre_steps": 7,
    "documents": 5,
    "handover": 5,
    "second_handover": 6,
    "parties_told": 6,
    "disposal": 6,
    "auction_accepts": 8,
    "clue": 6,
    "price": 12,
    "auction_notice": 12,
    "balance": 10,
    "ruling_served": 10,
    "delivered": 12,
    "cash": 15,
    "payout": 6,
    "renewal": 30,
    "resumption": 20,
    "objection": 12,
    "petition": 20,
}


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
    """One case as the dice have it. `entered_late`: days until what was done in time (an enquiry's answer, a disposal
    asked for) is entered. `corrected`: a fact that was entered wrongly is corrected. `punctual`: nothing is late."""

    number: int
    day: date
    life: str
    claim_fen: int
    debtors: int
    entered_late: int
    corrected: bool
    refused: bool
    organ: bool
    asks_investigation: bool
    punctual: bool = False


def profiles(seed: int, cases: int, first: date, days: int) -> list[Profile]:
    """The same seed gives the same caseload: one case of each kind, then as the weights have it.

    Cases come in on any day of the span, fewer towards its end.
    """
    return [_profile(random.Random(f"{seed}/{number}"), number, first, days) for number in range(cases)]


def _profile(chance: random.Random, number: int, first: date, days: int) -> Profile:
    arrives = int(days * 0.92 * chance.random() ** 1.15)
    as_diced = Profile(
        number=number,
        day=first + timedelta(days=arrives),
        life=chance.choices(list(LIVES), list(LIVES.values()))[0],
        claim_fen=round(chance.lognormvariate(11.3, 1.1)) * 100,
        debtors=chance.choices((1, 2, 3, 6), (72, 20, 6, 2))[0],
        entered_late=chance.choices((0, 6, 10), (85, 10, 5))[0],
        corrected=chance.random() < 0.03,
        refused=chance.random() < 0.02,
        organ=chance.random() < 0.03,
        asks_investigation=chance.random() < 0.15,
    )
    return _one_of_each(as_diced, first) if number < len(LIVES) else as_diced


def _one_of_each(diced: Profile, first: date) -> Profile:
    """The first cases: every kind of life once, in its plainest form, so that a short plan shows all."""
    return Profile(
        number=diced.number,
        day=first + timedelta(days=diced.number // ONE_OF_EACH_A_DAY),
        life=list(LIVES)[diced.number],
        claim_fen=diced.claim_fen,
        debtors=1,
        entered_late=0,
        corrected=diced.number == 0,
        refused=False,
        organ=False,
        asks_investigation=diced.number == 0,
        punctual=True,
    )
