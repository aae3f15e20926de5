"""docs/assignment.md and its picture, from the figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from infra.balance.caseload import COURSES
from infra.balance.courts import COURTS, studied
from infra.balance.figures import OURS, Range, Row
from infra.balance.playing import BEGINS
from infra.balance.sharing import WAYS
from infra.demo.caseload import LIVES
from infra.installation import ROOT
from infra.markdown import head, line, with_tables

PAGE, PICTURE = ROOT / "docs" / "assignment.md", ROOT / "docs" / "assignment.svg"
_NAMES = {OURS: "ours", "in turn": "turns", "in turn by heads": "turns by heads", "by chance": "chance"}
_COLOURS = {OURS: "#1f7a4d", "in turn": "#b3261e", "in turn by heads": "#3d6ea8", "by chance": "#9aa7b6"}
_MARKS = {OURS: "o", "in turn": "s", "in turn by heads": "^", "by chance": "x"}


def page(
    text: str, rows: Sequence[Row], fewer: Sequence[Row], more: Sequence[Row], shares: Mapping[int, Sequence[Row]]
) -> str:
    """The page with its tables anew: each stands between its own marks."""
    tables = {
        "spread": _spread(rows),
        "other": _other(rows),
        "amount": _amount(fewer, rows, more),
        "shares": _shares(shares),
        "courts": _courts(),
        "cases": _cases(),
    }
    return with_tables(text, tables)


def _spread(rows: Sequence[Row]) -> Iterable[str]:
    yield from head("court, track", "who", "cases a year", *(_NAMES[way] for way in WAYS))
    for group in _groups(rows):
        first = group[0]
        cells = (f"{_range(row.spread)}, worst {row.worst:.0f}" for row in group)
        yield line(_name(first), _who(first.people), f"{first.cases:.0f}", *cells)


def _other(rows: Sequence[Row]) -> Iterable[str]:
    names = [_NAMES[way] for way in WAYS]
    yield from head("court, track", *(f"wait, {name}" for name in names), *(f"kept, {name}" for name in names))
    for group in _groups(rows):
        yield line(_name(group[0]), *(str(row.longest_wait) for row in group), *map(_kept, group))


def _amount(*amounts: Sequence[Row]) -> Iterable[str]:
    """Ours, and the better of the others, where fewer and where more cases come."""
    told = ("a third", "as above", "twice as many")
    yield from head("court, track", *(f"{name}: ours, turns by heads" for name in told))
    for groups in zip(*map(_groups, amounts), strict=True):
        by_way = [{row.way: row.spread.mean for row in group} for group in groups]
        cells = (f"{means[OURS]:.1f}, {means['in turn by heads']:.1f}" for means in by_way)
        yield line(_name(groups[0][0]), *cells)


def _shares(shares: Mapping[int, Sequence[Row]]) -> Iterable[str]:
    """Ours, under other shares above the mean up to which the area's team is not passed over."""
    yield from head("passed over above the mean by", "ours", "longest wait", "kept")
    for percent, rows in shares.items():
        row = next(row for row in rows if row.way == OURS)
        yield line(f"{percent} %", f"{_range(row.spread)}, worst {row.worst:.0f}", str(row.longest_wait), _kept(row))


def _courts() -> Iterable[str]:
    yield from head("court", "pack", "people who take cases")
    for name in COURTS:
        court = studied(name, BEGINS)
        heads = ", ".join(f"{team} {heads}" for team, heads in court.staff.heads.items())
        inside = "; each takes cases of his own" if court.staff.inside else ""
        yield line(name, court.policy.versions[name], heads + inside)


def _cases() -> Iterable[str]:
    yield from head("kind of case", "of a hundred", "found", "days (median)", "besides")
    for kind, share in LIVES.items():
        course = COURSES[kind]
        found = f"{course.found}, later" if course.late else course.found or "nothing"
        besides = [*course.marks, *([course.instrument] if course.instrument != "judgment" else ())]
        yield line(kind, str(share), found, str(course.days), ", ".join(besides) or "-")


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    return [list(group) for _, group in groupby(rows, lambda row: (row.court, row.track))]


def _name(row: Row) -> str:
    return f"{row.court}, {row.track}"


def _who(people: Sequence[int]) -> str:
    if set(people) == {1}:
        return f"{len(people)} people"
    return "teams of " + ", ".join(map(str, people))


def _kept(row: Row) -> str:
    return "-" if row.kept_percent is None else f"{row.kept_percent:.0f} %"


def _range(spread: Range) -> str:
    return f"**{spread.mean:.1f}** ({spread.least:.1f} to {spread.most:.1f})"


# ---- the picture ----------------------------------------------------------------------------------------------------


def draw(rows: Sequence[Row], file: Path = PICTURE) -> None:
    """A panel for each group: the spread at each month's end, its mean over the seeds and the band they lie in."""
    import matplotlib as mpl  # of the development group alone
    from matplotlib.figure import Figure

    groups = _groups(rows)
    with mpl.rc_context({"svg.hashsalt": "zhixing", "svg.fonttype": "none", "font.size": 8}):
        figure = Figure(figsize=(10, 5.2), layout="constrained")
        panels = figure.subplots(2, -(-len(groups) // 2), sharey=True).flat
        for panel in panels[len(groups) :]:
            panel.set_visible(False)
        for panel, group in zip(panels, groups, strict=False):
            _panel(panel, group)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(WAYS))
        figure.supylabel("spread of workload at the month's end, %")
        figure.savefig(file, metadata={"Date": None})


def _panel(panel: Any, group: Sequence[Row]) -> None:
    for row in group:
        months, look = range(1, len(row.months) + 1), {"color": _COLOURS[row.way]}
        panel.plot(months, [each.mean for each in row.months], marker=_MARKS[row.way], ms=3, label=row.way, **look)
        least, most = ([each.least for each in row.months], [each.most for each in row.months])
        panel.fill_between(months, least, most, alpha=0.12, linewidth=0, **look)
    panel.set_title(_name(group[0]))
    panel.set_ylim(0)
    panel.set_xticks(range(1, len(group[0].months) + 1, 3))
