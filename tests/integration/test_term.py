"""`./zhixing term` as its users run it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with Commands(tmp_path / "home") as made:
        yield made


def test_a_due_time_is_told_to_people_and_to_programs(commands: Commands) -> None:
    asked = ("term", "2026-02-10T10:30", "5 working days", "--suspend", "2026-02-12..2026-02-12",
             "--suspend", "2026-02-13..2026-02-14", "--cutoff", "15:00")  # fmt: skip
    told = commands.ask(*asked)
    assert (told["due"], told["calendar"]) == ("2026-02-27T23:59:59+08:00", "cn@2026.1")
    code, shown, errors = commands.run(*asked)
    assert (code, errors) == (0, "")
    assert "due 届满 2026-02-27 Fri 23:59:59" in shown
    assert shown.count("suspended") == 3


def test_a_file_of_requests_is_answered_line_by_line(commands: Commands, tmp_path: Path) -> None:
    lines = ['{"id": "a", "start": "2026-02-12T10:00", "term": "三个月"}', "nonsense"]
    (tmp_path / "requests.jsonl").write_text("\n".join(lines) + "\n")
    code, output, errors = commands.run("term", "--batch", tmp_path / "requests.jsonl")
    assert (code, errors) == (0, "")
    first, second = map(json.loads, output.splitlines())
    assert (first["id"], first["due"]) == ("a", "2026-05-12T23:59:59+08:00")
    assert second["field"] == "line"


def test_a_wrong_request_is_told_in_one_line(commands: Commands, tmp_path: Path) -> None:
    years = tmp_path / "years"
    years.mkdir()
    for year in (2024, 2026):
        known = f"{year - 1}-11-01"
        version = f'{{version: "{year}.1", known_from: {known}, holidays: []}}'
        (years / f"{year}.yaml").write_text(f"year: {year}\nversions: [{version}]")
    misuses = {
        ("2026-02-12", "5 fortnights"): "term: 'fortnights' is no unit",
        ("2026-02-12", "-5 days"): "terms are whole numbers from 1 on, such as '5 days'",
        ("1999-05-01", "5 days"): "start: 1999-05-01 is before 2004-01-01",
        ("2026-02-12", "5 days", "--suspend", "2026-02-14..2026-02-12"): "suspensions: 2026-02-14 to",
        ("2026-02-12", "5 days", "--calendar", years): "calendar: years: a gap: 2024 is followed by 2026",
        ("2026-02-12", "5 days", "--batch", years): "--batch",
    }
    for arguments, expected in misuses.items():
        assert expected in commands.misuse("term", *arguments)
