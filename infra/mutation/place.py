"""The folder in which mutmut works: the import roots side by side, the tests that are asked, and its settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from infra.installation import ROOT
from infra.mutation import FILES, TESTS

MUTATED = "rules"
RESULTS = "mutants"
_SETTINGS = {
    "source_paths": [MUTATED],
    "only_mutate": [f"{MUTATED}/{name}.py" for name in FILES],
    "pytest_add_cli_args": ["-m", "fast", "-p", "no:cacheprovider", "-p", "infra.mutation.fresh"],
    "pytest_add_cli_args_test_selection": [f"tests/unit/test_{name}" for name in TESTS],
    "process_isolation": ["forkserver"],
    "track_dependencies": ["false"],
    # a mutant's time is measured where it runs, by the processor (infra.mutation.fresh)
    "timeout_multiplier": ["1000"],
    "timeout_constant": ["60"],
}


def lay_out(folder: Path) -> None:
    """What stood there before is replaced, but for the results of functions that have not changed since."""
    for old in (*folder.glob("*"), folder / RESULTS / "tests"):
        if old.is_dir() and old.name != RESULTS:
            shutil.rmtree(old)
    roots = list(_roots())
    for root in roots:
        shutil.copytree(root, folder / root.name, ignore=shutil.ignore_patterns("__pycache__", "conftest.py"))
    shutil.copy2(ROOT / "pyproject.toml", folder)
    beside = [root.name for root in roots if root.name != MUTATED]
    (folder / "setup.cfg").write_text(_config(_SETTINGS | {"also_copy": beside}), encoding="utf-8")


def _roots() -> Iterator[Path]:
    """Without the tests' `conftest.py`, which starts databases: none of those asked needs one."""
    for parent in (ROOT / "shared", *sorted((ROOT / "services").iterdir())):
        yield from (each for each in sorted(parent.iterdir()) if (each / "__init__.py").exists())
    yield from (ROOT / "infra", ROOT / "docs", ROOT / "tests")


def _config(settings: dict[str, list[str]]) -> str:
    lines = ["[mutmut]"]
    for name, values in settings.items():
        lines += [f"{name}={values[0]}"] if len(values) == 1 else [f"{name}=", *(f"    {value}" for value in values)]
    return "\n".join(lines) + "\n"
