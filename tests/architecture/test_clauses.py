"""No clause claims more than it has, no mark proves nothing; at the end of a whole run the outcomes are asked too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.clauses.carriers import carriers
from infra.clauses.claims import read_claims
from infra.clauses.coverage import coverage, mark_faults, overclaims
from infra.clauses.marks import TESTS, read_marks
from infra.clauses.pages import HOME, pages
from packs.register import register
from tests.architecture.checkout import ROOT

MARKS = read_marks(TESTS)


@pytest.fixture(scope="module")
def rows():
    return coverage(register().values(), carriers(), MARKS, {})


def test_every_mark_proves_something(rows):
    assert mark_faults(MARKS, rows) == []


def test_no_clause_claims_more_than_the_tests_that_name_it_can_show(rows):
    assert overclaims(rows, read_claims(register()), trusting=True) == []


# ---- a run of pytest notes outcomes, and a whole one is judged -----------------------------------------------------

CONFTEST = """
from pathlib import Path
from tests.clause_outcomes import ClauseOutcomes

def pytest_configure(config):
    here = Path(__file__).parent
    notes = here / "home" / "tests.test_it.py.json"
    told = lambda: ["Y06 overclaims"] if "false" in notes.read_text() or "true" not in notes.read_text() else []
    config.pluginmanager.register(ClauseOutcomes(here / "tests", here / "home", told))
"""
TEST = """
import pytest

def test_other():
    pass

@pytest.mark.clause("Y06")
def test_it():
    {}
"""


def run(folder: Path, body: str, *arguments: str) -> tuple[int, str, str]:
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = clause(id): named\n")
    (folder / "tests" / "test_it.py").write_text(TEST.format(body))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    done = subprocess.run(command, cwd=folder, env=paths, check=False, capture_output=True, text=True)
    notes = folder / "home" / "tests.test_it.py.json"
    return done.returncode, done.stdout, notes.read_text() if notes.exists() else ""


def test_a_whole_run_in_which_the_naming_test_passes_is_green(tmp_path):
    code, told, notes = run(tmp_path, "assert pytest")
    assert (code, "overclaims" in told) == (0, False)
    assert '"tests/test_it.py::test_it":[true,["Y06"]]' in notes


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("assert not pytest", "[false,"),
        ("pytest.skip('for a reason')", '"outcomes":{}'),
        ("pytest.xfail('known')", '"outcomes":{}'),
    ],
    ids=["failed", "skipped", "expected to fail"],
)
def test_a_whole_run_in_which_it_does_not_pass_fails(tmp_path, body, left):
    code, told, notes = run(tmp_path, body)
    assert (code, "Y06 overclaims" in told) == (1, True)
    assert left in notes


def test_a_run_of_some_tests_is_not_judged(tmp_path):
    code, told, notes = run(tmp_path, "assert pytest", "-k", "other")
    assert (code, "overclaims" in told, notes) == (0, False, "")
    code, told, notes = run(tmp_path, "pytest.skip('for a reason')", "tests/test_it.py")
    assert (code, "overclaims" in told, '"outcomes":{}' in notes) == (0, False, True)


def test_each_court_has_a_page_that_tells_its_clauses_as_packs_and_tests_have_them():
    stale = [name for name, text in pages().items() if (HOME / name).read_text("utf-8") != text]
    assert not stale, "python -m infra.clauses.pages writes them anew"
