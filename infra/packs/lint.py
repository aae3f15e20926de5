"""`./zhixing packs lint`: what is wrong with packs, and what departs from the national rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from infra import show
from infra.packs.versions import Version, draft, every_newest, find
from rules.lint import LOAD, Finding, Severity, lint, unusable
from rules.loader import PackError

ERRORS, UNUSABLE = 1, 2
TITLES = {"error": "error 错误", "warning": "warning 提醒", "note": "note 说明"}
_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


class Linted(NamedTuple):
    """A pack with all that was found."""

    version: Version
    findings: Sequence[Finding]

    def count(self, severity: Severity) -> int:
        return sum(each.severity == severity for each in self.findings)


def run(wanted: Sequence[str], installation: Path) -> list[Linted]:
    """Lints the packs that are meant; none named: the newest version of each. NoPack where there is none."""
    versions = [find(each, installation) for each in wanted] or every_newest(installation)
    return [Linted(version, findings(version)) for version in versions]


def findings(version: Version) -> list[Finding]:
    """Everything found; of a pack that cannot be read, every fault."""
    try:
        return lint(draft(version))
    except PackError as error:
        return [unusable(fault) for fault in error.faults]


def exit_code(linted: Iterable[Linted]) -> int:
    """0: no errors; 1: errors; 2: a pack cannot be used at all."""
    found = [each for one in linted for each in one.findings if each.severity == "error"]
    return 0 if not found else UNUSABLE if any(each.check == LOAD for each in found) else ERRORS


def as_json(linted: Sequence[Linted]) -> dict[str, object]:
    told = [
        {"pack": one.version.pack, "version": one.version.version,
         "findings": [each._asdict() for each in one.findings]}
        for one in linted
    ]  # fmt: skip
    counts = Counter(each.severity for one in linted for each in one.findings)
    return {"packs": told, **{f"{severity}s": counts[severity] for severity in get_args(Severity)}}


def print_findings(linted: Sequence[Linted]) -> None:
    for one in linted:
        show.console.print(f"{one.version.name}: {_summary(one)}", style="bold", markup=False, soft_wrap=True)
        for each in one.findings:
            show.console.print(
                f"  {TITLES[each.severity]}  {_told(each)}", style=_STYLES[each.severity], markup=False, soft_wrap=True
            )


def _summary(one: Linted) -> str:
    return ", ".join(f"{one.count(severity)} {severity}s" for severity in ("error", "warning", "note"))


def _told(each: Finding) -> str:
    clause = f" ({each.clause})" if each.clause else ""
    about = f"{each.rule}{clause}: " if each.rule else ""
    expected = f"\n      expected: {each.expected}" if each.expected else ""
    return f"{each.file}:{each.line}: {about}{each.what}{expected}"
