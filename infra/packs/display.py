"""`./zhixing packs show`: a court's pack by clause, and how its text is read where it conflicts with itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra import show
from infra.packs.plain import FIELDS, Entry, entries
from infra.packs.versions import Version
from packs.register import register
from rules.lint.coverage import carried
from rules.packs import NATIONAL, Conflict, Pack, Rule

Answer = dict[str, Any]
_SAID_ALREADY = (FIELDS["clause"], FIELDS["reading"])
"""By the heading, and with the reading itself."""


def answer(version: Version) -> Answer:
    """The pack by clause. PackError where it cannot be read."""
    pack = version.load()
    rows = register()
    carriers = carried(pack)
    of_court = [id_ for id_, row in rows.items() if row.court == pack.pack]
    clauses = [*of_court, *(clause for clause in carriers if clause not in of_court)]
    told, rules, conflicts = entries(pack), _rules(pack), {each.id: each for each in pack.conflicts}
    return {
        "pack": pack.pack,
        "version": pack.version,
        "name": pack.name.model_dump(),
        "source": pack.source.model_dump(mode="json"),
        "effective": told["effective"].says,
        "settings": told["settings"].says if "settings" in told else {},
        "posts": told["posts"].says if "posts" in told else {},
        "clauses": [
            {
                "clause": clause,
                "place": rows[clause].place if clause in rows else "",
                "requirement": rows[clause].requirement if clause in rows else "",
                "rules": [_rule(name, rules, told, conflicts) for name in carriers.get(clause, ())],
            }
            for clause in clauses
        ],
        "conflicts": [each.model_dump(mode="json") for each in pack.conflicts],
    }


def _rules(pack: Pack) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in pack.rules}


def _rule(name: str, rules: Mapping[str, Rule], told: Mapping[str, Entry], conflicts: Mapping[str, Conflict]) -> Answer:
    rule_id, _, item = name.partition("/")
    entry = told.get(rule_id)
    found = rules.get(rule_id)
    read = conflicts.get(found.reading or "") if found else None
    return {
        "id": name,
        "kind": entry.section if entry else "structure",
        "name": entry.title if entry else "",
        "says": _said(entry, item),
        "reading": {"id": read.id, "says": list(read.says), "reading": read.reading} if read else None,
    }


def _said(entry: Entry | None, item: str) -> Mapping[str, str]:
    """What the rule says; of an item of a gate what that item says."""
    says = {name: text for name, text in entry.says.items() if name not in _SAID_ALREADY} if entry else {}
    return {name: text for name, text in says.items() if name == f"item {item}"} if item else says


def print_answer(told: Answer) -> None:
    _print(f"{told['name']['zh']} {told['name']['en']}: {told['pack']} {told['version']}", "bold")
    _print(f"{told['source']['title']} {told['source']['number']}")
    _print("; ".join(f"{name} {text}" for name, text in told["effective"].items()))
    for name, texts in (("posts 岗位", told["posts"]), ("settings 设置", told["settings"])):
        if texts:
            _print(f"{name}: {'; '.join(f'{key} {text}' for key, text in texts.items())}", "dim")
    for each in told["clauses"]:
        heading = "national rules 全国规定" if each["clause"] == NATIONAL else f"{each['clause']} {each['place']}"
        _print(f"\n{heading}  {each['requirement']}", "bold")
        if not each["rules"]:
            _print("  the services do this of themselves 由系统本身实现")
        for rule in each["rules"]:
            _print_rule(rule)
    for each in told["conflicts"]:
        _print(f"\nconflict 冲突 {each['id']} ({each['clause']}): {' / '.join(each['says'])}")
        _print(f"  read as 解读: {each['reading']}")


def _print_rule(rule: Answer) -> None:
    _print(f"  {rule['id']}  {rule['name']}")
    for name, text in rule["says"].items():
        _print(f"    {name}: {text}", "dim")
    if rule["reading"]:
        _print(f"    read as 解读 ({rule['reading']['id']}): {rule['reading']['reading']}", "yellow")


def _print(line: str, style: str | None = None) -> None:
    show.console.print(line, style=style, markup=False, soft_wrap=True)
