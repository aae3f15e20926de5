"""What tests of every kind share: a real PostgreSQL, and a database of its own for each test that asks for one."""

import contextlib
import itertools
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Generator, Iterator

import asyncpg
import pytest
import pytest_asyncio
import structlog
from hypothesis import settings

from tests import kafka as kafka_of_the_run
from tests import postgres as postgres_of_the_run
from tests.clause_outcomes import ClauseOutcomes
from tests.postgres import dsn_of
from tests.without_clauses import OPTION, WithoutClauses

MUST_RUN_IN_CI = {"browser", "kafka", "node"}

settings.register_profile("long")  # `--hypothesis-profile long`: machines and fuzzing go on for much longer
_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, metavar="COURT", help="which tests miss a clause whose rules are taken out of the packs")
    parser.addoption("--chaos-minutes", type=float, default=2, help="how long the chaos tests break things")
    seed = 1 if os.environ.get("CI") else secrets.randbits(32)
    parser.addoption("--chaos-seed", type=int, default=seed, help="what they break, and when; in CI the same")
    parser.addoption(
        "--chaos-fault", action="append", default=[], metavar="NAME", help="only these faults, as the run names them"
    )


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a run in the background: what it starts would inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)
    told = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.processors.add_log_level, told])  # the values of variables take minutes to print
    config.addinivalue_line("markers", "chaos: processes, disks and connections break at random, for --chaos-minutes")
    court = config.getoption(OPTION)
    config.pluginmanager.register(WithoutClauses(court) if court else ClauseOutcomes())


def pytest_report_header() -> list[str]:
    return [f"kafka: {kafka_of_the_run.choose().told}", f"postgresql: {postgres_of_the_run.choose()}"]


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kafka_of_the_run.Broker]:
    """The broker that lives as long as the test run. A test's topics begin with a prefix of its own."""
    folder = tmp_path_factory.mktemp("kafka")
    with kafka_of_the_run.running(folder) as broker:
        yield broker
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a server that lives as long as the test run, as its superuser."""
    folder = tmp_path_factory.mktemp("postgres")
    with postgres_of_the_run.running(folder) as dsn:
        yield dsn
    shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _without_fsync(postgres: str) -> None:
    """Tests kill processes, never the machine: nothing is lost by it."""
    server = await asyncpg.connect(postgres)
    await server.execute("ALTER SYSTEM SET fsync = off")
    await server.execute("SELECT pg_reload_conf()")
    await server.close()


@pytest.fixture
async def database(postgres: str, _without_fsync: None) -> AsyncIterator[str]:
    """The DSN of an empty database."""
    async with _new_database(postgres) as dsn:
        yield dsn


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_database(postgres: str, _without_fsync: None) -> AsyncIterator[str]:
    """The same, for all tests of a module."""
    async with _new_database(postgres) as dsn:
        yield dsn


@contextlib.asynccontextmanager
async def _new_database(postgres: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    server = await asyncpg.connect(postgres)
    await server.execute(f"CREATE DATABASE {name}")
    yield dsn_of(postgres, name)
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"CI refuses this skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, a test that needs a browser, a broker or Node fails where it would be skipped."""
    report = yield
    if MUST_RUN_IN_CI & {mark.name for mark in item.iter_markers()}:
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file skipped whole names no marks: in CI it fails always."""
    report = yield
    _refuse_skip(report)
    return report
