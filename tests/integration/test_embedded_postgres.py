"""The embedded server starts after whatever happened to it, serves all who use it, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from infra.embedded_postgres import EmbeddedPostgres
from infra.shared_server import ServerError, ServerFolder

USER_PROGRAM = """
import sys
from pathlib import Path
from infra.embedded_postgres import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print(server.dsn(), flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_user(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the server until its input ends, and the DSN it has got."""
    command = [sys.executable, "-c", USER_PROGRAM, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def query(dsn: str, sql: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(ask())


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def runs(folder: Path) -> bool:
    return not ServerFolder(folder).server.is_free()


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def test_what_was_written_is_there_after_a_restart(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        query(server.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
    assert not runs(tmp_path)
    with EmbeddedPostgres(tmp_path) as server:
        assert query(server.dsn(), "SELECT n FROM kept") == 7


def test_it_compares_texts_the_same_everywhere_and_forces_commits_to_disk(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        settings = {name: query(server.dsn(), f"SHOW {name}") for name in ("fsync", "synchronous_commit", "TimeZone")}
        assert settings == {"fsync": "on", "synchronous_commit": "on", "TimeZone": "UTC"}
        assert query(server.dsn(), "SELECT lower('É') || datlocale FROM pg_database LIMIT 1") == "éC.UTF-8"


def test_a_server_that_was_killed_starts_again(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        query(server.dsn(), "CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        server.start()
        assert query(server.dsn(), "SELECT n FROM kept") == 7


def test_a_server_whose_user_was_killed_stops_by_itself(tmp_path):
    with another_user(tmp_path) as (user, _):
        assert runs(tmp_path)
        user.kill()
        user.wait()
        wait_until(lambda: not runs(tmp_path))


def test_whoever_comes_after_a_killed_user_has_the_server_at_once(tmp_path):
    for _ in range(5):
        with another_user(tmp_path) as (user, _):
            user.kill()
            user.wait()
            with EmbeddedPostgres(tmp_path) as server:
                assert query(server.dsn(), "SELECT 1") == 1
    wait_until(lambda: not runs(tmp_path))


def test_two_users_at_once_and_the_last_one_stops_it(tmp_path):
    with another_user(tmp_path) as (user, dsn), EmbeddedPostgres(tmp_path) as server:
        assert server.dsn() == dsn
        user.communicate()
        assert user.returncode == 0
        assert query(server.dsn(), "SELECT 1") == 1
    assert not runs(tmp_path)


def test_users_who_come_together_make_one_server(tmp_path):
    command = [sys.executable, "-c", USER_PROGRAM, str(tmp_path)]
    users = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) for _ in range(4)]
    ends = [user.communicate() for user in users]
    assert [user.returncode for user in users] == [0] * 4
    assert len({out for out, _ in ends}) == 1
    wait_until(lambda: not runs(tmp_path))


def test_a_keeper_that_was_killed_is_replaced(tmp_path):
    with EmbeddedPostgres(tmp_path) as server:
        assert server.keeper is not None
        server.keeper.kill()
        server.keeper.wait()
        with another_user(tmp_path) as (user, _):
            server.stop()
            assert runs(tmp_path)
            user.kill()
            user.wait()
            wait_until(lambda: not runs(tmp_path))


def test_a_data_folder_half_made_is_made_anew(tmp_path):
    (tmp_path / "data.new" / "base").mkdir(parents=True)
    (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as server:
        assert query(server.dsn(), "SELECT 1") == 1


def test_a_stale_pid_file_that_names_a_living_process_is_no_obstacle(tmp_path):
    with EmbeddedPostgres(tmp_path):
        left = (tmp_path / "data" / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (tmp_path / "data" / "postmaster.pid").write_text("\n".join([str(stranger.pid), *left[1:]]))
        with EmbeddedPostgres(tmp_path) as server:
            assert query(server.dsn(), "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize("name", ["with space", "a,b", "执行%+:", "long" * 40])
def test_any_folder_will_do(tmp_path, name):
    with EmbeddedPostgres(tmp_path / name) as server:
        assert query(server.dsn(), "SELECT 1") == 1


def test_a_folder_closed_to_others_will_do(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedPostgres(closed / "postgres") as server:
        assert query(server.dsn(), "SELECT 1") == 1


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ServerError, match=r"^PostgreSQL in .*/file: File exists$"):
        EmbeddedPostgres(tmp_path / "file").start()


def test_data_of_another_version_is_said_in_one_line(tmp_path):
    with EmbeddedPostgres(tmp_path):
        pass
    (tmp_path / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match=r"^PostgreSQL in .* does not start: database files are incompat"):
        EmbeddedPostgres(tmp_path).start()
    assert not runs(tmp_path)
