"""Conditions are refused at load for what is wrong with them, and never raise afterwards."""

from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.case import CASE, CaseView
from rules.conditions import INT, MAX_LIST, MapOf, compile_condition, context
from rules.judge import Judge
from rules.packs import Branch, Workload
from tests.unit.yiyang import POLICY

pytestmark = pytest.mark.fast

ROOTS = {"case": CASE, "limit": MapOf(INT)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", "ends too early"),
        ("case.kind ==", "ends too early"),
        ("cas.kind == 'x'", "cas is unknown; known: case, limit"),
        ("case.knd == 'x'", "case.knd is unknown; known: acts, agent"),
        ("true || case.knd == 'x'", "case.knd is unknown"),
        ("case.debtors.exists(d, d.organs)", "d.organs is unknown; known: address_confirmed"),
        ("case.debtors.exists(d, d.organ) || d.organ", "d is unknown"),
        ("case.kind.x == 'y'", "case.kind has no field x"),
        ("size(case.kind) > 6", "a string stands where a list is expected"),
        ("case.claim_fen > '5'", "a int stands where a string is expected"),
        ("case.money && case.claim_fen", "a int stands where a bool is expected"),
        ("case.claim_fen", "does not say true or false"),
        ("case.kind in 'enforcement'", "a list stands where a string is expected"),
        ("'a' in case.marks.map(m, size(case.marks))", "a string stands where a int is expected"),
        ("case.marks.sort(m, true)", "sort\\(\\) is not known"),
        ("timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')", "timestamp is unknown"),
        ("has(case.kind)", "has is unknown"),
        ("case.kind == 'x' case.money", "'case' was not expected"),
        ('case.kind == "x', "is no part of a condition"),
        ("case.marks.exists(m, case.marks.exists(n, case.marks.exists(o, o == m && n == o)))", "at most 2 macros"),
        ("case.marks.exists(case, true)", "case is already a name"),
        ("(" * 400 + "true" + ")" * 90, "nested too deeply|'\\)' expected|ends too early"),
        ("true " + " " * 500, "at most 500 characters"),
        (True, "a text in quotes"),
    ],
)
def test_what_is_wrong_is_told_at_load(source, expected):
    with pytest.raises(ValueError, match=expected):
        compile_condition(source, ROOTS)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('case.kind == "enforcement" && !case.money', False),
        ('case.kind in ["enforcement", "resumption"] && case.claim_fen <= limit.small', True),
        ("case.claim_fen + 1 > 100 ? case.money : case.covered", True),
        ('["easy", "hard"].exists(m, m in case.marks)', True),
        ("size(case.debtors) > 5 || case.debtors.all(d, d.organ)", True),
        ('case.checks.award_review == "none"', True),
        ("case.debtors.filter(d, d.organ).map(d, d.id) == []", True),
        ("-case.claim_fen < 0", True),
    ],
)
def test_what_a_pack_may_say(source, value):
    view = CaseView(kind="enforcement", money=True, claim_fen=100, marks=("easy",), checks={"award_review": "none"})
    assert Judge(view, limit={"small": 100}).holds(compile_condition(source, ROOTS)) is value


def test_the_names_a_condition_reads_are_known():
    condition = compile_condition('case.checks.clue == "passed" || case.claim_fen < limit.small', ROOTS)
    assert condition.paths == {"case.checks.clue", "case.claim_fen", "limit.small"}


@pytest.mark.parametrize("source", ["limit.gone < 1", "case.claim_fen / limit.nought > 1", 'case.checks.gone == "x"'])
def test_what_cannot_be_evaluated_is_unknown(source):
    condition = compile_condition(source, ROOTS)
    assert Judge(CaseView(claim_fen=1), limit={"nought": 0}).holds(condition) is None
    assert condition.holds(context()) is None


def test_what_reads_a_list_too_long_to_judge_is_unknown():
    condition = compile_condition('"m1" in case.marks', ROOTS)
    marks = tuple(f"m{n}" for n in range(MAX_LIST + 1))
    assert Judge(CaseView(marks=marks[:-1])).holds(condition) is True
    assert Judge(CaseView(marks=marks)).holds(condition) is None
    assert Judge(CaseView(marks=marks, money=True)).holds(compile_condition("case.money", ROOTS)) is True


@given(st.text(max_size=60) | st.text(alphabet='case.kind ()[]&|!"<>=?:,0', max_size=60))
def test_any_text_is_compiled_or_refused(source):
    try:
        condition = compile_condition(source, ROOTS)
    except ValueError:
        return
    assert Judge(CaseView(), limit={}).holds(condition) in (True, False, None)


# ---- judging --------------------------------------------------------------------------------------------------------

FIELDS = get_type_hints(CaseView) | {"attr": dict[str, int]}
VIEWS = st.builds(CaseView, **{name: st.from_type(hint) for name, hint in FIELDS.items()})
TRICKY = [
    "case.debtors.filter(d, d.organ).exists(d, d.area != '')",
    "case.debtors.map(d, d.id).exists(i, i in case.marks)",
    "case.debtors.exists(d, case.creditors.all(c, c.id != d.id)) && case.debtors.exists(d, d.organ)",
    "case.debtors.exists(d, true)",
    "case.debtors.all(d, d in case.creditors)",
    "case.documents.exists(d, d.states.exists(s, s == 'x'))",
    "size(case.debtors) > 1 || case.debtors.exists(d, d.phone)",
    "case.checks == case.checks && case.checks.clue == 'passed'",
    "case.debtors.exists_one(d, d.lawyer) ? case.money : case.claim_fen / case.liquid_fen > 1",
    "[case.debtors, case.creditors].exists(p, size(p) > 1)",
]
ASKED = [compile_condition(source, ROOTS) for source in TRICKY]
ASKED += [each for rule in POLICY.rules.values() if isinstance(rule, Branch | Workload) for each in rule.conditions]


@given(VIEWS, st.lists(st.sampled_from(ASKED), min_size=1, max_size=3), st.lists(st.sampled_from(ASKED), max_size=3))
def test_what_is_shown_of_a_case_is_enough_to_judge_it_as_if_all_were(view, asked, foreseen):
    whole = context(case={name: getattr(view, name) for name in get_type_hints(CaseView)}, limit={})
    judge = Judge(view, foreseen, limit={})
    assert [judge.holds(each) for each in asked] == [each.holds(whole) for each in asked]


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("case.assets.exists(a, a.state == 'sold')", {"case.assets.state"}),
        ("case.assets.all(a, a.disposable == 'no' || a.liquid)", {"case.assets.disposable", "case.assets.liquid"}),
        ("case.assets.filter(a, a.liquid).exists(a, a.online)", {"case.assets"}),
        ("case.assets.exists(a, true)", {"case.assets"}),
        ("size(case.debtors) > 5", {"case.debtors"}),
        ("case.documents.exists(d, 'x' in d.states)", {"case.documents.states"}),
        ("'x' in case.marks && case.kind == 'y'", {"case.marks", "case.kind"}),
    ],
)
def test_of_a_list_only_what_is_asked_of_its_items_is_read(source, paths):
    assert compile_condition(source, ROOTS).paths == paths
