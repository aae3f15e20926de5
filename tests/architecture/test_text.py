"""What no file of the checkout may say."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, files, is_test, python_files

pytestmark = pytest.mark.fast

LOCKED = Path("uv.lock")  # names where each package comes from
CLOCK = Path("shared/kernel/clock.py")
THIS = Path("tests/architecture/test_text.py")

UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|root|Users|work|opt|mnt)/\w")
PACKAGE_HOST = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|repo1?\.maven|registry\.npmjs|mirrors?\.\w+\.\w+)")
MACHINE_TIME = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today)\(")


def found(pattern: re.Pattern[str], among: Iterable[Path]) -> list[str]:
    return [
        f"{file}:{number}: {line.strip()}"
        for file in among
        if file not in {LOCKED, THIS}
        for number, line in enumerate((ROOT / file).read_bytes().decode("utf-8", "replace").split("\n"), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [UNFINISHED, MACHINE_PATH, PACKAGE_HOST], ids=["unfinished", "path", "host"])
def test_no_file_says(pattern):
    assert found(pattern, files()) == []


def test_only_the_clock_asks_the_machine_for_the_date():
    assert found(MACHINE_TIME, (f for f in python_files() if f != CLOCK and not is_test(f))) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (UNFINISHED, "# TODO: later"),
        (MACHINE_PATH, 'open("/home/li/zhixing/data")'),
        (PACKAGE_HOST, "index = https://pypi.org/simple"),
        (MACHINE_TIME, "started = datetime.now(UTC)"),
    ],
)
def test_each_pattern_finds_what_it_is_for(pattern, line):
    assert pattern.search(line)
