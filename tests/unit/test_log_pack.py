"""How a pack says a foreign log is read: columns, attributes, zone, calendars; and what it may name then."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from rules.loader import PackError, load_pack, load_rules
from rules.packs import Pack

pytestmark = pytest.mark.fast

LOG = {
    "zone": "Europe/Rome",
    "calendar": "none",
    "columns": {"case": "case_id", "activity": "activity", "time": "timestamp", "recorded": None, "actor": "resource"},
    "attributes": {"amount_cents": {"type": "int", "default": 0}, "dismissal": {"type": "string", "default": ""}},
}
CLOCK = {
    "id": "fines.paid", "start": {"event": "Send Fine", "amount_cents": {"min": 100}},
    "stop": {"event": "Payment", "by.actor": "r1"}, "term": {"days": 60},
}  # fmt: skip


def loaded(folder: Path, log: Any = LOG, clock: Any = CLOCK, **sections: Any) -> Pack:
    document = {"pack": "fines", "log": log, "clocks": [clock], **sections}
    (folder / "pack.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return load_pack(folder)


def test_a_log_is_declared_with_its_columns_and_attributes(tmp_path: Path) -> None:
    log = loaded(tmp_path).log
    assert log is not None
    assert (log.zone, log.calendar, log.columns.recorded) == ("Europe/Rome", "none", None)
    assert log.defaults == {"amount_cents": 0, "dismissal": ""}


def test_what_is_not_said_is_that_of_shanghai_of_xes_and_of_the_state_council(tmp_path: Path) -> None:
    log = loaded(tmp_path, {}, CLOCK | {"start": {"event": "X"}}).log
    assert log is not None
    assert (log.zone, log.calendar, log.attributes) == ("Asia/Shanghai", "cn", {})
    assert (log.columns.case, log.columns.activity, log.columns.time) == (
        "case:concept:name", "concept:name", "time:timestamp",
    )  # fmt: skip


def test_no_scheme_stands_behind_it_so_it_need_not_name_clauses_names_and_days(tmp_path: Path) -> None:
    pack = loaded(tmp_path)
    [clock] = pack.clocks
    assert (clock.clause, clock.zh, clock.type, clock.answers.role) == ("own", "fines.paid", "service", "holder")
    assert pack.effective.first is not None
    assert pack.effective.first.year == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"zone": "Europe/Roma"}, "no time zone Europe/Roma"),
        ({"zone": "../passwd"}, "no time zone ../passwd"),
        ({"encoding": "klingon"}, "no encoding klingon"),
        ({"columns": {"case": ""}}, "log.columns.case"),
        ({"attributes": {"a": {"type": "int", "default": "0"}}}, "the default '0' is no int"),
        ({"attributes": {"a": {"type": "bool", "default": 0}}}, "the default 0 is no bool"),
        ({"attributes": {"a": {"type": "date", "default": ""}}}, "expected 'int', 'string' or 'bool'"),
        ({"attributes": {"a b": {"type": "int", "default": 0}}}, "log.attributes"),
        ({"attributes": {"event": {"type": "int", "default": 0}}}, "event has a meaning of its own"),
        ({"attributes": {"amount_cents": {"type": "string", "default": ""}}}, "amount_cents: 100 is no string"),
        ({"attributes": {"amount_cts": {"type": "int", "default": 0}}}, "amount_cents, perhaps amount_cts"),
    ],
)
def test_a_log_that_cannot_be_read_is_told_by_its_place(tmp_path: Path, change: Any, told: str) -> None:
    with pytest.raises(PackError) as error:
        loaded(tmp_path, LOG | change)
    assert [fault for fault in error.value.faults if fault.startswith("pack.yaml:") and told in fault]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start": {"event": "X", "if": "case.attr.amount > 1"}}, "case.attr.amount is unknown; known: amount_cents"),
        ({"start": {"event": "X", "if": 'case.attr.amount_cents > "1"'}}, "a int stands where a string is expected"),
        ({"start": {"event": "X", "if": "case.money"}}, "case.money is unknown; known: attr, seen"),
        ({"start": {"event": "X", "by.post": "judge"}}, "the log has no attribute by.post"),
        ({"key": "fine"}, "the log has no attribute fine"),
        ({"term": {"until": "due_on", "else": {"days": 3}}}, "the log has no attribute due_on"),
        ({"each_of": "case.seen", "key": "item"}, "events of a foreign log hold no lists"),
        ({"suspended_by": []}, ""),
    ],
)
def test_a_clock_names_only_what_the_log_has(tmp_path: Path, change: Any, told: str) -> None:
    if not told:
        assert loaded(tmp_path, clock=CLOCK | change)
        return
    with pytest.raises(PackError) as error:
        loaded(tmp_path, clock=CLOCK | change)
    assert told in str(error.value)


def test_sections_of_courts_have_no_place_in_it(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="the pack of a foreign log has no extends"):
        loaded(tmp_path, extends="national")


def test_a_court_has_no_facts_and_no_calendars_of_logs(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    for change, told in (
        ({"start": {"event": "CaseFiled", "if": '"X" in case.seen'}}, "case.seen is unknown"),
        ({"calendar": "none"}, "only clocks of a foreign log have calendars of their own"),
    ):
        clock = {"id": "t.c", "start": {"event": "CaseFiled"}, "stop": {"event": "CaseClosed"}, "term": {"days": 3}}
        rules.write_text(yaml.safe_dump([clock | change]), "utf-8")
        with pytest.raises(PackError, match=told):
            load_rules(rules)


def test_a_file_of_days_off_beside_the_sections_is_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "opening.yaml").write_text("name: opening\nweekend: [1]\n", "utf-8")
    assert loaded(tmp_path, clock=CLOCK | {"calendar": "opening.yaml"}).clocks[0].calendar == "opening.yaml"


# ---- a bare list ----------------------------------------------------------------------------------------------------

BARE = """# clocks, with what suspends them
- {id: t.c, clause: national, within: cn.x, start: {event: CaseFiled}, stop: {event: CaseClosed}, term: {days: 7},
   suspended_by: [ruling]}
- {id: t.s, cause: [ruling], start: {event: TermSuspended}, end: {event: TermResumed}, pair: suspension_id}
- {id: t.d, start: {event: CaseField}, stop: {event: CaseClosed}, term: {days: 7}}
"""


def test_a_bare_list_holds_clocks_and_what_suspends_them(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(BARE, "utf-8")
    with pytest.raises(PackError, match=r"^rules.yaml:5: t\.d: clocks.start: no event CaseField, perhaps CaseFiled$"):
        load_rules(file)
    file.write_text("\n".join(BARE.splitlines()[:4]), "utf-8")
    pack = load_rules(file)
    assert ([each.id for each in pack.clocks], [each.id for each in pack.suspensions]) == (["t.c"], ["t.s"])
    assert pack.clocks[0].within is None


@pytest.mark.parametrize("text", ["", "x", "- 1", "- {id: t.c}", "{clocks: 3}"])
def test_what_is_no_list_of_rules_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(PackError, match=r"rules\.yaml"):
        load_rules(file)
