"""docs/clauses/COURT.md: a court's scheme clause by clause, as Zhixing runs it. `python -m infra.clauses.pages`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infra.clauses.claims import read_claims
from infra.clauses.coverage import State
from infra.clauses.marks import TESTS, NamingTest, read_marks
from infra.installation import ROOT, SAMPLE
from infra.packs.display import answer
from infra.packs.versions import find
from packs.register import courts, register

HOME = ROOT / "docs" / "clauses"
_HEAD = """# {name}

{scheme}, as pack `{pack} {version}` runs it. Written by `python -m infra.clauses.pages` from the pack, the
register of clauses and the tests that name them; [clauses.md](../clauses.md) says what the states mean.
"""


def pages() -> dict[str, str]:
    """File name -> text, of every court."""
    claims, tests = read_claims(register()), read_marks(TESTS).tests
    return {f"{court}.md": page(answer(find(court, SAMPLE.parent)), claims, tests) for court in courts()}


def page(pack: Mapping[str, Any], claims: Mapping[str, State], tests: Sequence[NamingTest]) -> str:
    """What the pack says (as `packs show` tells it), clause by clause, and the tests that hold it."""
    source = pack["source"]
    head = _HEAD.format(
        name=" ".join(pack["name"].values()),
        scheme=f"{source['title']} {source['number']}".strip(),
        pack=pack["pack"],
        version=pack["version"],
    )
    clauses = [each for each in pack["clauses"] if each["clause"] in claims]
    sections = ("\n".join(_clause(each, claims[each["clause"]], tests)) for each in clauses)
    return "\n".join([head, *sections, *_conflicts(pack["conflicts"])])


def _clause(told: Mapping[str, Any], state: State, tests: Iterable[NamingTest]) -> Iterator[str]:
    yield f"## {told['clause']} · {told['place']}: {state}\n"
    yield f"{told['requirement']}\n"
    for rule in told["rules"]:
        yield from _rule(rule)
    if not told["rules"]:
        yield "The services do this of themselves 由系统本身实现.\n"
    named = [test.name for test in tests if told["clause"] in test.clauses]
    yield "Tests 测试:\n" if named else "No test names it yet.\n"
    yield from (f"- `{name}`" for name in named)
    yield ""


def _rule(rule: Mapping[str, Any]) -> Iterator[str]:
    yield f"**{rule['name'] or rule['id']}** (`{rule['id']}`)\n"
    yield from (f"- {name}: {_escaped(text)}" for name, text in rule["says"].items())
    if rule["reading"]:
        yield f"- read as 解读 ({rule['reading']['id']}): {rule['reading']['reading']}"
    yield ""


def _conflicts(conflicts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if conflicts:
        yield "## Conflicts of the text, and the readings chosen 文本冲突与所采解读\n"
        yield "| conflict | clause | it says | read as |\n|---|---|---|---|"
    for each in conflicts:
        yield f"| {each['id']} | {each['clause']} | {_cell(' / '.join(each['says']))} | {_cell(each['reading'])} |"
    yield ""


def _escaped(text: str) -> str:
    """Conditions are full of marks that Markdown would take for its own."""
    return text.replace("*", r"\*").replace("_", r"\_").replace("<", r"\<")


def _cell(text: str) -> str:
    return _escaped(text).replace("|", r"\|")


if __name__ == "__main__":
    HOME.mkdir(exist_ok=True)
    for name, text in pages().items():
        (HOME / name).write_text(text, encoding="utf-8")
