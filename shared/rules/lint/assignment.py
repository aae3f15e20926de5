"""Assignment (指派): every township has its team, every track a line, every candidate team its members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rules.lint.draft import Draft, Remark
from rules.lint.routing import leads_to
from rules.packs import ANY_KIND, Area, Assignment, Destination, parts


def check(draft: Draft) -> Iterator[Remark]:
    if draft.pack.structure is None:
        return
    yield from _townships(draft)
    yield from _tracks(draft)
    yield from _waits(draft)
    yield from _manned(draft)


def _townships(draft: Draft) -> Iterator[Remark]:
    """A township in two areas needs a reading in all but one of them: how to tell which team comes first."""
    areas: dict[str, list[tuple[int, Area]]] = defaultdict(list)
    for n, area in enumerate(draft.pack.structure.areas if draft.pack.structure else ()):
        for township in area.townships:
            areas[township].append((n, area))
    for township, found in areas.items():
        unread = [(n, area) for n, area in found if not area.reading]
        for n, area in unread[1:]:
            what = f"{township} lies in the areas {', '.join(each.id for _, each in found)}"
            yield Remark("error", ("structure", "areas", n, "townships"), what, f"one area, or a reading on {area.id}")


def _tracks(draft: Draft) -> Iterator[Remark]:
    """Where cases of a track go to a kind of team, a line must say which of the teams it is."""
    lined = {rule.track for _, rule in draft.rules(Assignment)}
    for trail, to in parts(draft.pack, Destination):
        if not (to.team or to.track in lined or ANY_KIND in lined):
            what = f"no line of assignment says which team takes a case of the track {to.track}"
            yield Remark("error", (*trail, "track"), what, f"track: {to.track} or track: '*' under assignment")
    led_to = {to.track for _, to in parts(draft.pack, Destination)}
    for trail, rule in draft.rules(Assignment):
        if rule.track not in (led_to | {ANY_KIND}):
            yield Remark(
                "warning", (*trail, "track"), f"no route leads to the track {rule.track}", "a track of a route"
            )


def _waits(draft: Draft) -> Iterator[Remark]:
    """Preferring teams can starve the others, and the cases that wait for them."""
    for trail, rule in draft.rules(Assignment):
        if rule.starvation is None and any(step.first for step in rule.steps):
            what = "prefers teams without a bound on how long a team or a case may wait"
            yield Remark("warning", (*trail, "starvation"), what, "starvation: with a term")


def _manned(draft: Draft) -> Iterator[Remark]:
    """In an installation every team that cases can go to has somebody."""
    if draft.members is None:
        return
    destinations = [to for _, to in parts(draft.pack, Destination)]
    for team in draft.all_teams.values():
        if not draft.members.get(team.id) and any(leads_to(to, team) for to in destinations):
            what = f"cases go to the team {team.id}, to which nobody is posted"
            yield Remark("error", ("structure", "teams"), what, "a member of it in courts.yaml")
