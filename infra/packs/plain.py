"""What a pack says, in plain words: of each of its parts the fields that are set, as a reader would say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, cast

from rules.conditions import Condition
from rules.matcher import AnyOf, Matcher, Pattern
from rules.packs import Pack, Route, Rule, Who
from rules.terms import Frozen, Length, SameAs, Until

FIELDS = {
    "condition": "if 条件", "start": "starts with 起算", "stop": "is met by 完成", "of": "of 对象",
    "key": "told apart by 区分", "each_of": "for each of 逐一", "where": "where 范围", "term": "term 期限",
    "repeat": "again every 周期", "cutoff": "cut-off 截止时点", "delay": "begins after 延后起算",
    "roll": "on a day off 遇休息日", "void_by": "falls away with 作废", "suspended_by": "stands still for 中止",
    "extension": "may be extended 可延长", "within": "serves 落实", "looser_than": "looser than 宽于",
    "answers": "who answers 责任人", "warn": "warnings 预警", "past": "reports when late 超期提醒",
    "ladder": "ladder 预警阶梯", "type": "kind 性质", "act": "act 行为", "on_lack": "if something lacks 欠缺时",
    "chain": "decided by 审批链", "who": "signed by 签发人", "sign": "papers 文书", "asks": "asked by 提请人",
    "kinds": "papers 文书", "made_by": "made by 制作人", "must_state": "must state 须载明",
    "must_not_state": "must not state 不得载明", "to": "goes to 去向", "ask": "a person decides 由人决定",
    "track": "track 流程", "steps": "steps 步骤", "starvation": "nobody waits longer than 等待上限",
    "every": "every 周期", "by": "by 按", "keeper": "kept by 管理人", "fields": "each entry shows 登记事项",
    "per": "per 期间", "count": "counts 统计", "effective": "in force 有效期",
    "reading": "goes by the reading 采用解读", "unverified": "unverified 未核对",
    "overrides": "takes the place of 取代", "at": "stands at 出处", "source": "source 依据", "why": "why 理由",
    "clause": "clause 条款", "first": "from 自", "last": "to 至",
}  # fmt: skip
_SECTIONS = ("name", "source", "effective", "extends", "settings", "vocabulary", "ladders")


@dataclass(frozen=True)
class Entry:
    """A part of a pack that has a name of its own, with what it says: field -> plain words."""

    key: str
    section: str
    title: str = ""
    says: Mapping[str, str] = field(default_factory=dict[str, str])


def entries(pack: Pack) -> dict[str, Entry]:
    """Everything the pack says, by the name of the part that says it."""
    return {entry.key: entry for entry in (*_whole(pack), *_structure(pack), *_routes(pack), *_rules(pack))}


def says(part: Frozen) -> dict[str, str]:
    """The fields of a part that are set, in words; items with an id one by one."""
    told: dict[str, str] = {}
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name in ("id", "zh", "en") or not _is_set(part, name, value):
            continue
        if _are_named(value):
            told |= {f"{name.removesuffix('s')} {item.id}": plain(item, skip=("id",)) for item in value}
        else:
            told[FIELDS.get(name, name.replace("_", " "))] = plain(value)
    return told


def _is_set(part: Frozen, name: str, value: Any) -> bool:
    return value != type(part).model_fields[name].default and value not in ((), {}, "", None)


def _are_named(value: Any) -> bool:
    items = cast(tuple[Any, ...], value) if isinstance(value, tuple) else ()
    return bool(items) and all(isinstance(item, Frozen) and hasattr(item, "id") for item in items)


# ---- parts --------------------------------------------------------------------------------------------------------


def _rules(pack: Pack) -> Iterator[Entry]:
    routed = {rule.id for route in pack.routing.values() for rule in (*route.rules, route.fallback)}
    for rule in pack.rules:
        yield Entry(rule.id, "routing" if rule.id in routed else section(rule), title(rule), says(rule))


def section(rule: Rule) -> str:
    """What kind of rule it is."""
    return type(rule).__name__.lower()


def title(part: Any) -> str:
    """Its names in both languages, as far as it has them."""
    return " ".join(filter(None, (getattr(part, "zh", ""), getattr(part, "en", ""))))


def _whole(pack: Pack) -> Iterator[Entry]:
    for name in _SECTIONS:
        value = getattr(pack, name)
        if value:
            yield Entry(name, "pack", says=says(value) if isinstance(value, Frozen) else _by_name(name, value))
    for conflict in pack.conflicts:
        yield Entry(conflict.id, "conflict", says={"says": " / ".join(conflict.says), "reading": conflict.reading})


def _by_name(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in cast(Mapping[Any, Any], value).items()}
    return {name: plain(value)}


def _structure(pack: Pack) -> Iterator[Entry]:
    structure = pack.structure
    if structure is None:
        return
    yield Entry("posts", "structure", says=structure.posts)
    yield Entry("initial_holder", "structure", says={"first holder 最初持有": structure.initial_holder})
    yield from (Entry(f"kind {kind.kind}", "structure", title(kind), says(kind)) for kind in structure.kinds)
    yield from (Entry(f"team {team.id}", "structure", title(team), says(team)) for team in structure.teams)
    yield from (Entry(f"area {area.id}", "structure", title(area), says(area)) for area in structure.areas)


def _routes(pack: Pack) -> Iterator[Entry]:
    for name, route in pack.routing.items():
        yield Entry(name, "route", says=_route(route))


def _route(route: Route) -> dict[str, str]:
    told = {"stage": route.stage, "mode": route.mode, "gate": route.gate or ""}
    return {**told, "order 次序": ", ".join(rule.id for rule in (*route.rules, route.fallback))}


# ---- values -------------------------------------------------------------------------------------------------------


def plain(value: Any, skip: Iterable[str] = ()) -> str:
    """A value of a pack as a reader would say it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Length():
            return f"{value.n} {value.unit.replace('_', ' ')}"
        case Until(until=until, otherwise=otherwise):
            return f"until {until}" + (f", else {plain(otherwise)}" if otherwise else "")
        case SameAs(same_as=rule):
            return f"the term of {rule}"
        case Who(role=role, name=name):
            return name or role
        case Condition(source=source):
            return source
        case Matcher(members=members):
            return " and ".join(_any_of(member) for member in members)
        case Frozen():
            return _part(value, skip)
        case tuple():
            return _listed(cast(tuple[Any, ...], value))
        case dict():
            return "; ".join(f"{key}: {plain(each)}" for key, each in cast(dict[Any, Any], value).items())
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _listed(items: tuple[Any, ...]) -> str:
    """Steps of several choices each are told as `a, then b or c`."""
    if any(isinstance(item, tuple) for item in items):
        return ", then ".join(" or ".join(map(plain, item)) for item in items)
    return ", ".join(map(plain, items))


def _part(part: Frozen, skip: Iterable[str]) -> str:
    told = (
        f"{FIELDS.get(name, name.replace('_', ' '))} {plain(value)}"
        for name in type(part).model_fields
        if name not in skip and _is_set(part, name, value := getattr(part, name))
    )
    return "; ".join(told)


def _any_of(member: AnyOf) -> str:
    patterns = [_pattern(pattern) for each in member.patterns.values() for pattern in each]
    return " or ".join(patterns)


def _pattern(pattern: Pattern) -> str:
    tests = [f"{path} {_wanted(value)}" for path, value in pattern.fields.items()]
    tests += [f"if {pattern.condition.source}"] if pattern.condition else []
    tests += [f"by {pattern.key}"] if pattern.key else []
    return pattern.event + (f" ({', '.join(tests)})" if tests else "")


_OPERATORS = {"not": "not {}", "min": "at least {}", "max": "at most {}", "has": "with {}"}


def _wanted(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(map(plain, cast(list[Any], value)))
    if isinstance(value, dict):
        [(operator, operand)] = cast(dict[str, Any], value).items()
        if operator == "empty":
            return "absent" if operand else "given"
        return _OPERATORS[operator].format(_wanted(operand) or "nothing")
    return plain(value)
