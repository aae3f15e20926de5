"""Functions stay small: a function does one thing."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, is_test, python_files

pytestmark = pytest.mark.fast

LONGEST = 70
MEDIAN = 10


def lengths(file: Path) -> Iterator[tuple[str, int]]:
    """(where, lines from `def` to the last line) of each function."""
    for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{file}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def test_no_function_is_over_70_lines():
    long = {where: lines for file in python_files() for where, lines in lengths(file) if lines > LONGEST}
    assert long == {}


def test_the_median_function_is_under_10_lines():
    product = [lines for file in python_files() if not is_test(file) for _, lines in lengths(file)]
    assert statistics.median(product) < MEDIAN
