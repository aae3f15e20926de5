"""One asset that several cases have found: measures on it, and the queue of seizures (轮候), under any commands."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from asset_control.asset import Asset
from kernel.problems import Invalid, NotFound, Problem, WrongState
from rules.calendar import china
from tests.unit.machines.machine import AggregateMachine, case_of, few
from tests.unit.machines.test_asset_control import asset, known
from tests.unit.yiyang import POLICY

pytestmark = pytest.mark.fast
CASES = tuple(f"case/yiyang-{letter}" for letter in "abc")
SEIZURES = ("seal", "seize")


class Standing(NamedTuple):
    """A measure in force, or a seizure that waits; `outside`: how many of others stand before a waiting one."""

    measure: str
    case: str
    kind: str
    outside: int = 0

    @property
    def queues(self) -> bool:
        return self.kind in (*SEIZURES, "waiting")


@dataclass
class AssetModel:
    """What stands, in the order it was taken: the first case that seized it holds it, the others wait their turn."""

    found: set[str] = field(default_factory=set)
    state: str = ""
    standing: list[Standing] = field(default_factory=list)
    lifted: set[str] = field(default_factory=set)

    @property
    def queue(self) -> list[Standing]:
        return [each for each in self.standing if each.queues]

    def before(self, case: str, measure: str | None) -> int:
        """How many other cases stand before a measure, or before one now being taken."""
        cases: set[str] = set()
        for each in self.queue:
            if each.measure == measure:
                break
            cases.add(each.case)
        return len(cases - {case})

    def rank(self, one: Standing) -> int:
        return self.before(one.case, one.measure) + one.outside if one.kind == "waiting" else 0

    def next_rank(self) -> int:
        return max((self.rank(each) for each in self.queue), default=-1) + 1

    def refuses(self, case: str, measure: str) -> type[Problem] | None:
        if measure in self.lifted:
            return WrongState
        return None if any((each.measure, each.case) == (measure, case) for each in self.standing) else NotFound

    def refuses_to_take(self, case: str, kind: str, told: int) -> type[Problem] | None:
        if case not in self.found:
            return NotFound
        if self.state:
            return WrongState
        others, own = any(each.case != case for each in self.queue), any(each.case == case for each in self.queue)
        if kind != "waiting" and (told or (kind in SEIZURES and others)):
            return Invalid if told else WrongState
        waits = any((each.case, each.kind) == (case, "waiting") for each in self.queue)
        if kind in SEIZURES and waits:
            return WrongState
        if kind == "waiting" and (own or not max(told, self.next_rank()) or 0 < told < self.next_rank()):
            return Invalid
        return WrongState if any((each.case, each.kind) == (case, kind) for each in self.standing) else None

    def take(self, measure: str, case: str, kind: str, told: int) -> None:
        outside = (told or self.next_rank()) - self.before(case, None) if kind == "waiting" else 0
        self.standing.append(Standing(measure, case, kind, max(outside, 0)))

    def lift(self, measure: str) -> None:
        self.standing = [each for each in self.standing if each.measure != measure]
        self.lifted.add(measure)
        self.let_the_next_in()

    def move_up(self, measure: str, by: int) -> None:
        """Others outside have ended: that many places, with all that stand behind."""
        at = [each.measure for each in self.standing].index(measure)
        for n, each in enumerate(self.standing[at:], at):
            if each.kind == "waiting":
                self.standing[n] = each._replace(outside=each.outside - by)
        self.let_the_next_in()

    def let_the_next_in(self) -> None:
        self.standing = [
            each._replace(kind="seal") if each.kind == "waiting" and self.rank(each) == 0 else each
            for each in self.standing
        ]

    def sell(self) -> None:
        self.state = "sold"
        self.lifted |= {each.measure for each in self.standing}
        self.standing = []


class Assets(AggregateMachine):
    """A car, which is sealed. Corrections of ranks that others stand on are for the scenarios of seizures."""

    KIND, MODEL, KEY = Asset, AssetModel, "yiyang-x1"

    def voidable(self) -> list[int]:
        return []

    @initialize(found=few([CASES, CASES, CASES[:1]]), seized=few(["seal", "seize", None]),
                waits=few([(), (0,), (3,), (0, 0), (2, 0), (0, 4)]))  # fmt: skip
    def begin(self, found: tuple[str, ...], seized: str | None, waits: tuple[int, ...]) -> None:
        """The first case holds it, and others wait, at the ranks that the registry told."""
        for case in found:
            self.find(case, known_already=False)
        if seized:
            self.take(CASES[0], seized, 0)
        for case, told in zip(CASES[1:], waits, strict=False):
            self.take(case, "waiting", told)

    @precondition(lambda self: len(self.model.found) < len(CASES))
    @rule(case=few(CASES), known_already=st.booleans())
    def find(self, case: str, known_already: bool) -> None:
        command = lambda a: a.record_find(case, asset("vehicle"), known_already=known_already)  # noqa: E731
        self.do(command, None, lambda model: model.found.add(case))

    @rule(case=few(CASES), kind=few([*SEIZURES, "guard"]), told=few([0, 0, 0, 1]))
    def take(self, case: str, kind: str, told: int) -> None:
        measure, refused = self.id(), self.model.refuses_to_take(case, kind, told)
        fields: dict[str, Any] = {"kind": kind, "rank": told, "channel": "offline"}
        effect = lambda model: model.take(measure, case, kind, told)  # noqa: E731
        self.do(lambda a: a.take(measure, known(subject=case), POLICY, **fields), refused, effect)

    @rule(case=few(CASES), told=few([0, 0, 1, 2, 3]))
    def wait(self, case: str, told: int) -> None:
        self.take(case, "waiting", told)

    @precondition(lambda self: self.model.standing)
    @rule(data=st.data(), case=few([None, None, *CASES]))
    def lift(self, data: st.DataObject, case: str | None) -> None:
        """What stands, or what was lifted; of its own case, or of another."""
        known_ids = [each.measure for each in self.model.standing]
        measure = data.draw(few([*known_ids, *known_ids, *self.model.lifted, "yiyang-none"]))
        own = next((each.case for each in self.model.standing if each.measure == measure), CASES[0])

        def command(one: Asset) -> None:
            one.lift(case or own, measure, "released")
            one.take_turns(POLICY, china())

        self.do(command, self.model.refuses(case or own, measure), lambda model: model.lift(measure))

    @precondition(lambda self: self.model.standing)
    @rule(data=st.data(), up=st.integers(0, 3))
    def take_turn(self, data: st.DataObject, up: int) -> None:
        """The registry tells a waiting seizure's rank anew: further up, but behind all that stand before it here."""
        one = data.draw(few(self.model.standing))
        rank = max(self.model.rank(one) - up, 0)
        before = self.model.standing[: self.model.standing.index(one)]
        least = max((self.model.rank(each) for each in before if each.queues), default=-1) + 1
        refused = None if one.kind == "waiting" and least <= rank < self.model.rank(one) else Invalid
        effect = lambda model: model.move_up(one.measure, model.rank(one) - rank)  # noqa: E731
        self.do(lambda a: a.take_turn(known(subject=one.case), POLICY, one.measure, rank), refused, effect)

    @precondition(lambda self: len(self.model.standing) > 3)
    @rule(case=few(CASES))
    def sell(self, case: str) -> None:
        """Handed to the buyer free of everything, waiting seizures too."""
        refused = None if case in self.model.found else NotFound
        self.do(lambda a: a.hand_to_buyer(case), refused, AssetModel.sell)

    @invariant()
    def stands_what_the_model_says(self) -> None:
        stands = [(each.measure_id, each.subject, each.kind, each.rank) for each in self.aggregate.in_force.values()]
        assert stands == [(m.measure, m.case, m.kind, self.model.rank(m)) for m in self.model.standing]
        assert (self.aggregate.lifted, self.aggregate.found.keys()) == (self.model.lifted, self.model.found)

    @invariant()
    def one_case_holds_it_and_the_others_wait_in_order(self) -> None:
        seized = [each for each in self.aggregate.seizures if each.kind != "waiting"]
        waits = [each.rank for each in self.aggregate.seizures if each.kind == "waiting"]
        assert len({each.subject for each in seized}) <= 1
        assert waits == sorted(set(waits))
        assert all(rank > 0 for rank in waits)


TestAssets = case_of(Assets)
