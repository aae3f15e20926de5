"""How long, and which seed: `./zhixing test tests/simulation --seed 17`, `--simulate 600`."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="play this history only, and print what happened in it")
    parser.addoption("--simulate", type=float, metavar="SECONDS", help="play fresh histories for so long")
