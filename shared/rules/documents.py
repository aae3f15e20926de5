"""Documents (文书, pack language 3.9): who makes which kind, what it says, how it is served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.authority import Actor
from rules.case import CaseView, Party
from rules.fact import Fact
from rules.judge import Judge
from rules.packs import ANY_KIND, HANDLER, Document
from rules.rulebook import Policy

NOT_STATED = "no_"
"""What the name of a statement that must not be made begins with, among what lacks."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the pack that a document does not meet, and all that lacks for it to."""

    rule: Document
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """How a document is to be served (送达): ways in the order to try them, and where it goes.

    `together`: to all addresses at once. `report_to`: whom a failure, which gives its reason, is reported to.
    """

    ways: tuple[str, ...]
    addresses: tuple[str, ...]
    together: bool
    all_parties: bool
    report_to: tuple[str, ...]


def for_kind(policy: Policy, kind: str) -> list[Document]:
    """The rules that speak of a kind of document."""
    return [rule for rule in policy.documents if kind in rule.kinds or ANY_KIND in rule.kinds]


def applying(policy: Policy, doc: Mapping[str, Any], view: CaseView) -> list[Document]:
    """The rules that bind a document, by its kind and their conditions; one that cannot be judged binds.

    `doc`: the fields of DocumentDrafted.
    """
    judge = Judge(view, limit=dict(policy.limits), doc=dict(doc))
    rules = for_kind(policy, str(doc["kind"]))
    return [rule for rule in rules if rule.condition is None or judge.holds(rule.condition) is not False]


def faults(policy: Policy, doc: Mapping[str, Any], actor: Actor, view: CaseView) -> tuple[Fault, ...]:
    """Every rule the document does not meet, with all that lacks.

    `post`, where others make it; every statement it does not make, and `no_…` for one it must not make;
    `checked_against_file`.
    """
    rules = applying(policy, doc, view)
    lines = [rule for rule in rules if rule.made_by]
    made_by_another = not any(_may_make(rule, actor, view) for rule in lines)
    found = [
        Fault(rule, tuple(_lacks(rule, doc, made_by_another or rule.refuse_others, actor, view))) for rule in rules
    ]
    return tuple(fault for fault in found if fault.lacking)


def form_documents(policy: Policy, view: CaseView) -> list[Document]:
    """The rules of the form documents (格式文书) that every debtor of this case gets on filing."""
    judge = Judge(view, limit=dict(policy.limits), doc={})
    auto = (rule for rule in policy.documents if rule.auto)
    return [rule for rule in auto if rule.condition is None or judge.holds(rule.condition) is not False]


def unsent_forms(policy: Policy, view: CaseView, facts: Iterable[Fact]) -> set[tuple[str, str]]:
    """(kind, debtor) of every form document that has not gone out yet."""
    due = {(kind, d["id"]) for rule in form_documents(policy, view) for kind in rule.kinds for d in view.debtors}
    return due - {(f.data["kind"], f.data["party_id"]) for f in facts if f.type == "DocumentSent"}


def service(policy: Policy, doc: Mapping[str, Any], party: Party, view: CaseView) -> Service:
    """How the document is to be served on a party, by all rules that bind it; without any, as the server thinks fit."""
    rules = applying(policy, doc, view)
    firsts = [rule.first for rule in rules if rule.first]
    address = next((rule.address for rule in rules if rule.address), None)
    none_confirmed = address is not None and not party["address_confirmed"]
    return Service(
        ways=tuple(dict.fromkeys([*firsts, *(way for rule in rules for way in rule.ways)])),
        addresses=address.none if address and none_confirmed else ("confirmed",),
        together=bool(address and none_confirmed and address.together),
        all_parties=any(rule.serve == "all_parties" for rule in rules),
        report_to=tuple(dict.fromkeys(post for rule in rules if rule.failure for post in rule.failure.report_to)),
    )


def _lacks(rule: Document, doc: Mapping[str, Any], others: bool, actor: Actor, view: CaseView) -> list[str]:
    states = set(doc["states"])
    lacks = ["post"] if rule.made_by and others and not _may_make(rule, actor, view) else []
    lacks += [state for state in rule.must_state if state not in states]
    lacks += [NOT_STATED + state for state in rule.must_not_state if state in states]
    return lacks + (["checked_against_file"] if rule.checked_against_file and not doc["checked_against_file"] else [])


def _may_make(rule: Document, actor: Actor, view: CaseView) -> bool:
    return actor.post in rule.made_by or (HANDLER in rule.made_by and view.holder == actor.id)
