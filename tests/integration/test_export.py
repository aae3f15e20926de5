"""`./zhixing export`: other tools read the same events, cases and objects, and `supervise` reads them back."""

import contextlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.export.command import FORMATS, replaced, write
from infra.own_events import events_of
from infra.supervise import command
from tests.commands import Commands
from tests.integration.test_supervise_command import as_read, as_told, every_event
from tests.services import COURT, Bench
from tests.walks import Walk, system


@pytest.fixture
async def b(database: str) -> AsyncIterator[Bench]:
    """Two cases: one assigned late and on its way, one just filed."""
    async with system(database) as running:
        walk = Walk(running)
        await walk.file()
        await running.advance(days=10)
        await walk.send_forms()
        await walk.answer(walk.deposit())
        await Walk(running).file()
        await running.settle()
        yield running


async def exported(b: Bench, form: str, to: Path, court: str | None = COURT) -> Path:
    file = to / f"events.{form}"
    async with b.host.pool.acquire() as connection, events_of(connection, court) as found:
        with file.open("wb") as out:
            await write(found, FORMATS[form], out)
    return file


async def published(b: Bench) -> list[dict[str, Any]]:
    return [event for service in b.running for event in await every_event(b, service)]


def of_cases(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in events if each["subject"].startswith("case/")]


async def test_json_lines_are_the_published_events_and_supervised_as_in_the_read_model(
    b: Bench, tmp_path: Path, capfdbinary: Any
) -> None:
    file = await exported(b, "jsonl", tmp_path)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    events = await published(b)
    assert {each["id"]: each for each in lines} == {each["id"]: each for each in events}
    assert len(lines) == len(events)
    capfdbinary.readouterr()
    options = command.Options(file, tmp_path, pack=COURT, as_of=b.clock.now().isoformat(), occurrences=True)
    assert command.run(options) == 0
    told = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    rows = await b.host.pool.fetch("SELECT * FROM supervision.clocks WHERE court = $1", COURT)
    shown = {(row["rule"], row["subject"], row["occurrence"]): as_read(row) for row in rows}
    assert {(each["clock"], each["subject"], each["occurrence"]): as_told(each) for each in told} == shown
    assert {"breached", "running"} <= {each["state"] for each in told}


async def test_events_of_a_case_come_together_in_the_order_in_which_they_happened(b: Bench, tmp_path: Path) -> None:
    file = await exported(b, "jsonl", tmp_path, court=None)
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    order = [(each["court"], each["subject"], each["time"], each["recordedat"]) for each in lines]
    assert order == sorted(order)
    assert len(lines) == len(await published(b))


async def test_pm4py_reads_the_same_events_cases_and_objects(b: Bench, tmp_path: Path) -> None:
    import pandas  # these take seconds, and are needed here alone
    import pm4py

    events = await published(b)
    cases = of_cases(events)
    subjects = {each["subject"] for each in cases}
    assert len(subjects) == 2
    # XES
    table: Any = pm4py.read_xes(str(await exported(b, "xes", tmp_path)))
    assert (len(table), set(table["case:concept:name"])) == (len(cases), subjects)
    assert set(table["identity:id"]) == {each["id"] for each in cases}
    assert {"CaseFiled enforcement", "EnquiryStarted"} <= set(table["concept:name"])
    frozen = table[table["data.amount_fen"] == 8_600_000].iloc[0]
    assert (frozen["concept:name"], frozen["org:resource"]) == ("MeasureTaken freeze", "system")
    # CSV
    flat = pm4py.format_dataframe(
        pandas.read_csv(await exported(b, "csv", tmp_path)),
        case_id="case", activity_key="activity", timestamp_key="time",
    )  # fmt: skip
    assert sorted(flat["concept:name"]) == sorted(table["concept:name"])
    # OCEL 2.0
    log: Any = pm4py.read_ocel2_json(str(await exported(b, "ocel2", tmp_path)))
    assert set(log.events["ocel:eid"]) == {each["id"] for each in events}
    objects = log.objects.groupby("ocel:type")["ocel:oid"].apply(set)
    assert objects["case"] == {subject.replace("/", ":") for subject in subjects}
    found = [each for each in cases if each["type"] == "zhixing.AssetsFound.v1"]
    assert objects["asset"] == {f"asset:{one['asset_id']}" for each in found for one in each["data"]["assets"]}
    assert {"document", "matter", "measure", "enquiry", "party"} <= set(objects.index)
    [taken] = [each for each in cases if each["type"] == "zhixing.MeasureTaken.v1"]
    named = log.relations[log.relations["ocel:eid"] == taken["id"]]
    data = taken["data"]
    assert {(f"asset:{data['asset_id']}", "asset"), (taken["subject"].replace("/", ":"), "subject")} <= set(
        zip(named["ocel:oid"], named["ocel:qualifier"], strict=True)
    )


async def test_only_the_court_that_is_asked_for_is_told(b: Bench, tmp_path: Path) -> None:
    for form in ("jsonl", "ocel2", "csv", "xes"):
        assert b"yiyang" not in (await exported(b, form, tmp_path, court="shihe")).read_bytes(), form


def test_a_file_is_replaced_once_all_is_written_and_never_by_half(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("old", "utf-8")
    with contextlib.suppress(ZeroDivisionError), replaced(file) as new:
        new.write(b"half" * 9_999)
        _ = 1 / 0
    assert (file.read_text("utf-8"), list(tmp_path.iterdir())) == ("old", [file])
    with replaced(file) as new:
        new.write(b"whole")
    assert (file.read_text("utf-8"), list(tmp_path.iterdir())) == ("whole", [file])


@pytest.mark.parametrize("form", FORMATS)
def test_a_log_without_events_is_whole_too(form: str) -> None:
    file = io.BytesIO()
    with FORMATS[form](file):
        pass
    text = file.getvalue()
    empty = {"events": [], "objects": [], "objectTypes": [], "eventTypes": []}
    assert {"xes": text.endswith(b"</log>"), "csv": text.count(b"\n") == 1, "jsonl": text == b""}.get(
        form, form == "ocel2" and orjson.loads(text) == empty
    )


def test_misuse_is_one_line(tmp_path: Path) -> None:
    with Commands(tmp_path / "home") as commands:
        assert "one of: xes, ocel2, csv, jsonl" in commands.misuse("export", "--format", "xml")
        assert "there are no data yet" in commands.misuse("export", "--format", "xes")
