"""Standing duties (pack language 3.11): periods by calendar, who did what in time, as known then and now."""

from datetime import datetime
from typing import Any

import pytest

from rules.breach import Parked
from rules.calendar import SHANGHAI, china
from rules.derived import Clock
from rules.duties import derive_duty, last_working_day, period_of
from rules.fact import Fact
from rules.packs import Duty
from rules.reference import Reference
from rules.rulebook import Rulebook
from tests.unit.clocks import at, fact, pack, spells, void
from tests.unit.courts import COURTS, rulebook

pytestmark = pytest.mark.fast
CHINA = china()
DUTY = {
    "id": "t.duty", "clause": "H06", "zh": "职责", "en": "duty", "every": "working_day",
    "answers": {"post": "filing_officer"},
}  # fmt: skip


def book(**fields: Any) -> Rulebook:
    return Rulebook([pack(duties=[DUTY | fields])])


def done(time: str, period: str, recorded: str | None = None, *, day: bool = False, **data: Any) -> Fact:
    data = {"duty": "t.duty", "post": "filing_officer", "attendees": [], "counts": {}, "cases": []} | data
    return fact("DutyPerformed", time, recorded, period=period, day=day, **data)


def occurrences(
    rules: Rulebook, facts: list[Fact], as_of: str, known_at: str | None = None, *, since: str = "", **more: Any
) -> dict[str, Clock]:
    """By period."""
    found = derive_duty(
        more.pop("duty", "t.duty"), facts, rules, since=at(since or as_of[:10]), as_of=at(as_of),
        known_at=at(known_at) if known_at else None, reference=more.pop("reference", None) or Reference(), **more,
    )  # fmt: skip
    return {each.key[1]: each for each in found.clocks}


def only(rules: Rulebook, facts: list[Fact], as_of: str, known_at: str | None = None, **more: Any) -> Clock:
    [found] = occurrences(rules, facts, as_of, known_at, **more).values()
    return found


def states(rules: Rulebook, facts: list[Fact], as_of: str, **more: Any) -> dict[str, str]:
    return {period: each.state.value for period, each in occurrences(rules, facts, as_of, **more).items()}


# ---- periods -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "day", "text"),
    [
        ("working_day", "2026-03-05", "2026-03-05"),
        ("week", "2026-01-01", "2026-W01"),
        ("week", "2027-01-03", "2026-W53"),
        ("half_month", "2026-03-15", "2026-03#1"),
        ("half_month", "2026-03-16", "2026-03#2"),
        ("month", "2026-03-31", "2026-03"),
        ("quarter", "2026-04-01", "2026-Q2"),
        ("half_year", "2026-07-01", "2026-H2"),
        ("year", "2026-12-31", "2026"),
    ],
)
def test_a_day_lies_in_a_period_with_the_name_of_the_language(every, day, text):
    assert period_of(every, _day(day)).text == text


@pytest.mark.parametrize("every", ["working_day", "week", "half_month", "month", "quarter", "half_year", "year"])
def test_the_days_of_four_years_fall_into_periods_that_touch(every):
    day, names = _day("2024-01-01"), []
    while day < _day("2028-01-01"):
        period = period_of(every, day)
        assert all(period_of(every, each) == period for each in (period.first, period.last))
        assert names == [] or period.first == day
        names.append(period.text)
        day = period.last + 1
    assert len(set(names)) == len(names)


def test_a_period_without_a_working_day_has_no_occurrence():
    spring_festival = period_of("week", _day("2026-02-18"))
    assert (spring_festival.text, last_working_day(spring_festival, CHINA)) == ("2026-W08", None)
    assert occurrences(book(every="week"), [], "2026-02-20T10:00", since="2026-02-18") == {}


DUES = [
    ("horqin.petitions", "2026-03-09", "2026-03-09", "03-10T00:00", pytest.mark.clause("H06")),
    ("horqin.petitions", "2026-02-28", "2026-02-28", "03-01T00:00", pytest.mark.clause("H06")),
    ("horqin.standby", "2026-03-09", "2026-03-09", "03-10T00:00", pytest.mark.clause("H19")),
    ("horqin.chase_funds", "2026-02-03", "2026-02#1", "02-15T00:00", pytest.mark.clause("H20")),
    ("horqin.chase_funds", "2026-02-27", "2026-02#2", "03-01T00:00", pytest.mark.clause("H20")),
    ("horqin.chase_funds", "2026-05-20", "2026-05#2", "05-30T00:00", pytest.mark.clause("H20")),
    ("horqin.funds_ledger", "2026-05-20", "2026-05", "05-30T00:00", pytest.mark.clause("H20")),
    ("horqin.chase_cases", "2026-02-10", "2026-W07", "02-15T00:00", pytest.mark.clause("H24")),
    ("horqin.chase_cases", "2026-02-24", "2026-W09", "03-01T00:00", pytest.mark.clause("H24")),
    ("horqin.chase_cases", "2026-09-30", "2026-W40", "10-01T00:00", pytest.mark.clause("H24")),
    ("horqin.handler_figures", "2026-10-12", "2026-10", "10-31T00:00", pytest.mark.clause("H24")),
    ("horqin.ledger", "2026-03-09", "2026-03-09", "03-09T17:30", pytest.mark.clause("H33")),
    ("nanzhao.conference", "2026-03-04", "2026-W10", "03-07T00:00", pytest.mark.clause("N10")),
    ("nanzhao.conference", "2026-01-01", "2026-W01", "01-05T00:00", pytest.mark.clause("N10")),
    ("nanzhao.bulletin", "2026-02-10", "2026-W07", "02-15T00:00", pytest.mark.clause("N11")),
    ("nanzhao.appraisal", "2026-02-01", "2026-Q1", "04-01T00:00", pytest.mark.clause("N11")),
    ("nanzhao.appraisal", "2026-05-01", "2026-Q2", "07-01T00:00", pytest.mark.clause("N11")),
    ("nanzhao.appraisal", "2026-08-01", "2026-Q3", "10-01T00:00", pytest.mark.clause("N11")),
    ("shihe.daily_delegations", "2026-10-10", "2026-10-10", "10-11T00:00", pytest.mark.clause("S14")),
    ("shihe.daily_nodes", "2026-02-28", "2026-02-28", "03-01T00:00", pytest.mark.clause("S26")),
    ("shihe.daily_instructions", "2026-03-09", "2026-03-09", "03-10T00:00", pytest.mark.clause("S28")),
    ("shihe.daily_accounts", "2026-03-09", "2026-03-09", "03-10T00:00", pytest.mark.clause("S33")),
]


@pytest.mark.parametrize(
    ("duty", "day", "period", "due"),
    [pytest.param(*row, marks=clause, id=f"{row[0]} {row[2]}") for *row, clause in DUES],
)
def test_a_duty_is_due_at_the_end_of_the_last_working_day_of_its_period(duty, day, period, due):
    found = occurrences(rulebook(duty.partition(".")[0]), [], f"{day}T08:00", duty=duty)
    assert {text: _local(each.due) for text, each in found.items()} == {period: due}


@pytest.mark.parametrize(
    ("duty", "day"),
    [
        pytest.param("horqin.petitions", "2026-02-16", marks=pytest.mark.clause("H06")),
        pytest.param("horqin.chase_cases", "2026-02-17", marks=pytest.mark.clause("H24")),
        pytest.param("nanzhao.conference", "2026-02-17", marks=pytest.mark.clause("N10")),
        pytest.param("shihe.daily_nodes", "2026-02-16", marks=pytest.mark.clause("S26")),
        pytest.param("shihe.daily_delegations", "2026-10-05", marks=pytest.mark.clause("S14")),
    ],
)
def test_over_spring_festival_and_national_day_there_is_none(duty, day):
    assert occurrences(rulebook(duty.partition(".")[0]), [], f"{day}T08:00", duty=duty) == {}


# ---- states --------------------------------------------------------------------------------------------------------


def test_running_till_the_end_of_the_day_then_breached():
    assert states(book(), [], "2026-03-09T23:59") == {"2026-03-09": "running"}
    assert states(book(), [], "2026-03-11T12:00", since="2026-03-09") == {
        "2026-03-09": "breached", "2026-03-10": "breached", "2026-03-11": "running",
    }  # fmt: skip


def test_met_in_time_and_met_late():
    facts = [done("2026-03-09T17:00", "2026-03-09"), done("2026-03-11T09:00", "2026-03-10")]
    assert states(book(), facts, "2026-03-11T12:00", since="2026-03-09") == {
        "2026-03-09": "met", "2026-03-10": "met_late", "2026-03-11": "running",
    }  # fmt: skip


@pytest.mark.clause("N10")
def test_done_in_time_and_recorded_late_is_met_but_was_known_late():
    conferred = done("2026-03-06T15:00", "2026-W10", "2026-03-09T09:00", duty="nanzhao.conference", post="chief")
    found = only(rulebook("nanzhao"), [conferred], "2026-03-08T23:00", since="2026-03-02", duty="nanzhao.conference")
    assert found.state_then is not None
    assert (found.state.value, found.state_then.value, found.standing) == ("met", "breached", "cured")
    assert spells(found) == [("03-07T00:00", "03-09T09:00")]


def test_what_is_void_does_not_count():
    one = done("2026-03-09T17:00", "2026-03-09")
    found = only(book(), [one, void(one, "2026-03-12T10:00")], "2026-03-09T23:00", known_at="2026-03-13")
    assert (found.state.value, spells(found)) == ("running", [])


def test_only_the_post_the_rule_names_does_it_and_only_for_the_period_it_says():
    facts = [done("2026-03-09T10:00", "2026-03-09", post="judge"), done("2026-03-09T10:00", "2026-03-06")]
    assert states(book(), facts, "2026-03-09T12:00") == {"2026-03-09": "running"}


def test_an_occurrence_is_named_by_who_answers_and_the_period():
    found = only(book(answers={"team": "affairs"}), [], "2026-03-09T12:00")
    assert (found.occurrence, found.answers.team) == ("affairs/2026-03-09", "affairs")


@pytest.mark.clause("H19")
@pytest.mark.parametrize(("present", "state"), [(["a"], "breached"), (["a", "b"], "met")])
def test_stand_by_needs_two(present, state):
    stood = done("2026-03-09T17:00", "2026-03-09", duty="horqin.standby", post="field_officer", attendees=present)
    found = occurrences(rulebook("horqin"), [stood], "2026-03-10T08:00", duty="horqin.standby", since="2026-03-09")
    assert found["2026-03-09"].state.value == state


@pytest.mark.clause("H33")
@pytest.mark.parametrize(
    ("time", "day", "state"),
    [("2026-03-09T17:29:59", False, "met"), ("2026-03-09T17:30", False, "met_late"), ("2026-03-09", True, "met_late")],
)
def test_the_reception_ledger_is_there_by_half_past_five(time, day, state):
    sent = done(time, "2026-03-09", "2026-03-09T17:45", duty="horqin.ledger", day=day)
    found = states(rulebook("horqin"), [sent], "2026-03-10T00:00", duty="horqin.ledger", since="2026-03-09")
    assert found["2026-03-09"] == state


def test_what_cannot_be_told_is_uncertain():
    rules = book(needs="e.counts.petitions > 0")
    found = only(rules, [done("2026-03-09T17:00", "2026-03-09")], "2026-03-09T18:00")
    assert found.state.value == "uncertain"
    parked = [Parked(at("2026-03-09T10:00"), at("2026-03-09T10:00"))]
    assert only(book(), [], "2026-03-09T18:00", uncertain=parked).state.value == "uncertain"


def test_a_rule_that_takes_effect_within_a_period_binds_the_next():
    rules = Rulebook([pack(duties=[DUTY | {"every": "week"}], since="2026-03-04")])
    assert occurrences(rules, [], "2026-03-17T10:00", since="2026-03-02").keys() == {"2026-W11", "2026-W12"}


def test_a_version_that_changes_the_period_changes_it_from_its_first_day_on():
    weekly, daily = pack(duties=[DUTY | {"every": "week"}]), pack(duties=[DUTY], version="2.0.0", since="2026-03-09")
    found = occurrences(Rulebook([weekly, daily]), [], "2026-03-10T10:00", since="2026-03-02")
    assert {text: each.pack_version for text, each in found.items()} == {
        "2026-W10": "1.0.0", "2026-03-09": "2.0.0", "2026-03-10": "2.0.0",
    }  # fmt: skip


def test_a_day_published_as_off_withdraws_its_occurrence():
    known = [
        fact("PolicyPublished", time, what="calendar", name="cn", version=version, effective_from="2025-01-01")
        for time, version in (("2026-01-01", "2025.1"), ("2026-02-17T12:00", "2026.1"))
    ]
    found = only(book(), [], "2026-02-17T18:00", reference=Reference(known))
    assert (found.state.value, found.due_shown) == ("withdrawn", at("2026-02-17T23:59:59"))
    before = only(book(), [], "2026-02-17T18:00", "2026-02-17T11:00", reference=Reference(known))
    assert (before.state.value, before.provisional) == ("running", True)


def test_order_and_duplicates_do_not_matter():
    facts = [done("2026-03-09T17:00", "2026-03-09"), done("2026-03-09T16:00", "2026-03-09", "2026-03-10T10:00")]
    once = occurrences(book(), facts, "2026-03-11T12:00", since="2026-03-09")
    assert occurrences(book(), [*reversed(facts), *facts], "2026-03-11T12:00", since="2026-03-09") == once


def test_every_duty_of_every_court_has_an_occurrence_on_a_working_day():
    found = [
        occurrences(rulebook(court), [], "2026-03-09T08:00", duty=rule.id)
        for court in COURTS
        for rule in rulebook(court).policies[-1].rules.values()
        if isinstance(rule, Duty)
    ]
    assert len(found) >= 14
    assert all(len(of_duty) == 1 for of_duty in found)


def _day(text: str) -> int:
    return datetime.fromisoformat(text).toordinal()


def _local(instant: datetime | None) -> str:
    assert instant is not None
    return instant.astimezone(SHANGHAI).strftime("%m-%dT%H:%M")
