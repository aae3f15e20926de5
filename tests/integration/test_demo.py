"""`./zhixing demo`: the same seed gives the same summary, and whatever ends it, the next start works."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.demo.caseload import LIVES
from infra.demo.reached import ELSEWHERE
from tests.commands import Commands, Process, ended, interrupted, killed, until

SMALL = ("demo", "--once", "--json", "--days", 20, "--cases", 16)
LONG = ("demo", "--once", "--json", "--days", 120, "--cases", 500)


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with Commands(tmp_path / "one") as made:
        yield made


def is_playing(commands: Commands) -> bool:
    """Whether a hundred commands have been carried out since the last start."""
    log = commands.home / "demo" / "log.jsonl"
    return log.exists() and log.read_bytes().count(b'"event":"command"') > 100


def playing(commands: Commands) -> Process:
    (commands.home / "demo" / "log.jsonl").unlink(missing_ok=True)
    process = commands.start(*LONG)
    until(lambda: is_playing(commands) or process.poll() is not None)
    assert process.poll() is None, process.communicate()[1]
    return process


def test_the_same_seed_gives_the_same_summary_and_another_seed_another(commands: Commands, tmp_path: Path) -> None:
    with Commands(tmp_path / "two") as others:  # both at once: their speed differs
        first, second = commands.start(*SMALL), others.start(*SMALL)
        (code, output, errors), (_, again, _) = ended(first), ended(second)
        assert code == 0, errors
        assert output == again
        _, other, _ = others.run(*SMALL, "--seed", 2)
    summary, another = json.loads(output), json.loads(other)
    assert summary != another
    assert summary["deadlines"]["met"] > 10
    assert sum(node["met"] for node in summary["nodes"]) == summary["deadlines"]["met"]


def test_a_plan_with_every_kind_of_life_reaches_every_clock_of_the_packs(commands: Commands) -> None:
    code, output, errors = commands.run("demo", "--once", "--json", "--days", 140, "--cases", len(LIVES))
    assert code == 0, errors
    clocks = json.loads(output)["clocks"]
    # then the summary names the clocks that are other courts', and why; every other one was started
    assert {each["rule"]: each["why"] for each in clocks["not_reached"]} == ELSEWHERE
    assert len(clocks["reached"]) == clocks["of"] - len(ELSEWHERE)
    assert all(each["started"] > 0 for each in clocks["reached"])


def test_a_demo_that_was_stopped_or_killed_starts_again(commands: Commands) -> None:
    # when it is stopped in the middle by Ctrl-C, then it ends at once and quietly
    code, output, errors = interrupted(playing(commands))
    assert (code, output) == (130, "")
    assert "Traceback" not in errors
    assert "Warning" not in errors
    # when it is killed in the middle, then the next start plays from the beginning
    killed(playing(commands))
    code, output, errors = commands.run(*SMALL)
    assert code == 0, errors
    assert json.loads(output)["deadlines"]["met"] > 10


def test_a_demo_killed_in_its_first_run_leaves_what_questions_can_be_asked_of(commands: Commands) -> None:
    # when it is killed at its first moment, then nothing is late and nothing is due
    process = commands.start(*LONG)
    until((commands.home / "demo" / "postgres").exists)
    killed(process)
    assert commands.ask("breaches") == []
    # when it is killed in the middle, then what is due is told as of the day it had come to
    killed(playing(commands))
    assert commands.ask("due", "--days", 30)
    assert {team["team"] for load in commands.ask("workload") for team in load["teams"]} >= {"affairs", "fast_1"}


def test_what_it_logs_names_cases_and_commands_and_nobody(commands: Commands) -> None:
    code, _, errors = commands.run("demo", "--once", "--days", 12, "--cases", 8)
    assert code == 0, errors
    log = (commands.home / "demo" / "log.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"file_case", "receive_application", "record_answer"} <= {line.get("command") for line in lines}
    assert all(line["case_id"].startswith("yiyang-") for line in lines if line.get("command") == "file_case")
    assert [word for word in ("示例当事人", "SAMPLE-", "示例地址", "000-0000000", "\\u793a") if word in log] == []
