"""Linters and the type checker find nothing."""

import pytest

from tests.architecture.checkout import run_tool


@pytest.mark.fast
@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_finds_nothing(command):
    done = run_tool("ruff", *command)
    assert done.returncode == 0, done.stdout


def test_types_hold_strictly():
    done = run_tool("basedpyright", "--level", "error")
    assert done.returncode == 0, done.stdout
