"""What a failing database looks like to a client, and what is a statement's own fault."""

import asyncpg
import pytest

from kernel.database import is_away

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InternalClientError('cannot switch to state 12; protocol is in the "failed" state'),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.DiskFullError("could not extend file"),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
)
def test_it_may_succeed_later(error: Exception) -> None:
    assert is_away(error)


@pytest.mark.parametrize(
    "error", [asyncpg.UniqueViolationError("there already"), asyncpg.DataError("no number"), KeyError("id")]
)
def test_it_is_the_statements_own_fault(error: Exception) -> None:
    assert not is_away(error)
