"""The cases of a simulated year: when they come, what is found, how long they take. Invented from one number alone.

The schemes give the kinds of cases (infra.demo.caseload), the bounds of claims and the terms that durations lie around:
two months of a simple case (宜阳 4.2.4), three months and more before a case is terminated for now (科右前旗 五（八）),
a month for what must be controlled on the spot (南召 三5), six months for a case (法发〔2006〕35号). How many cases
come, and how claims and durations are spread, they do not say: that is invented, and stands here.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from contracts.asset_control import AssetsFound, AssetStateChanged
from contracts.base import Contract
from contracts.families import MatterDone
from contracts.intake import CaseFiled, CaseNoted
from infra.demo.caseload import LIVES, Agenda
from rules.calendar import Calendar
from rules.fact import Fact

DEBTORS = {1: 72, 2: 20, 3: 6, 6: 2}  # debtors of a case -> how many cases in a hundred
FROM_TRIBUNAL, SAME_DEBTOR, MISSING, ELSEWHERE = 0.12, 0.15, 0.05, 0.10
"""Cases mediated by a tribunal for its own area, cases of a debtor the court knows, debtors nobody finds, and those who
live outside the county."""
CLAIM = (11.3, 1.1)  # lognormal, yuan: half of the claims are under 81,000
SPREAD_OF_DAYS = (
    0.4  # lognormal: of ten cases of a kind seven take between two thirds and one and a half times its days
)
LATER = 0.4  # of a case's days, until late property is found and until a sale begins


class Course(NamedTuple):
    """`found`: the kind of property, of which a deposit covers the claim; `days`: of half of the cases.

    `late`: found only after the case was first assigned.
    """

    found: str
    days: int
    marks: tuple[str, ...] = ()
    instrument: str = "judgment"
    late: bool = False


COURSES = {
    "terminated": Course("", 110),
    "resumed": Course("", 150),
    "sold_on_sale": Course("real_estate", 240),
    "given_in_kind": Course("real_estate", 240),
    "sold_again": Course("real_estate", 240),
    "sold_second": Course("real_estate", 210),
    "sold_first": Course("real_estate", 170),
    "vehicle": Course("vehicle", 120),
    "hidden": Course("movable", 150, late=True),
    "stayed": Course("real_estate", 365, late=True),
    "objected": Course("real_estate", 200),
    "forgotten": Course("", 180),
    "deposit": Course("deposit", 25),
    "administrative": Course("deposit", 30, instrument="administrative"),
    "pays_late": Course("", 60),
    "cash": Course("", 30, ("willing_to_perform",)),
    "main_account": Course("deposit", 40),
    "settled": Course("", 45, ("likely_to_settle",)),
    "coerced": Course("", 75, ("needs_coercion",)),
    "withdrawn": Course("", 20, ("easy",)),
    "petition": Course("", 120, ("social_conflict",)),
}
"""How each kind of life goes."""


class Debtor(NamedTuple):
    number: int
    area: str


@dataclass(frozen=True)
class Case:
    """`facts`: what is known of it but for who has it; `moves`: (stage, when) of each assignment."""

    id: str
    debtor: Debtor
    facts: tuple[Fact, ...]
    moves: tuple[tuple[str, datetime], ...]
    closes: datetime


class Place(NamedTuple):
    """Where debtors live: the townships of the court, and which tribunal has one of them as its own."""

    townships: Sequence[str]
    tribunals: dict[str, str]
    second: bool
    """Whether a case may go on to another team (二次分案)."""


def caseload(seed: int, cases: int, first: date, days: int, place: Place, calendar: Calendar) -> list[Case]:
    """Cases in the order of their filing, on any working day alike. The same seed gives the same cases."""
    chance = random.Random(f"{seed}/{first}/{days}")
    working = [day for day in range(first.toordinal(), first.toordinal() + days) if calendar.is_working(day)]
    coming = sorted(chance.choice(working) for _ in range(cases))
    known: list[Debtor] = []
    return [_case(number, day, chance, known, place, calendar) for number, day in enumerate(coming, 1)]


def _case(number: int, day: int, chance: random.Random, known: list[Debtor], place: Place, calendar: Calendar) -> Case:
    course = COURSES[chance.choices(list(LIVES), list(LIVES.values()))[0]]
    agenda = Agenda(calendar, chance)
    filed = agenda.on_day(date.fromordinal(day))
    assigned = agenda.after(filed, chance.randint(2, 5))
    length = max(course.days * chance.lognormvariate(0, SPREAD_OF_DAYS), 5)
    later, closes = agenda.after(assigned, length * LATER), agenda.after(assigned, length)
    debtor = _debtor(chance, known, place)
    told = _Told(f"case/study-{number}")
    told.add(filed, _filing(number, course, debtor, chance, place))
    if course.marks:
        told.add(filed, CaseNoted(marks=dict.fromkeys(course.marks, True)))
    told.property(course, told.claim, later if course.late else filed, later, closes)
    goes_on = place.second and course.late
    moves = (("first", assigned), *((("second", later + timedelta(hours=1)),) if goes_on else ()))
    return Case(f"study-{number}", debtor, tuple(sorted(told.facts)), moves, max(closes, moves[-1][1]))


def _debtor(chance: random.Random, known: list[Debtor], place: Place) -> Debtor:
    if known and chance.random() < SAME_DEBTOR:
        return chance.choice(known)
    area = chance.choice(place.townships) if place.townships and chance.random() > ELSEWHERE else ""
    known.append(Debtor(len(known) + 1, area))
    return known[-1]


def _filing(number: int, course: Course, debtor: Debtor, chance: random.Random, place: Place) -> CaseFiled:
    count = chance.choices(list(DEBTORS), list(DEBTORS.values()))[0]
    missing = course.found == "" and chance.random() < MISSING
    tribunal = place.tribunals.get(debtor.area) if chance.random() < FROM_TRIBUNAL else None
    instrument = {"kind": "mediation", "from_tribunal": tribunal} if tribunal else {"kind": course.instrument}
    claim = {"money": True, "amount_fen": round(chance.lognormvariate(*CLAIM)) * 100, "basis": "instrument"}
    parties = [_party("c1", "creditor", "", False)]
    parties += [_party(f"d{n}", "debtor", debtor.area if n == 1 else "", missing) for n in range(1, count + 1)]
    return CaseFiled.model_validate(
        {
            "case_no": f"（2025）研0执{number}号", "kind": "enforcement", "application_id": f"a{number}",
            "instrument": instrument, "cause": "other", "parties": parties, "earlier_preservation": False,
            "claim": claim | {"interest_apart": True, "costs_apart": True, "acts": []}, "marked_simple": False,
        }
    )  # fmt: skip


def _party(id_: str, role: str, area: str, missing: bool) -> dict[str, Any]:
    return {
        "party_id": id_, "role": role, "kind": "person", "state_employee": False, "named_in_instrument": True,
        "area": area, "debtor_hash": "", "whereabouts": "missing" if missing else "known", "in_custody": "no",
        "address_confirmed": True, "phone": True, "represented": "none",
    }  # fmt: skip


class _Told:
    """The facts of one case as they are told."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.facts: list[Fact] = []

    @property
    def claim(self) -> int:
        return self.facts[0].data["claim"]["amount_fen"]

    def add(self, at: datetime, event: Contract, team: str = "") -> None:
        self.facts.append(fact_of(self.subject, len(self.facts) + 1, at, event, team))

    def property(self, course: Course, claim: int, found: datetime, sale: datetime, closes: datetime) -> None:
        """A deposit covers the claim; anything else is controlled on the spot, and sold."""
        if not course.found:
            return
        liquid = course.found == "deposit"
        asset = {
            "asset_id": "x1", "party_id": "d1", "kind": course.found, "valued": True, "value_fen": claim,
            "place": "in_county", "online": liquid, "disposable": "yes",
        }  # fmt: skip
        self.add(found, AssetsFound.model_validate({"find_id": "f1", "source": "enquiry", "assets": [asset]}))
        if liquid:
            return
        done = {"matter_id": "m1", "kind": "offline_control", "result": "done", "receipts_complete": True}
        self.add(sale, MatterDone.model_validate(done | {"reported_to_handler": True}), HOLDER)
        state = {"asset_id": "x1", "kind": course.found, "place": "in_county"}
        self.add(sale, AssetStateChanged.model_validate(state | {"state": "in_disposal"}))
        self.add(closes, AssetStateChanged.model_validate(state | {"state": "sold"}))


HOLDER = "holder"
"""Stands for the team that holds the case, whichever that will be."""


def fact_of(subject: str, number: int, at: datetime, event: Contract, team: str = "") -> Fact:
    return Fact(
        id=f"{subject}/{number}", source="/study", type=type(event).__name__, court="study", subject=subject,
        time=at, recorded_at=at, position=number, data=event.to_data(), team=team,
    )  # fmt: skip
