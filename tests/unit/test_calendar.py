"""The calendar: checked day by day against another source, and as it became known."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rules.calendar
from rules.calendar import (
    FOREVER,
    NEVER_DAY,
    SHANGHAI,
    Calendar,
    china,
    inline_calendar,
    load_calendar,
    without_days_off,
)
from rules.calendar_data import CalendarError
from rules.calendar_vector import nth_working
from rules.reference import Reference
from tests.unit import clocks

pytestmark = pytest.mark.fast

FIRST, LAST = date(2004, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
MISSED_BY_CHINESECALENDAR = {date(2005, 12, 31).toordinal(): "worked by 国办发明电〔2005〕35号"}
days = st.integers(date(2022, 1, 1).toordinal(), date(2031, 1, 1).toordinal())


def ordinal(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def test_every_day_agrees_with_chinesecalendar():
    known = {day: chinese_calendar.is_workday(date.fromordinal(day)) for day in range(FIRST, LAST + 1)}
    assert len(known) == 23 * 365 + 6
    assert {min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year} == {2004, 2026}
    differing = {day for day, worked in known.items() if china().is_working(day) != worked}
    assert differing == set(MISSED_BY_CHINESECALENDAR)


def test_holidays_carry_their_name():
    assert china().label(ordinal("2026-02-17")) == "春节"
    assert china().label(ordinal("2026-02-14")) == "春节"
    assert china().label(ordinal("2026-03-04")) == ""


def test_a_notice_is_unknown_before_it_is_published():
    before, after = china().known_at(instant("2025-11-03")), china().known_at(instant("2025-11-04"))
    spring_festival = ordinal("2026-02-17")
    assert before.is_working(spring_festival)
    assert not after.is_working(spring_festival)
    assert (str(before), str(after)) == ("cn@2025.1", "cn@2026.1")


def test_nothing_is_known_before_the_first_notice():
    calendar = china().known_at(instant("2003-12-17"))
    assert (calendar.version, calendar.is_settled(ordinal("2024-05-01"))) == ("0", False)
    assert calendar.is_working(ordinal("2024-05-01"))


@pytest.mark.parametrize(
    ("day", "settled"),
    [("2003-12-31", False), ("2004-01-01", True), ("2025-12-31", True), ("2026-12-28", True), ("2026-12-29", False)],
)
def test_days_from_29_december_of_the_last_published_year_are_provisional(day, settled):
    assert china().is_settled(ordinal(day)) is settled


def test_a_version_can_be_named():
    assert china().at_version("2025.1").is_working(ordinal("2026-02-17"))
    with pytest.raises(ValueError, match=r"no version 2030\.1; known: 2004\.1, .*, 2015\.2, .*, 2026\.1$"):
        china().at_version("2030.1")


def test_without_days_off_every_day_works_and_is_settled():
    calendar = without_days_off(ZoneInfo("Europe/Rome"))
    assert all(calendar.is_working(day) and calendar.is_settled(day) for day in range(FIRST, FIRST + 14))
    assert calendar.nth_working(FIRST, 10) == FIRST + 10


@given(days, st.integers(1, 60))
@settings(deadline=None)
def test_the_nth_working_day_is_found_by_walking_too(day, n):
    walked, left = day, n
    while left:
        walked += 1
        left -= china().is_working(walked)
    assert china().nth_working(day, n) == walked


@given(days, st.integers(0, 60))
@settings(deadline=None)
def test_working_days_are_counted_back_too(day, n):
    found = china().nth_working(day, -n)
    assert china().is_working(found)
    assert china().working_upto(day) - china().working_upto(found) == n


@given(days)
@settings(deadline=None)
def test_next_working_day_skips_only_days_off(day):
    found = china().next_working(day)
    assert china().is_working(found)
    assert not any(china().is_working(each) for each in range(day, found))


@given(days)
@settings(deadline=None)
def test_a_local_day_begins_at_its_start(day):
    start = china().start_of(day)
    assert china().day_of(start) == day
    assert china().day_of(start - timedelta(microseconds=1)) == day - 1


def test_the_end_of_time_is_no_error():
    assert china().start_of(NEVER_DAY) == FOREVER
    assert china().day_of(FOREVER) == NEVER_DAY
    assert china().nth_working(NEVER_DAY - 3, 10_000) == NEVER_DAY


@pytest.mark.parametrize(
    ("day", "from_day", "before", "after"),
    [
        ("2007-12-29", "2007-12-18", False, True),
        ("2007-12-31", "2007-12-18", True, False),
        ("2015-09-03", "2015-05-13", True, False),
        ("2015-09-06", "2015-05-13", False, True),
        ("2019-05-02", "2019-03-22", True, False),
        ("2019-05-05", "2019-03-22", False, True),
        ("2020-01-31", "2020-01-27", True, False),
        ("2020-02-01", "2020-01-27", True, False),
    ],
)
def test_what_was_settled_or_amended_late_counts_from_the_day_it_became_known(day, from_day, before, after):
    eve = instant(from_day) - timedelta(microseconds=1)
    assert china().known_at(eve).is_working(ordinal(day)) is before
    assert china().known_at(instant(from_day)).is_working(ordinal(day)) is after


def test_every_notice_has_its_number():
    assert all("发明电〔" in notice.stated.notice for notice in china().notices)
    assert [notice.year for notice in china().notices] == sorted([*range(2004, 2027), 2015, 2019, 2020])


AMENDED = """
year: 2020
versions:
- {version: "2020.1", notice: first, known_from: 2019-11-21,
   holidays: [{name: 春节, days: [2020-01-24, 2020-01-30], work: [2020-01-19, 2020-02-01]}]}
- {version: "2020.2", notice: second, known_from: 2020-01-27,
   holidays: [{name: 春节, days: [2020-01-24, 2020-02-02], work: [2020-01-19]}]}
"""


def test_an_amendment_in_mid_year_counts_from_the_day_it_became_known(tmp_path: Path):
    (tmp_path / "2020.yaml").write_text(AMENDED)
    calendar = load_calendar(tmp_path / "2020.yaml")
    extended = ordinal("2020-01-31")
    assert calendar.known_at(instant("2020-01-26")).is_working(extended)
    assert not calendar.known_at(instant("2020-01-27")).is_working(extended)
    assert calendar.known_at(instant("2020-01-26")).is_working(ordinal("2020-02-01"))
    assert not calendar.is_working(ordinal("2020-02-01"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("year: 2020\nversions: []", "at least 1 item"),
        (AMENDED.replace("from: 2020-01-27", "from: 2019-01-27"), "order they became known"),
        (AMENDED.replace("2020-02-02]", "2021-02-02]"), "neither in 2020"),
        ("year: [", "no YAML"),
    ],
)
def test_what_is_no_calendar_is_refused(tmp_path: Path, text, says):
    (tmp_path / "2020.yaml").write_text(text)
    with pytest.raises(ValueError, match=says):
        load_calendar(tmp_path / "2020.yaml")


def test_a_missing_year_is_refused(tmp_path: Path):
    (tmp_path / "2020.yaml").write_text(AMENDED)
    (tmp_path / "2022.yaml").write_text(AMENDED.replace("2020", "2022").replace("2019", "2021"))
    with pytest.raises(ValueError, match="a gap: 2020 is followed by 2022"):
        load_calendar(tmp_path)


def test_the_next_notice_reaches_into_december(tmp_path: Path):
    (tmp_path / "2020.yaml").write_text(AMENDED)
    holiday = "holidays: [{name: 元旦, days: [2020-12-31, 2021-01-02]}]"
    version = f'{{version: "2021.1", notice: n, known_from: 2020-11-25, {holiday}}}'
    (tmp_path / "2021.yaml").write_text(f"year: 2021\nversions: [{version}]")
    new_years_eve, calendar = ordinal("2020-12-31"), load_calendar(tmp_path)
    assert calendar.known_at(instant("2020-11-24")).is_working(new_years_eve)
    assert not calendar.is_working(new_years_eve)


@given(st.lists(days, min_size=1, max_size=20), st.integers(-60, 60))
@settings(deadline=None)
def test_many_terms_are_looked_up_as_each_of_them(starts, n):
    found = nth_working(china(), np.array([*starts, 1, NEVER_DAY - 400], np.int32), n)
    assert found.tolist() == [china().nth_working(day, n) for day in (*starts, 1, NEVER_DAY - 400)]


# ---- other calendars -------------------------------------------------------------------------------------------------

FRIDAY_AND_SATURDAY = {"weekend": [5, 6], "holidays": ["2026-03-10"], "workdays": ["2026-03-13"]}


def worked(calendar: Calendar, first: str, last: str) -> str:
    return "".join("x" if calendar.is_working(day) else "." for day in range(ordinal(first), ordinal(last) + 1))


def test_another_calendar_has_its_own_weekend_holidays_and_extra_working_days():
    calendar = inline_calendar(FRIDAY_AND_SATURDAY)
    assert worked(calendar, "2026-03-08", "2026-03-14") == "xx.xxx."
    assert worked(calendar, "2026-03-15", "2026-03-21") == "xxxxx.."
    assert [calendar.label(ordinal(day)) for day in ("2026-03-10", "2026-03-13", "2026-03-14")] == [
        "holiday",
        "extra working day",
        "",
    ]


@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_another_calendar_comes_from_a_file_too(tmp_path: Path, suffix):
    (tmp_path / f"gulf{suffix}").write_text(json.dumps(FRIDAY_AND_SATURDAY))
    calendar = load_calendar(tmp_path / f"gulf{suffix}")
    assert worked(calendar, "2026-03-08", "2026-03-14") == "xx.xxx."
    assert calendar.name == "gulf"


def test_a_calendar_without_a_version_is_named_by_its_content():
    one, same, other = (inline_calendar({"weekend": weekend}) for weekend in ([7], [7], [6]))
    assert one.title == same.title != other.title
    assert inline_calendar({"name": "gulf", "version": "3"}).title == "gulf@3"


def test_a_plain_calendar_says_all_there_is_to_say_unless_it_names_its_years():
    assert inline_calendar(FRIDAY_AND_SATURDAY).is_settled(ordinal("1999-01-01"))
    of_2026 = inline_calendar({**FRIDAY_AND_SATURDAY, "years": [2026]})
    assert [of_2026.is_settled(ordinal(day)) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")] == [
        False,
        True,
        True,
        False,
    ]


def test_a_plain_calendar_was_always_known():
    calendar = inline_calendar(FRIDAY_AND_SATURDAY)
    assert calendar.known_at(instant("1999-01-01")) is calendar


def test_another_calendar_has_its_own_zone():
    calendar = inline_calendar({"zone": "Europe/Rome"})
    assert calendar.start_of(ordinal("2026-07-01")).isoformat() == "2026-06-30T22:00:00+00:00"


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ([], "^a mapping expected"),
        ({"weekends": [6]}, "^weekends: Extra inputs"),
        ({"weekend": [0]}, r"^weekend\.0: .*greater than or equal to 1"),
        ({"weekend": [1, 2, 3, 4, 5, 6, 7]}, "some day of the week is worked"),
        ({"holidays": [20260310]}, r"holidays\.0: a date expected"),
        ({"holidays": ["2026-02-30"]}, r"holidays\.0: day"),
        ({"holidays": ["2026-03-10"], "workdays": ["2026-03-10"]}, "2026-03-10 stands in holidays and in workdays"),
        ({"holidays": ["2024-01-01", "2026-01-01"]}, "a gap: 2024 is followed by 2026"),
        ({"years": [2024, 2026]}, "a gap: 2024 is followed by 2026"),
        ({"years": [2026], "holidays": ["2025-01-01"]}, "2025 is missing"),
        ({"years": []}, "years: .*at least 1 item"),
        ({"zone": "Mars/Olympus"}, "zone: "),
        ({"year": 2026, "versions": []}, "at least 1 item"),
    ],
)
def test_what_is_no_calendar_is_told_by_its_field(document, says):
    with pytest.raises(CalendarError, match=says):
        inline_calendar(document)


def test_a_folder_holds_years_and_nothing_else(tmp_path: Path):
    with pytest.raises(CalendarError, match="a folder of years expected"):
        load_calendar(tmp_path)
    (tmp_path / "2020.yaml").write_text(AMENDED)
    (tmp_path / "plain.yaml").write_text("weekend: [7]")
    with pytest.raises(CalendarError, match="a folder of years expected"):
        load_calendar(tmp_path)


# ---- publishing a year -----------------------------------------------------------------------------------------------

OF_2027 = """
year: 2027
versions:
- {version: "2027.1", notice: n, known_from: 2026-11-05,
   holidays: [{name: 元旦, days: [2027-01-01, 2027-01-04]}]}
"""


def test_publishing_a_year_is_adding_a_file_and_what_was_provisional_is_derived_anew(tmp_path: Path):
    years = Path(rules.calendar.__file__).parent / "calendars" / "cn"
    shutil.copytree(years, tmp_path / "cn")
    book, begun = clocks.rules(clocks.clock(term={"days": 7})), clocks.fact("Begun", "2026-12-26")
    before = clocks.only(book, [begun], "2026-12-27", reference=Reference(calendar=load_calendar(tmp_path / "cn")))
    (tmp_path / "cn" / "2027.yaml").write_text(OF_2027)
    published = load_calendar(tmp_path / "cn")
    after = clocks.only(book, [begun], "2026-12-27", reference=Reference(calendar=published))
    assert [(str(found.due), found.provisional, found.calendar_version) for found in (before, after)] == [
        ("2027-01-04 16:00:00+00:00", True, "cn@2026.1"),
        ("2027-01-05 16:00:00+00:00", False, "cn@2027.1"),
    ]
    assert not published.known_at(instant("2026-11-04")).is_settled(ordinal("2027-01-04"))
