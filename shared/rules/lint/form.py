"""Form: every rule has its clause and its place in the text; windows of validity fit; nobody is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from rules.lint.draft import Draft, Finding, Remark
from rules.packs import NATIONAL, Pack, Rule, Trail, Window, parts

_TITLES = "同志|局长|副局长|院长|副院长|庭长|副庭长|主任|副主任|法官|审判员|执行员|执行长|书记员|队长|团队长|先生|女士"
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_PERSON = re.compile(
    rf"(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?:{_TITLES})|(?:联系人|姓名)[:：]\s*[\u4e00-\u9fff]{{2,4}}"
)
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[-—]\d{7,8})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PERSONAL = ((_PERSON, "the name of a person"), (_PHONE, "a telephone number"), (_IDENTITY, "an identity number"))


def check(draft: Draft) -> Iterator[Remark]:
    yield from _clauses(draft)
    for trail, rule in draft.own.values():
        yield from _placed(draft, trail, rule)
        yield from _window(draft, trail, rule)
    yield from _whole(draft)
    yield from _versions(draft)
    if not draft.dated:
        what = "the scheme names no first day, so each installation must"
        yield Remark("note", ("effective",), what, "effective_from in courts.yaml")


def personal(draft: Draft) -> Iterator[Finding]:
    """Names of people, telephone and identity numbers, in comments too."""
    for file, text in draft.texts.items():
        for number, line in enumerate(text.split("\n"), 1):
            for pattern, what in _PERSONAL:
                if pattern.search(line):
                    yield Finding("error", "form", file, number, "", "", f"holds {what}", "a post, no person")


# ---- clauses and places -------------------------------------------------------------------------------------------


def clauses(pack: Pack) -> Iterator[tuple[Trail, str]]:
    """Every clause that something in the pack names, with where that stands."""
    for trail, part in parts(pack, str):
        if trail[-1] == "clause":
            yield from ((trail, clause) for clause in part.split())


def _clauses(draft: Draft) -> Iterator[Remark]:
    for trail, clause in clauses(draft.pack):
        row = draft.register.get(clause)
        if clause != NATIONAL and draft.register and row is None:
            yield Remark("error", trail, f"the register has no clause {clause}", "a clause of the register")
        elif row is not None and row.court != draft.pack.pack:
            yield Remark("error", trail, f"{clause} is a clause of {row.court}", f"a clause of {draft.pack.pack}")


def _placed(draft: Draft, trail: Trail, rule: Rule) -> Iterator[Remark]:
    if draft.parents and not rule.at and rule.clause != NATIONAL:
        yield Remark("error", trail, "does not say where in the scheme's text it stands", "at: such as '2.2.1 第2句'")
    if not (rule.zh and rule.en):
        yield Remark("warning", trail, "has no name to be shown", "zh and en")
    if not rule.why:
        yield Remark("warning", trail, "does not say why, in one line, to those it binds", "why")


# ---- windows ------------------------------------------------------------------------------------------------------


def _window(draft: Draft, trail: Trail, rule: Rule) -> Iterator[Remark]:
    own, whole = rule.effective, draft.pack.effective
    if own.first and own.last and own.last < own.first:
        yield Remark("error", (*trail, "effective"), "ends before it begins", "from before to")
    elif _is_before(own.last, whole.first) or _is_before(whole.last, own.first):
        yield Remark("error", (*trail, "effective"), "is never in force while its pack is", "days of the pack")
    elif _is_before(own.first, whole.first) or _is_before(whole.last, own.last):
        yield Remark(
            "warning", (*trail, "effective"), "reaches beyond the days its pack is in force", "days of the pack"
        )


def _whole(draft: Draft) -> Iterator[Remark]:
    whole, known = draft.pack.effective, date.fromordinal(draft.calendar.settled[0])
    if _is_before(whole.last, whole.first):
        yield Remark("error", ("effective",), "ends before it begins", "from before to")
    elif draft.parents and _is_before(whole.first, known):
        what = f"begins before {known}, the first day that the calendar {draft.calendar.name} knows"
        yield Remark("warning", ("effective", "from"), what, "a later day: what is due before is provisional")


def _is_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _versions(draft: Draft) -> Iterator[Remark]:
    """No day between two versions of one pack on which neither holds."""
    windows: list[Window] = sorted(
        (pack.effective for pack in (draft.pack, *draft.versions) if pack.effective.first),
        key=lambda window: window.first or date.min,
    )
    for earlier, later in pairwise(windows):
        if earlier.last and later.first and later.first > earlier.last + timedelta(days=1):
            what = f"no version is in force from {earlier.last + timedelta(days=1)} until {later.first}"
            yield Remark("warning", ("effective",), what, "versions that follow one another")
