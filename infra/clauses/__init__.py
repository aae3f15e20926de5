"""`./zhixing clauses`: clause (条款) -> rules -> tests, and what of it is there."""

from __future__ import annotations

from typing import Any

from infra import show
from infra.clauses.carriers import carriers
from infra.clauses.claims import read_claims
from infra.clauses.coverage import RANK, Coverage, State, coverage
from infra.clauses.marks import TESTS, read_marks
from infra.clauses.outcomes import last_outcomes
from packs.register import Clause, register

_SIGNS = {True: "passed", False: "FAILED", None: "not run here"}


def evidence() -> list[Coverage]:
    """Every clause of the register with the rules, tests and outcomes of this checkout."""
    marks = read_marks(TESTS)
    outcomes = {file: last_outcomes(file) for file in {test.file for test in marks.tests}}
    return coverage(register().values(), carriers(), marks, outcomes)


def answer(court: str | None) -> list[dict[str, Any]]:
    """Of every clause, or of one court's: id, rules, tests with whether they passed, state."""
    rows = [row for row in evidence() if court in (None, row.clause.court)]
    claims = read_claims(register())
    return [_told(row, row.state(claims[row.clause.id])) for row in rows]


def _told(row: Coverage, state: State) -> dict[str, Any]:
    tests = [{"name": test.name, "passed": test.passed} for test in row.tests]
    return {"id": row.clause.id, "rules": list(row.rules), "tests": tests, "state": state}


def print_answer(told: list[dict[str, Any]]) -> None:
    """For people: each clause with its evidence, then how many are in each state."""
    for each in told:
        _print_clause(register()[each["id"]], each)
    counts = {state: sum(each["state"] == state for each in told) for state in reversed(RANK)}
    _print(", ".join(f"{state} {count}" for state, count in counts.items()))
    if any(test["passed"] is None for each in told for test in each["tests"]):
        _print("For tests not run here the state claimed in docs/clauses.md stands, which CI defends.")


def _print_clause(clause: Clause, told: dict[str, Any]) -> None:
    by_services = "the services themselves" if clause.is_carried_by_services else "no rule yet"
    _print(f"{clause.id}  {told['state']}  {clause.court} {clause.place}: {clause.requirement}", style="bold")
    _print(f"     {', '.join(sorted(clause.constructs))}: {', '.join(told['rules']) or by_services}")
    for test in told["tests"]:
        _print(f"     {_SIGNS[test['passed']]}: {test['name']}")


def _print(line: str, style: str | None = None) -> None:
    show.console.print(line, style=style, markup=False, soft_wrap=True)
