"""Routing (分流): every rule can be reached, every track is worked by somebody (pack language 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rules.conditions import Condition
from rules.lint.draft import Draft, Remark
from rules.lint.samples import samples, verdicts
from rules.packs import Branch, Destination, Gate, Route, Team, Trail, parts


def check(draft: Draft) -> Iterator[Remark]:
    for name, route in draft.pack.routing.items():
        yield from _reached(draft, ("routing", name), route)
        yield from _supplied(draft, ("routing", name), route)
    for trail, destination in parts(draft.pack, Destination):
        yield from _worked(draft, trail, destination)
    yield from _led(draft)
    yield from _stages(draft)


# ---- rules that can never match -----------------------------------------------------------------------------------


class _Line(NamedTuple):
    number: int
    rule: Branch
    condition: Condition


def _reached(draft: Draft, trail: Trail, route: Route) -> Iterator[Remark]:
    lines = [_Line(n, rule, rule.condition) for n, rule in enumerate(route.rules) if rule.condition]
    for line in lines:
        earlier = [each for each in lines if each.number < line.number] if route.mode == "first" else []
        yield from _dead(draft, (*trail, "rules", line.number), line, earlier)


def _dead(draft: Draft, trail: Trail, line: _Line, earlier: Sequence[_Line]) -> Iterator[Remark]:
    """Looks for facts under which the line decides. An earlier line that needs further facts does not stand in its way:
    those may be such that it is false."""
    tried = samples([line.condition], draft.policy.limits)
    first = [_first(line, earlier, sample) for sample in tried.facts]
    deciding = {each.rule.id for each in first if each is not None}
    if line.rule.id in deciding:
        return
    what = f"never decides: {', '.join(sorted(deciding))} before it decides every case it is true of"
    more = "" if tried.whole else f" (tried on {len(tried.facts)} sample cases)"
    what = (what if deciding else "is never true, whatever the case") + more
    yield Remark("error" if tried.whole else "warning", (*trail, "if"), what, "a rule that some case comes to")


def _first(line: _Line, earlier: Sequence[_Line], sample: Mapping[str, object]) -> _Line | None:
    """Who decides the sample, if the line is true of it."""
    said = verdicts([each.condition for each in (line, *earlier)], sample)
    if said[0] is not True:
        return None
    return next((each for each, verdict in zip(earlier, said[1:], strict=True) if verdict), line)


# ---- where they lead ----------------------------------------------------------------------------------------------


def _worked(draft: Draft, trail: Trail, to: Destination) -> Iterator[Remark]:
    """A team must be there to work the track: by its name, or by the kind that the pack or the installation has."""
    structure = draft.pack.structure
    kinds = {kind.kind for kind in structure.kinds} if structure else set[str]()
    if to.team and to.team not in draft.all_teams:
        yield Remark("error", (*trail, "team"), f"there is no team {to.team}", f"one of {', '.join(draft.all_teams)}")
    if to.team:
        return
    kind = to.team_kind or to.track
    if kind not in kinds:
        what = f"nobody works the track {to.track}: no team is of the kind {kind}"
        yield Remark("error", (*trail, "track"), what, f"a team, or a kind among {', '.join(sorted(kinds))}")
    elif draft.members is not None and not any(team.kind == kind for team in draft.all_teams.values()):
        yield Remark(
            "error", (*trail, "track"), f"the installation has no team of the kind {kind}", "one in courts.yaml"
        )


def _led(draft: Draft) -> Iterator[Remark]:
    """A team that cases go to has somebody who leads it, or speaks for it."""
    destinations = [to for _, to in parts(draft.pack, Destination)]
    for n, team in enumerate(draft.pack.structure.teams if draft.pack.structure else ()):
        if not (team.head or team.contact) and any(leads_to(to, team) for to in destinations):
            yield Remark(
                "error", ("structure", "teams", n), "nobody leads the team or speaks for it", "head or contact"
            )


def leads_to(to: Destination, team: Team) -> bool:
    """Whether cases routed there may go to the team."""
    return to.team == team.id if to.team else (to.team_kind or to.track) == team.kind


def _stages(draft: Draft) -> Iterator[Remark]:
    """Every stage the court says it has is routed, and none besides."""
    routed = {route.stage: name for name, route in draft.pack.routing.items()}
    stages = set(draft.pack.settings.stages) if draft.pack.structure else set[str]()
    for stage in sorted(stages - routed.keys()):
        yield Remark("error", ("settings", "stages"), f"no route says where a case goes at stage {stage}", "a route")
    for stage in sorted(routed.keys() - stages):
        what = f"is for stage {stage}, which is not among the settings' stages"
        yield Remark("error", ("routing", routed[stage], "stage"), what, f"one of {', '.join(sorted(stages))}")


# ---- what they read -----------------------------------------------------------------------------------------------

_FROM_ENQUIRY = frozenset({"assets", "covered", "liquid_fen"})


def _supplied(draft: Draft, trail: Trail, route: Route) -> Iterator[Remark]:
    """What the rules read of an enquiry must have been enquired before: by a gate, or property is taken to be none."""
    read = {name for rule in route.rules for condition in rule.conditions for name in condition.of_case}
    gates = [gate for _, gate in draft.rules(Gate) if gate.id == route.gate or gate.act == "assign_case"]
    missing = sorted(read & _FROM_ENQUIRY) if not any(_asks_enquiry(gate) for gate in gates) else []
    if missing:
        what = f"turns on {', '.join(missing)} although no gate makes sure that an enquiry was answered before"
        yield Remark(
            "warning", (*trail, "gate"), what, "a gate with an item on EnquiryAnswered, or a hand-over of the result"
        )


def _asks_enquiry(gate: Gate) -> bool:
    needs = {event for item in gate.items for event in (item.need.types if item.need else ())}
    reads = {name for condition in gate.conditions for name in condition.of_case}
    return bool(needs & {"EnquiryAnswered", "HandoverAccepted", "HandedOver", "AssetsFound"}) or "enquiries" in reads
