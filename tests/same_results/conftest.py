"""A larger caseload: `./zhixing test tests/same_results --cases 200 --days 60`."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cases", type=int, help="so many cases are played in each way")
    parser.addoption("--days", type=int, help="for so many simulated days")
