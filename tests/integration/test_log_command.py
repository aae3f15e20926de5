"""`./zhixing log` as a court's administrator runs it: heads noted and verified later, faults by exit code and JSON."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from infra import cli, run
from infra.embedded_postgres import EmbeddedPostgres
from kernel.clock import SimulatedClock
from kernel.database import open_pool
from kernel.log import Log, Row
from tests.kernel_example import SECRET, START

Zhixing = Callable[..., tuple[int, str, str]]
LOGS = ("intake", "funds")


class Database:
    """The logs of an installation, as somebody with the database's password reaches them."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self.do(f"CREATE DATABASE {run.DATABASE}", "postgres")

    def do(self, sql: str, database: str = run.DATABASE) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self._server.dsn(database))
            await connection.execute(sql)
            await connection.close()

        asyncio.run(execute())

    def append(self, name: str, *commands: str) -> None:
        """A batch of three rows for each command."""

        async def append() -> None:
            async with (
                open_pool(self._server.dsn(run.DATABASE), max_size=4) as pool,
                Log(pool, name, SimulatedClock(START), SECRET).open() as log,
            ):
                for command in commands:
                    rows = [Row(f"case/{command}", n, "example:Nothing.1", b"{}", None) for n in (1, 2, 3)]
                    await log.append(command, b"", 200, b"{}", rows)

        asyncio.run(append())


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Database]:
    """Two logs with two batches each."""
    with EmbeddedPostgres(tmp_path / "data" / "postgres") as server:
        made = Database(server)
        for name in LOGS:
            made.append(name, "one", "two")
        yield made


@pytest.fixture
def zhixing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Zhixing:
    """`./zhixing …` on these data: exit code, standard output, standard error."""
    monkeypatch.setattr(run, "DATA", tmp_path)

    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["zhixing", *map(str, arguments)])
        code = cli.main()
        return code, *capfd.readouterr()

    return run_command


def answer(told: tuple[int, str, str], code: int = 0) -> list[dict[str, object]]:
    assert (told[0], told[2]) == (code, "")
    return json.loads(told[1])


def misuse(told: tuple[int, str, str]) -> str:
    assert (told[:2], told[2].count("\n")) == ((2, ""), 1)
    return told[2]


def noted_in(folder: Path, zhixing: Zhixing) -> Path:
    code, output, errors = zhixing("log", "head")
    assert (code, errors) == (0, "")
    (folder / "heads.jsonl").write_text(output)
    return folder / "heads.jsonl"


def test_heads_are_noted_and_verified_later(logs: Database, zhixing: Zhixing, tmp_path: Path) -> None:
    noted = noted_in(tmp_path, zhixing)
    heads = [json.loads(line) for line in noted.read_text().splitlines()]
    assert [(head["log"], head["position"]) for head in heads] == [("intake", 6), ("funds", 6)]
    # given that more is written
    logs.append("funds", "three")
    found = answer(zhixing("log", "verify", "--head", noted, "--json"))
    assert [(one["log"], one["position"], one["intact"]) for one in found] == [("intake", 6, True), ("funds", 9, True)]
    assert [one["since"] for one in answer(zhixing("log", "verify", "--since", noted, "--json"))] == [6, 6]
    assert "intact" in zhixing("log", "verify")[1]
    # when a row is changed that the head covers
    logs.do("UPDATE funds.events SET state = '{ }' WHERE notification_id = 5")
    intake, funds = answer(zhixing("log", "verify", "--head", noted, "--json"), 1)
    assert (intake["intact"], intake["fault"], funds["intact"]) == (True, None, False)
    told = "row 5 is not what was recorded"
    place = {"kind": "changed", "position": 5, "last": 5, "recorded_as": None, "stream": "case/two", "version": 2}
    assert funds["fault"] == {**place, "told": told}
    code, output, _ = zhixing("log", "verify")
    assert code == 1
    assert f"{told} (case/two, version 2)" in output
    # then nothing is wrong since the head
    assert zhixing("log", "verify", "--since", noted)[0] == 0


def test_a_log_that_is_gone_is_missed_by_its_head(logs: Database, zhixing: Zhixing, tmp_path: Path) -> None:
    noted = noted_in(tmp_path, zhixing)
    logs.do("DROP TABLE funds.chain")
    assert "funds has no chain" in misuse(zhixing("log", "verify"))
    logs.do("DROP SCHEMA funds CASCADE")
    found = answer(zhixing("log", "verify", "--head", noted, "--json"), 1)
    assert [(one["log"], one["intact"]) for one in found] == [("intake", True), ("funds", False)]
    assert zhixing("log", "verify")[0] == 0


@pytest.mark.usefixtures("logs")
def test_misuse_is_told_in_a_line(zhixing: Zhixing, tmp_path: Path) -> None:
    heads = tmp_path / "heads.jsonl"
    assert "heads.jsonl" in misuse(zhixing("log", "verify", "--head", heads))
    heads.write_text('{"log": "intake", "position": 6}\n')
    assert "heads.jsonl:1" in misuse(zhixing("log", "verify", "--head", heads))
    assert "--since" in misuse(zhixing("log", "verify", "--head", heads, "--since", heads))
