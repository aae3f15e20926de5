"""A matcher is true of one event, by its type and fields alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.matcher import compile_matcher, read
from tests.unit.yiyang import fact

pytestmark = pytest.mark.fast

EVENT = fact(
    "MatterDone", kind="site_survey", count=3, urgent=False, media=["video", "form"], empty_list=[], blank="",
    record={"place": "in_county"}, nothing=None, by_post="field_officer", by_team="affairs",
)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "matches"),
    [
        ({}, True),
        ({"kind": "site_survey"}, True),
        ({"kind": "find_person"}, False),
        ({"kind": ["find_person", "site_survey"]}, True),
        ({"kind": {"not": "find_person"}}, True),
        ({"kind": {"not": "site_survey"}}, False),
        ({"kind": {"not": ["site_survey", "find_person"]}}, False),
        ({"count": {"min": 3}}, True),
        ({"count": {"min": 4}}, False),
        ({"count": {"max": 3}}, True),
        ({"count": {"max": 2}}, False),
        ({"kind": {"min": 1}}, False),
        ({"media": {"has": "video"}}, True),
        ({"media": {"has": "pictures"}}, False),
        ({"media": "video"}, False),
        ({"urgent": False}, True),
        ({"urgent": 0}, False),
        ({"record.place": "in_county"}, True),
        ({"record.place": "outside"}, False),
        ({"kind.place": "in_county"}, False),
        ({"by.post": "field_officer"}, True),
        ({"by.team": ["affairs", "general"]}, True),
        ({"by.actor": "someone"}, False),
        ({"kind": "site_survey", "count": {"min": 3}, "urgent": False}, True),
        ({"kind": "site_survey", "count": {"min": 9}}, False),
    ],
)
def test_every_field_must_hold(fields, matches):
    assert compile_matcher({"event": "MatterDone", **fields}).matches(EVENT) is matches


@pytest.mark.parametrize("test", ["x", ["x"], {"not": "x"}, {"min": 0}, {"max": 0}, {"has": "x"}, {"empty": False}])
@pytest.mark.parametrize("field", ["absent", "nothing", "absent.inner", "record.absent"])
def test_an_absent_field_satisfies_nothing(field, test):
    assert not compile_matcher({"event": "MatterDone", field: test}).matches(EVENT)


@pytest.mark.parametrize("field", ["absent", "nothing", "empty_list", "blank"])
def test_but_an_absent_or_empty_field_is_empty(field):
    assert compile_matcher({"event": "MatterDone", field: {"empty": True}}).matches(EVENT)


@pytest.mark.parametrize("field", ["kind", "count", "urgent", "media"])
def test_zero_and_false_are_not_empty(field):
    assert not compile_matcher({"event": "MatterDone", field: {"empty": True}}).matches(EVENT)


def test_a_list_of_matchers_is_any_of_them():
    matcher = compile_matcher([{"event": "MatterDeclined"}, {"event": "MatterDone", "count": 3}])
    assert matcher.types == {"MatterDeclined", "MatterDone"}
    assert matcher.matches(EVENT)
    assert matcher.matches(fact("MatterDeclined"))
    assert not matcher.matches(fact("MatterAsked"))


def test_all_of_keeps_its_members_apart():
    matcher = compile_matcher({"all_of": [{"event": "A"}, [{"event": "B"}, {"event": "C", "x": 1}]]})
    assert len(matcher.members) == 2
    assert [[p.event for p in m.matching(fact("C", x=1))] for m in matcher.members] == [[], ["C"]]


def test_a_pattern_carries_its_condition_and_its_key():
    matcher = compile_matcher({"event": "CaseClosed", "key": "case", "if": 'case.kind == "enforcement"'})
    [pattern] = matcher.patterns
    assert pattern.key == "case"
    assert pattern.condition is not None
    assert pattern.condition.paths == {"case.kind"}
    assert matcher.matches(fact("CaseClosed"))  # the condition is for the caller, who has the facts


def test_reading_a_field():
    assert read(EVENT, "record.place") == "in_county"
    assert read(EVENT, "by.post") == "field_officer"
    assert read(EVENT, "record.place.deeper") is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"kind": "x"}, "{event: Name"),
        ("CaseFiled", "{event: Name"),
        ([], "at least one"),
        ({"all_of": []}, "all_of stands alone"),
        ({"all_of": [{"event": "A"}], "event": "B"}, "all_of stands alone"),
        ({"event": "A", "x": {"least": 1}}, "one of {not, min, max, has, empty}"),
        ({"event": "A", "x": {"min": 1, "max": 2}}, "one of {not, min, max, has, empty}"),
        ({"event": "A", "x": {"min": "1"}}, "take a number"),
        ({"event": "A", "x": {"empty": "yes"}}, "true or false"),
        ({"event": "A", "x": None}, "a text, a number"),
        ({"event": "A", "if": "case.kin"}, "case.kin is unknown"),
    ],
)
def test_a_faulty_matcher_says_what_was_expected(source, expected):
    with pytest.raises(ValueError, match=expected):
        compile_matcher(source)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
plain = st.booleans() | st.integers() | st.text(max_size=5)
tests = (
    plain
    | st.lists(plain, min_size=1, max_size=3)
    | st.builds(lambda name, value: {name: value}, st.sampled_from(["not", "has"]), plain)
    | st.builds(lambda name, value: {name: value}, st.sampled_from(["min", "max"]), st.integers())
    | st.builds(lambda value: {"empty": value}, st.booleans())
)


@given(
    data=st.dictionaries(st.sampled_from("xyz"), json),
    fields=st.dictionaries(st.sampled_from(["x", "x.y", "z.x.y"]), tests),
)
def test_a_matcher_never_raises_whatever_the_data(data, fields):
    assert compile_matcher({"event": "A", **fields}).matches(fact("A", **data)) in (True, False)
