"""Clause -> rules -> tests -> state: what is read from tests, what an outcome is worth, and what may be claimed."""

import pytest

from infra.clauses.carriers import carriers
from infra.clauses.claims import ClaimsError, claims_text, read_claims
from infra.clauses.coverage import ClauseTest, Coverage, coverage, mark_faults, overclaims
from infra.clauses.marks import read_marks
from infra.clauses.outcomes import Outcome, file_digest, last_outcomes, record
from packs.register import RegisterError, courts, register

pytestmark = pytest.mark.fast

CLAUSES = register()
Y06 = CLAUSES["Y06"]
RULES = {"Y06": ("yiyang.first_assignment",)}
THROUGH, RULE = "tests/scenario/test_it.py", "tests/unit/test_it.py"


# ---- the register -------------------------------------------------------------------------------------------------


def test_the_register_has_every_clause_of_five_schemes():
    assert (len(CLAUSES), courts()) == (138, ("yiyang", "horqin", "nanzhao", "shihe", "guancheng"))
    assert all(clause.requirement and clause.place and clause.constructs for clause in CLAUSES.values())


@pytest.mark.parametrize(
    ("clauses", "constructs", "told"),
    [
        ("a\tb\nY01\tx\n", "a\tb\n", "not name the same clauses: Y01"),
        ("a\tb\nY01\tx\nY01\ty\n", "a\tb\nY01\tclock\n", "clauses.tsv:3: expected 2 columns"),
        ("a\tb\nY01\n", "a\tb\nY01\tclock\n", "clauses.tsv:2: expected 2 columns"),
    ],
)
def test_a_register_that_contradicts_itself_is_refused(tmp_path, clauses, constructs, told):
    (tmp_path / "clauses.tsv").write_text(clauses)
    (tmp_path / "clause-map.tsv").write_text(constructs)
    with pytest.raises(RegisterError, match=told):
        register(tmp_path)


def test_a_clause_is_carried_by_the_rules_that_name_it():
    found = carriers()
    assert "yiyang.first_assignment" in found["Y06"]
    assert "yiyang.r.covered" in found["Y11"], "a branch of a route"
    assert "kind simple" in found["Y14"]
    conflicts = {f"yiyang.c{n}" for n in range(1, 9)}
    assert not any(conflicts & {*rules} for rules in found.values()), "conflicts carry nothing"


# ---- reading the marks --------------------------------------------------------------------------------------------

ASSERTING = "    assert answer() == 1\n"


def marks(tmp_path, text, file="unit/test_it.py", **helpers):
    folder = tmp_path / "tests"
    for name, content in {file: text, **{f"{name}.py": content for name, content in helpers.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return read_marks(folder)


@pytest.mark.parametrize(
    "text",
    [
        '@pytest.mark.clause("Y06")\n@pytest.mark.clause("Y07")\ndef test_it():\n',
        '@pytest.mark.clause("Y06", "Y07")\nasync def test_it():\n',
        'pytestmark = [pytest.mark.fast, pytest.mark.clause("Y06")]\n@pytest.mark.clause("Y07")\ndef test_it():\n',
        '@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.clause("Y06")), '
        'pytest.param(2, marks=[pytest.mark.clause("Y07")])])\ndef test_it(n):\n',
        'ROWS = [pytest.param(1, marks=pytest.mark.clause("Y06", "Y07"))]\n'
        '@pytest.mark.parametrize("n", ROWS)\ndef test_it(n):\n',
    ],
    ids=["two marks", "one mark", "of the module", "of rows", "of a table"],
)
def test_marks_stand_on_tests_rows_and_modules(tmp_path, text):
    [test] = marks(tmp_path, text + ASSERTING).tests
    assert (test.name, test.clauses) == ("tests/unit/test_it.py::test_it", {"Y06", "Y07"})


def test_a_class_names_clauses_for_its_tests(tmp_path):
    text = '@pytest.mark.clause("Y06")\nclass TestIt:\n    def test_it(self):\n        assert answer()\n'
    [test] = marks(tmp_path, text).tests
    assert (test.name, test.clauses) == ("tests/unit/test_it.py::TestIt::test_it", {"Y06"})


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.clause(CLAUSE)\ndef test_it():\n    assert answer()\n",
        'name = pytest.mark.clause\n@name("Y06")\ndef test_it():\n    assert answer()\n',
        '@pytest.mark.clause("Y06")\ndef helper():\n    assert answer()\n',
        'def test_it(request):\n    request.node.add_marker(pytest.mark.clause("Y06"))\n    assert answer()\n',
    ],
    ids=["a variable", "another name", "no test", "added as it runs"],
)
def test_a_mark_that_cannot_be_read_is_a_fault(tmp_path, text):
    found = marks(tmp_path, text)
    assert found.tests == ()
    assert [place.split(":")[0] for place in found.unreadable] == ["tests/unit/test_it.py"]


@pytest.mark.parametrize(
    ("body", "asserts"),
    [
        ("    assert answer() == 1", True),
        ("    with pytest.raises(ValueError):\n        answer()", True),
        ("    await b.refused(403, 'triage')", True),
        ("    check(answer())", True),
        ("    then(answer())", True),
        ("    answer()", False),
        ("    assert True", False),
        ("    assert 1 == 1, answer", False),
        ("    pass", False),
    ],
)
def test_a_test_that_asserts_nothing_is_told(tmp_path, body, asserts):
    helper = "def check(x):\n    assert x\n\ndef then(x):\n    check(x)\n"
    [test] = marks(tmp_path, f'@pytest.mark.clause("Y06")\nasync def test_it(b):\n{body}\n', helper=helper).tests
    assert test.asserts is asserts


FIXTURE = "@pytest.fixture\nasync def b(database):\n    yield database\n\n"
NAMING = '@pytest.mark.clause("Y06")\nasync def test_it(b):\n    assert b\n'


@pytest.mark.parametrize(
    ("file", "text", "through"),
    [
        ("scenario/test_it.py", FIXTURE + NAMING, True),
        ("scenario/test_it.py", NAMING, False),
        ("unit/test_it.py", FIXTURE + NAMING, False),
    ],
    ids=["scenario on a database", "scenario without one", "not a scenario"],
)
def test_a_scenario_goes_through_the_services_when_they_have_a_database(tmp_path, file, text, through):
    [test] = marks(tmp_path, text, file).tests
    assert test.through is through


# ---- what an outcome is worth -------------------------------------------------------------------------------------


def row(*tests, rules=("yiyang.first_assignment",)):
    return Coverage(Y06, rules, tuple(ClauseTest(f"test_{n}", *test) for n, test in enumerate(tests)))


S, R = True, False


@pytest.mark.parametrize(
    ("tests", "earned", "trusting"),
    [
        ([], "not yet", "not yet"),
        ([(S, True)], "works", "works"),
        ([(R, True)], "rule only", "rule only"),
        ([(S, None)], "not yet", "works"),
        ([(S, None), (R, True)], "rule only", "works"),
        ([(S, False), (R, True)], "rule only", "rule only"),
        ([(S, True), (S, False)], "rule only", "rule only"),
        ([(S, True), (R, False)], "not yet", "not yet"),
        ([(S, False)], "not yet", "not yet"),
        ([(R, None)], "not yet", "rule only"),
    ],
)
def test_a_state_is_earned_by_tests_that_pass(tests, earned, trusting):
    assert (row(*tests).earned(), row(*tests).earned(trusting=True)) == (earned, trusting)
    assert row(*tests, rules=()).earned(trusting=True) == "not yet", "nothing carries it"


@pytest.mark.parametrize(
    ("tests", "claim", "state"),
    [
        ([(S, None)], "works", "works"),
        ([(S, None)], "rule only", "rule only"),
        ([(S, True)], "not yet", "works"),
        ([(S, False), (S, None)], "works", "rule only"),
        ([], "works", "not yet"),
    ],
    ids=["claimed, not run here", "no more than claimed", "passed here", "failed here", "no test"],
)
def test_for_what_was_not_run_here_the_claim_stands(tests, claim, state):
    assert row(*tests).state(claim) == state


def test_a_clause_may_not_claim_more_than_it_has():
    shown = [row((S, False), (R, True))]
    assert overclaims(shown, {"Y06": "rule only"}, trusting=False) == []
    [fault] = overclaims(shown, {"Y06": "works"}, trusting=False)
    assert fault == "Y06: claims 'works', but is 'rule only'; failed: test_0"
    assert overclaims([row((S, None))], {"Y06": "works"}, trusting=True) == []
    assert overclaims([row((S, None))], {"Y06": "works"}, trusting=False), "a test that did not run proves nothing"


def test_only_the_rows_that_name_the_clause_count(tmp_path):
    text = '@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.clause("Y06")), '
    found = marks(
        tmp_path, text + 'pytest.param(2, marks=pytest.mark.clause("Y07"))])\ndef test_it(n):\n    assert n\n'
    )
    ended = {RULE: {f"{RULE}::test_it[1]": Outcome(True, ("Y06",)), f"{RULE}::test_it[2]": Outcome(False, ("Y07",))}}
    rows = coverage([Y06, CLAUSES["Y07"]], RULES, found, ended)
    assert [[test.passed for test in each.tests] for each in rows] == [[True], [False]]


@pytest.mark.parametrize(
    ("clause", "body", "told"),
    [
        ("Y06", "pass", "names Y06 and asserts nothing"),
        ("Y99", "assert answer()", "Y99 is not in the register"),
        ("Y07", "assert answer()", "no rule carries Y07, nor does the map leave it to the services"),
    ],
)
def test_a_mark_that_proves_nothing_is_a_fault(tmp_path, clause, body, told):
    found = marks(tmp_path, f'@pytest.mark.clause("{clause}")\ndef test_it():\n    {body}\n')
    assert mark_faults(found, coverage([Y06, CLAUSES["Y07"]], RULES, found, {})) == [f"{RULE}::test_it: {told}"]


def test_what_the_services_do_of_themselves_wants_no_rule(tmp_path):
    alone = next(clause for clause in CLAUSES.values() if clause.constructs == {"aggregate-rule"})
    found = marks(tmp_path, f'@pytest.mark.clause("{alone.id}")\ndef test_it():\n    assert answer()\n')
    rows = coverage([alone], {}, found, {RULE: {f"{RULE}::test_it": Outcome(True, (alone.id,))}})
    assert (mark_faults(found, rows), rows[0].earned()) == ([], "rule only")


# ---- outcomes of runs ---------------------------------------------------------------------------------------------


def test_runs_of_parts_add_up_until_the_file_changes(tmp_path):
    file, home = tmp_path / "test_it.py", tmp_path / "home"
    file.write_text("1")
    first, second = Outcome(True, ("Y06",)), Outcome(False, ("Y07",))

    def noted():
        return last_outcomes("test_it.py", tmp_path, home)

    def run(whole=False, **outcomes):
        record("test_it.py", file_digest(file), outcomes, whole=whole, home=home)

    assert noted() == {}, "nothing was run"
    run(a=first)
    run(b=second)
    assert noted() == {"a": first, "b": second}
    run(b=first)
    assert noted() == {"a": first, "b": first}, "the last outcome counts"
    run(b=None)
    assert noted() == {"a": first}, "what was skipped proves nothing any more"
    run(b=first, whole=True)
    assert noted() == {"b": first}, "a test that is gone counts no longer"
    file.write_text("2")
    assert noted() == {}, "it was another test that passed"


# ---- claims -------------------------------------------------------------------------------------------------------


def test_claims_are_read_as_they_were_written(tmp_path):
    states = dict(zip(CLAUSES, ["works", "rule only", "not yet"] * 46, strict=True))
    file = tmp_path / "clauses.md"
    file.write_text(claims_text(CLAUSES.values(), states))
    assert read_claims(CLAUSES, file) == states


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("| Y06 | 2.1.4 | not yet |", "| Y06 | 2.1.4 | splendid |", "Y06: one state expected"),
        ("| Y06 |", "| Y07 |", "Y07: one state expected"),
        ("| Y06 |", "| Y99 |", "without a state: Y06"),
    ],
)
def test_claims_that_cannot_be_read_are_refused(tmp_path, old, new, told):
    text = claims_text(CLAUSES.values(), dict.fromkeys(CLAUSES, "not yet"))
    assert old in text
    (tmp_path / "clauses.md").write_text(text.replace(old, new))
    with pytest.raises(ClaimsError, match=told):
        read_claims(CLAUSES, tmp_path / "clauses.md")
