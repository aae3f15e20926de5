"""Why (理由): what the court's rules say of a case now, rule by rule: what was read, what held, what lacks, who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.commands import COMMANDS
from kernel.guard import ground, items
from kernel.problems import Invalid
from rules import authority, gates, routing
from rules.assignment import Assigned, Holding
from rules.packs import ACT, Destination
from rules.verdicts import Judged
from triage.judgement import Judgement
from triage.teams import Standing

_FLAGS = {"true": True, "false": False}


def checklist(case: Judgement, act: str, stated: Mapping[str, str]) -> dict[str, Any]:
    """Every item of the gates on an act (核查清单), as it stands for the caller.

    `stated`: fields of the event the act leads to; what an item reads of others cannot be told, and lacks.
    """
    if act.partition("/")[0] not in COMMANDS:
        raise Invalid("is no command of the language", field="query.act")
    fields = {name: _plain(name, text) for name, text in stated.items()}
    lacking = gates.check(case.policy, act, fields, case.actor, case.known)
    every = gates.checklist(case.policy, act, fields, case.actor, case.known)
    return {"act": act, "lacking": items(lacking), "items": [_item(each) for each in every]}


def routes(case: Judgement, stage: str) -> dict[str, Any]:
    """Every rule of a stage in its order, and the one that decides (分流)."""
    if stage not in case.policy.routes:
        raise Invalid("the court's pack has no such stage", field="query.stage")
    told = routing.grounds(case.policy, stage, case.known.view)
    decided = next(each.rule for each in told if each.decided)
    return {
        "stage": stage,
        "rule": decided.id,
        "to": _plain_model(decided.to),
        "asks": _plain_model(decided.ask),
        "rules": [
            {**ground(each.rule), **_because(each.judged), "decides": each.decided, "to": _plain_model(each.rule.to)}
            for each in told
        ],
    }


def candidates(
    case: Judgement, to: Destination, case_id: str, standing: Standing, holdings: Sequence[Holding]
) -> dict[str, Any]:
    """Which team of the track would get the case now (指派): every step, what it said of each team, every factor."""
    chosen = case.choose(to, case_id, standing, holdings)
    return {
        **ground(chosen.rule),
        "track": to.track,
        "team": chosen.team,
        "seed": chosen.seed,
        "factors": dict(chosen.factors),
        "steps": _steps(chosen),
    }


def _steps(chosen: Assigned) -> list[dict[str, Any]]:
    return [
        {"step": each.step, "left": each.left, "teams": {team: _because(why) for team, why in each.judged}}
        for each in chosen.steps
    ]


def lines(case: Judgement, act: str | None, document: str | None) -> list[dict[str, Any]]:
    """Who proposes and decides an act, or signs papers of a kind (权限): every line that speaks of it."""
    view = case.known.view
    of_act = authority.lines_for_act(case.policy, act, view) if act else ()
    of_paper = authority.lines_for_document(case.policy, document, view) if document else ()
    return [
        {
            **ground(line.rule),
            **_because(line.judged),
            "holds": line.holds,
            **line.rule.model_dump(include={"asks", "chain", "who", "in_person", "channels", "needs_signed"}),
        }
        for line in (*of_act, *of_paper)
    ]


def _item(checked: gates.Checked) -> dict[str, Any]:
    """`met_by`: the ids of the events that met it."""
    return {
        **ground(checked.gate, checked.item),
        "on_lack": checked.gate.on_lack,
        "state": checked.state,
        "because": [_because(each) for each in checked.judged],
        "met_by": checked.met_by,
    }


def _because(why: Judged | None) -> dict[str, Any]:
    """A condition, what it came to, and the values it read; nothing where the rule has none."""
    return {"condition": why.condition, "verdict": why.verdict, "values": dict(why.values)} if why else {}


def _plain(name: str, text: str) -> bool | int | str:
    if name not in ACT.fields:
        raise Invalid("is no field of an event", field=f"query.{name[:40]}")
    return _FLAGS.get(text, int(text) if text.isdecimal() and len(text) < 19 else text)


def _plain_model(part: Any) -> dict[str, Any] | None:
    return part and part.model_dump(exclude_none=True)
