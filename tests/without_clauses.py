"""`--without-clauses yiyang`: the scenario tests of each clause of a court, with its rules taken out of every pack."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
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
SCENARIOS = Path(__file__).parent / "scenario"
P = TypeVar("P", bound=Frozen)


def carried_clauses(court: str) -> list[str]:
    """The clauses of the court that rules of packs carry; the others are the services' own."""
    return [clause.id for clause in register().values() if clause.court == court and clause.id in carriers()]


class WithoutClauses:
    """A plugin of pytest: tells of each clause which of its tests failed first without it.

    Nothing but the rules is changed, and what is left still makes a court: a test fails by what is missed.
    """

    def __init__(self, court: str) -> None:
        self.clauses, self._load = carried_clauses(court), installation.load_pack
        self.told: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        runs = [(clause, item) for clause in self.clauses for item in _scenarios(session.items, clause)]
        for number, (clause, item) in enumerate(runs):
            if not any(line.startswith(f"{clause} ") for line in self.told):
                self._take_out(clause)
                following = runs[number + 1][1] if number + 1 < len(runs) else None
                reports = runtestprotocol(item, log=False, nextitem=following)
                if any(report.failed for report in reports):
                    self.told.append(f"{clause} {MISSED} {item.nodeid}")
        self._restore()
        return True

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        missed = {line.split()[0] for line in self.told}
        for line in (*self.told, *(f"{clause} {NOT_MISSED}" for clause in self.clauses if clause not in missed)):
            terminalreporter.line(line)

    def _take_out(self, clause: str) -> None:
        def load_without(*arguments: Any, **named: Any) -> Pack:
            whole = self._load(*arguments, **named)
            return ungated(whole, without(whole, clause))

        installation.load_pack = load_without
        services.installation.cache_clear()
        services.installation()  # what is left can be installed, or no test would tell anything

    def _restore(self) -> None:
        installation.load_pack = self._load
        services.installation.cache_clear()


def _scenarios(items: Iterable[pytest.Item], clause: str) -> Iterator[pytest.Item]:
    for item in items:
        if SCENARIOS in item.path.parents and clause in {c for m in item.iter_markers("clause") for c in m.args}:
            yield item


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
