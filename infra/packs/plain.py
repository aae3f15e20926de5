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
    "clause": "clause 条款", "first": "from 自", "last": "to 至", "kind": "kind 类别", "posts": "posts 岗位",
    "in_name_of": "in the name of 承办名义", "of_team_kinds": "teams of the kinds 团队类别",
    "weights": "weights 权重", "plus": "more for 加分", "done": "work done 办结事项", "points": "points 分值",
    "apart": "shown apart 另列", "spread_warn_permille": "warns of a spread (per mille) 失衡预警（千分比）",
    "auto": "made on filing 立案即制发", "checked_against_file": "checked against the file 与卷宗核对",
    "refuse_others": "nobody else 他人不得制作", "in_person": "in person 亲自",
    "delegation": "signing for another 代签", "of_team": "of the team that has the case 办案团队",
    "designated": "designated 指定", "outcomes": "may propose 处理方式", "evidence": "evidence 证明材料",
    "evidence_any": "any of them 任一", "needs_signed": "signed before 须先签发", "channels": "channels 渠道",
    "channels_agree": "must agree on 须一致", "alternate": "in absence 代行", "serve": "served on 送达对象",
    "ways": "ways 方式", "address": "address 地址", "failure": "if it fails 送达不能", "report_to": "report to 报告",
    "mode": "mode 方式", "stage": "stage 阶段", "gate": "gate 核查", "need": "wants 须有", "that": "that 须",
    "elapsed": "after 须满", "not_event": "without 不得有", "since": "since 自", "more_than": "more than 超过",
    "name": "name 名称", "fen": "fen 分", "percent": "percent 百分比", "months": "months 月",
    "incl": "the number included 含本数", "needs": "must show 须具备", "work_list": "work list 清单",
    "follow_up": "follow-up 后续事项", "figures": "figures 统计", "required": "if a field lacks 欠缺字段",
    "readers": "read by 查阅", "before": "before 前", "after": "after 后", "ack": "wants an acknowledgement 须签收",
    "max_times": "times at most 最多次数", "max": "at most 最长", "ask_before": "to be asked for before 提前申请",
    "score": "by 按", "drop": "leaves out 排除",
    "when_over_mean_percent": "passed over when above the mean by percent 超均值百分比",
    "adjust_by": "adjusted by 调整人", "of_debtor": "of the debtor 被执行人", "head": "led by 负责人",
    "contact": "contact 对接人", "headcount": "headcount 定员", "townships": "townships 乡镇", "team": "team 团队",
    "team_kind": "teams of the kind 团队类别",
    "pricing_order": "pricing order 定价次序", "after_failed": "after a failed round 流拍后",
    "max_rounds": "rounds at most 最多次数", "money_only_through": "money only through 案款只经",
    "exceptions": "except 除外", "main_account_given_out": "main account given out 告知主体账户",
    "claim": "amount of the case 立案标的", "parties": "parties 当事人", "panel": "panels 合议庭",
    "on_instalment_missed": "an instalment missed 分期违约", "on_change": "on a change 规则变更时",
    "early": "if early 提前完成", "cause": "cause 事由", "end": "ends with 结束", "pair": "joined by 对应字段",
    "limit": "limit 限额", "checks": "checks 核查", "days": "days 日", "hours": "hours 小时", "minutes": "minutes 分钟",
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
            told |= {f"{name.removesuffix('s')} {item.id}": _item(item) for item in value}
        else:
            told[FIELDS.get(name, name.replace("_", " "))] = plain(value)
    return told


def _item(item: Any) -> str:
    """Its name first, then what it says."""
    return ": ".join(filter(None, (title(item), plain(item, skip=("id", "zh", "en")))))


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
            return f"{value.n} {value.unit.removesuffix('s' * (value.n == 1)).replace('_', ' ')}"
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
