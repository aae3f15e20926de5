"""Notes how tests that name clauses end, for `./zhixing clauses`; a whole run fails where a clause overclaims."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.clauses import evidence
from infra.clauses.claims import read_claims
from infra.clauses.coverage import overclaims
from infra.clauses.outcomes import HOME, Outcome, file_digest, record
from packs.register import register

TESTS = Path(__file__).parent


def overclaimed() -> list[str]:
    """Clauses of this checkout that claim more than the tests that passed in it show."""
    return overclaims(evidence(), read_claims(register()), trusting=False)


class ClauseOutcomes:
    """A plugin of pytest. Tests outside of the folder are none of its business."""

    def __init__(
        self, folder: Path = TESTS, home: Path = HOME, overclaimed: Callable[[], list[str]] = overclaimed
    ) -> None:
        self.folder, self.home, self.find_overclaimed = folder, home, overclaimed
        self.digests: dict[str, str] = {}  # as the files stood when they were collected
        self.clauses: dict[str, tuple[str, ...]] = {}
        self.passed: dict[str, bool | None] = {}
        self.deselected = False
        self.overclaimed: list[str] = []

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        if isinstance(collector, pytest.Module) and collector.path.is_relative_to(self.folder):
            self.digests[collector.nodeid] = file_digest(collector.path)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        named = {clause for mark in item.iter_markers("clause") for clause in mark.args}
        if named and item.nodeid.partition("::")[0] in self.digests:
            self.clauses[item.nodeid] = tuple(sorted(named))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.deselected = self.deselected or bool(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Passed: the call passed, and neither setting up nor tearing down failed. Expected failures pass nothing."""
        if report.nodeid not in self.clauses:
            return
        before = self.passed.get(report.nodeid)
        if report.failed:
            self.passed[report.nodeid] = False
        elif before is None:
            is_proof = report.when == "call" and report.passed and not hasattr(report, "wasxfail")
            self.passed[report.nodeid] = True if is_proof else None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self.passed:
            return
        whole = self._is_whole(session)
        for file in {node.partition("::")[0] for node in self.passed}:
            record(file, self.digests[file], dict(self._ended(file)), whole=whole, home=self.home)
        if whole:
            self.overclaimed = self.find_overclaimed()
            if self.overclaimed and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.overclaimed:
            terminalreporter.section("clauses that claim more than they have")
            for line in self.overclaimed:
                terminalreporter.line(line)

    def _ended(self, file: str) -> Iterator[tuple[str, Outcome | None]]:
        for node, passed in self.passed.items():
            if node.partition("::")[0] == file:
                yield node, None if passed is None else Outcome(passed, self.clauses[node])

    def _is_whole(self, session: pytest.Session) -> bool:
        """Every test was asked for and came to its end."""
        asked = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
        return asked and not self.deselected and self.clauses.keys() == self.passed.keys()
