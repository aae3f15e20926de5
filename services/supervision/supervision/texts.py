"""The words of the screens in Chinese and English, and how numbers, days and overdue times are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kernel.clock import COURT_ZONE

Language = Literal["zh", "en"]
LANGUAGES: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}

_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {
        "title": "执行监督",
        "wall": "总览大屏",
        "other": "English",
        "live": "实时",
        "lost": "连接中断，正在重连；所示为断开前的数据",
        "open": "在办案件",
        "open_note": "已结 {closed} 件 · 待立案 {applied} 件",
        "breached": "已超期",
        "near": "临近期限",
        "concerned": "涉及 {n} 件案件",
        "in_time": "期限内率",
        "in_time_note": "按期 {met} · 已届期 {decided}",
        "uncertain": "时限存疑 {n} 件",
        "nodes": "节点期限状况",
        "node": "节点",
        "running": "进行中",
        "rate": "按期率",
        "legal": "法定",
        "teams": "团队工作量",
        "teams_note": "每人平均 · 竖线为各团队均值",
        "team": "团队",
        "per_head": "人均",
        "deviation": "较均值",
        "cases": "在办",
        "spread": "离散度 {n}%",
        "balanced": "均衡",
        "unbalanced": "失衡（警戒 {n}%）",
        "nobody": "无人",
        "week": "未来七日到期",
        "week_note": "灰色为休息日",
        "worst": "超期与临近",
        "case": "案号",
        "answers": "责任",
        "over": "超期",
        "close": "临近",
        "none_overdue": "没有超期或临近的节点",
        "no_nodes": "还没有计时的节点",
        "limit": "期限",
        "due": "{day} 届满",
        "today": "今天",
        "days": "超期 {n} 天",
        "working_days": "超期 {n} 个工作日",
        "hours": "超期 {n} 小时",
        "login": "需要登录",
        "login_how": "请打开 ./zhixing up 或 ./zhixing demo 打印的地址。每个地址只能用一次；重新启动即得到新的地址。",
        "login_bad": "这个地址已经用过，或已失效。",
        "login_post": "总览大屏供监督岗位查看，这个地址的岗位不在其中。",
        "login_open": "已在本机登录？打开总览大屏",
    },
    "en": {
        "title": "Enforcement supervision",
        "wall": "Wallboard",
        "other": "中文",
        "live": "Live",
        "lost": "Connection lost, reconnecting; what is shown is from before",
        "open": "Open cases",
        "open_note": "{closed} closed · {applied} not yet filed",
        "breached": "Overdue",
        "near": "Near the limit",
        "concerned": "in {n} cases",
        "in_time": "Within the limit",
        "in_time_note": "{met} in time of {decided} ended",
        "uncertain": "{n} cases uncertain",
        "nodes": "Deadlines by node",
        "node": "Node",
        "running": "Running",
        "rate": "In time",
        "legal": "national",
        "teams": "Team workload",
        "teams_note": "per head · the line is the teams' mean",
        "team": "Team",
        "per_head": "Per head",
        "deviation": "To mean",
        "cases": "Cases",
        "spread": "Spread {n}%",
        "balanced": "balanced",
        "unbalanced": "unbalanced (limit {n}%)",
        "nobody": "nobody",
        "week": "Due in the next 7 days",
        "week_note": "days off in grey",
        "worst": "Overdue and near",
        "case": "Case no.",
        "answers": "Answers",
        "over": "Over",
        "close": "Near",
        "none_overdue": "Nothing is overdue or near its limit",
        "no_nodes": "No clock has begun yet",
        "limit": "Limit",
        "due": "Due {day}",
        "today": "today",
        "days": "{n} days over",
        "working_days": "{n} working days over",
        "hours": "{n} hours over",
        "login": "Please log in",
        "login_how": "Open the address that ./zhixing up or ./zhixing demo prints. "
        "Each address works once; a new start gives a new one.",
        "login_bad": "This address was used before, or has ended.",
        "login_post": "The wallboard is for posts of supervision; this address is of another post.",
        "login_open": "Logged in on this machine? Open the wallboard",
    },
}
_WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "zh": tuple(f"星期{day}" for day in "一二三四五六日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Texts:
    """One language, as templates use it."""

    language: Language

    @property
    def html_lang(self) -> str:
        return LANGUAGES[self.language]

    @property
    def other(self) -> Language:
        return "en" if self.language == "zh" else "zh"

    def __call__(self, word: str, **values: object) -> str:
        return _WORDS[self.language][word].format(**values)

    def of(self, name: Mapping[str, str]) -> str:
        """A thing's name in this language."""
        return name[self.language]

    def number(self, value: int) -> str:
        return f"{value:,}"

    def tenths(self, permille: int | None) -> str:
        """849 per mille as `84.9`; what is not known as a dash."""
        return "—" if permille is None else f"{permille / 10:.1f}"

    def percent(self, permille: int | None) -> str:
        """849 per mille as `84%`."""
        return "—" if permille is None else f"{permille // 10}%"

    def thousandths(self, value: int) -> str:
        """45,012 thousandths as `45.0`."""
        return f"{value / 1000:,.1f}"

    def deviation(self, value: int, mean: int) -> str:
        return f"{(value - mean) / mean:+.0%}" if mean else "—"

    def overdue(self, amount: int, unit: str) -> str:
        text = self(unit, n=self.number(amount))
        return text.replace("s over", " over") if self.language == "en" and amount == 1 else text

    def due(self, due: datetime, now: datetime) -> str:
        """The day on which a term ends, in the court's zone."""
        day, today = (at.astimezone(COURT_ZONE).date() for at in (due, now))
        named = self("today") if day == today else self.day(day)
        return self("due", day=named)

    def day(self, day: date) -> str:
        return f"{day.month}月{day.day}日" if self.language == "zh" else f"{day.day} {_MONTHS[day.month - 1]}"

    def moment(self, instant: datetime) -> str:
        """Day and minute in the court's zone."""
        at = instant.astimezone(COURT_ZONE)
        weekday = _WEEKDAYS[self.language][at.weekday()]
        if self.language == "zh":
            return f"{at.year}年{self.day(at)} {weekday} {at:%H:%M}"
        return f"{weekday} {self.day(at)} {at.year}, {at:%H:%M}"


TEXTS: Mapping[Language, Texts] = {language: Texts(language) for language in LANGUAGES}
