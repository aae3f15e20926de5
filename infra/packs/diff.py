"""`./zhixing packs diff`: what changed between two versions of a pack, or differs between two courts, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from infra import show
from infra.packs.plain import Entry, entries
from infra.packs.versions import Version
from rules.packs import Pack

Answer = dict[str, Any]
_TITLES = {"added": "new 新增", "removed": "gone 删除", "changed": "changed 变更"}
_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


def answer(one: Version, other: Version) -> Answer:
    """What is new, gone or changed in `other`. PackError where one of them cannot be read."""
    packs = one.load(), other.load()
    before, after = (_by_name(pack, apart=packs[0].pack != packs[1].pack) for pack in packs)
    changes = [*_removed(before, after), *_added(before, after), *_changed(before, after)]
    return {"from": one.name, "to": other.name, "changes": sorted(changes, key=lambda each: each["id"])}


def _by_name(pack: Pack, *, apart: bool) -> dict[str, Entry]:
    """What the pack says. `apart`: held against another court's, whose rules have the same names after the court's."""
    said = entries(pack)
    return {key.removeprefix(f"{pack.pack}."): entry for key, entry in said.items()} if apart else said


def _removed(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Answer]:
    return (_change("removed", before[key], {}) for key in before.keys() - after.keys())


def _added(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Answer]:
    fields = (after[key] for key in after.keys() - before.keys())
    return (_change("added", entry, {name: (None, text) for name, text in entry.says.items()}) for entry in fields)


def _changed(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Iterator[Answer]:
    for key in before.keys() & after.keys():
        old, new = before[key], after[key]
        names = [*old.says, *(name for name in new.says if name not in old.says)]
        fields = {name: (old.says.get(name), new.says.get(name)) for name in names}
        fields |= {"name 名称": (old.title or None, new.title or None)}
        apart = {name: pair for name, pair in fields.items() if pair[0] != pair[1]}
        if apart:
            yield _change("changed", new, apart)


def _change(how: str, entry: Entry, fields: Mapping[str, tuple[str | None, str | None]]) -> Answer:
    told = [{"field": name, "before": old, "after": new} for name, (old, new) in fields.items()]
    return {"how": how, "kind": entry.section, "id": entry.key, "name": entry.title, "fields": told}


def print_answer(told: Answer) -> None:
    _print(f"{told['from']} -> {told['to']}: {len(told['changes'])} changes", "bold")
    for each in told["changes"]:
        _print(f"{_TITLES[each['how']]}  {each['kind']} {each['id']}  {each['name']}", _STYLES[each["how"]])
        for field in each["fields"]:
            _print(f"    {_words(field)}")


def _words(field: Answer) -> str:
    if field["before"] is None:
        return f"{field['field']}: {field['after']}"
    if field["after"] is None:
        return f"{field['field']}: no longer {field['before']}"
    return f"{field['field']}: was {field['before']}, now {field['after']}"


def _print(line: str, style: str | None = None) -> None:
    show.console.print(line, style=style, markup=False, soft_wrap=True)
