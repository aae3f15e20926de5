"""Terms: how packs write them, and where they end, against a second reckoning that walks day by day."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from rules.calendar import FOREVER, SHANGHAI, china
from rules.due import ExtensionAsked, Timing, due, goal_of, standstill
from rules.explain import explain
from rules.packs import Extension
from rules.terms import Length, Term, TermSettings, Until
from rules.terms_text import parse_term
from tests.unit import naive_terms

pytestmark = pytest.mark.fast

PARSE = TypeAdapter(Term).validate_python
CHINA = china()
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def days(n: int) -> Length:
    return Length(unit="days", n=n)


def last_day(goal, anchor: str, suspended=(), **timing) -> str:
    """The last day in time, as people read it."""
    reckoned = due(Timing(goal, **timing), at(anchor), CHINA, stands(*suspended))
    return str((reckoned.due.astimezone(SHANGHAI) - timedelta(seconds=1)).date())


def instant(goal, anchor: str, suspended=(), **timing) -> str:
    return due(Timing(goal, **timing), at(anchor), CHINA, stands(*suspended)).due.astimezone(SHANGHAI).isoformat()[:16]


def stands(*intervals: tuple[str, str | None]):
    return standstill([(at(start), at(end) if end else FOREVER) for start, end in intervals], CHINA)


# ---- how packs write them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", [{"days": 7}, {"working_days": 3}, {"hours": 24}, {"months": 6}, {"years": 2}])
def test_a_length_is_a_number_of_one_unit(written):
    [(unit, n)] = written.items()
    assert PARSE(written) == Length(unit=unit, n=n)


def test_until_names_a_field_and_what_holds_without_it():
    assert PARSE({"until": "due_on", "else": {"days": 3}}) == Until(until="due_on", otherwise=days(3))


@pytest.mark.parametrize(
    "written", [{"dayz": 7}, {"days": 0}, {"days": True}, {"days": "7"}, "soon", {"days": 7, "hours": 2}, {}]
)
def test_what_is_no_term_is_refused(written):
    with pytest.raises(ValidationError):
        PARSE(written)


def test_open_words_take_the_packs_setting():
    chosen = TermSettings(at_once=days(1), in_time=days(5))
    assert goal_of("at_once", TermSettings(), {}.get) == "same_day"
    assert goal_of("in_time", TermSettings(), {}.get) == Length(unit="working_days", n=3)
    assert [goal_of(word, chosen, {}.get) for word in ("at_once", "in_time", "same_day")] == [
        days(1),
        days(5),
        "same_day",
    ]


def test_a_cut_off_is_a_time_of_day_and_no_number():
    assert TermSettings(after_hours="17:30").after_hours == time(17, 30)
    with pytest.raises(ValidationError, match="expected a time of day"):
        TermSettings(after_hours=17 * 60 + 30)


@pytest.mark.parametrize(
    ("value", "goal"),
    [
        ("2026-03-05", date(2026, 3, 5).toordinal()),
        ("2026-03-05T01:30:00Z", datetime(2026, 3, 5, 1, 30, tzinfo=UTC)),
        (date(2026, 3, 5), date(2026, 3, 5).toordinal()),
        ("", days(3)),
        (None, days(3)),
    ],
)
def test_until_reads_a_day_or_an_instant(value, goal):
    assert goal_of(Until(until="due_on", otherwise=days(3)), TermSettings(), {"due_on": value}.get) == goal


def test_until_without_a_value_or_an_else_has_no_end():
    assert goal_of(Until(until="due_on"), TermSettings(), {}.get) is None


# ---- how people write them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "n"),
    [
        ("5 working days", "working_days", 5),
        ("5 business days", "working_days", 5),
        ("5个工作日", "working_days", 5),
        ("二十个工作日内", "working_days", 20),
        ("24 hours", "hours", 24),
        ("24小时", "hours", 24),
        ("三个月", "months", 3),
        ("within 1 month", "months", 1),
        ("two years", "years", 2),
        ("两年", "years", 2),
        ("7 Days", "days", 7),
        ("15日以内", "days", 15),
        ("１５天", "days", 15),
        ("一百八十日", "days", 180),
        ("一百零五自然日", "days", 105),
    ],
)
def test_lengths_are_read_in_english_and_chinese(text, unit, n):
    assert parse_term(text) == Length(unit=unit, n=n)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("same day", "same_day"),
        ("当日", "same_day"),
        ("当天", "same_day"),
        ("at once", "at_once"),
        ("立即", "at_once"),
        ("即时", "at_once"),
        ("in time", "in_time"),
        ("及时", "in_time"),
    ],
)
def test_words_are_read_in_english_and_chinese(text, word):
    assert parse_term(text) == word


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5 fortnights", "'fortnights' is no unit; one of hours, days, working days, months, years"),
        ("三月", "'月' is no unit"),
        ("0 days", "a whole number from 1 on"),
        ("一百八天", "a whole number from 1 on"),
        ("half days", "a whole number from 1 on"),
        ("-5 days", "is no term; such as 24 hours"),
        ("1.5 days", "is no term"),
        ("days", "is no term"),
        ("5", "is no term"),
        ("", "is no term"),
    ],
)
def test_what_is_no_term_in_words_is_told(text, says):
    with pytest.raises(ValueError, match=says):
        parse_term(text)


# ---- the checks of pack language 4.4 -------------------------------------------------------------------------------


def test_seven_days_over_spring_festival_roll_to_the_first_working_day():
    assert last_day(days(7), "2026-02-12T10:00") == "2026-02-24"


def test_five_working_days_over_spring_festival_end_later_than_seven_days():
    assert last_day(Length(unit="working_days", n=5), "2026-02-12T10:00") == "2026-02-26"


def test_seven_days_suspended_for_six_end_on_a_sunday_and_roll():
    assert last_day(days(7), "2026-03-02T10:00", [("2026-03-04T09:00", "2026-03-10T16:00")]) == "2026-03-16"


@pytest.mark.parametrize(
    ("anchor", "due_at"),
    [("2026-03-02T10:20", "2026-03-03T11:00"), ("2026-03-02T10:00", "2026-03-03T10:00")],
)
def test_twenty_four_hours_run_from_the_first_full_hour(anchor, due_at):
    assert instant(Length(unit="hours", n=24), anchor) == due_at


def test_two_months_from_new_years_eve_end_in_march_provisionally():
    reckoned = due(Timing(Length(unit="months", n=2)), at("2026-12-31T10:00"), CHINA)
    assert (reckoned.due, reckoned.provisional) == (at("2027-03-02T00:00"), True)


# ---- what else 4.4 says --------------------------------------------------------------------------------------------


def test_a_term_that_ends_on_a_make_up_saturday_stays():
    assert last_day(days(2), "2026-02-12T10:00") == "2026-02-14"


def test_the_first_hour_is_the_next_full_one_even_by_a_second():
    assert instant(Length(unit="hours", n=1), "2026-03-02T10:00:01") == "2026-03-02T12:00"


def test_hours_do_not_roll_unless_told():
    hours = Length(unit="hours", n=24)
    assert instant(hours, "2026-03-06T10:00") == "2026-03-07T10:00"
    assert instant(hours, "2026-03-06T10:00", roll="next") == "2026-03-09T10:00"


def test_days_told_not_to_roll_stay():
    assert last_day(days(1), "2026-03-06T10:00", roll="none") == "2026-03-07"


def test_same_day_rolls_off_a_day_off_and_knows_no_suspension():
    assert last_day("same_day", "2026-03-07T10:00") == "2026-03-09"
    assert last_day("same_day", "2026-03-06T10:00", [("2026-03-06T00:00", "2026-03-20T00:00")]) == "2026-03-06"


@pytest.mark.parametrize(
    ("anchor", "ends"),
    [
        ("2026-03-04T14:59", "2026-03-05"),
        ("2026-03-04T15:00", "2026-03-06"),
        ("2026-03-07T09:00", "2026-03-10"),
        ("2026-03-06T15:00", "2026-03-10"),
    ],
)
def test_a_start_at_the_cut_off_or_on_a_day_off_counts_as_made_on_the_next_working_day(anchor, ends):
    assert last_day(days(1), anchor, cutoff=time(15)) == ends


def test_after_hours_moves_what_starts_after_it_only():
    assert last_day("same_day", "2026-03-04T17:30", after_hours=time(17, 30)) == "2026-03-04"
    assert last_day("same_day", "2026-03-04T17:31", after_hours=time(17, 30)) == "2026-03-05"


def test_until_a_day_ends_with_it_whatever_cut_off_suspension_or_day_off():
    sunday = date(2026, 3, 8).toordinal()
    stopped = [("2026-03-05T00:00", "2026-04-01T00:00")]
    assert last_day(sunday, "2026-03-04T16:00", stopped, cutoff=time(15), roll="next") == "2026-03-08"


def test_until_an_instant_ends_at_it():
    assert instant(at("2026-03-08T10:20"), "2026-03-04T16:00") == "2026-03-08T10:20"


def test_a_delay_is_stretched_by_its_suspensions_and_not_rolled():
    stopped = [("2026-03-03T09:00", "2026-03-05T09:00")]
    reckoned = due(Timing(days(1), delay=days(3)), at("2026-03-02T10:00"), CHINA, stands(*stopped))
    assert reckoned.pending_until == at("2026-03-08T00:00")
    assert reckoned.due == at("2026-03-10T00:00")


def test_same_day_after_a_delay_is_the_day_after_it():
    assert last_day("same_day", "2026-01-05T10:00", delay=Length(unit="months", n=2)) == "2026-03-06"


def test_a_suspension_without_end_leaves_no_due_day_unless_the_term_ran_out_before():
    assert due(Timing(days(7)), at("2026-03-02T10:00"), CHINA, stands(("2026-03-05T00:00", None))).due == FOREVER
    assert last_day(days(7), "2026-03-02T10:00", [("2026-03-10T00:00", None)]) == "2026-03-09"


@pytest.mark.parametrize("unit", ["days", "working_days", "months", "years", "hours"])
def test_a_suspension_without_end_is_reckoned_at_once(unit):
    open_end = stands(("2026-03-02T00:00", None))
    assert due(Timing(Length(unit=unit, n=1)), at("2026-03-02T10:00"), CHINA, open_end).due == FOREVER


def test_rolling_into_an_open_suspension_has_no_end():
    assert due(Timing(days(6)), at("2026-03-02T10:00"), CHINA, stands(("2026-03-09T00:00", None))).due == FOREVER


def test_an_end_before_the_start_covers_nothing():
    assert last_day(days(1), "2026-03-02T10:00", [("2026-03-05T00:00", "2026-03-03T00:00")]) == "2026-03-03"


def test_suspended_hours_are_skipped_from_instant_to_instant():
    stopped = [("2026-03-02T12:15", "2026-03-02T14:00")]
    assert instant(Length(unit="hours", n=4), "2026-03-02T10:00", stopped) == "2026-03-02T15:45"


def test_people_are_shown_the_last_second_of_day_terms_and_the_instant_of_hour_terms():
    assert due(Timing(days(1)), at("2026-03-02T10:00"), CHINA).shown == at("2026-03-03T23:59:59")
    assert due(Timing(Length(unit="hours", n=1)), at("2026-03-02T10:00"), CHINA).shown == at("2026-03-02T11:00")


@pytest.mark.parametrize(
    ("timing", "provisional"),
    [
        (Timing(days(7)), True),
        (Timing(days(7), roll="none"), False),
        (Timing(Length(unit="working_days", n=2)), True),
        (Timing(Length(unit="hours", n=200)), False),
        (Timing(date(2027, 1, 2).toordinal()), False),
        (Timing(days(2)), False),
    ],
)
def test_what_leans_on_days_no_notice_has_settled_is_provisional(timing, provisional):
    assert due(timing, at("2026-12-26T10:00"), CHINA).provisional is provisional


def test_absurd_lengths_do_not_break():
    for unit in ("hours", "days", "working_days", "months", "years"):
        assert due(Timing(Length(unit=unit, n=10**15)), at("2026-03-02T10:00"), CHINA).due == FOREVER
    assert due(Timing(date.max.toordinal()), at("2026-03-02T10:00"), CHINA).due == FOREVER


# ---- extensions ------------------------------------------------------------------------------------------------------

OPEN = Extension(act="extend")


def asked(on: str, amount: int, unit: str = "days", id_: str = "x") -> ExtensionAsked:
    return ExtensionAsked(id_, at(on), unit, amount)


def extended(*extensions: ExtensionAsked, allowed: Extension | None = OPEN, goal=None, suspended=()):
    goal = goal or days(7)
    return due(Timing(goal), at("2026-03-02T10:00"), CHINA, stands(*suspended), extensions, allowed)


def verdicts(reckoned) -> list[str]:
    return [verdict for _, verdict in reckoned.verdicts]


def test_an_extension_counts_on_from_the_last_day_before_it_was_rolled():
    assert extended(asked("2026-03-05T10:00", 3), goal=days(5)).due == at("2026-03-11T00:00")


def test_an_extension_asked_at_the_due_instant_has_no_effect():
    assert verdicts(extended(asked("2026-03-10T00:00", 3))) == ["late"]
    assert verdicts(extended(asked("2026-03-09T23:59", 3))) == ["applied"]


def test_an_extension_asked_for_later_than_it_should_be_has_its_effect_and_is_told():
    noticed = Extension(act="extend", ask_before=days(2))  # due with the end of 9 March: by the 7th
    assert verdicts(extended(asked("2026-03-07T23:59", 3), allowed=noticed)) == ["applied"]
    late = extended(asked("2026-03-08T00:00", 3), allowed=noticed)
    assert (verdicts(late), late.due) == (["short_notice"], at("2026-03-13T00:00"))


def test_each_extension_is_judged_by_the_due_day_before_it():
    first, second = asked("2026-03-09T10:00", 5), asked("2026-03-12T10:00", 5)
    assert verdicts(extended(first, second)) == ["applied", "applied"]
    assert verdicts(extended(second, first)) == ["late", "applied"]


def test_a_suspension_recorded_later_keeps_an_extension_alive():
    late = asked("2026-03-12T10:00", 5)
    assert verdicts(extended(late)) == ["late"]
    assert verdicts(extended(late, suspended=[("2026-03-03T00:00", "2026-03-07T00:00")])) == ["applied"]


def test_extensions_are_limited_in_number_and_in_all():
    twice = [asked("2026-03-05T10:00", 3), asked("2026-03-05T11:00", 3)]
    assert verdicts(extended(*twice, allowed=Extension(act="extend", max_times=1))) == ["applied", "too_often"]
    assert verdicts(extended(*twice, allowed=Extension(act="extend", max=days(5)))) == ["applied", "too_long"]
    assert verdicts(extended(*twice, allowed=Extension(act="extend", max=days(6)))) == ["applied", "applied"]


def test_a_unit_that_does_not_fit_has_no_effect_and_is_not_counted():
    once = Extension(act="extend", max_times=1)
    assert verdicts(extended(asked("2026-03-05T10:00", 3, "hours"), asked("2026-03-05T11:00", 3), allowed=once)) == [
        "unit",
        "applied",
    ]
    hours = extended(
        asked("2026-03-02T11:00", 3, "days"), asked("2026-03-02T11:00", 3, "hours"), goal=PARSE({"hours": 5})
    )
    assert (verdicts(hours), hours.due) == (["unit", "applied"], at("2026-03-02T18:00"))


def test_a_clock_without_extension_cannot_be_extended():
    assert verdicts(extended(asked("2026-03-05T10:00", 3), allowed=None)) == ["not_allowed"]


def test_an_extension_runs_under_the_same_suspensions():
    stopped = [("2026-03-10T00:00", "2026-03-12T00:00")]
    assert extended(asked("2026-03-05T10:00", 1), suspended=stopped).due == at("2026-03-13T00:00")


# ---- a second reckoning, day by day ----------------------------------------------------------------------------------

UNITS = {"days": 40, "working_days": 40, "months": 7, "years": 2, "hours": 72}
EARLIEST, LATEST = at("2004-01-05"), at("2026-12-31T23:59")

anchors = st.integers(0, int((LATEST - EARLIEST) / MINUTE)).map(lambda minutes: EARLIEST + minutes * MINUTE)
lengths = st.sampled_from(list(UNITS)).flatmap(
    lambda unit: st.builds(Length, unit=st.just(unit), n=st.integers(1, UNITS[unit]))
)
cutoffs = st.none() | st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
delays = st.none() | st.builds(Length, unit=st.sampled_from(["days", "working_days", "months"]), n=st.integers(1, 9))


@st.composite
def intervals_about(draw, anchor: datetime, most: int = 3):
    """Suspensions round about a start, the last one perhaps without an end."""
    intervals = []
    for _ in range(draw(st.integers(0, most))):
        start = anchor + timedelta(minutes=draw(st.integers(-20_000, 40_000)))
        intervals.append((start, start + timedelta(minutes=draw(st.integers(-100, 20_000)))))
    if intervals and draw(st.integers(0, 5)) == 0:
        intervals[-1] = (intervals[-1][0], FOREVER)
    return intervals


@st.composite
def terms(draw, most: int = 3):
    """A length with what stands beside it, its start, and the suspensions."""
    anchor, goal = draw(anchors), draw(lengths)
    beside = {"cutoff": draw(cutoffs), "roll": draw(st.sampled_from([None, "next", "none"]))}
    if goal.unit != "hours" and beside["cutoff"] is None:
        beside["delay"] = draw(delays)
    return Timing(goal, **beside), anchor, draw(intervals_about(anchor, most))


def keeps_its_hour(timing: Timing) -> bool:
    """Hours that roll end at their own hour (ADR 14): one later on Saturday can end earlier on Monday."""
    return timing.goal.unit == "hours" and timing.roll == "next"


def reckoned(timing: Timing, anchor: datetime, intervals, *extensions, allowed=None):
    return due(timing, anchor, CHINA, standstill(intervals, CHINA), extensions, allowed)


def walked(timing: Timing, anchor: datetime, intervals, *extensions, allowed=None) -> naive_terms.Found:
    beside = {"cutoff": timing.cutoff, "delay": timing.delay, "roll": timing.roll, "intervals": intervals}
    return naive_terms.reckon(timing.goal, anchor, **beside, extensions=extensions, allowed=allowed)


@given(terms())
@settings(max_examples=300, deadline=None)
def test_the_due_instant_is_found_by_walking_too(term):
    found, walk = reckoned(*term), walked(*term)
    assert (found.due, found.provisional) == (walk.due, walk.provisional)


@given(terms(), st.booleans())
@settings(deadline=None)
def test_the_same_day_is_found_by_walking_too(term, rolls):
    timing, anchor, intervals = term
    of_the_day = Timing("same_day", timing.cutoff, None, timing.delay, None if rolls else "none")
    assert reckoned(of_the_day, anchor, intervals).due == walked(of_the_day, anchor, intervals).due


@given(terms(), st.data())
@settings(deadline=None)
def test_extensions_are_judged_by_walking_too(term, data):
    timing, anchor, _ = term
    assume(timing.goal.unit != "hours")
    units = st.sampled_from(["days", "working_days", "months", "hours", "years"])
    instants = st.integers(-10, 100).map(lambda days: anchor + timedelta(days=days))
    asked = data.draw(
        st.lists(st.builds(ExtensionAsked, st.just("x"), instants, units, st.integers(1, 20)), max_size=4)
    )
    most = data.draw(st.none() | st.builds(Length, unit=st.just("days"), n=st.integers(1, 30)))
    allowed = Extension(act="extend", max=most, max_times=data.draw(st.none() | st.integers(1, 3)))
    found, walk = (reckon(*term, *asked, allowed=allowed) for reckon in (reckoned, walked))
    assert (found.due, found.provisional) == (walk.due, walk.provisional)
    assert found.due == FOREVER or tuple(verdicts(found)) == walk.verdicts


@given(terms())
@settings(deadline=None)
def test_a_term_is_never_due_before_it_began(term):
    assert reckoned(*term).due > term[1]


@given(terms())
@settings(deadline=None)
def test_a_longer_term_is_never_due_earlier(term):
    timing, anchor, intervals = term
    assume(not keeps_its_hour(timing))
    longer = replace(timing, goal=Length(unit=timing.goal.unit, n=timing.goal.n + 1))
    assert reckoned(timing, anchor, intervals).due <= reckoned(longer, anchor, intervals).due


@given(terms(), st.data())
@settings(deadline=None)
def test_a_further_suspension_never_shortens_a_term(term, data):
    timing, anchor, intervals = term
    assume(not keeps_its_hour(timing))
    further = data.draw(intervals_about(anchor))
    assert reckoned(*term).due <= reckoned(timing, anchor, [*intervals, *further]).due


@given(terms())
@settings(deadline=None)
def test_a_term_in_working_days_ends_on_a_working_day(term):
    timing, anchor, intervals = term
    found = reckoned(replace(timing, goal=Length(unit="working_days", n=timing.goal.n)), anchor, intervals)
    assert found.due == FOREVER or CHINA.is_working(CHINA.day_of(found.due) - 1)


@given(terms(), st.integers(1, 20_000))
@settings(deadline=None)
def test_splitting_a_suspension_changes_nothing(term, minutes):
    timing, anchor, intervals = term
    halves = []
    for start, end in intervals:
        middle = start + timedelta(minutes=minutes)
        halves += [(start, middle), (middle, end)] if start < middle < end else [(start, end)]
    assert reckoned(timing, anchor, list(reversed(halves))) == reckoned(*term)


@given(terms())
@settings(deadline=None)
def test_the_explanation_of_a_term_adds_up(term):
    timing, anchor, intervals = term
    found, stood_still = reckoned(*term), standstill(intervals, CHINA)
    assume(found.due != FOREVER and timing.goal.unit in ("days", "working_days"))
    steps = explain(found, anchor, CHINA, stood_still, anchor, every_day=True)
    counted = [CHINA.day_of(step.at) for step in steps if step.kind == "counted"]
    assert len(counted) == timing.goal.n
    assert counted[-1] == found.last
    assert not any(stood_still.covers_day(day) for day in counted)
    told = {CHINA.day_of(step.at) for step in steps if step.kind in ("counted", "suspended", "day_off", "rolled")}
    assert {*told, CHINA.day_of(found.due) - 1} == set(range(found.start_day + 1, CHINA.day_of(found.due)))
    assert explain(found, anchor, CHINA, stood_still, anchor) == tuple(s for s in steps if s.kind != "counted")
