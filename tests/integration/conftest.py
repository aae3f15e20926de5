"""The public commands, with a data folder of their own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with Commands(tmp_path / "home") as made:
        yield made
