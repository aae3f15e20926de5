"""Coverage-guided fuzzing: `python -m tests.fuzz TARGET [libFuzzer options]`, such as `-max_total_time=300`.

What is found again and again lies under .zhixing/fuzz/TARGET; an input that breaks the target is written beside it, and
belongs into tests/fuzz/found/TARGET.
"""

import sys
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


def main(name: str, *options: str) -> None:
    if name not in TARGETS:
        sys.exit(f"there is no target of this name; one of: {', '.join(TARGETS)}")
    folder = corpus(name)
    limits = ["-timeout=120", "-rss_limit_mb=2048", f"-artifact_prefix={folder}-"]
    atheris.Setup([sys.argv[0], *limits, *options, str(folder)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*(sys.argv[1:] or [""]))
