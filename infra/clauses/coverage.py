"""What carries each clause, which tests name it, how they ended, and the state that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias, get_args

from infra.clauses.marks import Marks
from infra.clauses.outcomes import Outcomes
from packs.register import Clause

State: TypeAlias = Literal["not yet", "rule only", "works"]
RANK = {state: rank for rank, state in enumerate(get_args(State))}
Carriers: TypeAlias = Mapping[str, tuple[str, ...]]


class ClauseTest(NamedTuple):
    """A test that names the clause. `passed`: None where it was not run here as it stands now."""

    name: str
    through: bool
    passed: bool | None


class Coverage(NamedTuple):
    """One clause with its evidence."""

    clause: Clause
    rules: tuple[str, ...]
    tests: tuple[ClauseTest, ...]

    @property
    def is_carried(self) -> bool:
        """By a rule of a pack, or by the services themselves, as the register's map says."""
        return bool(self.rules) or self.clause.is_carried_by_services

    def earned(self, *, trusting: bool = False) -> State:
        """What the tests show that passed here; `trusting` takes those not run here for passed.

        `works`: tests through the services pass and none that names it fails; `rule only`: no test of the rules fails.
        """
        good = [test for test in self.tests if test.passed or (trusting and test.passed is None)]
        failed = [test for test in self.tests if test.passed is False]
        if not self.is_carried or not good or not all(test.through for test in failed):
            return "not yet"
        return "works" if any(test.through for test in good) and not failed else "rule only"

    def state(self, claim: State) -> State:
        """What is earned here; for tests not run here the claim stands, which CI defends by a run of them all."""
        return max(self.earned(), min(claim, self.earned(trusting=True), key=_rank), key=_rank)


def _rank(state: State) -> int:
    return RANK[state]


def coverage(
    clauses: Iterable[Clause], carriers: Carriers, marks: Marks, outcomes: Mapping[str, Outcomes]
) -> list[Coverage]:
    """Every clause with its evidence. `outcomes`: file of tests -> how they ended."""
    return [
        Coverage(clause, carriers.get(clause.id, ()), tuple(_tests(clause.id, marks, outcomes))) for clause in clauses
    ]


def _tests(clause: str, marks: Marks, outcomes: Mapping[str, Outcomes]) -> Iterator[ClauseTest]:
    for test in marks.tests:
        if clause in test.clauses:
            yield ClauseTest(test.name, test.through, _passed(test.name, clause, outcomes.get(test.file, {})))


def _passed(name: str, clause: str, outcomes: Outcomes) -> bool | None:
    """Of a test with parameters every row that names the clause must have passed."""
    ended = [each.passed for node, each in outcomes.items() if node.split("[")[0] == name and clause in each.clauses]
    return all(ended) if ended else None


def mark_faults(marks: Marks, rows: Iterable[Coverage]) -> list[str]:
    """Marks that prove nothing."""
    carried = {row.clause.id: row.is_carried for row in rows}
    faults = [
        f"{place}: a clause is named by a literal, on a test, its class, a row or pytestmark"
        for place in marks.unreadable
    ]
    for test in marks.tests:
        if not test.asserts:
            faults.append(f"{test.name}: names {', '.join(sorted(test.clauses))} and asserts nothing")
        for clause in sorted(test.clauses):
            if clause not in carried:
                faults.append(f"{test.name}: {clause} is not in the register")
            elif not carried[clause]:
                faults.append(f"{test.name}: no rule carries {clause}, nor does the map leave it to the services")
    return faults


def overclaims(rows: Iterable[Coverage], claims: Mapping[str, State], *, trusting: bool) -> list[str]:
    """Clauses that claim more than their tests show."""
    return [
        f"{row.clause.id}: claims {claims[row.clause.id]!r}, but is {earned!r}{_failed(row)}"
        for row in rows
        if RANK[claims[row.clause.id]] > RANK[earned := row.earned(trusting=trusting)]
    ]


def _failed(row: Coverage) -> str:
    failed = [test.name for test in row.tests if test.passed is False]
    return f"; failed: {', '.join(failed)}" if failed else ""
