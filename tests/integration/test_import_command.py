"""`./zhixing import` as an administrator runs it: a data folder of its own, processes of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import papers
from tests.caseload import OldCase, write
from tests.commands import Commands

APPLIED = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0) - timedelta(days=40)


def test_a_caseload_is_checked_brought_in_once_and_supervised(tmp_path: Path) -> None:
    cases = [OldCase(number, APPLIED).filed().enquired().notified() for number in (1, 2, 3)]
    good = write(tmp_path / "good.jsonl", [case.line() for case in cases])
    bad = write(tmp_path / "bad.jsonl", [cases[0].line(), cases[1].line() | {"history": []}])
    with Commands(tmp_path / "home") as zhixing:
        code, told, errors = zhixing.run("import", bad, "--data", "data")
        assert (code, errors) == (1, "")
        assert told.splitlines()[0].startswith("line 2: history: ")
        code, told, _ = zhixing.run("import", good, "--data", "data", "--check")
        assert (code, told) == (0, "3 cases: 0 brought in, 0 were there already, 0 faults\n")

        assert zhixing.ask("import", good, "--data", "data")["imported"] == 3
        assert zhixing.ask("import", good, "--data", "data")["skipped"] == 3

        [clock] = zhixing.ask("why", cases[0].case_no, "yiyang.first_assignment")["clocks"]
        assert clock["state"] == "breached"
        assert not any(name in told for name in papers.PERSONAL)
        assert zhixing.misuse("import", tmp_path / "nothing.jsonl")
        assert "names no court" in zhixing.misuse("import", good, "--data", "data", "--court", "nowhere")
