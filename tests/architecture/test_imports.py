"""Who may import whom: the contracts in pyproject.toml hold, and each of them can fail."""

import os
import shutil
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, python_files, run_tool

pytestmark = pytest.mark.fast

VIOLATIONS = [
    ("services/funds/funds/planted.py", "intake"),
    ("shared/contracts/planted.py", "rules"),
    ("shared/contracts/planted.py", "kernel"),
    ("shared/rules/planted.py", "kernel"),
    ("shared/rules/planted.py", "packs"),
    ("shared/rules/planted.py", "socket"),
    ("shared/rules/planted.py", "asyncpg"),
    ("shared/packs/planted.py", "kernel"),
    ("shared/kernel/planted.py", "packs"),
    ("shared/kernel/planted.py", "funds"),
    ("shared/kernel/planted.py", "infra"),
    ("shared/kernel/planted.py", "fastapi"),
    ("shared/kernel/planted.py", "asyncpg"),
    ("shared/kernel/planted.py", "eventsourcing"),
    ("shared/kernel/planted.py", "aiokafka"),
    ("shared/families/planted.py", "triage"),
    ("services/triage/triage/planted.py", "fastapi"),
    ("services/triage/triage/planted.py", "asyncpg"),
    ("services/triage/triage/planted.py", "eventsourcing"),
    ("services/supervision/supervision/planted.py", "infra"),
    ("services/supervision/supervision/planted.py", "kernel.kafka"),
]


def import_roots(root: Path) -> list[Path]:
    return [root, root / "shared", *(root / "services").glob("*/")]


def lint(root: Path):
    path = os.pathsep.join(map(str, import_roots(root)))
    return run_tool("lint-imports", "--no-cache", cwd=root, env={**os.environ, "PYTHONPATH": path})


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> str:
    """What the linter says of a copy of the tree with every violation planted."""
    root = tmp_path_factory.mktemp("tree")
    for file in [Path("pyproject.toml"), *python_files()]:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, root / file)
    for file, imported in VIOLATIONS:
        with (root / file).open("a") as planted:
            planted.write(f"import {imported}\n")
    done = lint(root)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_imports_keep_the_contracts():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("file", "imported"), VIOLATIONS)
def test_a_planted_violation_is_caught(told, file, imported):
    importer = Path(file).parent.name
    assert f"{importer}.planted -> {imported} (l." in told


def test_every_package_is_under_the_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    packages = {f.parent.name for root in import_roots(ROOT) for f in root.glob("*/__init__.py")} - {"tests"}
    assert set(contracts["root_packages"]) == packages
