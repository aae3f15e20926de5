"""Coverage-guided fuzzing: `python -m tests.fuzz TARGET [libFuzzer options]`, such as `-max_total_time=300`.

What is found again and again lies under .zhixing/fuzz/TARGET; an input that breaks the target is written beside it, and
belongs into tests/fuzz/found/TARGET.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path

import atheris

OURS = ["contracts", "rules", "kernel", "funds", "infra.supervise", "infra.term", "infra.moments", "yaml", "csv"]

with atheris.instrument_imports(include=OURS):
    from tests.fuzz.targets import ROOT, TARGETS, seeds


def corpus(name: str) -> Path:
    folder = ROOT / ".zhixing" / "fuzz" / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (folder / f"seed-{number}").write_bytes(seed)
    return folder


def noting(target: Callable[[bytes], None], prefix: str) -> Callable[[bytes], None]:
    """Writes down the input that breaks the target."""

    def run(data: bytes) -> None:
        try:
            target(data)
        except BaseException:
            Path(f"{prefix}-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
            raise

    return run


def main(name: str, *options: str) -> None:
    if name not in TARGETS:
        sys.exit(f"there is no target of this name; one of: {', '.join(TARGETS)}")
    folder = corpus(name)
    target = noting(TARGETS[name], f"{folder}-broken-by")
    atheris.Setup([sys.argv[0], "-timeout=20", "-rss_limit_mb=2048", *options, str(folder)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*(sys.argv[1:] or [""]))
