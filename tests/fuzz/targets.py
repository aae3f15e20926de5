"""What reads things from outside, and what it may answer to anything at all: a result, or an error that it tells of."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson

from contracts.envelope import slot
from contracts.examples import examples
from contracts.intake import CaseFiled
from funds import bank_csv
from infra.installation import ROOT
from infra.supervise.gathered import foreign, ours
from infra.supervise.log_file import Unusable
from infra.term import answers
from kernel.feed import event_of
from kernel.problems import Invalid
from kernel.publishing import finished
from rules.loader import PackError, load_pack, load_rules
from rules.terms_text import parse_term

LIBRARY = ROOT / "docs" / "examples" / "library"
CENTURIES = re.compile(rb'"(2[2-9]|[3-9][0-9])[0-9]{2}-')
RECORDED = datetime(2026, 3, 2, 1, tzinfo=UTC)
FOLDER = tempfile.TemporaryDirectory(prefix="zhixing-fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
LOG = load_pack(LIBRARY).log
assert LOG is not None


def _file(name: str, data: bytes) -> Path:
    path = Path(FOLDER.name, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def pack(data: bytes) -> None:
    """A pack's main file, beside the calendar of the library."""
    file = _file("pack/pack.yaml", data)
    _file("pack/opening-days.yaml", (LIBRARY / "opening-days.yaml").read_bytes())
    with suppress(PackError):
        load_pack(file.parent)


def rules(data: bytes) -> None:
    """A bare list of clocks and suspensions."""
    with suppress(PackError):
        load_rules(_file("rules.yaml", data))


def term(data: bytes) -> None:
    """A term as people write it."""
    with suppress(ValueError):
        parse_term(data.decode("utf-8", "replace"))


def request(data: bytes) -> None:
    """A line of `term --batch`; left out: what names a file to read, and centuries, every day of which is told."""
    if CENTURIES.search(data):
        return
    with suppress(orjson.JSONDecodeError):
        asked = orjson.loads(data)
        if isinstance(asked, dict) and isinstance(asked.get("calendar"), str) and asked["calendar"] != "cn":
            return
    [answer] = answers([data])
    orjson.dumps(answer)


def _foreign(name: str) -> Callable[[bytes], None]:
    def read(data: bytes) -> None:
        with suppress(Unusable):
            gathered = foreign(_file(name, data), LOG, "library", lambda _: None)
            for case in gathered.cases:
                gathered.facts_of(case)

    return read


def own_events(data: bytes) -> None:
    with suppress(Unusable):
        ours(_file("events.jsonl", data), lambda _: None, None)


def statement(data: bytes) -> None:
    """Of a bank."""
    with suppress(Invalid):
        bank_csv.parse(data)


def envelope(data: bytes) -> None:
    """What lacks or differs of a good envelope, as JSON: `{"post": 5, "-time": 0}`.

    Whatever stands in a log or on a topic becomes an event, or one with a fault: it never stops a feed.
    """
    with suppress(orjson.JSONDecodeError):
        told = orjson.loads(data)
        if isinstance(told, dict):
            kept = {name: value for name, value in GOOD.items() if f"-{name}" not in told}
            [whole] = finished(orjson.dumps([kept | told]), 1, RECORDED)
            event = event_of("intake", whole)
            assert event.fact.position == 1
            assert event.fault or event.name


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "pack": pack, "rules": rules, "term": term, "request": request, "csv": _foreign("log.csv"),
    "xes": _foreign("log.xes"), "jsonl": _foreign("log.jsonl"), "own-events": own_events, "statement": statement,
    "envelope": envelope,
}  # fmt: skip


RULES = """
clocks:
- {id: x.a, zh: 答, en: answer, clause: own, start: {event: CaseFiled}, stop: {event: CaseClosed}, term: {days: 28}}
"""
REQUEST = {
    "id": 1, "start": "2026-02-10T10:30", "term": "5 working days", "cutoff": "17:00",
    "suspensions": [["2026-02-12", "2026-02-14"]], "as_known_at": "2026-01-01",
}  # fmt: skip
SUBJECT = "case/yiyang-1"
GOOD = {
    "specversion": "1.0", "id": "6fa459ea-ee8a-5ca4-894e-db77e160355e", "source": "/yiyang/intake",
    "type": CaseFiled.type, "subject": SUBJECT, "time": "2026-03-02T01:00:00.000000Z",
    "datacontenttype": "application/json", "data": examples()["CaseFiled"], "court": "yiyang",
    "slot": slot("yiyang", SUBJECT), "recordedat": "2026-03-02T01:00:00.000000Z", "position": 1, "actor": "yiyang-m1",
    "correlationid": "c", "causationid": "c", "timeprecision": "instant",
}  # fmt: skip
TERMS = ("5 working days", "三个月", "24小时内", "same day", "十五日", "within 2 years")
STATEMENT = "date,reference,in,out,account,balance\n2026-03-05,r1,1.00,,yiyang-1,1.00\n"
CHINESE_STATEMENT = "交易日期,流水号,收入,支出,账号,余额\n20260305,r1,,1.00,,-1.00\n"


def seeds(name: str) -> Iterator[bytes]:
    """What the search begins with: good examples."""
    match name:
        case "pack":
            yield (LIBRARY / "pack.yaml").read_bytes()
        case "rules":
            yield RULES.encode()
        case "term":
            yield from (text.encode() for text in TERMS)
        case "request":
            yield orjson.dumps(REQUEST)
        case "csv":
            yield (LIBRARY / "loans.csv").read_bytes()[:600]
        case "xes":
            yield (LIBRARY / "loans.xes").read_bytes()[:2500]
        case "jsonl":
            yield b'{"loan": "L1", "activity": "Lend", "time": "2026-03-01T10:00:00+01:00", "fine_cents": 1}\n'
        case "statement":
            yield STATEMENT.encode()
            yield CHINESE_STATEMENT.encode("gb18030")
        case "own-events":
            yield orjson.dumps(GOOD) + b"\n"
        case _:
            yield b'{"post": "judge", "team": null, "-timeprecision": 0}'
