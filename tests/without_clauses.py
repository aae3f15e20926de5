"""`--without-clauses yiyang FILE…`: the tests of each clause of a court, with its rules taken out of every pack."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import pytest
from _pytest.runner import runtestprotocol

from infra import installation
from infra.clauses.carriers import carriers
from packs.register import register
from rules.packs import Conflict, Pack
from rules.terms import Frozen
from tests import services

OPTION = "--without-clauses"
MISSED, NOT_MISSED = "is missed by", "is missed by no test"
P = TypeVar("P", bound=Frozen)


def carried_clauses(court: str) -> list[str]:
    """The clauses of the court that rules of packs carry; the others are the services' own."""
    carried = carriers()
    return [clause.id for clause in register().values() if clause.court == court and clause.id in carried]


class WithoutClauses:
    """A plugin of pytest: tells of each clause that a test names which of its tests failed first without it.

    Nothing but the rules is changed, and what is left still makes a court: a test fails by what is missed. One that
    cannot even be set up tells nothing.
    """

    def __init__(self, court: str) -> None:
        self.court, self._load = court, installation.load_pack
        self._whole = cache(self._load)
        self.told: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        clauses = carried_clauses(self.court)
        runs = [(clause, item) for clause in clauses for item in session.items if clause in _named(item)]
        for clause, item in runs:
            if self.told.get(clause, NOT_MISSED) == NOT_MISSED:
                self._take_out(clause)
                reports = runtestprotocol(item, log=False, nextitem=session)  # what belongs to the session stays
                missed = any(report.failed and report.when == "call" for report in reports)
                self.told[clause] = f"{MISSED} {item.nodeid}" if missed else NOT_MISSED
        self._restore()
        return True

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        passed = self.told and NOT_MISSED not in self.told.values()
        session.exitstatus = pytest.ExitCode.OK if passed else pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for clause, told in self.told.items():
            terminalreporter.line(f"{clause} {told}")

    def _take_out(self, clause: str) -> None:
        def load_without(*arguments: Any, **named: Any) -> Pack:
            whole = self._whole(*arguments, **named)
            return ungated(whole, without(whole, clause))

        installation.load_pack = load_without
        services.installation.cache_clear()
        services.installation()  # what is left can be installed, or no test would tell anything

    def _restore(self) -> None:
        installation.load_pack = self._load
        services.installation.cache_clear()


def _named(item: pytest.Item) -> set[str]:
    return {clause for mark in item.iter_markers("clause") for clause in mark.args}


def without(part: P, clause: str) -> P:
    """A copy without the parts that carry the clause, but for a part that the whole cannot be without."""
    kept = {
        name: field.get_default()
        if _carries(getattr(part, name), clause) and not field.is_required()
        else _stripped(getattr(part, name), clause)
        for name, field in type(part).model_fields.items()
    }
    copy = part.model_copy(update=kept)
    for name in copy.__dict__.keys() - type(part).model_fields.keys():  # worked out from what was there before
        del copy.__dict__[name]
    return copy


def ungated(whole: Pack, left: Pack) -> Pack:
    """What is left, with no route that waits for a gate that was taken out."""
    gone = {gate.id for gate in whole.gates} - {gate.id for gate in left.gates}
    routing = {
        stage: route.model_copy(update={"gate": None}) if route.gate in gone else route
        for stage, route in left.routing.items()
    }
    copy = left.model_copy(update={"routing": routing})
    copy.__dict__.pop("rules", None)
    return copy


def _stripped(value: Any, clause: str) -> Any:
    if isinstance(value, Frozen):
        return without(value, clause)
    if isinstance(value, Mapping):
        return {key: _stripped(each, clause) for key, each in value.items() if not _carries(each, clause)}
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_stripped(each, clause) for each in value if not _carries(each, clause))
    return value


def _carries(part: Any, clause: str) -> bool:
    """A recorded conflict of the text is no rule."""
    is_rule = isinstance(part, Frozen) and not isinstance(part, Conflict)
    return is_rule and clause in (getattr(part, "clause", None) or "").split()
