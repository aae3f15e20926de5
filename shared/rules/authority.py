"""Authority (权限, pack language 3.8): who may propose, decide and sign. The first matching line of the pack holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.case import CaseView
from rules.judge import Judge
from rules.packs import ANY_KIND, HANDLER, Authority
from rules.rulebook import Policy


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in the one post in which he acts now."""

    id: str
    post: str = ""
    team: str = ""
    credentials: tuple[str, ...] = ()


def for_act(policy: Policy, act: str, view: CaseView) -> Authority | None:
    """The line that says who approves an act; None where the court asks no approval for it."""
    return _first(policy, view, lambda rule: rule.act == act)


def for_document(policy: Policy, kind: str, view: CaseView) -> Authority | None:
    """The line that says who signs a kind of document in this case."""
    return _first(policy, view, lambda rule: kind in rule.sign or ANY_KIND in rule.sign)


def lacks_to_ask(rule: Authority, actor: Actor, view: CaseView) -> tuple[str, ...]:
    """What the actor lacks to propose the act; nothing where the line names nobody."""
    return () if not rule.asks or _holds_post(rule.asks, actor, view) else ("post",)


def next_step(rule: Authority, approved: int) -> tuple[str, ...]:
    """The posts any of which decides next, after so many approved steps; empty once the chain is through."""
    return rule.chain[approved] if approved < len(rule.chain) else ()


def lacks_to_decide(rule: Authority, approved: int, actor: Actor, view: CaseView, own_key: bool) -> tuple[str, ...]:
    """What the actor lacks to decide the step that is open after `approved` approved ones."""
    lacks = () if _holds_post(next_step(rule, approved), actor, view) else ("post",)
    return (*lacks, *_lacks_own_key(rule, own_key))


def lacks_to_sign(rule: Authority, actor: Actor, view: CaseView, own_key: bool) -> tuple[str, ...]:
    """What the actor lacks to sign: `post`, `team` (that holds the case), `designation`, `own_key`; all of it."""
    demands = {
        "post": _holds_post(rule.who, actor, view),
        "team": not rule.of_team or actor.team == view.team,
        "designation": rule.designated is None or rule.designated in actor.credentials,
    }
    return (*(demand for demand, met in demands.items() if not met), *_lacks_own_key(rule, own_key))


def _first(policy: Policy, view: CaseView, concerns: Callable[[Authority], bool]) -> Authority | None:
    judge = Judge(view, limit=dict(policy.limits))
    lines = (rule for rule in policy.authority if concerns(rule))
    return next((rule for rule in lines if rule.condition is None or judge.holds(rule.condition)), None)


def _holds_post(posts: tuple[str, ...], actor: Actor, view: CaseView) -> bool:
    return actor.post in posts or (HANDLER in posts and view.holder == actor.id)


def _lacks_own_key(rule: Authority, own_key: bool) -> tuple[str, ...]:
    return ("own_key",) if rule.in_person and not own_key else ()
