"""What the dashboards show, in the terminal: tables by rich, in court-local time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kernel.clock import COURT_ZONE

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
Answer = Mapping[str, Any]
STATES = {
    "met": "met 按期",
    "met_late": "met late 逾期完成",
    "breached": "breached 超期",
    "breached_closed": "ended in breach 超期终止",
    "running": "running 计时中",
    "suspended": "suspended 中止",
    "pending": "pending 未起算",
    "void": "void 作废",
    "superseded": "superseded 被替代",
    "uncertain": "uncertain 待定",
    "withdrawn": "withdrawn 撤销",
}
NODE_COLUMNS = ("started", "met", "met late", "breached", "running", "cured")
LOAD_COLUMNS = ("people", "cases", "points", "apart", "per head")
UNITS = {"hours": "hours 小时", "days": "days 天", "working_days": "working days 工作日"}


def as_json(answer: Any) -> None:
    """The answer alone, on standard output."""
    sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n")


def table(title: str, *columns: str, right: Sequence[str] = ()) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def local(instant: str | None) -> str:
    """Court-local, to the minute."""
    if instant is None:
        return "-"
    return datetime.fromisoformat(instant).astimezone(COURT_ZONE).strftime("%Y-%m-%d %H:%M")


def case_name(row: Answer) -> str:
    """The case's number; of a duty its period."""
    if row["subject"].startswith("duty/"):
        return row["occurrence"].rpartition("/")[2]
    return row["case_no"] or row["subject"]


def name(names: Answer) -> str:
    return f"{names['zh']} {names['en']}" if names["en"] != names["zh"] else names["zh"]


def overdue(row: Answer) -> str:
    return f"{row['overdue']} {UNITS.get(row['unit'], row['unit'])}" if row["overdue"] else "-"


def clocks(title: str, rows: Sequence[Answer]) -> Table:
    columns = ("case 案号", "node 节点", "clause 依据", "state", "due 届满", "overdue 超期", "answers 责任", "told")
    made = table(title, *columns)
    for row in rows:
        made.add_row(
            case_name(row), name(row["name"]), row["clause"], _state(row["state"]), local(row["due"]), overdue(row),
            _who(row["answers"]), _told(row["reminders"]),
        )  # fmt: skip
    return made


def _told(reminders: Sequence[Answer]) -> str:
    """When somebody was last told, and whether a reminder that wants it is not acknowledged yet."""
    unread = any(each["wants_acknowledgement"] and not each["acknowledged_at"] for each in reminders)
    return f"{local(reminders[-1]['told_at'])}{', not acknowledged' if unread else ''}" if reminders else "-"


def _state(state: str) -> Text:
    style = {"breached": "red", "met_late": "red", "breached_closed": "red", "running": "", "met": "green"}.get(
        state, "yellow"
    )
    return Text(STATES.get(state, state), style=style)


def _who(answers: Answer) -> str:
    return " ".join(filter(None, (name(answers["name"]), answers["member"])))


def breaches(answer: Sequence[Answer]) -> None:
    console.print(clocks("Breaches 节点超期", answer) if answer else "No deadline was broken.")


def due(answer: Sequence[Answer]) -> None:
    console.print(clocks("Due soon 临近期限", answer) if answer else "Nothing falls due in these days.")


def workload(answer: Sequence[Answer]) -> None:
    for rule in answer:
        made = table(
            f"Workload 工作量 ({rule['clause']}, {rule['rule']})", "team 团队", *LOAD_COLUMNS, right=LOAD_COLUMNS
        )
        for team in rule["teams"]:
            heads = "-" if team["per_head"] is None else f"{team['per_head'] / 1000:.1f}"
            counts = (str(team[key]) for key in ("size", "cases", "load", "apart"))
            made.add_row(name(team["name"]), *counts, heads)
        console.print(made)
        if len(rule["teams"]) > 1:
            spread, warn = rule["spread_permille"], rule["warn_permille"]
            console.print(f"spread (max - min) / mean: {spread / 10:.1f} %; warned of above {warn / 10:.0f} %\n")


def duties(answer: Sequence[Answer]) -> None:
    counted = ("met", "met late", "breached")
    columns = ("duty 职责", "clause 依据", "who 责任", "period", "state", "due 届满", *counted)
    made = table("Standing duties 履职", *columns, right=counted)
    for row in answer:
        counts = (str(row[column.replace(" ", "_")]) for column in counted)
        made.add_row(name(row["name"]), row["clause"], _who(row["answers"]), case_name(row), _state(row["state"]),
                     local(row["due"]), *counts)  # fmt: skip
    console.print(made if answer else "No duties of this court have begun.")


def why(answer: Answer) -> None:
    if case := answer.get("case"):
        console.print(f"[bold]{answer['subject']}[/bold]: {case['status']}, {case['track'] or 'not routed'}, "
                      f"held by {case['holder'] or case['team'] or '-'}")  # fmt: skip
    else:
        console.print(f"[bold]{answer['subject']}[/bold]")
    for clock in answer["clocks"]:
        console.print(_explained(clock))
    for finding in answer["findings"]:
        console.print("! " + ", ".join(f"{key}: {value}" for key, value in finding.items() if value))


def _explained(clock: Answer) -> Table:
    place = f", {clock['at']}" if clock["at"] else ""
    title = f"{name(clock['name'])} ({clock['rule']}, clause {clock['clause']}{place})"
    made = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    rows: dict[str, Any] = {
        "state": _state(clock["state"]),
        "rule": f"{clock['pack']}; calendar {clock['calendar'] or '-'}; {clock['source'] or clock['why']}",
        "began": _fact(clock["began_with"]),
        "due": local(clock["due"]) + (" (provisional)" if clock["provisional"] else ""),
        "ended": _fact(clock["ended_with"]),
        "overdue": overdue(clock),
        "record": "; ".join(_interval(each) for each in clock["record"]) or "clean: never known to be late",
        "answers": _who(clock["answers"]),
        "shares": "; ".join(
            f"{_who(s['holder'])}: {s['counted']} counted, {s['overdue']} overdue" for s in clock["shares"]
        ),
        "reading": clock["reading"] and str(clock["reading"]),
        "beside": "; ".join(_beside(each) for each in clock["beside"]),
        "refused": "; ".join(_extension(each) for each in clock["extensions"]),
        "told": "; ".join(_reminder(each) for each in clock["reminders"]),
    }
    for label, value in rows.items():
        if value:
            made.add_row(label, value)
    for step in clock["steps"]:
        made.add_row("", " ".join(str(part) for part in step.values() if part not in (None, "")))
    return made


def _beside(each: Answer) -> str:
    reason = f" ({each['reason']})" if each["reason"] else ""
    relation = each["relation"].replace("_", " ")
    return f"{relation} {name(each['name'])}{reason}: {each['state']}, due {local(each['due'])}"


def _extension(each: Answer) -> str:
    return f"{each['amount']} {each['unit']} asked for {local(each['asked_on'])}: {each['reason'].replace('_', ' ')}"


def _reminder(each: Answer) -> str:
    read = f"acknowledged {local(each['acknowledged_at'])}" if each["acknowledged_at"] else "not acknowledged"
    return f"{each['kind']} {each['rung']} to {each['to_member'] or each['to_post']} {local(each['told_at'])}, {read}"


def _interval(each: Answer) -> str:
    return f"known late from {local(each['from'])} to {local(each['to']) if each['to'] else 'now'}"


def _fact(fact: Answer | None) -> str:
    if fact is None:
        return ""
    recorded = "" if fact["recorded_at"] == fact["time"] else f", recorded {local(fact['recorded_at'])}"
    return f"{fact['event']} {local(fact['time'])} by {fact['actor']}{recorded} [{fact['id']}]"


def timeline(answer: Answer) -> None:
    made = table(f"Timeline 办案时间线 {answer['subject']}", "happened 发生", "recorded 录入", "event", "by", "service")
    for fact in answer["facts"]:
        late = "" if fact["recorded_at"] == fact["time"] else local(fact["recorded_at"])
        who = " ".join(filter(None, (fact["actor"], fact["post"] and f"({fact['post']})")))
        made.add_row(local(fact["time"]), late, f"{fact['event']} {fact['name']['zh']}", who, fact["service"])
    console.print(made)


def figures(answer: Sequence[Answer]) -> None:
    for figure in answer:
        title = f"{name(figure['name'])} {figure['period']} ({figure['clause']}, {figure['figure']})"
        console.print(Text(f"{title}: {figure['total']}", style="bold"))
        made = table("", "by", "count", right=("count",))
        for row in figure["counts"]:
            made.add_row(" ".join(f"{key}: {value}" for key, value in row["by"].items()) or "all", str(row["count"]))
        limit = figure["limit"]
        if limit is not None:
            within = "within" if limit["within"] else "past"
            made.add_row(f"{limit['permille'] / 10:.1f} % of {limit['of']}, {within} {limit['percent']} %", "")
        console.print(*([made] if made.row_count else []), "")


def summary(answer: Answer) -> None:
    """Cases by state, deadlines by node, the worst cases, the teams."""
    console.rule(f"[bold]{name(answer['court']['name'])}[/bold], {local(answer['now'])}")
    cases = table("Cases by state 案件", "state", "cases", right=("cases",))
    for state, count in answer["cases"].items():
        cases.add_row(state, str(count))
    console.print(cases, "")
    nodes = table("Deadlines by node 节点", "node 节点", "clause 依据", *NODE_COLUMNS, right=NODE_COLUMNS)
    for node in answer["nodes"]:
        counts = (str(node[column.replace(" ", "_")]) for column in NODE_COLUMNS)
        nodes.add_row(name(node["name"]), node["clause"], *counts)
    console.print(nodes)
    console.print("cured: in time as known now; as known then it was late, because it was entered late\n", style="dim")
    console.print(clocks("The worst cases 最严重超期", answer["worst"]), "")
    workload(answer["workload"])


def reached(answer: Answer) -> None:
    """How many clocks of the packs in force the play has started, and why not the others."""
    console.print(f"{len(answer['reached'])} of {answer['of']} clocks of the packs in force were started")
    for clock in answer["not_reached"]:
        console.print(f"not reached: {clock['rule']} {name(clock['name'])}: {clock['why']}", style="dim")
    console.print()


SCREENS: dict[str, Callable[[Any], None]] = {
    "breaches": breaches, "due": due, "workload": workload, "why": why, "timeline": timeline, "duties": duties,
    "figures": figures,
}  # fmt: skip
