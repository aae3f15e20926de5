"""Logs of each kind: what is read of them, and how each fault is told with its place."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.supervise.gathered import Gathered, foreign, ours
from infra.supervise.log_file import MOST_LISTED, LogFile, Unusable
from infra.supervise.readers.cloudevents import are_ours
from rules.packs import Log

pytestmark = pytest.mark.fast

ATTRIBUTES = {"cents": {"type": "int", "default": 0}, "paid": {"type": "bool", "default": False}}
COLUMNS = {"case": "case", "activity": "what", "time": "when", "recorded": "entered", "actor": "who"}
LOG = Log.model_validate({"zone": "Europe/Rome", "columns": COLUMNS, "attributes": ATTRIBUTES})
HEADER = "case,what,when,entered,who,cents,paid"
ROW = "A,Send,2026-03-02T10:00:00+01:00,,anna,35,true"


def read(path: Path, content: str | bytes, log: Log = LOG) -> Gathered:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return foreign(path, log, "t", lambda _: None)


def csv(folder: Path, *rows: str, header: str = HEADER) -> Gathered:
    return read(folder / "log.csv", "\n".join([header, *rows]))


def xes(folder: Path, body: str, head: str = '<?xml version="1.0"?>') -> Gathered:
    return read(folder / "log.xes", f'{head}<log xmlns="http://www.xes-standard.org/">{body}</log>', Log())


def event(name: str = "Send", time: str = "2026-03-02T10:00:00+01:00", more: str = "") -> str:
    return (
        f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{time}"/>{more}</event>'
    )


def trace(name: str, *events: str) -> str:
    return f'<trace><string key="concept:name" value="{name}"/>{"".join(events)}</trace>'


def problems(found: Gathered) -> list[tuple[str, str]]:
    return [tuple(each) for each in found.problems.listed]


# ---- what is read ---------------------------------------------------------------------------------------------------


def test_a_row_is_an_event_of_its_case(tmp_path: Path) -> None:
    [fact] = csv(tmp_path, ROW).facts_of("A")
    assert (fact.type, fact.subject, fact.actor, fact.data) == ("Send", "A", "anna", {"cents": 35, "paid": True})
    assert (fact.time.isoformat(), fact.recorded_at, fact.day_precision) == (
        "2026-03-02T09:00:00+00:00", fact.time, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "instant", "day_only"),
    [
        ("2026-07-02 10:00", "2026-07-02T08:00:00+00:00", False),
        ("2026-07-02", "2026-07-01T22:00:00+00:00", True),
        ("2026/7/2 9:05", "2026-07-02T07:05:00+00:00", False),
        ("2026年7月2日", "2026-07-01T22:00:00+00:00", True),
        ("2026-07-02T10:00:00.250Z", "2026-07-02T10:00:00.250000+00:00", False),
        ("20260702", "2026-07-01T22:00:00+00:00", True),
    ],
)
def test_a_time_without_zone_is_of_the_packs(tmp_path: Path, text: str, instant: str, day_only: bool) -> None:
    [fact] = csv(tmp_path, f"A,Send,{text},,,,").facts_of("A")
    assert (fact.time.isoformat(), fact.day_precision) == (instant, day_only)


def test_an_event_is_recorded_when_the_column_says_but_never_before_it_happened(tmp_path: Path) -> None:
    rows = ("A,Send,2026-03-02T10:00Z,2026-03-05T08:00Z,,,", "A,Pay,2026-03-06T10:00Z,2026-03-06,,,")
    late, same_day = csv(tmp_path, *rows).facts_of("A")
    assert late.recorded_at.isoformat() == "2026-03-05T08:00:00+00:00"
    assert same_day.recorded_at == same_day.time


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found_by_the_header(tmp_path: Path, delimiter: str) -> None:
    found = csv(tmp_path, ROW.replace(",", delimiter), header=HEADER.replace(",", delimiter))
    assert (found.events, found.problems.count) == (1, 0)


def test_text_in_other_encodings(tmp_path: Path) -> None:
    rows = f"{HEADER}\n案,送达,2026-03-02,,,,\n"
    named = LOG.model_copy(update={"encoding": "gb18030"})
    for content, log in (
        (rows.encode("utf-8-sig"), LOG),
        (rows.encode("utf-16"), LOG),
        (rows.encode("gb18030"), named),
    ):
        [fact] = read(tmp_path / "log.csv", content, log).facts_of("案")
        assert fact.type == "送达"
    chinese = trace("案", event("送达"))
    text = f'<?xml version="1.0" encoding="gb18030"?><log>{chinese}</log>'
    assert read(tmp_path / "log.xes", text.encode("gb18030"), Log()).cases == ["案"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xes"])
def test_each_kind_may_be_packed(tmp_path: Path, kind: str) -> None:
    row = {"case": "A", "what": "Send", "when": "2026-03-02", "cents": 35, "paid": True}
    plain = {
        "csv": f"{HEADER}\n{ROW}", "jsonl": json.dumps(row), "xes": f"<log>{trace('A', event())}</log>",
    }[kind]  # fmt: skip
    found = read(tmp_path / f"log.{kind}.gz", gzip.compress(plain.encode()))
    assert (found.events, found.cases, found.problems.count) == (1, ["A"], 0)


def test_xes_has_names_of_its_own_and_attributes_of_the_trace(tmp_path: Path) -> None:
    log = LOG.model_copy(update={"columns": LOG.columns.model_copy(update={"recorded": None})})
    clerk = '<string key="org:resource" value="anna"/>'
    nested = '<int key="cents" value="9"><int key="cents" value="1"/></int>'
    body = (
        '<log><extension name="x"/><global scope="event"><string key="concept:name" value="?"/></global>'
        '<trace><string key="concept:name" value="A"/><int key="cents" value="7"/>'
        f"{event(more=clerk)}{event('Pay', more=nested)}</trace></log>"
    )
    first, second = read(tmp_path / "log.xes", body, log).facts_of("A")
    assert (first.actor, first.data, second.data) == ("anna", {"cents": 7}, {"cents": 9})


def test_a_log_that_holds_nothing_is_no_broken_log(tmp_path: Path) -> None:
    for found in (csv(tmp_path), xes(tmp_path, "")):
        assert (found.events, found.problems.count) == (0, 0)


# ---- broken events --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",Send,2026-03-02,,,,", "no case"),
        ("A,,2026-03-02,,,,", "no what"),
        ("A,Send,,,,,", "no when"),
        ("A,Send,yesterday,,,,", "when: 'yesterday' is no time"),
        ("A,Send,2026-02-30,,,,", "when: '2026-02-30' is no time"),
        ("A,Send,0001-01-01T00:00+14:00,,,,", "is no time"),
        ("A,Send,2026-03-02,soon,,,", "entered: 'soon' is no time"),
        ("A,Send,2026-03-02,,,35.5,", "cents: '35.5' is no whole number"),
        ("A,Send,2026-03-02,,,,maybe", "paid: 'maybe' is neither true nor false"),
        ("A,Send,2026-03-02", "3 fields where 7 are expected"),
        ('A,"Se"nd,2026-03-02,,,,', "no row"),
        ("A\0,Send,2026-03-02,,,,", "case holds a NUL character"),
    ],
)
def test_a_broken_row_is_told_by_its_line_and_the_others_are_read(tmp_path: Path, row: str, told: str) -> None:
    found = csv(tmp_path, ROW, row, ROW)
    [(position, problem)] = problems(found)
    assert (found.events, position) == (2, "line 3")
    assert told in problem


def test_text_that_is_not_in_the_encoding_is_told_by_its_line(tmp_path: Path) -> None:
    content = f"{HEADER}\n{ROW}\n案,送达,2026-03-02,,,,\n{ROW}\n"
    found = read(tmp_path / "log.csv", content.encode("gb18030"))
    assert found.events == 2
    assert problems(found) == [
        ("line 3", "case is no text in the log's encoding; the pack may name another (log.encoding)")
    ]


def test_a_quote_that_never_ends_is_told_with_its_lines(tmp_path: Path) -> None:
    found = csv(tmp_path, ROW, 'A,"Send,2026-03-02,,,,', ROW, ROW)
    [(position, _)] = problems(found)
    assert (found.events, position) == (1, "lines 3 to 5")


@pytest.mark.parametrize(
    ("line", "told"), [("{", "no JSON"), ("[1]", "no JSON object"), ('{"case": {}, "what": "x"}', "case is no text")]
)
def test_a_broken_line_is_told_by_its_number(tmp_path: Path, line: str, told: str) -> None:
    good = json.dumps({"case": 7, "what": "Send", "when": "2026-03-02", "who": None})
    found = read(tmp_path / "log.jsonl", f"{good}\n\n{line}\n{good}\n")
    [(position, problem)] = problems(found)
    assert (found.events, found.cases, position) == (2, ["7"], "line 3")
    assert told in problem


@pytest.mark.parametrize(
    ("body", "position", "told"),
    [
        (trace("A", event(), event(time="soon")), "trace 1 (A), event 2", "is no time"),
        (trace("A", event(), event("")), "trace 1 (A), event 2", "no concept:name"),
        (f"{trace('A', event())}<trace>{event()}</trace>", "trace 2 (without a name), event 1", "no case:concept:name"),
        (f"{event()}{trace('A', event())}", "event 1 outside traces", "it stands in no trace"),
        (trace("A", event()) + trace("A"), "trace 2 (A)", "an earlier trace is called the same"),
    ],
)
def test_a_broken_event_of_a_trace_is_told_by_both(tmp_path: Path, body: str, position: str, told: str) -> None:
    found = xes(tmp_path, body)
    [(where, problem)] = problems(found)
    assert (found.events, where) == (1, position)
    assert told in problem


@pytest.mark.parametrize("attribute", ['<list key="cents"/>', '<string key="cents" value="many"/>'])
def test_an_attribute_of_another_type_breaks_its_event(tmp_path: Path, attribute: str) -> None:
    log = LOG.model_copy(update={"columns": LOG.columns.model_copy(update={"recorded": None})})
    found = read(tmp_path / "log.xes", f"<log>{trace('A', event(), event(more=attribute))}</log>", log)
    assert [position for position, _ in problems(found)] == ["trace 1 (A), event 2"]


def test_all_problems_are_counted_and_the_first_of_them_listed(tmp_path: Path) -> None:
    found = csv(tmp_path, *(["A,Send,never,,,,"] * (MOST_LISTED + 5)))
    assert (found.problems.count, len(found.problems.listed)) == (MOST_LISTED + 5, MOST_LISTED)


# ---- broken files ---------------------------------------------------------------------------------------------------


def test_what_stands_before_the_break_of_a_packed_file_is_read(tmp_path: Path) -> None:
    rows = "\n".join([HEADER, *(f"A{n},Send,2026-03-02T10:00:{n % 60:02},,,{n * 7919},true" for n in range(20_000))])
    packed = gzip.compress(rows.encode())
    found = read(tmp_path / "log.csv.gz", packed[: len(packed) // 2])
    last = found.problems.listed[-1]
    assert 0 < found.events < 20_000
    assert last.position.startswith("line ")
    assert "the gzip file is broken after byte" in last.problem


def test_what_stands_before_the_break_of_xml_is_read(tmp_path: Path) -> None:
    begun = f'<trace><string key="concept:name" value="B"/>{event()}<event><'
    found = read(tmp_path / "log.xes", f"<log>{trace('A', event())}{begun}", Log())
    [(position, problem)] = problems(found)
    assert (found.events, found.cases, position) == (2, ["A", "B"], "trace 2 (B), event 1")
    assert "no XML that can be read on" in problem


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE log [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE log [<!ENTITY file SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE log SYSTEM "http://localhost/log.dtd">',
    ],
)
def test_a_document_type_is_refused_and_nothing_of_it_expanded(tmp_path: Path, doctype: str) -> None:
    found = xes(tmp_path, trace("&l9;", event("&file;")), head=f'<?xml version="1.0"?>{doctype}')
    assert found.events == 0
    assert problems(found) == [("the beginning", "a document type (DOCTYPE) is refused: no log needs one")]


@pytest.mark.parametrize("content", [b"<log><trace>\xff\xfe</trace></log>", b"\x00\x01", b"", b"<log>&nbsp;</log>"])
def test_what_is_no_xml_is_said(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path / "log.xes", content, Log())
    assert (found.events, found.problems.count) == (0, 1)


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    assert problems(read(tmp_path / name, b""))[0][1] == "the file is empty"


@pytest.mark.parametrize(("name", "content", "told"), [
    ("log.csv", b'"' + b"x" * 200_000, "no header: field larger"), ("log.csv.gz", b"\x1f\x8b\0", "gzip file is broken"),
])  # fmt: skip
def test_a_file_that_is_broken_before_its_first_row_is_told(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    assert told in problems(read(tmp_path / name, content))[0][1]


def test_columns_that_the_pack_names_and_the_log_lacks_are_misuse(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="the log has no column cents, paid; it has case, what, when, entered, who"):
        csv(tmp_path, header="case,what,when,entered,who")
    with pytest.raises(Unusable, match="two columns case"):
        csv(tmp_path, header=HEADER + ",case")
    with pytest.raises(Unusable, match=r"expected a log called .xes, .csv, .jsonl"):
        read(tmp_path / "log.txt", "")


# ---- our own events -------------------------------------------------------------------------------------------------

OURS = {
    "specversion": "1.0", "id": "e1", "source": "/yiyang/intake", "type": "zhixing.CaseFiled.v1", "subject": "case/c1",
    "time": "2026-03-02T02:00:00Z", "recordedat": "2026-03-02T02:00:00Z", "court": "yiyang", "position": 1, "data": {},
}  # fmt: skip


def own(folder: Path, *lines: Any, court: str | None = None) -> Gathered:
    file = folder / "events.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in lines), "utf-8")
    return ours(file, lambda _: None, court)


def test_our_events_are_known_by_their_envelope(tmp_path: Path) -> None:
    own(tmp_path, OURS)
    assert are_ours(LogFile(tmp_path / "events.jsonl").begin())
    assert are_ours(b'{"events": [], "next": 0}')
    assert not are_ours(b'{"case": 1}')
    assert not are_ours(b"{")


def test_a_page_of_events_is_as_good_as_a_line_for_each(tmp_path: Path) -> None:
    found = own(tmp_path, {"events": [OURS, OURS | {"id": "e2"}], "next": 3}, OURS)
    assert (found.events, found.cases, found.problems.count) == (2, ["case/c1"], 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"time": "2026-03-02"}, "time: '2026-03-02' is no instant with its zone"),
        ({"recordedat": None}, "no recordedat"),
        ({"subject": ""}, "no subject"),
        ({"data": []}, "no data"),
        ({"type": "zhixing.CaseFiled.v9"}, "is no event of the language"),
        ({"position": "1"}, "position is no whole number"),
        ({"id": "e1", "subject": "case/c2"}, "the id e1 came before with another content"),
    ],
)
def test_a_broken_event_of_ours_is_told_by_its_line(tmp_path: Path, change: Mapping[str, Any], told: str) -> None:
    found = own(tmp_path, OURS, OURS | {"id": "e2"} | change)
    [(position, problem)] = problems(found)
    assert (found.events, position) == (1, "line 2")
    assert told in problem


def test_events_of_other_courts_take_no_part_and_are_counted(tmp_path: Path) -> None:
    other = OURS | {"id": "e2", "court": "horqin"}
    found = own(tmp_path, OURS, other, court="yiyang")
    assert (found.events, dict(found.others)) == (1, {"horqin": 1})
    with pytest.raises(Unusable, match="no event of nanzhao; it holds events of horqin, yiyang"):
        own(tmp_path, OURS, other, court="nanzhao")
