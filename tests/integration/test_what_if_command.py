"""`./zhixing packs what-if` as a court's administrator runs it: a foreign log, and the cases of the demo."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import packs
from infra.installation import ROOT
from tests.commands import Commands

LIBRARY = ROOT / "docs" / "examples" / "library"
LOANS = LIBRARY / "loans.csv"
OPPOSITE = {"gained": "lost", "lost": "gained", "longer": "shorter", "shorter": "longer"}
SMALL = ("demo", "--once", "--json", "--days", 20, "--cases", 16)


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with Commands(tmp_path / "home") as running:
        yield running


def planted(folder: Path, to: Path, file: str, old: str, new: str) -> Path:
    """A copy of a pack with one text in the place of another."""
    shutil.copytree(folder, to)
    text = (to / file).read_text("utf-8")
    assert old in text
    (to / file).write_text(text.replace(old, new, 1), "utf-8")
    return to


def test_a_shorter_loan_is_told_by_clock_with_its_cases(commands: Commands, tmp_path: Path) -> None:
    shorter = planted(LIBRARY, tmp_path / "shorter", "pack.yaml", "{days: 28}", "{days: 21}")
    question = ("packs", "what-if", "--log", LOANS, "--as-of", "2026-05-31")
    told = commands.ask(*question, "--pack", LIBRARY, "--with", shorter)
    # then every loan of more than 21 days is late, and none that was late is late for less
    [row] = told["clocks"]
    assert (row["id"], row["gained"], row["lost"], row["longer"], row["shorter"]) == ("library.return", 3, 0, 3, 0)
    assert (told["events"], told["cases"], told["changed_cases"], told["overdue_days"]) == (31, 8, 5, 34)
    assert sum(each["overdue_days"] for each in row["breaches"]) == 34
    first = row["breaches"][0]
    assert (first["case"], first["how"], first["before"]) == ("L01", "gained", None)
    assert first["after"] == {"due": "2026-03-25T00:00:00+01:00", "overdue_days": 4}
    # and the way back says the opposite, the way to itself nothing
    [back] = commands.ask(*question, "--pack", shorter, "--with", LIBRARY)["clocks"]
    ways = [[(each["case"], each["occurrence"], each["how"]) for each in one["breaches"]] for one in (row, back)]
    assert [(case, occurrence, OPPOSITE[how]) for case, occurrence, how in ways[0]] == ways[1]
    assert commands.ask(*question, "--pack", LIBRARY, "--with", LIBRARY)["clocks"] == []
    code, table, _ = commands.run(*question, "--pack", LIBRARY, "--with", shorter)
    assert code == 0
    assert "+34 overdue days in 5 cases" in table


@pytest.mark.parametrize(("known", "days"), [((), 3), (("--as-known-at", "2026-04-10"), 10)])
def test_moments_mean_what_they_mean_to_supervise(
    commands: Commands, tmp_path: Path, known: tuple[str, ...], days: int
) -> None:
    # given a loan due by the 31st of March under a shorter term, returned on the 3rd of April, entered on the 15th
    shorter = planted(LIBRARY, tmp_path / "shorter", "pack.yaml", "{days: 28}", "{days: 21}")
    when = ("--as-of", "2026-04-10", *known)
    told = commands.ask("packs", "what-if", "--log", LOANS, "--pack", LIBRARY, "--with", shorter, *when)
    before, after = (commands.ask("supervise", LOANS, "--pack", pack, *when) for pack in (LIBRARY, shorter))
    # then what is gained is what the one command finds late under the one pack, and not under the other
    late = [{each["id"]: each["met_late"] + each["breached"] for each in one["clocks"]} for one in (before, after)]
    more = {id_: late[1][id_] - late[0][id_] for id_ in late[0] if late[1][id_] != late[0][id_]}
    assert {row["id"]: row["gained"] - row["lost"] for row in told["clocks"]} == more
    # and to whom does not know of the entry yet the book is still out on the 10th
    assert [each["after"]["overdue_days"] for each in told["clocks"][0]["breaches"] if each["case"] == "L05"] == [days]


def test_what_cannot_be_read_is_told_with_3(commands: Commands, tmp_path: Path) -> None:
    broken = tmp_path / "loans.csv"
    broken.write_text(LOANS.read_text("utf-8").replace("2026-03-03", "yesterday", 1), "utf-8")
    code, output, _ = commands.run(
        "packs", "what-if", "--log", broken, "--pack", LIBRARY, "--with", LIBRARY, "--as-of", "2026-05-31", "--json"
    )
    assert (code, json.loads(output)["broken"]) == (3, 1)


def test_own_cases_under_a_stricter_scheme(commands: Commands, tmp_path: Path) -> None:
    # given a played caseload, and the court's pack with a day for the first assignment instead of seven
    assert commands.run(*SMALL)[0] == 0
    newest = packs.folders("yiyang")[-1]
    stricter = planted(newest, tmp_path / "stricter", "clocks.yaml", "{days: 7}", "{days: 1}")
    told = commands.ask("packs", "what-if", "--own", "--pack", newest, "--with", stricter)
    # then what changes are breaches of that clock alone, more of them, by cases of the court
    assert told["log"] is None
    assert {row["id"] for row in told["clocks"]} == {"yiyang.first_assignment"}
    assert told["gained"] > 0
    assert (told["lost"], told["shorter"]) == (0, 0)
    assert all(row["team"] or row["post"] for row in told["clocks"])
    assert all(each["case"].startswith("case/yiyang-") for row in told["clocks"] for each in row["breaches"])
    # and the same caseload, exported, says the same
    assert commands.run("export", "--format", "jsonl", "--out", tmp_path / "own.jsonl") == (0, "", "")
    again = commands.ask(
        "packs", "what-if", "--log", tmp_path / "own.jsonl", "--pack", newest, "--with", stricter,
        "--as-of", told["as_of"],
    )  # fmt: skip
    assert {**again, "log": None} == told


def test_misuse_is_one_line(commands: Commands) -> None:
    for words, arguments in (
        ("give either --log LOG or --own", ["--pack", "yiyang", "--with", "shihe"]),
        ("there are no data yet", ["--own", "--pack", "yiyang", "--with", "shihe"]),
        ("no pack", ["--log", LOANS, "--pack", LIBRARY, "--with", "atlantis"]),
        ("a court's pack, the other that of a foreign log", ["--log", LOANS, "--pack", LIBRARY, "--with", "yiyang"]),
        ("a court's pack judges events of ours", ["--log", LOANS, "--pack", "yiyang", "--with", "shihe"]),
        ("--court is of our own", ["--log", LOANS, "--pack", LIBRARY, "--with", LIBRARY, "--court", "yiyang"]),
        ("--as-of: write a date", ["--log", LOANS, "--pack", LIBRARY, "--with", LIBRARY, "--as-of", "May"]),
        ("--as-known-at: write", ["--log", LOANS, "--pack", LIBRARY, "--with", LIBRARY, "--as-known-at", "May"]),
    ):
        assert words in commands.misuse("packs", "what-if", *arguments)
