"""Authority (权限, pack language 3.8): who may propose, decide and sign. The first matching line of the pack holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.case import CaseView
from rules.judge import Judge
from rules.packs import ANY_KIND, HANDLER, Authority
from rules.rulebook import Policy
from rules.verdicts import Judged, judged


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in the one post in which he acts now."""

    id: str
    post: str = ""
    team: str = ""
    credentials: tuple[str, ...] = ()


SYSTEM = Actor("system")
"""What the system does of itself, by reaction or timer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that speaks of an act or a kind of document, why it holds or not, and whether it is the one that does."""

    rule: Authority
    judged: Judged | None
    holds: bool


def for_act(policy: Policy, act: str, view: CaseView) -> Authority | None:
    """The line that says who approves an act; None where the court asks no approval for it."""
    return _first(policy, view, lambda rule: rule.act == act)


def for_document(policy: Policy, kind: str, view: CaseView) -> Authority | None:
    """The line that says who signs a kind of document in this case."""
    return _first(policy, view, _signs(kind))


def lines_for_act(policy: Policy, act: str, view: CaseView) -> tuple[Line, ...]:
    """Every line of the packs on the act, with why it holds or not."""
    return _lines(policy, view, lambda rule: rule.act == act)


def lines_for_document(policy: Policy, kind: str, view: CaseView) -> tuple[Line, ...]:
    """Every line of the packs on papers of a kind, with why it holds or not."""
    return _lines(policy, view, _signs(kind))


def lacks_to_ask(
    rule: Authority,
    actor: Actor,
    view: CaseView,
    proposal: Iterable[str] | None = None,
    evidence: Iterable[str] | None = None,
) -> tuple[str, ...]:
    """What lacks to propose the act; nothing where the line demands nothing.

    `post`; `outcome` for a proposal that is none of the outcomes; the papers to be named or, where any of them is
    enough, `evidence`; the kinds of papers to be signed before. What is not given is not looked at.
    """
    lacks = [] if not rule.asks or _holds_post(rule.asks, actor, view) else ["post"]
    if rule.outcomes and proposal is not None and not _proposes(set(proposal), rule.outcomes):
        lacks.append("outcome")
    if evidence is not None:
        lacks += _papers(rule, set(evidence))
    signed = {document["kind"] for document in view.documents if document["signed"]}
    return (*lacks, *(kind for kind in rule.needs_signed if kind not in signed))


def next_step(rule: Authority, approved: int) -> tuple[str, ...]:
    """The posts any of which decides next, after so many approved steps; empty once the chain is through."""
    return rule.chain[approved] if approved < len(rule.chain) else ()


def lacks_to_decide(rule: Authority, approved: int, actor: Actor, view: CaseView, own_key: bool) -> tuple[str, ...]:
    """What the actor lacks to decide the step that is open after `approved` approved ones."""
    step = next_step(rule, approved)
    lacks = () if _holds_post(step, actor, view) or (step and _stands_in(rule, actor, view)) else ("post",)
    return (*lacks, *_lacks_own_key(rule, own_key))


def lacks_to_sign(rule: Authority, actor: Actor, view: CaseView, own_key: bool) -> tuple[str, ...]:
    """What the actor lacks to sign: `post`, `team` (that holds the case), `designation`, `own_key`; all of it."""
    demands = {
        "post": _holds_post(rule.who, actor, view) or _stands_in(rule, actor, view),
        "team": not rule.of_team or actor.team == view.team,
        "designation": rule.designation is None or rule.designation in actor.credentials,
    }
    return (*(demand for demand, met in demands.items() if not met), *_lacks_own_key(rule, own_key))


def disagreements(rule: Authority, decisions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What lacks for the decisions of one step to agree: a channel it was not decided in, or a field that differs.

    `decisions`: data of ApprovalDecided; one made in `both` channels is a decision in each.
    """
    made = list(decisions)
    told = {channel for each in made for channel in _channels(each["channel"])}
    missing = [channel for channel in rule.channels if channel not in told]
    return (*missing, *(name for name in rule.channels_agree if len({each.get(name) for each in made}) > 1))


def _signs(kind: str) -> Callable[[Authority], bool]:
    return lambda rule: kind in rule.sign or ANY_KIND in rule.sign


def _first(policy: Policy, view: CaseView, concerns: Callable[[Authority], bool]) -> Authority | None:
    judge = Judge(view, limit=dict(policy.limits))
    lines = (rule for rule in policy.authority if concerns(rule))
    return next((rule for rule in lines if rule.condition is None or judge.holds(rule.condition)), None)


def _lines(policy: Policy, view: CaseView, concerns: Callable[[Authority], bool]) -> tuple[Line, ...]:
    chosen, limit = _first(policy, view, concerns), dict(policy.limits)
    judge = Judge(view, limit=limit)

    def told() -> Iterator[Line]:
        for rule in filter(concerns, policy.authority):
            why = judged(rule.condition, judge, view, limit=limit) if rule.condition else None
            yield Line(rule, why, rule is chosen)

    return tuple(told())


def _holds_post(posts: tuple[str, ...], actor: Actor, view: CaseView) -> bool:
    return actor.post in posts or (HANDLER in posts and view.holder == actor.id)


def _stands_in(rule: Authority, actor: Actor, view: CaseView) -> bool:
    """Whether the actor decides in the place of another now."""
    alternate = rule.alternate
    return (
        alternate is not None
        and _holds_post((alternate.post,), actor, view)
        and Judge(view, [alternate.condition]).holds(alternate.condition) is True
    )


def _proposes(proposal: set[str], outcomes: tuple[str, ...]) -> bool:
    return bool(proposal) and proposal <= set(outcomes)


def _papers(rule: Authority, named: set[str]) -> list[str]:
    if rule.evidence_any:
        return [] if named & set(rule.evidence) else ["evidence"]
    return [paper for paper in rule.evidence if paper not in named]


def _channels(channel: str) -> tuple[str, ...]:
    return ("online", "paper") if channel == "both" else (channel,)


def _lacks_own_key(rule: Authority, own_key: bool) -> tuple[str, ...]:
    return ("own_key",) if (rule.in_person or rule.delegation) and not own_key else ()
