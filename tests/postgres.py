"""The PostgreSQL of the test run: a container if Docker runs, else the embedded one, which is what is shipped."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from infra.embedded_postgres import MADE_WITH, SETTINGS, USER, EmbeddedPostgres
from tests.docker_engine import docker_runs

IMAGE = "postgres:18.1-bookworm"
DATABASE = "postgres"


def choose() -> str:
    return f"container {IMAGE}" if docker_runs() else "embedded, from its wheel"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """The DSN of the server's first database, as its superuser."""
    with _container() if docker_runs() else _embedded(folder) as dsn:
        yield dsn


def dsn_of(server: str, database: str) -> str:
    """Of another database of the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


@contextlib.contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    with EmbeddedPostgres(folder) as server:
        yield server.dsn(DATABASE)


@contextlib.contextmanager
def _container() -> Iterator[str]:
    """Made and set as the embedded one is, but that it listens to TCP."""
    from testcontainers.community.postgres import PostgresContainer

    of_sockets = {"listen_addresses", "unix_socket_directories", "port"}
    settings = [f"-c {name}={value}" for name, value in SETTINGS.items() if name not in of_sockets]
    container = PostgresContainer(IMAGE, username=USER, password="test", dbname=DATABASE, driver=None)
    container.with_env("POSTGRES_INITDB_ARGS", " ".join(each for each in MADE_WITH if "auth" not in each))
    with container.with_command(" ".join(["postgres", *settings])) as started:
        yield started.get_connection_url()
