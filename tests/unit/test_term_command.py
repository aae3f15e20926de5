"""`./zhixing term` and its batches: what a request may say, what is answered, and how a wrong one is told."""

import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from infra import show
from infra.term import Misread, Request, answer, answers, print_answer, request

pytestmark = pytest.mark.fast


def ask(start: str, term: str, **more) -> dict:
    return answer(Request(id="x", start=start, term=term, **more))


def batch(*requests) -> list[dict]:
    return list(answers(each if isinstance(each, bytes) else json.dumps(each).encode() for each in requests))


# ---- answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "term", "due"),
    [
        ("2026-02-12T10:00", "7 days", "2026-02-24T23:59:59+08:00"),
        ("2026-02-12T10:00", "5 working days", "2026-02-26T23:59:59+08:00"),
        ("2026-02-12T10:00", "2天", "2026-02-14T23:59:59+08:00"),
        ("2026-03-02T10:20", "24 hours", "2026-03-03T11:00:00+08:00"),
        ("2026-03-02T10:00", "24小时", "2026-03-03T10:00:00+08:00"),
        ("2026-12-31T10:00", "2 months", "2027-03-01T23:59:59+08:00"),
        ("2024-02-29", "1 year", "2025-02-28T23:59:59+08:00"),
        ("2026-03-07T10:00", "same day", "2026-03-09T23:59:59+08:00"),
        ("2026-03-04T10:00", "立即", "2026-03-04T23:59:59+08:00"),
        ("2026-03-04T10:00", "及时", "2026-03-09T23:59:59+08:00"),
        ("2026-03-04T02:00:00Z", "1 hour", "2026-03-04T11:00:00+08:00"),
    ],
)
def test_people_see_the_last_second_of_day_terms_and_the_instant_of_hour_terms(start, term, due):
    told = ask(start, term)
    hourly = "hour" in term or "小时" in term
    assert told["due"] == due
    assert datetime.fromisoformat(told["late_from"]) - datetime.fromisoformat(due) == timedelta(
        seconds=0 if hourly else 1
    )


def test_an_answer_says_what_it_was_reckoned_with():
    told = ask("2026-02-10T10:30", "5 working days", suspensions=[["2026-02-12", "2026-02-14"]])
    assert {name: told[name] for name in ("start", "term", "due", "late_from", "provisional", "calendar")} == {
        "start": "2026-02-10T10:30:00+08:00",
        "term": "5 working days",
        "due": "2026-02-27T23:59:59+08:00",
        "late_from": "2026-02-28T00:00:00+08:00",
        "provisional": False,
        "calendar": "cn@2026.1",
    }


def test_it_is_explained_day_by_day():
    told = ask("2026-02-10T10:30", "5 working days", suspensions=[["2026-02-12", "2026-02-14"]])
    steps = [(step["at"], step["step"], step["why"]) for step in told["explanation"]]
    assert steps == [
        ("2026-02-10T10:30:00+08:00", "start", "5 working days; the day it begins is not counted"),
        ("2026-02-11", "counted", "1"),
        *((f"2026-02-{day}", "suspended", "") for day in (12, 13, 14)),
        *((f"2026-02-{day}", "day_off", "春节") for day in range(15, 24)),
        *((f"2026-02-{day}", "counted", str(day - 22)) for day in range(24, 28)),
        ("2026-02-27T23:59:59+08:00", "due", "cn@2026.1"),
    ]


def test_what_moved_the_end_is_explained():
    steps = ask("2026-02-12T15:00", "2 months", cutoff="15:00", suspensions=[["2026-03-01", "2026-03-12"]])[
        "explanation"
    ]
    told = [(step["at"][:10], step["step"], step["why"]) for step in steps if step["step"] != "suspended"]
    assert told[1:] == [
        ("2026-02-13", "counted_from", "after the cut-off"),
        ("2026-04-25", "nominal", ""),
        ("2026-04-25", "rolled", "Saturday"),
        ("2026-04-26", "rolled", "Sunday"),
        ("2026-04-27", "due", "cn@2026.1"),
    ]


def test_hours_are_explained_from_instant_to_instant():
    steps = ask("2026-03-02T10:20", "24 hours", suspensions=[["2026-03-03", "2026-03-03"]])["explanation"]
    assert [(step["at"], step["step"], step["why"]) for step in steps[1:]] == [
        ("2026-03-02T11:00:00+08:00", "counted_from", "the first full hour"),
        ("2026-03-03T00:00:00+08:00", "suspended", "until 2026-03-04T00:00:00+08:00"),
        ("2026-03-04T11:00:00+08:00", "due", "cn@2026.1"),
    ]


@pytest.mark.parametrize(
    ("term", "note"),
    [
        ("立即", "立即; a default, which a court's pack may set otherwise"),
        ("in time", "in time; a default, which a court's pack may set otherwise"),
        ("same day", "same day"),
        ("1 hour", "1 hour"),
        ("1 day", "1 day; the day it begins is not counted"),
    ],
)
def test_what_a_reader_might_not_expect_is_said_where_it_begins(term, note):
    assert ask("2026-03-04T10:00", term)["explanation"][0]["why"] == note


def test_of_very_long_terms_only_what_does_not_count_is_told():
    steps = ask("2016-02-10", "4000 days")["explanation"]
    assert {step["step"] for step in steps} == {"start", "rolled", "due"}


@pytest.mark.parametrize(
    ("known", "calendar", "due", "provisional"),
    [
        (None, "cn@2026.1", "2026-02-26", False),
        ("2025-11-03", "cn@2025.1", "2026-02-19", True),
        ("2025-11-04", "cn@2026.1", "2026-02-26", False),
        ("2003-01-01", "cn@0", "2026-02-19", True),
    ],
)
def test_what_was_not_known_then_is_not_reckoned_with(known, calendar, due, provisional):
    told = ask("2026-02-12T10:00", "5 working days", as_known_at=known)
    assert (told["calendar"], told["due"][:10], told["provisional"]) == (calendar, due, provisional)


def test_an_amendment_counts_from_the_day_it_was_published():
    before, after = (ask("2020-01-23", "3 working days", as_known_at=f"2020-01-{day}") for day in (26, 27))
    assert [(told["due"][:10], told["calendar"]) for told in (before, after)] == [
        ("2020-02-03", "cn@2020.1"),
        ("2020-02-05", "cn@2020.2"),
    ]


def test_people_see_it_as_a_table_that_says_what_is_provisional():
    with show.console.capture() as screen:
        print_answer(ask("2026-12-25", "5 working days"))
    shown = screen.get()
    assert "due 届满 2027-01-01 Fri 23:59:59, late from 2027-01-02 Sat 00:00:00" in shown
    assert "provisional" in shown
    assert "2026-12-28 Mon" in shown


# ---- calendars -----------------------------------------------------------------------------------------------------

GULF = {"weekend": [5, 6], "holidays": ["2026-03-10"], "workdays": ["2026-03-13"]}


def test_a_calendar_given_inline_is_reckoned_with():
    told = ask("2026-03-08T10:00", "4 working days", calendar=GULF)
    assert told["due"] == "2026-03-13T23:59:59+08:00"
    assert told["calendar"].startswith("inline@")


def test_a_calendar_may_come_from_a_file(tmp_path: Path):
    (tmp_path / "gulf.json").write_text(json.dumps({**GULF, "version": "7", "zone": "Asia/Dubai"}))
    told = ask("2026-03-08T10:00", "4 working days", calendar=str(tmp_path / "gulf.json"))
    assert (told["due"], told["calendar"]) == ("2026-03-13T23:59:59+04:00", "gulf@7")


# ---- batches -------------------------------------------------------------------------------------------------------


def test_a_batch_answers_each_line_in_order_errors_included():
    requests = [
        {"id": "a", "start": "2026-02-12T10:00", "term": "7 days"},
        b"no json",
        {"id": "b", "start": "2026-02-12T10:00", "term": "5 fortnights"},
        b"",
        {"id": 4, "start": "2026-02-12T10:00", "term": "7 days", "cutoff": None, "calendar": GULF, "as_known_at": None},
    ]
    told = batch(*requests)
    assert [(each["id"], each.get("field")) for each in told] == [
        ("a", None), (None, "line"), ("b", "term"), (None, "line"), (4, None)
    ]  # fmt: skip
    assert told[0] == {"id": "a", **ask("2026-02-12T10:00", "7 days")}
    assert [each["due"][:10] for each in told if "due" in each] == ["2026-02-24", "2026-02-19"]
    assert [each["error"] for each in told if "error" in each][1].startswith("term: 'fortnights' is no unit")


WELL = {"id": "x", "start": "2026-02-12T10:00", "term": "7 days"}


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"id": None}, "id", "valid"),
        ({"start": "2003-05-01T10:00"}, "start", "2003-05-01 is before 2004-01-01"),
        ({"start": "soon"}, "start", "write 2026-02-10T10:30"),
        ({"start": "2026-02-30"}, "start", "is no time"),
        ({"start": "9999-12-31T23:00", "term": "1 hour"}, "term", "year 9999"),
        ({"start": 20260212}, "start", "valid string"),
        ({"term": "5 fortnights"}, "term", "is no unit"),
        ({"term": "999999999 years"}, "term", "year 9999"),
        ({"term": None}, "term", "valid string"),
        ({"cutoff": "25:00"}, "cutoff", "write 15:00"),
        ({"cutoff": "3pm"}, "cutoff", "write 15:00"),
        ({"suspensions": [["2026-02-14", "2026-02-12"]]}, "suspensions", "ends before it begins"),
        ({"suspensions": [["2026-02-14"]]}, "suspensions", "at least 2"),
        ({"suspensions": [["2026-02-14", "later"]]}, "suspensions", "'later' is no date"),
        ({"suspensions": [["2001-02-14", "2001-02-15"]]}, "suspensions", "is before 2004-01-01"),
        ({"suspensions": "2026-02-14"}, "suspensions", "valid list"),
        ({"as_known_at": "once"}, "as_known_at", "write a date"),
        ({"calendar": {"weekend": [8]}}, "calendar", "less than or equal to 7"),
        ({"calendar": {"holidays": ["2024-01-01", "2026-01-01"]}}, "calendar", "a gap"),
        ({"calendar": "nowhere.json"}, "calendar", "nowhere.json: No such file"),
        ({"calendar": 7}, "calendar", "valid"),
        ({"suspension": []}, "suspension", "Extra inputs"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(change, field, says):
    [told] = batch({**WELL, **change})
    assert (told["field"], told["id"]) == (field, (WELL | change)["id"])
    assert told["error"].startswith(f"{field}: ")
    assert says in told["error"]
    assert "\n" not in told["error"]


def test_what_is_missing_is_told():
    assert [told["field"] for told in batch({}, {"id": 1}, {"id": 1, "start": "2026-02-12"}, [])] == [
        "id", "start", "term", "line"
    ]  # fmt: skip


def test_a_batch_agrees_with_single_requests_whatever_else_stands_in_it():
    chance = random.Random(4)
    requests = [
        {
            "id": n,
            "start": f"{date(2024, 1, 1) + timedelta(days=chance.randrange(900))}T{chance.randrange(24):02}:30",
            "term": f"{chance.randrange(1, 30)} {chance.choice(['hours', 'days', 'working days', 'months'])}",
            "cutoff": chance.choice([None, "15:00"]),
            "suspensions": [["2025-02-12", "2025-02-14"]],
            "calendar": chance.choice([None, "cn", GULF]),
        }
        for n in range(60)
    ]
    together = batch(*requests)
    assert together == [batch(each)[0] for each in requests]
    assert all("due" in told for told in together)


# ---- the command line ------------------------------------------------------------------------------------------------


def test_the_command_line_names_what_is_missing_or_no_span():
    for start, term, suspend, field in (
        (None, None, [], "start"),
        ("2026-02-12", None, [], "term"),
        ("2026-02-12", "7 days", ["2026-02-12"], "suspend"),
    ):
        with pytest.raises(Misread) as misread:
            request(start, term, "cn", None, suspend, None)
        assert misread.value.field == field
