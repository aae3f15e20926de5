"""Documents (文书, pack language 3.9): who makes which kind, and what it must state."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rules.case import CaseView
from rules.fact import Fact
from rules.packs import ANY_KIND, HANDLER, Document
from rules.rulebook import Policy


def for_kind(policy: Policy, kind: str) -> list[Document]:
    """The rules that speak of a kind of document."""
    return [rule for rule in policy.documents if kind in rule.kinds or ANY_KIND in rule.kinds]


def form_documents(policy: Policy) -> list[Document]:
    """The rules of the form documents (格式文书) that every debtor gets on filing."""
    return [rule for rule in policy.documents if rule.auto]


def lacks_to_make(rule: Document, actor: str, post: str, states: Collection[str], view: CaseView) -> tuple[str, ...]:
    """What lacks for the actor to make it: `post`, where others make it, and every statement it does not make."""
    may = not rule.made_by or post in rule.made_by or (HANDLER in rule.made_by and view.holder == actor)
    return (*(() if may else ("post",)), *(state for state in rule.must_state if state not in states))


def unsent_forms(policy: Policy, view: CaseView, facts: Iterable[Fact]) -> set[tuple[str, str]]:
    """(kind, debtor) of every form document that has not gone out yet."""
    due = {(kind, d["id"]) for rule in form_documents(policy) for kind in rule.kinds for d in view.debtors}
    return due - {(f.data["kind"], f.data["party_id"]) for f in facts if f.type == "DocumentSent"}
