"""Logs supervised: what is counted where, what an occurrence is told with, and that neither order nor ways matter."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.supervise import command
from infra.supervise.command import Options
from infra.supervise.judging import COLUMNS
from infra.supervise.workers import in_chunks
from rules.breach import State
from rules.derive import derive, stands
from rules.reference import Reference
from tests.unit.clocks import clock, fact, rules

pytestmark = pytest.mark.fast

STATES = ("met", "met_late", "breached", "running", "suspended", "void", "superseded", "uncertain")
LOG = {
    "zone": "Europe/Rome", "calendar": "none",
    "columns": {"case": "case", "activity": "what", "time": "when", "recorded": "entered"},
    "attributes": {"cents": {"type": "int", "default": 0}, "pause": {"type": "string", "default": ""}},
}  # fmt: skip
PAY = {"id": "t.pay", "start": {"event": "Send"}, "stop": {"event": "Pay"}, "term": {"days": 10}}
NAMES = ("case", "what", "when", "entered", "cents", "pause")


class Bureau:
    """A folder with a pack for logs, and what the command answers in it."""

    def __init__(self, folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        self.folder, self.out = folder, capsysbinary

    def pack(self, *clocks: dict[str, Any], log: Any = LOG, **sections: Any) -> None:
        (self.folder / "pack").mkdir(exist_ok=True)
        document = {"pack": "t", "log": log, "clocks": list(clocks), **sections}
        (self.folder / "pack" / "pack.yaml").write_text(yaml.safe_dump(document), "utf-8")

    def log(self, *rows: Sequence[object]) -> Path:
        lines = [",".join(NAMES), *(",".join([*map(str, row), *[""] * (len(NAMES) - len(row))]) for row in rows)]
        file = self.folder / "log.csv"
        file.write_text("\n".join(lines), "utf-8")
        return file

    def run(self, as_of: str = "2026-03-31", **options: Any) -> tuple[int, str]:
        given = {"log": self.folder / "log.csv", "pack": str(self.folder / "pack"), "home": self.folder, **options}
        code = command.run(Options(as_of=as_of, **given))
        return code, self.out.readouterr().out.decode()

    def summary(self, *rows: Sequence[object], **options: Any) -> dict[str, Any]:
        self.log(*rows)
        return json.loads(self.run(json=True, **options)[1])

    def counts(self, *rows: Sequence[object], **options: Any) -> dict[str, int]:
        """Of the one clock, those columns that hold something."""
        [found] = self.summary(*rows, **options)["clocks"]
        return {name: found[name] for name in STATES if found[name]}

    def occurrences(self, *rows: Sequence[object], **options: Any) -> list[dict[str, Any]]:
        self.log(*rows)
        return [json.loads(line) for line in self.run(occurrences=True, **options)[1].splitlines()]


@pytest.fixture
def bureau(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Bureau:
    made = Bureau(tmp_path, capsysbinary)
    made.pack(PAY)
    return made


# ---- the answer -----------------------------------------------------------------------------------------------------


def test_the_answer_sums_every_clock_and_names_its_worst(bureau: Bureau) -> None:
    told = bureau.summary(
        ("A", "Send", "2026-03-02T10:00"), ("B", "Send", "2026-03-02"), ("B", "Pay", "2026-03-20"),
        ("C", "Send", "2026-03-02"), ("C", "Pay", "2026-03-12T23:59"), ("D", "Send", "2026-03-30"),
        as_of="2026-03-31", worst=1,
    )  # fmt: skip
    assert told == {
        "log": "log.csv", "pack": "t@0.0.0", "as_of": "2026-03-31T23:59:59.999999+02:00", "events": 6, "cases": 4,
        "clocks": [{
            "id": "t.pay", "started": 4, "met": 1, "met_late": 1, "breached": 1, "running": 1, "suspended": 0,
            "void": 0, "superseded": 0, "uncertain": 0,
            "worst": [{"case": "A", "due": "2026-03-13T00:00:00+01:00", "overdue_days": 19}],
        }],
    }  # fmt: skip


def test_a_date_is_the_end_of_that_day_in_the_logs_zone(bureau: Bureau) -> None:
    row = ("A", "Send", "2026-03-02T10:00")  # due with the end of 12 March
    assert bureau.counts(row, as_of="2026-03-12") == {"running": 1}
    assert bureau.counts(row, as_of="2026-03-13T00:00") == {"breached": 1}
    assert bureau.counts(row, as_of="2026-03-13T00:00+02:00") == {"running": 1}


@pytest.mark.parametrize("of", ["first", "last"])
def test_a_stop_on_the_day_of_the_start_stops_it_where_no_time_is_told(bureau: Bureau, of: str) -> None:
    bureau.pack(PAY | {"of": of, "term": "same_day"})
    assert bureau.counts(("A", "Send", "2026-03-02"), ("A", "Pay", "2026-03-02")) == {"met": 1}


def test_what_came_on_that_day_stops_it_though_its_own_time_is_told(bureau: Bureau) -> None:
    bureau.pack(PAY | {"early": "ignored", "term": "same_day"})
    assert bureau.counts(("A", "Pay", "2026-03-02"), ("A", "Send", "2026-03-02T15:00")) == {"met": 1}
    assert bureau.counts(("A", "Pay", "2026-03-01"), ("A", "Send", "2026-03-02T15:00")) == {"breached": 1}


def test_each_state_has_its_column(bureau: Bureau) -> None:
    pause = {"id": "t.s", "cause": ["p"], "start": {"event": "Stop"}, "end": {"event": "Go"}, "pair": "pause"}
    renewing = PAY | {"of": "last", "void_by": {"event": "Drop"}, "suspended_by": ["p"]}
    bureau.pack(renewing, suspensions=[pause])
    assert bureau.counts(
        ("A", "Send", "2026-03-02"), ("A", "Send", "2026-03-05"), ("A", "Drop", "2026-03-06"),
        ("B", "Send", "2026-03-29"), ("B", "Stop", "2026-03-30", "", "", "p1"), ("C", "Send", "2026-03-31"),
        ("D", "Send", "2026-03-02"), ("D", "Drop", "2026-03-20"),
        as_of="2026-03-31T12:00",
    ) == {"superseded": 1, "void": 1, "breached": 1, "suspended": 1, "running": 1}  # fmt: skip


def test_conditions_read_the_attributes_and_activities_so_far(bureau: Bureau) -> None:
    bureau.pack(PAY | {"start": {"event": "Send", "if": 'case.attr.cents > 100 && !("Call" in case.seen)'}})
    rows = [
        ("A", "Ask", "2026-03-01", "", 500), ("A", "Send", "2026-03-02"),  # told before, and still so
        ("B", "Send", "2026-03-02"), ("B", "Ask", "2026-03-03", "", 500),  # told after
        ("C", "Call", "2026-03-01", "", 500), ("C", "Send", "2026-03-02"),
        ("D", "Ask", "2026-03-01", "", 500), ("D", "Ask", "2026-03-01", "", 90), ("D", "Send", "2026-03-02"),
    ]  # fmt: skip
    assert [each["subject"] for each in bureau.occurrences(*rows)] == ["A"]


def test_a_clock_may_have_days_off_of_its_own(bureau: Bureau) -> None:
    (bureau.folder / "pack").mkdir(exist_ok=True)
    (bureau.folder / "pack" / "opening.yaml").write_text("weekend: [7]\nholidays: [2026-03-13]\n", "utf-8")
    for calendar, due in (("none", "03-12"), ("opening.yaml", "03-14"), ("cn", "03-16")):
        bureau.pack(PAY | {"term": {"working_days": 10}, "calendar": calendar})
        [found] = bureau.occurrences(("A", "Send", "2026-03-02"))
        day = (datetime.fromisoformat(found["due"]) - timedelta(seconds=1)).date()
        assert (day, found["due"][-6:]) == (date.fromisoformat(f"2026-{due}"), "+01:00")


def test_activities_called_like_our_events_are_activities(bureau: Bureau) -> None:
    bureau.pack(
        {"id": "t.c", "start": {"event": "FactCorrected"}, "stop": {"event": "HandoverAccepted"}, "term": {"days": 1}},
        {"id": "t.d", "start": {"event": "TermExtended", "if": '"FactCorrected" in case.seen'},
         "stop": {"event": "CaseFiled"}, "term": {"days": 1}},
    )  # fmt: skip
    names = ("FactCorrected", "TermExtended", "HandoverAccepted", "CaseFiled", "PartiesChanged", "ReminderSent")
    rows = [("A", name, f"2026-03-02T10:0{n}") for n, name in enumerate(names)]
    assert [(each["clock"], each["state"]) for each in bureau.occurrences(*rows)] == [("t.c", "met"), ("t.d", "met")]


def test_what_is_pending_runs(bureau: Bureau) -> None:
    bureau.pack(PAY | {"delay": {"days": 5}})
    assert bureau.counts(("A", "Send", "2026-03-30")) == {"running": 1}


def test_what_was_not_known_is_not_there(bureau: Bureau) -> None:
    row = ("A", "Send", "2026-03-02T10:00", "2026-03-20T09:00")
    assert bureau.counts(row, as_of="2026-03-31", as_known_at="2026-03-10") == {}
    [found] = bureau.occurrences(row)
    assert found["breach"] == [["2026-03-20T09:00:00+01:00", None]]


def test_an_occurrence_is_told_with_its_record(bureau: Bureau) -> None:
    [found] = bureau.occurrences(
        ("A", "Send", "2026-03-02T10:00"), ("A", "Pay", "2026-03-12T10:00", "2026-03-20T09:00")
    )
    assert found == {
        "clock": "t.pay", "subject": "A", "occurrence": "", "start": "2026-03-02T10:00:00+01:00",
        "due": "2026-03-13T00:00:00+01:00", "stop": "2026-03-12T10:00:00+01:00", "state": "met",
        "breach": [["2026-03-13T00:00:00+01:00", "2026-03-20T09:00:00+01:00"]], "provisional": False,
        "answers": {"post": "", "team": "", "member": ""},
    }  # fmt: skip


def test_broken_events_are_listed_the_rest_is_supervised_and_the_code_is_3(bureau: Bureau) -> None:
    bureau.log(("A", "Send", "2026-03-02"), ("A", "Pay", "never"), ("B", "Send", "2026-03-30"))
    code, out = bureau.run(json=True)
    told = json.loads(out)
    assert (code, told["events"], told["cases"], told["broken"]) == (3, 2, 2, 1)
    assert told["problems"] == [
        {"position": "line 3", "problem": "when: 'never' is no time, such as 2026-03-02T09:00:00+08:00"}
    ]


def test_people_are_shown_a_table_and_what_is_broken(bureau: Bureau) -> None:
    bureau.log(("A", "Send", "2026-03-02"), ("A", "Pay", "never"))
    code, out = bureau.run()
    assert code == 3
    for shown in ("1 events", "t.pay", "breached 超期", "A, 19 days", "line 3: when: 'never'"):
        assert shown in out


# ---- neither order nor ways matter ----------------------------------------------------------------------------------

MOMENT = st.integers(0, 40 * 24 * 60)
ENTERED = st.tuples(st.sampled_from(["Begun", "Done", "Gone"]), st.integers(0, 30), st.integers(0, 20))
EVENT = st.tuples(st.sampled_from("ABC"), st.sampled_from(["Send", "Pay", "Drop", "Ask"]), MOMENT, st.integers(0, 3))


def _row(event: tuple[str, str, int, int]) -> tuple[str, ...]:
    case, what, minute, late = event
    at = datetime(2026, 2, 20, tzinfo=UTC) + timedelta(minutes=minute)
    return case, what, at.isoformat(), (at + timedelta(days=3 * late)).isoformat(), str(minute % 7), ""


@settings(deadline=None, max_examples=30)
@given(events=st.lists(EVENT, max_size=25, unique_by=lambda event: (event[0], event[2])), seed=st.integers(0, 99))
def test_the_order_of_lines_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, str, int, int]], seed: int
) -> None:
    bureau = Bureau(tmp_path_factory.mktemp("order"), None)  # type: ignore[arg-type]
    bureau.pack(
        PAY | {"of": "last", "void_by": {"event": "Drop"}},
        PAY | {"id": "t.ask", "start": {"event": "Ask", "if": "case.attr.cents > 3"}},
    )
    answers: list[list[dict[str, Any]]] = []
    for rows in (list(map(_row, events)), random.Random(seed).sample(list(map(_row, events)), len(events))):
        log, out = bureau.log(*rows), TextIOWrapper(BytesIO())
        with redirect_stdout(out):
            command.run(Options(log, bureau.folder, str(bureau.folder / "pack"), as_of="2026-03-31", occurrences=True))
        told = [json.loads(line) for line in out.buffer.getvalue().splitlines()]
        for each in told:
            each["occurrence"] = ""  # names of segments are made of the events' places in the file
        answers.append(sorted(told, key=json.dumps))
    assert answers[0] == answers[1]


@settings(deadline=None)
@given(
    events=st.lists(ENTERED, max_size=12),
    now=st.integers(0, 40),
    known=st.integers(0, 40) | st.none(),
)
def test_one_state_of_knowledge_is_judged_as_the_whole_history_is(
    events: list[tuple[str, int, int]], now: int, known: int | None
) -> None:
    book = rules(clock(), clock("t.last", of="last", void_by={"event": "Gone"}, term={"working_days": 2}))
    begun = datetime(2026, 2, 10, tzinfo=UTC)
    facts = [
        fact(name, (begun + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M"),
             (begun + timedelta(days=day + late)).strftime("%Y-%m-%dT%H:%M"))
        for name, day, late in events
    ]  # fmt: skip
    moment: dict[str, Any] = {
        "as_of": begun + timedelta(days=now, hours=5),
        "known_at": None if known is None else begun + timedelta(days=known, hours=5),
        "reference": Reference(),
    }
    whole = {(c.rule, c.occurrence): (c.state, c.due) for c in derive(facts, book, **moment).clocks}
    whole = {name: told for name, told in whole.items() if told[0] is not State.WITHDRAWN}
    assert {
        (identity.rule, identity.text): (state, reading.due.due)
        for identity, reading, state in stands(facts, book, **moment)
    } == whole


def test_every_state_but_withdrawn_is_counted_once() -> None:
    assert set(COLUMNS) == set(State) - {State.WITHDRAWN}
    assert tuple(dict.fromkeys(COLUMNS.values())) == STATES


def test_two_processes_do_what_one_does() -> None:
    cases = [f"c{n}" for n in range(3_000)]
    found = [list(in_chunks(Counter, cases, workers)) for workers in (1, 2)]
    assert found[0] == found[1]
    assert sum(sum(each.values()) for each in found[0]) == len(cases)
