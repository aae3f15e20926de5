"""Enquiries, finds and measures on persons under any commands; measures on things stand in test_asset."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from asset_control.enquiry import REPEATED, Enquiry
from asset_control.events import AssetsFound
from asset_control.find import Find
from asset_control.person import PersonMeasures
from contracts.asset_control import FoundAsset
from kernel.facts import Known
from kernel.problems import Invalid, NotForPost, NotFound, Problem, WrongState
from rules.calendar import china
from rules.case import case_view
from rules.fact import Fact
from tests.unit.machines.machine import TODAY, AggregateMachine, case_of, few, fields_of
from tests.unit.yiyang import POLICY, fact, filed

pytestmark = pytest.mark.fast
CASE, DEBTOR = "case/yiyang-1", "d1"  # the debtor of every case that tests.unit.yiyang files


def known(*facts: Fact, subject: str = CASE) -> Known:
    ordered = sorted([filed(), *facts])
    return Known(ordered, case_view(ordered, POLICY.court), ordered[-1].time, china(), subject)


def asset(kind: str = "deposit", party_id: str = DEBTOR, asset_id: str = "yiyang-x1") -> FoundAsset:
    told = {"valued": True, "value_fen": 100, "place": "in_county", "online": True, "disposable": "yes"}
    return FoundAsset.model_validate({"asset_id": asset_id, "party_id": party_id, "kind": kind, **told})


@dataclass
class EnquiryModel:
    """`others`: rounds that were asked for before."""

    purpose: str = ""
    answered: bool = False

    def start(self, purpose: str) -> None:
        self.purpose = purpose

    def answer(self) -> None:
        self.answered = True


HOW: dict[str, Any] = {
    "purpose": few(["first", "sorting", "again", "half_yearly"]), "round": st.integers(1, 3),
    "cycle_fits": few([True, True, False]), "asked": st.integers(0, 2),
    "post": few(["enquiry_officer", "enquiry_officer", "filing_officer"]),
    "parties": few([(DEBTOR,), (DEBTOR,), (DEBTOR,), (), ("c1",)]),
}  # fmt: skip


class Enquiries(AggregateMachine):
    KIND, MODEL = Enquiry, EnquiryModel

    @initialize(**HOW)
    def begin(self, **how: Any) -> None:
        """Most are started."""
        self.start(**how)

    @precondition(lambda self: not self.model.purpose)
    @rule(**HOW)
    def start(
        self, purpose: str, round: int, cycle_fits: bool, asked: int, post: str, parties: tuple[str, ...]
    ) -> None:
        """`asked`: how many rounds others have asked for already, every one of them over."""
        cycle = 1 if (purpose == "half_yearly") == cycle_fits else None
        self.act_as(post=post)
        facts = [before for n in range(1, asked + 1) for before in _round(n)]
        told = {"channel": "counter", "purpose": purpose, "round": round, "party_ids": parties, "cycle": cycle}
        refused = _refusal(purpose, round, cycle, asked, post, parties)
        effect = lambda model: model.start(purpose)  # noqa: E731
        self.do(lambda e: e.start(self.KEY, known(*facts), **told), refused, effect)

    @rule(result=few(["found", "nothing", "failed", "partial"]),
          kinds=st.lists(few(["deposit", "vehicle"]), max_size=2), owner=few([DEBTOR, DEBTOR, "stranger"]),
          post=few(["filing_officer", "enquiry_officer"]), ours=few([True, True, False]))  # fmt: skip
    def answer(self, result: str, kinds: list[str], owner: str, post: str, ours: bool) -> None:
        """Only deposits were asked for."""
        self.act_as(post=post)
        found = [asset(kind, owner) for kind in kinds]
        if not self.model.purpose or not ours:
            refused: type[Problem] | None = NotFound
        elif self.model.answered:
            refused = WrongState
        elif post == "filing_officer" and self.model.purpose != "first":
            refused = NotForPost
        else:
            fits = result == "partial" or bool(found) == (result == "found")
            asked_for = all(each.kind == "deposit" and each.party_id == DEBTOR for each in found)
            refused = None if fits and asked_for else Invalid
        subject = CASE if ours else "case/yiyang-2"
        self.do(lambda e: e.answer(subject, result, ("deposit",), found), refused, EnquiryModel.answer)

    @invariant()
    def is_answered_once(self) -> None:
        assert self.aggregate.answered == self.model.answered
        assert self.aggregate.what.get("purpose", "") == self.model.purpose


def _round(number: int) -> list[Fact]:
    told: dict[str, Any] = dict.fromkeys(REPEATED) | {"enquiry_id": f"e{number}", "round": number, "channel": "audit"}
    told["purpose"] = "first" if number == 1 else "again"
    return [
        fact("EnquiryStarted", **told, party_ids=[DEBTOR]),
        fact("EnquiryAnswered", **told, scope=[], result="found"),
    ]


def _refusal(
    purpose: str, round: int, cycle: int | None, asked: int, post: str, parties: tuple[str, ...]
) -> type[Problem] | None:
    if post == "filing_officer" and purpose != "first":
        return NotForPost
    follows = purpose in ("again", "half_yearly")
    fits = (purpose == "half_yearly") == (cycle is not None) and not (purpose == "first" and round > 1)
    if parties != (DEBTOR,) or not fits or (follows and round == 1):
        return Invalid
    return WrongState if round > asked + 1 else None


class Finds(AggregateMachine):
    """Told once, by whoever mints its id."""

    KIND, MODEL = Find, list

    @rule(kinds=st.lists(few(["deposit", "vehicle"]), min_size=1, max_size=3))
    def find(self, kinds: list[str]) -> None:
        assets = tuple(asset(kind) for kind in kinds)
        fields = fields_of("AssetsFound", assets=assets)
        self.do(lambda f: f.record(AssetsFound, subject=CASE, **fields))


KINDS = ("exit_ban", "reward_notice", "publication")  # of those that need no paper


@dataclass
class PersonModel:
    """`terms`: of a measure that runs out, its number and last day."""

    kinds: dict[str, str] = field(default_factory=dict)
    terms: dict[str, tuple[int, date]] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)

    def take(self, measure: str, kind: str, until: date | None) -> None:
        self.kinds[measure] = kind
        if until is not None:
            self.terms[measure] = 1, until

    def renew(self, measure: str, until: date) -> None:
        self.terms[measure] = self.terms[measure][0] + 1, until

    @property
    def in_force(self) -> set[str]:
        return self.kinds.keys() - self.lifted

    def refuses(self, measure: str) -> type[Problem] | None:
        return None if measure in self.in_force else WrongState if measure in self.lifted else NotFound


class Persons(AggregateMachine):
    KIND, MODEL, KEY = PersonMeasures, PersonModel, f"yiyang-1/{DEBTOR}"

    def __init__(self) -> None:
        super().__init__()
        self.today = TODAY

    @initialize(kinds=st.sets(few(KINDS)), days=few([None, 10, 60]))
    def begin(self, kinds: set[str], days: int | None) -> None:
        for kind in sorted(kinds):
            self.take(kind, days, 0)

    @rule(data=st.data())
    def wait(self, data: st.DataObject) -> None:
        """Some days, or until the last day of a term, or the one after."""
        lasts = [(until - self.today).days for _, until in self.model.terms.values()]
        self.go_on(data.draw(few([1, 30, *(n for last in lasts for n in (last, last + 1) if n > 0)])))

    def go_on(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.by = self.by.model_copy(update={"decided_at": self.by.decided_at + timedelta(days=days)})

    def one(self, data: st.DataObject) -> str:
        return data.draw(few([*self.model.kinds, "yiyang-none"]))

    @rule(kind=few([*KINDS, "freeze", "fine"]), days=few([None, 0, 10, 60]), rank=few([0, 0, 0, 1]))
    def take(self, kind: str, days: int | None, rank: int) -> None:
        measure, until = self.id(), None if days is None else self.today + timedelta(days=days)
        wrong = kind in ("freeze", "fine") or rank  # of things; without an amount; a queue is of things
        stands = kind in {self.model.kinds[each] for each in self.model.in_force}
        refused = Invalid if wrong else WrongState if stands else Invalid if days == 0 else None
        told = {"kind": kind, "document_id": None, "rank": rank, "expires_on": until, "channel": "offline"}
        effect = lambda model: model.take(measure, kind, until)  # noqa: E731
        self.do(lambda m: m.take(measure, known(), POLICY, **told), refused, effect)

    @rule(data=st.data(), days=few([-1, 0, 1, 20]), at_last=st.booleans())
    def renew(self, data: st.DataObject, days: int, at_last: bool) -> None:
        """Before its last day is over, and to a later one; often on that day."""
        measure = self.one(data)
        if at_last and measure in self.model.terms:
            self.go_on(max((self.model.terms[measure][1] - self.today).days, 0))
        last = max([self.today, *(until for _, until in self.model.terms.values())])
        until = last + timedelta(days=days)
        term = self.model.terms.get(measure)
        refused = self.model.refuses(measure)
        if refused is None and (term is None or self.today > term[1]):
            refused = WrongState
        elif refused is None and until <= term[1]:
            refused = Invalid
        effect = lambda model: model.renew(measure, until)  # noqa: E731
        self.do(lambda m: m.renew(CASE, measure, None, until), refused, effect)

    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        measure = self.one(data)
        effect = lambda model: model.lifted.add(measure)  # noqa: E731
        self.do(lambda m: m.lift(CASE, measure, "paid"), self.model.refuses(measure), effect)

    def may_be_void(self, version: int) -> bool:
        """That it was taken, until it is renewed or lifted."""
        left = PersonModel()
        try:
            for each, effect in sorted(self.effects.items()):
                if each != version:
                    effect(left)
        except KeyError:
            return False
        return left.kinds.keys() >= left.lifted | left.terms.keys()

    @invariant()
    def stands_what_the_model_says(self) -> None:
        assert self.aggregate.in_force.keys() == self.model.in_force
        assert {key: tuple(term) for key, term in self.aggregate.terms.items()} == self.model.terms


TestEnquiries = case_of(Enquiries)
TestFinds = case_of(Finds)
TestPersonMeasures = case_of(Persons)
